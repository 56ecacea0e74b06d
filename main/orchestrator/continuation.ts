import { randomBytes } from 'node:crypto'
import { RequestError } from '../../shared/contract/index.ts'
import { chooseProof, LedgerError, type Checkpoint, type KeptCheckpoint, type Ledger } from '../ledger/index.ts'

/** What a ledger goes on under: its first origin, and what tells this continuation from any other of the same backup. */
export function continuedOrigin(base: string): string {
  return `${base}/continued/${randomBytes(4).toString('hex')}`
}

/** What shows that entries are missing. */
export interface Anchors {
  /** The high-water mark of a folder that was not opened because of it, as a note. */
  readonly mark?: string | undefined
  /** Checkpoints that were kept elsewhere, as notes. */
  readonly anchors: readonly string[]
  /** Whether one of them may be the proof that no known key signed: only of a ledger that is short by its own mark. */
  readonly unproved: boolean
}

/**
 * The checkpoint that the ledger falls short of, or that is of another history, by which it goes on under another origin. Anybody can write one that no known
 * key signed: of those the mark alone is taken, or what the administrator says that is to be. Throws RequestError `invalid-request` for a note that is not of
 * this ledger, `conflict` where there is none that it does not continue, or none that may be taken.
 */
export function chooseAnchor(ledger: Ledger, { mark, anchors, unproved }: Anchors): KeptCheckpoint {
  const beyond = [...(mark === undefined ? [] : [mark]), ...anchors].map((note) => open(ledger, note)).filter(({ checkpoint }) => isBeyond(ledger, checkpoint))
  const [first] = beyond
  if (first === undefined) throw describeWhole(ledger, anchors)
  const chosen = chooseProof(beyond.filter(({ note, isProved }) => isProved || (ledger.isShort && (unproved || note === mark))))
  if (chosen === undefined) throw describeUnproved(ledger, first.checkpoint)
  return chosen
}

function describeWhole({ size, losses }: Ledger, anchors: readonly string[]): RequestError {
  const said = losses.length === 0 ? '' : ', or says already that it is lost'
  const known = anchors.length === 0 ? `the ${size} entries are all that is known here to have been signed` : `the ledger has all that ${anchors.length === 1 ? 'this checkpoint is' : 'these checkpoints are'} of${said}`
  return new RequestError('conflict', `Nothing is missing: ${known}. It goes on as it is, under its own origin. Only a checkpoint that knows of more, or of another history, shows a loss: give that with --anchor.`)
}

/** Only what was signed under the present origin is a reason to give that up. */
function isBeyond(ledger: Ledger, checkpoint: Checkpoint): boolean {
  return checkpoint.origin === ledger.presentOrigin && ['ahead', 'differs'].includes(ledger.relate(checkpoint))
}

function open(ledger: Ledger, note: string): KeptCheckpoint {
  try {
    const kept = ledger.readKept(note)
    if (kept.isProved || (kept.checkpoint.origin === ledger.presentOrigin && kept.checkpoint.size > ledger.size)) return kept
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    throw notOfLedger(thrown.message)
  }
  throw notOfLedger('No key that is trusted here has signed the note.')
}

function notOfLedger(why: string): RequestError {
  return new RequestError('invalid-request', `What was given is not a checkpoint of this ledger: ${why}`)
}

function describeUnproved({ isShort, size }: Ledger, checkpoint: Checkpoint): RequestError {
  const next = isShort
    ? 'Where you know who kept it, and there is none that a known key signed, give --unproved too: the ledger then says for ever that so many entries are lost.'
    : `This one has all ${size} that its own high-water mark is of, and does not give its origin up for that. Bring a checkpoint that a known key signed.`
  return new RequestError('conflict', `No key that the ledger knows signed the checkpoint of ${checkpoint.size} entries: that of the log may have come in an entry which is lost, or somebody made it up. ${next}`)
}
