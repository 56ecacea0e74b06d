import { z } from 'zod'
import { DecimalString, ModelAlias, ModelName, PersonId, ProjectId, RunId, Sha256, TagKey, Timestamp, VersionNumber } from './ids.ts'
import { GivenPassphrase, Reason as Purpose } from './people.ts'
import { request } from './request.ts'

export const ModelStage = z.enum(['experiment', 'staging', 'production', 'archived'])
export type ModelStage = z.infer<typeof ModelStage>

export const Condition = z.object({
  metric: z.string(),
  bound: z.enum(['min', 'max']),
  threshold: DecimalString,
  value: DecimalString.nullable(),
  met: z.boolean(),
  /** The entry that recorded the value. */
  entry: z.number().int().nullable(),
})
export type Condition = z.infer<typeof Condition>

/** A kind of evidence or a stage that a gate asks for. */
export const Requirement = z.object({
  what: z.enum(['evidence', 'test']),
  name: z.string(),
  met: z.boolean(),
  /** The success of the stage that left the file, or that was the test. */
  entry: z.number().int().nullable(),
  /** Why it is not met; empty where it is. */
  reason: z.string(),
})
export type Requirement = z.infer<typeof Requirement>

/** What a gate asks for beside metrics: `roles` says how many approvals in which role; days after which things no longer count, 0 for never. */
export const GatePolicy = z.object({
  /** Empty where `dvc.yaml` says the gate. */
  path: z.string(),
  sha256: z.string(),
  roles: z.record(z.string(), z.number().int()),
  expires: z.object({ approvals: z.number().int(), evidence: z.number().int(), production: z.number().int() }),
})
export type GatePolicy = z.infer<typeof GatePolicy>

export const Decision = z.object({
  decision: z.enum(['approved', 'rejected']),
  by: z.string(),
  byPerson: z.string(),
  at: Timestamp,
  meaning: z.string(),
  statement: z.string(),
  comment: z.string(),
  entry: z.number().int(),
})
export type Decision = z.infer<typeof Decision>

export const Promotion = z.object({
  id: z.number().int(),
  /** `rollback`: that a version which was in production goes back there. */
  kind: z.enum(['promotion', 'rollback']),
  to: ModelStage,
  state: z.enum(['open', 'approved', 'rejected', 'refused', 'withdrawn']),
  requestedBy: z.string(),
  requestedByPerson: PersonId,
  requestedAt: Timestamp,
  requestEntry: z.number().int(),
  /** Why a rollback was asked for; empty for a promotion. */
  reason: z.string(),
  approvalsNeeded: z.number().int(),
  conditions: z.array(Condition),
  requirements: z.array(Requirement),
  policy: GatePolicy.nullable(),
  decisions: z.array(Decision),
})
export type Promotion = z.infer<typeof Promotion>

/** By whom it is approved that a version which passed a gate goes back. `isStated`: the gate says so for that; else it is what it asks for. */
export const ReturnRule = z.object({ approvals: z.number().int(), roles: z.record(z.string(), z.number().int()), isStated: z.boolean() })
export type ReturnRule = z.infer<typeof ReturnRule>

export const Gate = z.object({
  to: ModelStage,
  conditions: z.array(Condition),
  requirements: z.array(Requirement),
  policy: GatePolicy.nullable(),
  approvalsNeeded: z.number().int(),
  /** Null where nothing goes back to that stage. */
  rollback: ReturnRule.nullable(),
  met: z.boolean(),
  /** The `run.started` entry that fixed the conditions before the first stage ran; the import of a version that has no run. */
  fixedByEntry: z.number().int(),
})
export type Gate = z.infer<typeof Gate>

/** A legal hold that nobody has released. */
export const Hold = z.object({ reason: z.string(), by: z.string(), byPerson: z.string(), at: Timestamp, entry: z.number().int() })
export type Hold = z.infer<typeof Hold>

