import type { Signer, Verifier } from './keys.ts'
import { cosignatureMessage, parseNote, signatureLine } from './note.ts'

/**
 * A witness's statement that it saw this checkpoint at that time, as a line to put under the note (C2SP tlog-cosignature v1). `witness`
 * is a signer of key type 4. `unixSeconds` is a whole number of seconds. Whether the checkpoint is consistent with what the witness
 * saw before is for the caller to establish first.
 */
export function cosign(checkpointNote: string, witness: Signer, unixSeconds: number): string {
  const { text } = parseNote(checkpointNote)
  const time = BigInt(unixSeconds)
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(time)
  return signatureLine(witness, Buffer.concat([bytes, witness.sign(cosignatureMessage(text, time))]))
}

/** A witness's good cosignature, taken from under a note. */
export interface Cosignature {
  /** When the witness saw the checkpoint, in Unix seconds, by its own clock. */
  readonly time: number
  /** The signature line as it stands under the note, without its newline. */
  readonly line: string
}

/** The witness's good cosignature under the checkpoint, or undefined if there is none (C2SP tlog-cosignature v1). Throws LedgerError `malformed-note`. */
export function findCosignature(checkpointNote: string, witness: Verifier): Cosignature | undefined {
  const { text, signatures } = parseNote(checkpointNote)
  for (const { name, keyId, blob } of signatures) {
    if (name !== witness.name || keyId !== witness.keyId || witness.type !== 4 || blob.length !== 72) continue
    const time = blob.readBigUInt64BE()
    if (witness.verify(cosignatureMessage(text, time), blob.subarray(8))) return { time: Number(time), line: signatureLine(witness, blob).trimEnd() }
  }
  return undefined
}

/** The time, in Unix seconds, at which the witness saw the checkpoint, or undefined if the note has no good cosignature of it. Throws LedgerError `malformed-note`. */
export function verifyCosignature(checkpointNote: string, witness: Verifier): number | undefined {
  return findCosignature(checkpointNote, witness)?.time
}
