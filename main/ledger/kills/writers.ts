import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { openDatabase } from '../../storage/index.ts'
import { TreeStore } from '../tree-store.ts'

/** What a writer said last. */
export interface Said {
  readonly size: number
  readonly leafHash: string
}

/** A process that commits until it is ended. */
export interface Writer {
  readonly child: ChildProcessWithoutNullStreams
  /** Lets it begin; resolves with its first commit. Rejects where it ends before. */
  readonly begin: () => Promise<void>
  /** What it said last; nothing is size 0. */
  readonly said: () => Said
  /** How it ended, and what it complained of. */
  readonly ended: Promise<{ signal: string | null; complaint: string }>
}

/** Makes the two keys of a ledger in a folder, which is its whole data folder. */
export function makeKeys(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of ['log', 'orchestrator']) writeFileSync(join(folder, `${name}.pem`), generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))
}

/**
 * Starts a writer on the ledger of a folder, as that is seen by what goes before the command.
 *
 * @param checkpointPages after how many pages SQLite moves its log into the database; its own choice unless given.
 */
export function startWriter(program: string, folder: string, { under = [], checkpointPages }: { under?: readonly string[]; checkpointPages?: number } = {}): Writer {
  const [command = '', ...args] = [...under, process.execPath, program, folder, ...(checkpointPages === undefined ? [] : [String(checkpointPages)])]
  const child = spawn(command, args)
  let [out, complaint] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out = `${out.slice(-1_000)}${text}`))
  const ended = new Promise<{ signal: string | null; complaint: string }>((resolve) => child.on('close', (_, signal) => resolve({ signal, complaint })))
  return {
    child,
    ended,
    begin: () =>
      new Promise((begun, failed) => {
        child.stdout.once('data', () => begun())
        void ended.then(() => failed(new Error(`The writer ended by itself: ${complaint}`)))
        child.stdin.write('\n')
      }),
    said: () => {
      // A line that was cut says nothing.
      const [, size = '', leafHash = ''] = /(?:^|\n)(\d+) ([0-9a-f]{64})\n[^\n]*$/.exec(out) ?? []
      return { size: Number(size), leafHash }
    },
  }
}

/** Opens the database as the next writer would, and answers how many entries it has. */
export function requireSaid(database: string, { size, leafHash }: Said): number {
  const db = openDatabase(database)
  try {
    const store = new TreeStore(db)
    const entries = store.size()
    if (entries < size) throw new Error(`${size} entries were acknowledged, and ${entries} are there.`)
    const found = store.entry(size - 1)?.nodes.toString('hex', 0, 32)
    if (found !== leafHash) throw new Error(`Entry ${size - 1} is not the one that was acknowledged.`)
    return entries
  } finally {
    db.close()
  }
}

/** The writer as one file, which starts in a fraction of the time that the sources take. */
export async function bundleWriter(folder: string): Promise<string> {
  const { build } = await import('vite')
  const root = resolve(import.meta.dirname, '../../..')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  await build({
    configFile: false, root, logLevel: 'error',
    ssr: { noExternal: true, external: ['better-sqlite3'] },
    build: {
      ssr: true, target: 'node24', outDir: join(folder, 'build'), emptyOutDir: false,
      rolldownOptions: { input: { writer: join(import.meta.dirname, 'writer.ts') }, external: ['better-sqlite3'], output: { format: 'esm', entryFileNames: '[name].mjs' } },
    },
  })
  return join(folder, 'build', 'writer.mjs')
}
