import { z } from 'zod'
import { ACTION_NAMES, type ActionName } from './actions.ts'
import { Scope } from './authority.ts'
import { PersonId, Timestamp } from './ids.ts'
import { GivenPassphrase, Reason } from './people.ts'
import { request } from './request.ts'

export const Subject = z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })

/** The members of an entry's detail that say in a line what it is about, as they stand there; `person` by the name that the interface shows. */
export const EntryAbout = z.object({
  run: z.number().int().optional(),
  stage: z.string().optional(),
  state: z.string().optional(),
  model: z.string().optional(),
  version: z.number().int().optional(),
  to: z.string().optional(),
  person: z.string().optional(),
  project: z.string().optional(),
  name: z.string().optional(),
  dataset: z.string().optional(),
  role: z.string().optional(),
  scope: Scope.optional(),
  administratorsDecide: z.enum(['yes', 'no']).optional(),
  /** Of a key that signs models, and of the one that it takes the place of. */
  hint: z.string().optional(),
  replaces: z.string().or(z.number()).optional(),
  /** A verifier key, PEM, or the name of a tag. */
  key: z.string().optional(),
})
export type EntryAbout = z.infer<typeof EntryAbout>

export const LedgerEntry = z.object({
  seq: z.number().int(),
  time: Timestamp,
  actor: z.string(),
  /** How the interface names the signer: a person's display name, or the orchestrator. */
  signedBy: z.string(),
  action: z.string(),
  subject: z.array(Subject),
  about: EntryAbout,
  leafHash: z.string(),
})
export type LedgerEntry = z.infer<typeof LedgerEntry>

/** An entry that cannot be read, and what is wrong with it. `kind`: as a verification names it. */
export const DamagedEntry = z.object({ seq: z.number().int(), kind: z.string(), message: z.string() })
export type DamagedEntry = z.infer<typeof DamagedEntry>

export const LedgerEntryDetail = LedgerEntry.extend({
  keyId: z.string(),
  payload: z.record(z.string(), z.unknown()),
  /** The exact leaf bytes, as text. */
  raw: z.string(),
  proof: z.object({ index: z.number().int(), size: z.number().int(), hashes: z.array(z.object({ hash: z.string(), leaves: z.number().int(), side: z.enum(['left', 'right']) })), root: z.string() }),
  proofFile: z.string(),
  included: z.boolean(),
})
export type LedgerEntryDetail = z.infer<typeof LedgerEntryDetail>

/** `full`: everything. `resume`: a full one that was stopped goes on where it came to. `since-last`: only what came since the last that ended well. */
export const VerificationMode = z.enum(['full', 'resume', 'since-last'])
export type VerificationMode = z.infer<typeof VerificationMode>

/**
 * Where the ledger went on under another origin, in `entry`: of `signed` entries that were signed as `predecessor`, those from there on are not here. That they
 * were signed, a log key says that is known here (`isProved`), or nobody but the administrator whose key is named in `by`. `orchestratorKey` (`name+hash`): what the
 * orchestrator signs with since, by the word of that administrator alone; null where its key is the one of before.
 */
export const LedgerLoss = z.object({ entry: z.number().int(), predecessor: z.string(), origin: z.string(), signed: z.number().int(), isProved: z.boolean(), by: z.string(), orchestratorKey: z.string().nullable().default(null), reason: z.string() })
export type LedgerLoss = z.infer<typeof LedgerLoss>

export const Verification = z.object({
  ok: z.boolean(),
  /** What was done: where nothing is remembered to begin after, `full`, whatever was asked for. */
  mode: VerificationMode,
  /** The beginning of the ledger that was not read now, and when the verification that read it began; null for `full`. */
  since: z.object({ size: z.number().int(), at: Timestamp }).nullable(),
  /** How many were read. */
  entries: z.number().int(),
  checkpoints: z.number().int(),
  /** Of the ledger, as it stood when this began. */
  size: z.number().int(),
  /** Where the ledger itself says that entries were lost, which is no damage. */
  losses: z.array(LedgerLoss),
  /** Of each checkpoint that it was compared with, in their order, the entry that says that what it is of is lost; null where it is here. Empty where the ledger does not hold. */
  against: z.array(z.object({ size: z.number().int(), lostIn: z.number().int().nullable() })),
  root: z.string(),
  durationMs: z.number(),
  at: Timestamp,
  firstBad: z.object({ seq: z.number().int().nullable(), kind: z.string(), message: z.string() }).nullable(),
})
export type Verification = z.infer<typeof Verification>

/** A blob that entries or the registry name and that is not there whole. */
export const BlobFault = z.object({
  sha256: z.string(),
  /** Where it belongs. */
  path: z.string(),
  /** What the first entry that names it calls it: a path of its project, or a model and its version. */
  name: z.string(),
  /** The entries that name it, oldest first. */
  entries: z.array(z.number().int()),
})
export type BlobFault = z.infer<typeof BlobFault>

/** The first so many of a list, and how many there are. */
const listOf = <T extends z.ZodType>(item: T) => z.object({ count: z.number().int(), listed: z.array(item) })

export const BlobVerification = z.object({
  /** Nothing is missing, damaged or unrecorded. */
  ok: z.boolean(),
  /** Blobs that entries and the registry name. */
  named: z.number().int(),
  missing: listOf(BlobFault),
  /** Content that is no longer that of its name, or cannot be read. */
  damaged: listOf(BlobFault),
  /** What the registry names with an entry, and no entry does. */
  unrecorded: listOf(BlobFault),
  /** Files of the store that nothing names: of a snapshot or stage that failed or is under way, or put there by somebody. */
  unreferenced: listOf(z.object({ sha256: z.string().nullable(), path: z.string() })),
  durationMs: z.number(),
  at: Timestamp,
})
export type BlobVerification = z.infer<typeof BlobVerification>

