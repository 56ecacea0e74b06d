import { randomBytes } from 'node:crypto'
import { RequestError } from '../../shared/contract/index.ts'
import { LedgerError, parseCheckpoint, type Checkpoint, type Ledger } from '../ledger/index.ts'

/** What a ledger goes on under: its first origin, and what tells this continuation from any other of the same backup. */
export function continuedOrigin(base: string): string {
  return `${base}/continued/${randomBytes(4).toString('hex')}`
}

/**
 * Of checkpoints that were kept elsewhere the largest that the ledger falls short of, or that is of another history. Throws RequestError `invalid-request` for one
 * that is not of this ledger, `conflict` where there is none that it does not continue.
 */
export function chooseAnchor(ledger: Ledger, notes: readonly string[]): { note: string; checkpoint: Checkpoint } {
  const beyond = notes.map((note) => ({ note, checkpoint: open(ledger, note) })).filter(({ checkpoint }) => isBeyond(ledger, checkpoint))
  const [first, ...others] = beyond
  if (first === undefined) throw new RequestError('conflict', 'Nothing is missing: the ledger has all that these checkpoints are of, or says already that it is lost. It goes on as it is. Give the checkpoint that knows of more with --anchor.')
  return others.reduce((largest, each) => (each.checkpoint.size > largest.checkpoint.size ? each : largest), first)
}

/** Only what was signed under the present origin is a reason to give that up. */
function isBeyond(ledger: Ledger, checkpoint: Checkpoint): boolean {
  return checkpoint.origin === ledger.presentOrigin && ['ahead', 'differs'].includes(ledger.relate(checkpoint))
}

function open(ledger: Ledger, note: string): Checkpoint {
  try {
    return ledger.openCheckpoint(note)
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    // The key that signed it may have come in an entry that is lost.
    const checkpoint = thrown.code === 'no-known-signature' ? parseCheckpoint(note) : undefined
    if (checkpoint?.origin === ledger.presentOrigin && checkpoint.size > ledger.size) return checkpoint
    throw new RequestError('invalid-request', `What was given is not a checkpoint of this ledger: ${thrown.message}`)
  }
}
