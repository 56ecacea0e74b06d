import { z } from 'zod'
import { Sha256, Timestamp } from './ids.ts'
import { GivenPassphrase } from './people.ts'
import { request } from './request.ts'

const Size = z.number().int().nonnegative()
const Seq = z.number().int().nonnegative()

/** How a witness is called here: not its key's name, which may be long. */
export const WitnessName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'use lower-case letters, digits and hyphens, at most 63')

/** A witness of the ledger (C2SP tlog-witness), with what it cosigned last. */
export const Witness = z.object({
  name: WitnessName,
  /** Its verifier key, type 4 (C2SP tlog-cosignature). */
  key: z.string(),
  addedEntry: Seq,
  removedEntry: Seq.nullable(),
  /** `time`: by the witness's clock. */
  last: z.object({ size: Size, root: z.string(), time: Timestamp, entry: Seq }).nullable(),
})
export type Witness = z.infer<typeof Witness>

/** `request`: the whole file for the witness. */
export const WitnessRequestFile = z.object({ request: z.string(), old: Size, size: Size })
export type WitnessRequestFile = z.infer<typeof WitnessRequestFile>

/** A checkpoint of `size` entries that the log key signed and that is not of this ledger. */
export const WitnessConflict = z.object({ entry: Seq, name: WitnessName, at: Timestamp, size: Size })
export type WitnessConflict = z.infer<typeof WitnessConflict>

export const WitnessImport = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('cosigned'), witness: WitnessName, size: Size, root: z.string(), time: Timestamp, entry: Seq }),
  /**
   * A checkpoint of `size` entries that the log key signed and that is not of this ledger: the one that the witness held, or the one that it was
   * offered. `isOver`: nothing is recorded after that before `ledger.continue`, and the orchestrator stops.
   */
  z.object({ outcome: z.literal('conflict'), witness: WitnessName, size: Size, foreign: z.enum(['held', 'offered']), entry: Seq, isOver: z.boolean() }),
  /** One of `missing` more entries than there are: nothing is recorded before `ledger.continue`, and the orchestrator stops. */
  z.object({ outcome: z.literal('ahead'), witness: WitnessName, size: Size, missing: Size }),
])
export type WitnessImport = z.infer<typeof WitnessImport>

/** An authority of time stamps (RFC 3161), by the certificate that its stamps must lead to. */
export const TimestampAuthority = z.object({
  subject: z.string(),
  /** SHA-256 of the certificate. */
  fingerprint: Sha256,
  /** PEM. */
  certificate: z.string(),
  validUntil: Timestamp,
  addedEntry: Seq,
  removedEntry: Seq.nullable(),
})
export type TimestampAuthority = z.infer<typeof TimestampAuthority>

/** `request`: DER in base64. `checkpoint`: the note that it asks a stamp for, to be kept with the answer. */
export const TimestampRequestFile = z.object({ request: z.base64(), checkpoint: z.string(), size: Size, entry: Seq })
export type TimestampRequestFile = z.infer<typeof TimestampRequestFile>

/** A recorded stamp: the authority saw the checkpoint of `size` entries at `time`, by its clock. */
export const RecordedStamp = z.object({ entry: Seq, size: Size, root: z.string(), time: Timestamp, serial: z.string(), authority: z.string() })
export type RecordedStamp = z.infer<typeof RecordedStamp>

/** A checkpoint of this ledger that was kept elsewhere, and who besides the log key attests it. */
export const Anchor = z.object({
  /** The checkpoint as a note, to compare the ledger with. */
  note: z.string(),
  size: Size,
  root: z.string(),
  witnesses: z.array(z.object({ name: WitnessName, time: Timestamp })),
  /** The authority whose stamp is on it, where the file is a time stamp. */
  stamp: z.object({ authority: z.string(), time: Timestamp }).nullable(),
  /** Signatures by nobody that the ledger knew when it had that size: they attest nothing. */
  unknown: z.array(z.string()),
})
export type Anchor = z.infer<typeof Anchor>

export const anchorRequests = {
  /**
   * Reads the content of a file that holds a checkpoint: a note, cosigned or not, also where it was typed or scanned; or a time stamp on one.
   * `invalid-request` for one that the log key has not signed, or with a bad cosignature of a known witness. Whether the ledger continues it, `ledger.verify` says.
   */
  'anchors.open': request('ledger.read', z.object({ content: z.base64().max(1 << 20) }), Anchor),
  /** A page (PDF/A) with the newest checkpoint as text and as QR code, for a paper register. Recorded. */
  'anchors.print': request('ledger.anchor', z.object({}), z.object({ pdf: z.base64(), size: Size, root: z.string(), entry: Seq })),
  'timestamps.list': request('ledger.read', z.object({}), z.object({ authorities: z.array(TimestampAuthority), timestamps: z.array(RecordedStamp) })),
  'timestamps.addAuthority': request('ledger.anchor', z.object({ certificate: z.string().max(65_536) }), TimestampAuthority),
  'timestamps.removeAuthority': request('ledger.anchor', z.object({ fingerprint: Sha256 }), TimestampAuthority),
  /** What is carried to an authority: the digest of the newest checkpoint. Recorded. */
  'timestamps.request': request('ledger.anchor', z.object({}), TimestampRequestFile),
  /** What the authority answered, in base64: checked and recorded. */
  'timestamps.import': request('ledger.anchor', z.object({ response: z.base64().max(40_000) }), RecordedStamp),
  'witnesses.list': request(
    'ledger.read',
    z.object({}),
    z.object({ witnesses: z.array(Witness), conflicts: z.array(WitnessConflict) }),
  ),
  /** With the passphrase, as a witness can stop the workplace. */
  'witnesses.add': request('ledger.anchor', z.object({ name: WitnessName, key: z.string().max(1024), passphrase: GivenPassphrase }), Witness),
  'witnesses.remove': request('ledger.anchor', z.object({ name: WitnessName }), Witness),
  /** What is carried to a witness. `old`: how many entries it has cosigned, where it says otherwise than the ledger. */
  'witnesses.request': request('ledger.anchor', z.object({ name: WitnessName, old: Size.optional() }), WitnessRequestFile),
  /** What a witness handed out: its answer, its file `latest`, or its report of a conflict. A conflict is recorded and answered, not thrown. */
  'witnesses.import': request('ledger.anchor', z.object({ text: z.string().max(65_536) }), WitnessImport),
}
