import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Names the runner as it ships, bundled: it starts in a third of the time that the sources take, and its memory is what is measured. */
export const TEST_RUNNER = 'STRONGROOM_TEST_RUNNER'

/** Before the first test: the runner and the thread that it reads files by, bundled into a folder of its own. Afterwards: removed. */
export default async function buildRunner(): Promise<() => void> {
  const { build } = await import('vite')
  const root = resolve(import.meta.dirname, '../../..')
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-runner-'))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  await build({
    configFile: false, root, logLevel: 'error',
    ssr: { noExternal: true, external: ['node-pty'] },
    build: {
      ssr: true, target: 'node24', outDir: join(folder, 'build'), emptyOutDir: false,
      rolldownOptions: { input: { runner: join(import.meta.dirname, 'process.ts'), 'file-thread': join(root, 'main', 'content', 'file-thread.ts') }, external: ['node-pty'], output: { format: 'esm', entryFileNames: '[name].js' } },
    },
  })
  process.env[TEST_RUNNER] = join(folder, 'build', 'runner.js')
  return () => rmSync(folder, { recursive: true, force: true })
}

export function testRunner(): string {
  const runner = process.env[TEST_RUNNER]
  if (runner === undefined) throw new Error(`${TEST_RUNNER} names no runner: run the tests by vitest's project 'unit'.`)
  return runner
}
