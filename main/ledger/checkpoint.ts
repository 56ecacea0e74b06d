import { decodeBase64, type Signer, type Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import { HASH_SIZE } from './merkle.ts'
import { openNote, parseNote, signNote } from './note.ts'

/** The state of a log: which log, how many entries, and the root of their tree. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

/** The checkpoint as a note signed by the log key (C2SP tlog-checkpoint, without extension lines). */
export function signCheckpoint(checkpoint: Checkpoint, logSigner: Signer): string {
  return signNote(`${checkpoint.origin}\n${checkpoint.size}\n${checkpoint.root.toString('base64')}\n`, [logSigner])
}

/** Reads a checkpoint without checking its signature. Throws LedgerError `malformed-note` or `malformed-checkpoint`. */
export function parseCheckpoint(note: string): Checkpoint {
  return parseCheckpointText(parseNote(note).text)
}

/**
 * Reads a checkpoint that the log key has signed. Throws LedgerError `malformed-note`, `malformed-checkpoint`, `signature-invalid`,
 * `no-known-signature`, or `wrong-origin` if it is that of another log.
 */
export function openCheckpoint(note: string, logKey: Verifier): Checkpoint {
  const checkpoint = parseCheckpointText(openNote(note, [logKey]).text)
  if (checkpoint.origin !== logKey.name) {
    throw new LedgerError('wrong-origin', `The checkpoint is of the log ${checkpoint.origin}, not of ${logKey.name}.`)
  }
  return checkpoint
}

function parseCheckpointText(text: string): Checkpoint {
  const [, origin = '', decimal = '', base64 = ''] = /^([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n$/.exec(text) ?? []
  const root = decodeBase64(base64)
  const size = Number(decimal)
  if (origin === '' || root?.length !== HASH_SIZE || !Number.isSafeInteger(size)) {
    throw new LedgerError('malformed-checkpoint', 'The note is not a checkpoint: its lines are not origin, size and root.')
  }
  return { origin, size, root }
}
