import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyLedger, type VerifiedPart } from '../verify.ts'
import { bundleWriter, makeKeys, requireSaid, startWriter, type Said, type Writer } from './writers.ts'

/** Longest wait, in milliseconds, between a writer's first commit and its end. */
const LONGEST_LIFE = 60

/** Kills between two verifications: each next writer checks the end of the ledger anyway, when it opens it. */
const VERIFIED_EVERY = 10

export interface Place {
  /** A new folder on a disk; it is removed afterwards. */
  readonly folder?: string
  readonly onKill?: (done: number) => void
}

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
export async function surviveKills(kills: number, { folder = mkdtempSync(join(tmpdir(), 'strongroom-kills-')), onKill = () => undefined }: Place = {}): Promise<Survived> {
  try {
    const program = await bundleWriter(folder)
    makeKeys(folder)
    const database = join(folder, 'ledger.db')
    let after: VerifiedPart | undefined
    let [entries, unsaid] = [0, 0]
    // A process takes longer to start than to be killed: the next one starts meanwhile, and waits.
    const start = () => startWriter(program, folder)
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
    next.child.kill('SIGKILL')
    const whole = await verifyLedger(database)
    if (!whole.ok) throw new Error(`At the end: ${whole.damage.message}`)
    return { kills, entries, unsaid }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Lets a writer begin, and kills it at a random moment once it has committed. */
async function killWriter({ child, begin, said, ended }: Writer): Promise<Said> {
  await begin()
  setTimeout(() => child.kill('SIGKILL'), Math.random() * LONGEST_LIFE)
  const { signal, complaint } = await ended
  if (signal !== 'SIGKILL') throw new Error(`The writer ended by itself: ${complaint}`)
  return said()
}
