import { decodeBase64, keyReference, type Signer, type Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import { HASH_SIZE } from './merkle.ts'
import { openNote, parseNote, signatureLine } from './note.ts'

/** The state of a log: which log, how many entries, and the root of their tree. */
export interface Checkpoint {
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

/** The 64 bytes of the log key's signature on the checkpoint: what a ledger stores of it. */
export function signCheckpoint(checkpoint: Checkpoint, logSigner: Signer): Buffer {
  return logSigner.sign(checkpointMessage(checkpoint))
}

/** Whether the signature is the log key's, on this checkpoint. Never throws. */
export function verifyCheckpoint(checkpoint: Checkpoint, signature: Uint8Array, logKey: Verifier): boolean {
  return logKey.verify(checkpointMessage(checkpoint), signature)
}

/** The checkpoint as a note signed by the log key (C2SP tlog-checkpoint, without extension lines). */
export function formatCheckpoint(checkpoint: Checkpoint, logKey: { name: string; keyId: string }, signature: Uint8Array): string {
  return `${checkpointText(checkpoint)}\n${signatureLine(logKey, signature)}`
}

/** Reads a checkpoint without checking its signature. Throws LedgerError `malformed-note` or `malformed-checkpoint`. */
export function parseCheckpoint(note: string): Checkpoint {
  refuseExchanged(note)
  return parseCheckpointText(parseNote(note).text)
}

/** A log's key, or which key signs a checkpoint of that origin and size, if any does. */
export type LogKeys = Verifier | ((checkpoint: Checkpoint) => Verifier | undefined)

/**
 * Reads a checkpoint that the log key has signed: where the key was rotated, the one of its size. Throws LedgerError `malformed-note`, `malformed-checkpoint`, `signature-invalid`,
 * `no-known-signature`, or `wrong-origin` if it is that of another log.
 */
export function openCheckpoint(note: string, logKeys: LogKeys): Checkpoint {
  const logKey = typeof logKeys === 'function' ? logKeys(parseCheckpoint(note)) : logKeys
  if (logKey === undefined) throw new LedgerError('no-known-signature', 'No key of a log is known that could have signed the checkpoint.')
  const checkpoint = parseCheckpointText(openNote(note, [logKey]).text)
  if (checkpoint.origin !== logKey.name) {
    throw new LedgerError('wrong-origin', `The checkpoint is of the log ${checkpoint.origin}, not of ${logKey.name}.`)
  }
  return checkpoint
}

/** Throws LedgerError `wrong-log-key` unless the signer holds the secret of the log key. */
export function checkLogSigner(logKey: Verifier, logSigner: Signer): void {
  const probe = Buffer.from('log key')
  if (keyReference(logKey) === keyReference(logSigner) && logKey.verify(probe, logSigner.sign(probe))) return
  throw new LedgerError('wrong-log-key', `The log key at hand, ${keyReference(logSigner)}, is not that of the ledger, ${keyReference(logKey)}.`)
}

function checkpointMessage(checkpoint: Checkpoint): Buffer {
  return Buffer.from(checkpointText(checkpoint))
}

function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString('base64')}\n`
}

/** What goes to a witness and comes back holds a checkpoint, or is on one, and is none that anybody kept. */
function refuseExchanged(text: string): void {
  const kept = "What was kept elsewhere is a checkpoint: the witness's file 'latest', or what 'strongroom ledger checkpoint' printed."
  if (/^old \d+\n/.test(text)) throw new LedgerError('malformed-checkpoint', `This is a request to a witness, which the ledger made itself: carry it there. ${kept}`)
  if (text.startsWith('— ')) throw new LedgerError('malformed-checkpoint', `This is a witness's answer, its cosignature without the checkpoint that it is on: take it in with 'strongroom ledger witness import'. ${kept}`)
  if (text.startsWith('{')) throw new LedgerError('malformed-checkpoint', `This is JSON, such as a witness's report of a conflict, which 'strongroom ledger witness import' takes in. ${kept}`)
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