/** The version of another workplace that came in a bundle, and the ledger that every entry about it was proved to be in. */
export const ForeignBundle = z.object({ origin: z.string(), size: z.number().int(), logKey: z.string(), project: z.string(), model: z.string(), version: z.number().int() })
export type ForeignBundle = z.infer<typeof ForeignBundle>

/** The version of this ledger that has the content of an import; `run`: the one that made it, null where that too was imported. */
export const KnownVersion = z.object({ project: ProjectId, model: ModelName, version: VersionNumber, entry: z.number().int(), run: RunId.nullable() })
export type KnownVersion = z.infer<typeof KnownVersion>

/** Of a version that was imported: what its importer, the author, says of it and vouches for. */
export const ImportedModel = z.object({
  kind: z.enum(['file', 'folder']),
  files: z.number().int(),
  /** `given`: the importer had the hash from elsewhere, and the content was found to have it. */
  hash: z.enum(['given', 'computed']),
  source: z.string(),
  licence: z.string(),
  /** Whether loading it can run code that it holds; `code` has the first files of which that is to be said. */
  runsCode: z.enum(['yes', 'no', 'unknown']),
  code: z.array(z.object({ path: z.string(), why: z.string() })),
  /** The start of a run whose gates it took over, as the last one to say any for this model; null for none. */
  gatesFrom: z.number().int().nullable(),
  /** The key under which the model came signed; null where it came without a signature. */
  signedBy: Sha256.nullable(),
  bundle: ForeignBundle.nullable(),
  known: KnownVersion.nullable(),
  statement: z.string(),
})
export type ImportedModel = z.infer<typeof ImportedModel>

/** The registry's own signature of a version (OpenSSF Model Signing 1.0): by the key of this hint, which `keyEntry` introduced. */
export const SignedBy = z.object({ hint: Sha256, keyEntry: z.number().int(), entry: z.number().int() })
export type SignedBy = z.infer<typeof SignedBy>

/** A key that the registry signs models with, from the entry that introduced it to the one that put another in its place; null while none did. `key`: PEM; `hint`: how signatures name it. */
export const RegistryKey = z.object({ hint: Sha256, key: z.string(), from: z.number().int(), until: z.number().int().nullable() })
export type RegistryKey = z.infer<typeof RegistryKey>

export const VersionSummary = z.object({
  project: ProjectId,
  model: ModelName,
  version: VersionNumber,
  stage: ModelStage,
  /** Null for a version that was imported. */
  run: RunId.nullable(),
  imported: ImportedModel.nullable(),
  /** Null until it is signed, which it is when it is registered or leaves. */
  signed: SignedBy.nullable(),
  artifact: Sha256,
  bytes: z.number().int(),
  format: z.string(),
  registeredAt: Timestamp,
  author: z.string(),
  authorPerson: z.string(),
  entry: z.number().int(),
  metrics: z.record(z.string(), z.string()),
  openPromotion: Promotion.nullable(),
  /** Sorted. */
  aliases: z.array(z.string()),
  tags: z.record(z.string(), z.string()),
  holds: z.array(Hold),
  /** When the approval of a version in production ends, by its gate; null for never. */
  approvalEnds: Timestamp.nullable(),
})
export type VersionSummary = z.infer<typeof VersionSummary>

export const LineageNode = z.object({
  id: z.string(),
  kind: z.enum(['dataset', 'code', 'run', 'outside', 'thresholds', 'version', 'approval', 'pack']),
  title: z.string(),
  detail: z.string(),
  entry: z.number().int().nullable(),
})
export type LineageNode = z.infer<typeof LineageNode>
export const Lineage = z.object({ nodes: z.array(LineageNode), edges: z.array(z.object({ from: z.string(), to: z.string(), entry: z.number().int().nullable() })) })
export type Lineage = z.infer<typeof Lineage>

