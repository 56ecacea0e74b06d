import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openDatabase } from '../../storage/index.ts'
import { TreeStore } from '../tree-store.ts'
import { verifyLedger, type VerifiedPart } from '../verify.ts'

/** Longest wait, in milliseconds, between a writer's first commit and its end. */
const LONGEST_LIFE = 60

/** Kills between two verifications: each next writer checks the end of the ledger anyway, when it opens it. */
const VERIFIED_EVERY = 10

export interface Survived {
  readonly kills: number
  readonly entries: number
  /** Kills after which there were more entries than had been acknowledged: the end came between the disk and the word. */
  readonly unsaid: number
}

/**
 * Kills a process that commits, at a random moment, so many times (SIGKILL). After each, the database is opened again, every entry that was acknowledged
 * must be in it by its hash, and the next writer must be able to go on from it; after some, what came since the last time must verify, pages
 * included; at the end, all of it. Throws an Error that says what was lost.
 */
export async function surviveKills(kills: number, onKill: (done: number) => void = () => undefined): Promise<Survived> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-kills-'))
  try {
    const program = await bundleWriter(folder)
    for (const name of ['log', 'orchestrator']) writeFileSync(join(folder, `${name}.pem`), generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const database = join(folder, 'ledger.db')
    let after: VerifiedPart | undefined
    let [entries, unsaid] = [0, 0]
    // A process takes longer to start than to be killed: the next one starts meanwhile, and waits.
    const start = () => spawn(process.execPath, [program, folder])
    let next = start()
    for (let done = 1; done <= kills; done++) {
      const writer = next
      next = start()
      const said = await killWriter(writer)
      entries = requireSaid(database, said)
      if (entries > said.size) unsaid++
      onKill(done)
      if (done % VERIFIED_EVERY !== 0) continue
      const result = await verifyLedger(database, after === undefined ? {} : { after })
      if (!result.ok) throw new Error(`At kill ${done}: ${result.damage.kind} at ${result.damage.seq}. ${result.damage.message}`)
      after = result.verified
    }
    next.kill('SIGKILL')
    const whole = await verifyLedger(database)
    if (!whole.ok) throw new Error(`At the end: ${whole.damage.message}`)
    return { kills, entries, unsaid }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a writer said last before it was killed. */
interface Said {
  readonly size: number
  readonly leafHash: string
}

/** Lets a writer begin, and kills it at a random moment once it has committed. */
async function killWriter(child: ChildProcessWithoutNullStreams): Promise<Said> {
  let [said, complaint] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (said === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * LONGEST_LIFE)
    said += text
  })
  child.stdin.write('\n')
  const signal = await new Promise((ended) => child.on('close', (_, by) => ended(by)))
  if (signal !== 'SIGKILL') throw new Error(`The writer ended by itself: ${complaint}`)
  // A line that was cut says nothing.
  const [, size = '', leafHash = ''] = /(?:^|\n)(\d+) ([0-9a-f]{64})\n[^\n]*$/.exec(said) ?? []
  return { size: Number(size), leafHash }
}

/** Opens the database as the next writer would, and answers how many entries it has. */
function requireSaid(database: string, { size, leafHash }: Said): number {
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
async function bundleWriter(folder: string): Promise<string> {
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
