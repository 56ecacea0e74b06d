import { decodeBase64, isKeyName, keyReference, type Signer, type Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'

/** A note that was opened: its text and the keys whose signatures were found good. */
export interface OpenNote {
  /** The signed text, with its final newline. */
  readonly text: string
  readonly signers: readonly Verifier[]
}

/** One signature line, taken apart but not checked. */
export interface NoteSignature {
  readonly name: string
  readonly keyId: string
  /** What follows the key id: 64 bytes for Ed25519, 8 bytes of time and 64 for a cosignature. */
  readonly blob: Buffer
}

const MAX_NOTE_BYTES = 1_000_000
const MAX_SIGNATURES = 100
const COSIGNATURE_TIME_BYTES = 8

/**
 * Signs a text, which ends in a newline, as a note (C2SP signed-note). Throws LedgerError `malformed-note` for a text that no note can
 * hold.
 */
export function signNote(text: string, signers: readonly Signer[]): string {
  checkText(text)
  const message = Buffer.from(text)
  return `${text}\n${signers.map((signer) => signatureLine(signer, signer.sign(message))).join('')}`
}

/** A signature line: em dash, name, base64 of key id and signature, newline (C2SP signed-note). */
export function signatureLine(key: { name: string; keyId: string }, blob: Uint8Array): string {
  return `— ${key.name} ${Buffer.concat([Buffer.from(key.keyId, 'hex'), blob]).toString('base64')}\n`
}

/**
 * Takes a note apart without checking its signatures. The division is at the last empty line, so that a text may hold empty lines of
 * its own. Throws LedgerError `malformed-note`.
 */
export function parseNote(note: string): { text: string; signatures: NoteSignature[] } {
  if (Buffer.byteLength(note) > MAX_NOTE_BYTES) throw malformedNote(`it is larger than ${MAX_NOTE_BYTES} bytes`)
  const end = note.lastIndexOf('\n\n')
  if (end < 0) throw malformedNote('no empty line divides its text from its signatures')
  const text = note.slice(0, end + 1)
  checkText(text)
  const lines = note.slice(end + 2).split('\n')
  if (lines.pop() !== '' || lines.length === 0) throw malformedNote('it does not end in a signature line')
  if (lines.length > MAX_SIGNATURES) throw malformedNote(`it has more than ${MAX_SIGNATURES} signatures`)
  return { text, signatures: lines.map(parseSignatureLine) }
}

/**
 * Opens a note with the keys that are trusted (C2SP signed-note). Signatures of other keys are ignored. Throws LedgerError
 * `malformed-note`, `signature-invalid` (a trusted key's signature is bad) or `no-known-signature`.
 */
export function openNote(note: string, trusted: readonly Verifier[]): OpenNote {
  const { text, signatures } = parseNote(note)
  const message = Buffer.from(text)
  const signers: Verifier[] = []
  for (const signature of signatures) {
    const verifier = trusted.find((key) => key.name === signature.name && key.keyId === signature.keyId)
    if (verifier === undefined || signers.includes(verifier)) continue
    if (!verifyNoteSignature(verifier, message, signature.blob)) {
      throw new LedgerError('signature-invalid', `The signature of ${keyReference(verifier)} on the note is not good: the note was altered.`)
    }
    signers.push(verifier)
  }
  if (signers.length === 0) throw new LedgerError('no-known-signature', 'No key that is trusted here has signed the note.')
  return { text, signers }
}

/**
 * A note as it was before it was typed, mailed or scanned: lines end in LF, none begins or ends with space, one empty line divides, a
 * signature begins with a dash of some kind and may be wrapped. No line of a checkpoint has space of its own at its ends, and the signatures
 * are over the result: what this gets wrong is refused, never taken for another checkpoint.
 */
export function straighten(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|[\r\n]/).map((line) => line.trim())
  const body = lines.join('\n').replace(/\n{2,}/g, '\n\n').trim()
  const dashed = body.replace(/^(?:—|–|-{1,2})\s+(\S+)\s+(\S+)$/gm, '— $1 $2')
  return `${dashed.replace(/^(— \S+ [A-Za-z0-9+/]+)\n([A-Za-z0-9+/]+={0,2})$/gm, '$1$2')}\n`
}

/** What a cosignature of that time signs: a header, then the checkpoint's text (C2SP tlog-cosignature v1). */
export function cosignatureMessage(text: string, unixSeconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${unixSeconds}\n${text}`)
}

function verifyNoteSignature(verifier: Verifier, message: Buffer, blob: Buffer): boolean {
  if (verifier.type === 1) return verifier.verify(message, blob)
  if (blob.length !== COSIGNATURE_TIME_BYTES + 64) return false
  return verifier.verify(cosignatureMessage(message.toString(), blob.readBigUInt64BE()), blob.subarray(COSIGNATURE_TIME_BYTES))
}

function parseSignatureLine(line: string): NoteSignature {
  const [, name = '', base64 = ''] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? []
  const bytes = decodeBase64(base64)
  if (!isKeyName(name) || bytes === undefined || bytes.length < 5) throw malformedNote(`"${line}" is not a signature line`)
  return { name, keyId: bytes.toString('hex', 0, 4), blob: bytes.subarray(4) }
}

function checkText(text: string): void {
  if (!text.endsWith('\n')) throw malformedNote('its text does not end in a newline')
  if (!text.isWellFormed()) throw malformedNote('it is not UTF-8')
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) throw malformedNote('it holds a control character')
}

function malformedNote(why: string): LedgerError {
  return new LedgerError('malformed-note', `This is not a signed note: ${why}.`)
}