export const VersionDetail = VersionSummary.extend({
  gates: z.array(Gate),
  promotions: z.array(Promotion),
  lineage: Lineage,
  /** Why it cannot go back to production, in a sentence; null where that can be asked for. */
  noReturn: z.string().nullable(),
  /** Why the signed-in person may or may not decide on the open promotion, in a sentence. */
  mayDecide: z.object({ allowed: z.boolean(), reason: z.string() }),
})
export type VersionDetail = z.infer<typeof VersionDetail>

/** A version's signature, which was checked. `publicKey`: PEM; `hint`: how the bundle names it; `files`: what it is of, by the names that they have in it. */
export const ModelSignature = z.object({
  sha256: Sha256,
  entry: z.number().int(),
  artifact: Sha256,
  files: z.array(z.object({ name: z.string(), sha256: Sha256 })),
  publicKey: z.string(),
  hint: Sha256,
  keyEntry: z.number().int(),
  bundle: z.string(),
})
export type ModelSignature = z.infer<typeof ModelSignature>

/** A line that stands in the ledger. */
const Line = z.string().trim().min(1).max(500).regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'use one line without control characters')

/** A model from outside and what is said of it. Paths are of the orchestrator's machine. */
export const ForeignModel = z.object({
  project: ProjectId,
  model: ModelName,
  /** A file or a folder. */
  path: z.string().min(1),
  /** Where it comes from, in words or as an address. */
  source: Line,
  /** An SPDX expression where one is known. */
  licence: Line.max(200),
  /** What its SHA-256 must be, known by another way: of the file, or of the folder's manifest. */
  sha256: Sha256.optional(),
  /** An OpenSSF Model Signing 1.0 signature over it, and the public key (PEM) that must have made it. */
  signature: z.object({ path: z.string().min(1), publicKey: z.string().min(1) }).optional(),
  /** Where the file is a bundle of another workplace: the first log key of its ledger, known by another way. It is checked whole, its signature too. */
  logKey: z.string().min(1).max(1000).optional(),
})
export type ForeignModel = z.infer<typeof ForeignModel>

/** What a model from outside was found to be, and what importing it would sign. */
export const ForeignModelExamined = z.object({
  kind: z.enum(['file', 'folder']),
  artifact: Sha256,
  files: z.number().int(),
  bytes: z.number().int(),
  format: z.string(),
  runsCode: ImportedModel.shape.runsCode,
  code: ImportedModel.shape.code,
  /** The key that signed it, where a signature was given. */
  signedBy: Sha256.nullable(),
  bundle: ForeignBundle.nullable(),
  /** Null where no version that the person may read has this content, and no bundle of this ledger says that one has. */
  known: KnownVersion.nullable(),
  /** Whether the licence is an SPDX expression. */
  isSpdx: z.boolean(),
  /** The SPDX identifier that seems to be meant where it is none. */
  spdxMeant: z.string().nullable(),
  /** The start of a run whose gates it will be held to. */
  gatesFrom: z.number().int().nullable(),
  meaning: z.string(),
  statement: z.string(),
})
export type ForeignModelExamined = z.infer<typeof ForeignModelExamined>

/** What somebody adds to an act on a version, in their own words. */
const Remark = z.string().max(2000)
const version = { project: ProjectId, model: ModelName, version: VersionNumber }