/** A beginning of the ledger that was found good: how many entries, and when the verification that read it began. */
const VerifiedBeginning = z.object({ size: z.number().int(), at: Timestamp })

export const LedgerState = z.object({
  /** The present one; the first is the name of `logKey`. */
  origin: z.string(),
  losses: z.array(LedgerLoss),
  size: z.number().int(),
  root: z.string(),
  checkpoint: z.string(),
  checkpointAt: Timestamp.nullable(),
  logKey: z.string(),
  verification: Verification.nullable(),
  /** Where a verification may begin: `since-last` after what was `verified`, `resume` after what a full one had read that was `stopped`. */
  remembered: z.object({ verified: VerifiedBeginning.nullable(), stopped: VerifiedBeginning.nullable() }),
})
export type LedgerState = z.infer<typeof LedgerState>

const Seq = z.number().int().nonnegative()

export const ledgerRequests = {
  /**
   * Lets a ledger go on under another origin, as more was signed than it has: `anchors` are checkpoints, as notes, that show so, beside the high-water mark where
   * it was not opened because of that. Nobody need be signed in, which would be recorded under the origin that is given up: the administrator gives their
   * passphrase. `unproved` takes one that no known key signed, where no other shows it, of a ledger that was not opened. `wrong-passphrase`, `too-many-attempts`,
   * `not-permitted`; `conflict` where nothing is missing, or nobody can tell whether it is. `newOrchestratorKey` lets the orchestrator have a key that the one of before
   * did not sign, where that is lost as well: `conflict` without it then, and with it where it is not lost.
   */
  'ledger.continue': request(
    'public',
    z.object({ handle: z.string().min(1).max(64), passphrase: GivenPassphrase, reason: Reason, anchors: z.array(z.string().max(16_384)).max(100), unproved: z.boolean().default(false), newOrchestratorKey: z.boolean().default(false) }),
    LedgerLoss.extend({ key: z.string() }),
  ),
  'ledger.state': request('ledger.read', z.object({}), LedgerState),
  'ledger.entries': request(
    'ledger.read',
    z.object({
      /** Newest first, entries before this number; null starts at the newest. */
      before: Seq.nullable().default(null),
      limit: z.number().int().min(1).max(500).default(100),
      /** Only entries from this number on, and before `until`: of what is counted too. */
      from: Seq.optional(),
      until: Seq.optional(),
      /** How many of those that match are passed over, the newest first: any part of a list can be asked for. */
      skip: z.number().int().nonnegative().default(0),
      action: z.enum(ACTION_NAMES as [ActionName]).optional(),
      /** Whether who signed in and out is among them. */
      sessions: z.boolean().default(true),
      person: PersonId.or(z.literal('orchestrator')).optional(),
      since: Timestamp.optional(),
      /** Words, each of which must begin one of what the entry names, or be the number of its run, its version or the entry itself (main/ledger/entry-terms.ts). */
      text: z.string().max(200).optional(),
      /** Whether to count all that match, which looks at every entry. */
      counted: z.boolean().default(false),
    }),
    /** `damaged`: those of the list that cannot be read, which count towards `limit`. One may be among them of which nobody can tell any more whether it matched. */
    z.object({ entries: z.array(LedgerEntry), damaged: z.array(DamagedEntry), matching: z.number().int().nullable(), size: z.number().int() }),
  ),
  'ledger.entry': request('ledger.read', z.object({ seq: Seq }), LedgerEntryDetail),
  'ledger.proof': request('ledger.read', z.object({ seq: Seq }), z.object({ proofFile: z.string() })),
  /** `cosigned`: the newest that a witness has cosigned, with the cosignatures; `not-found` where there is none. */
  'ledger.checkpoint': request('ledger.read', z.object({ cosigned: z.boolean().default(false) }), z.object({ note: z.string() })),
  /**
   * Writes the ledger into a folder of this machine as C2SP tlog-tiles, adding to what lies there of an earlier export; reports progress. `conflict` where
   * the folder holds another log or history. `written`: files; `removed`: partial tiles that are full now; `before`: entries that it held.
   */
  'ledger.tiles': request('ledger.read', z.object({ folder: z.string().min(1).max(4096) }), z.object({ size: z.number().int(), before: z.number().int(), written: z.number().int(), removed: z.number().int() })),
  'ledger.keys': request('ledger.read', z.object({}), z.object({ keys: z.array(z.object({ key: z.string(), from: Seq, until: Seq.nullable() })) })),
  /**
   * Recomputes everything that the mode says; reports progress as a share from 0 to 1. `against`: checkpoints that were kept elsewhere, as notes, which the
   * ledger must continue; `invalid-request` for one that its log key has not signed. `keys`: verifier keys that it must have begun with.
   */
  'ledger.verify': request('ledger.read', z.object({ mode: VerificationMode.default('full'), against: z.array(z.string().max(16_384)).max(100).default([]), keys: z.array(z.string().max(1024)).max(10).default([]) }), Verification),
  /** Reads every blob that entries and the registry name; reports progress. Takes the entries as they are: `ledger.verify` says whether they hold. */
  'ledger.verifyBlobs': request('ledger.read', z.object({}), BlobVerification),
  /** Entries a day or an hour, for the time brush: oldest first. */
  'ledger.histogram': request('ledger.read', z.object({ buckets: z.number().int().min(1).max(200).default(90) }), z.object({ from: Timestamp.nullable(), to: Timestamp.nullable(), counts: z.array(z.number().int()) })),
}
