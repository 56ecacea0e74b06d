import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Left to itself, Vitest keeps one CPU back: of two that is half.
    maxWorkers: availableParallelism(),
    projects: [
      {
        test: {
          // What the window and the contract compute: no files, no processes, nothing that a test would leave to the next. Loading the same modules
          // anew for each file took three quarters of the time.
          name: 'pure',
          sequence: { groupOrder: 0 },
          pool: 'threads',
          isolate: false,
          include: ['{renderer,shared}/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'unit',
          sequence: { groupOrder: 0 },
          // A process for each file takes more of a CPU than most of the files do.
          pool: 'threads',
          globalSetup: ['e2e/temporary-folder.ts', 'main/training/runner/test-runner.ts'],
          include: ['{main,resources}/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          sequence: { groupOrder: 1 },
          // They wait for processes to start, for a page to show something, for a disk: one more than there are cores keeps those busy.
          maxWorkers: availableParallelism() + 1,
          include: ['e2e/**/*.test.ts'],
          globalSetup: ['e2e/temporary-folder.ts', 'e2e/seed.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