export const modelRequests = {
  'models.list': request('model.read', z.object({ project: ProjectId }), z.array(VersionSummary), 'listed'),
  'models.get': request('model.read', z.object(version), VersionDetail, 'model'),
  /** Reads a model from outside and says what it is; records nothing, and executes nothing of it. */
  'models.examine': request('model.import', ForeignModel, ForeignModelExamined, 'model'),
  /** Takes it in as the next version, signed: `artifact` and `statement` are those that `models.examine` showed. */
  'models.import': request('model.import', ForeignModel.extend({ artifact: Sha256, statement: z.string(), passphrase: GivenPassphrase }), VersionDetail, 'model'),
  /** Asks for the next stage; answers `gate-not-met` with every unmet condition, recorded, when the gate's metrics are not met. */
  'models.requestPromotion': request('model.request', z.object({ ...version, to: ModelStage }), Promotion, 'model'),
  /** The exact words that a decision will sign. */
  'models.statement': request('model.read', z.object({ ...version, decision: z.enum(['approved', 'rejected']) }), z.object({ meaning: z.string(), statement: z.string(), tree: z.object({ size: z.number().int(), root: z.string() }), artifact: Sha256 }), 'model'),
  /** Signs what `models.statement` showed: `treeSize` is the ledger's size that the shown statement names. */
  'models.decide': request(
    'model.sign',
    z.object({ ...version, decision: z.enum(['approved', 'rejected']), treeSize: z.number().int().positive(), comment: Remark.default(''), passphrase: GivenPassphrase }),
    VersionDetail,
    'model',
  ),
  /** Takes back the open request; only who made it may. */
  'models.withdraw': request('model.request', z.object({ ...version, comment: Remark.default('') }), VersionDetail, 'model'),
  /** Asks that a version which was in production goes back there; decided as a promotion is. */
  'models.requestRollback': request('model.request', z.object({ ...version, reason: Remark.min(1) }), Promotion, 'model'),
  'models.setAlias': request('model.label', z.object({ ...version, alias: ModelAlias }), VersionDetail, 'model'),
  'models.removeAlias': request('model.label', z.object({ ...version, alias: ModelAlias }), VersionDetail, 'model'),
  'models.setTag': request('model.label', z.object({ ...version, key: TagKey, value: z.string().max(500) }), VersionDetail, 'model'),
  'models.removeTag': request('model.label', z.object({ ...version, key: TagKey }), VersionDetail, 'model'),
  /** Places a legal hold, signed. */
  'models.hold': request('model.hold', z.object({ ...version, reason: Remark.min(1), passphrase: GivenPassphrase }), VersionDetail, 'model'),
  /** Releases a hold that somebody else placed, signed; `hold` is its entry. */
  'models.release': request('model.hold', z.object({ ...version, hold: z.number().int().nonnegative(), reason: Remark.min(1), passphrase: GivenPassphrase }), VersionDetail, 'model'),
  'models.archive': request('model.decide', z.object({ ...version, comment: Remark.default(''), passphrase: GivenPassphrase }), VersionDetail, 'model'),
  /** The version's model card, written from entries: every sentence names the one that it rests on. */
  'models.card': request('model.read', z.object(version), z.object({ markdown: z.string(), html: z.string() }), 'model'),
  /** The version's bill of materials: CycloneDX 1.6, JSON, with a model card. */
  'models.bom': request('model.read', z.object(version), z.object({ json: z.string() }), 'model'),
  /** Checks the version's signature (OpenSSF Model Signing 1.0) and its file, and gives what others need to check them: `bundle` is the text of the signature. */
  'models.verify': request('model.read', z.object(version), ModelSignature, 'model'),
  /** The keys that the registry signs models with, and signed with before, in the order of their entries. */
  'models.keys': request('ledger.read', z.object({}), z.array(RegistryKey)),
  /** Hands the model out as a bundle (docs/model-bundle.md), to a path on the orchestrator's machine, and records for what. */
  'models.export': request('model.read', z.object({ ...version, to: z.string().min(1), purpose: Purpose }), z.object({ path: z.string(), sha256: Sha256, bytes: z.number().int(), entry: z.number().int() }), 'model'),
  /** Copies the model, each file checked against its digest, to a path that is not there on the orchestrator's machine. Who, what and why is an entry. */
  'models.download': request('model.read', z.object({ ...version, to: z.string().min(1), purpose: Purpose }), z.object({ path: z.string(), sha256: Sha256, entry: z.number().int() }), 'model'),
}
