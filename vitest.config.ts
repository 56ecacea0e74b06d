import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{main,shared,renderer,resources}/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          globalSetup: 'e2e/seed.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Each file starts a browser and orchestrators of its own.
          maxWorkers: 2,
        },
      },
    ],
  },
})
