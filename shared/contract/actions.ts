import { z } from 'zod'
import { CodeVersion } from './code-version.ts'
import { DecimalString, ModelAlias, ModelName, PersonId, ProjectId, RunId, Sha256, TagKey, VersionNumber } from './ids.ts'
import { Policy, Scope } from './authority.ts'
import { ExecutorConfig, ExecutorName } from './executors.ts'
import { QueuePolicy } from './queue.ts'
import { PermissionName, RoleName, type Permission } from './roles.ts'

const VerifierKey = z.string().regex(/^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*$/)
/** Standard base64 of the 32 bytes of a tree's root. */
const Root = z.string().regex(/^[A-Za-z0-9+/]{43}=$/)
/** A signed note (C2SP signed-note), verbatim. */
const Note = z.string().min(1)
const TreeSize = z.number().int().nonnegative()
const Path = z.string().min(1)
const Stage = z.string().min(1)
const Attempt = z.number().int().positive()
const Bytes = z.number().int().nonnegative()
const ModelStage = z.enum(['experiment', 'staging', 'production', 'archived'])

const FileDigest = z.strictObject({ path: Path, sha256: Sha256, bytes: Bytes })
const OutDigest = FileDigest.extend({ kind: z.enum(['out', 'metric', 'plot']) })
/** `obligations`: citations that the file answers, as dvc.yaml named them. */
const EvidenceDigest = z.strictObject({ kind: z.string(), path: Path, sha256: Sha256, obligations: z.array(z.string()) })
const Condition = z.strictObject({ metric: z.string(), bound: z.enum(['min', 'max']), threshold: DecimalString })
/** Days after which it no longer counts; 0 for never. */
const Days = z.number().int().nonnegative()
/** How many of the approvals in which role. */
const RoleCounts = z.record(z.string(), z.number().int().positive())
/**
 * What a gate asks for beside metrics and a number of people. `path` and `sha256`: of the file that says it, empty where the pipeline's file does.
 * `roles`: nobody is counted twice. `rollback`: what is asked of who approves that a version which passed it goes back, where that is something else.
 */
const GatePolicy = z.strictObject({
  path: z.string(),
  sha256: Sha256.or(z.literal('')),
  evidence: z.array(z.string()),
  tests: z.array(z.string()),
  roles: RoleCounts,
  expires: z.strictObject({ approvals: Days, evidence: Days, production: Days }),
  rollback: z.strictObject({ approvals: z.number().int().positive(), roles: RoleCounts }).exactOptional(),
})
const GateDetail = z.strictObject({ to: z.enum(['staging', 'production']), conditions: z.array(Condition), approvals: z.number().int().positive(), policy: GatePolicy.exactOptional() })
/** A kind of evidence or a test that a gate asks for; `entry`: the success of the stage that left or was it. */
const RequirementResult = z.strictObject({ what: z.enum(['evidence', 'test']), name: z.string(), entry: z.number().int().nonnegative().or(z.literal('not recorded')), met: z.enum(['yes', 'no']) })
const ConditionResult = Condition.extend({ value: DecimalString.or(z.literal('not recorded')), met: z.enum(['yes', 'no']) })

/** A position in the ledger. */
const Position = z.number().int().nonnegative()
const modelVersion = { project: ProjectId, model: ModelName, version: VersionNumber }
/** A signed decision on the request in entry `request`. */
const RequestDecision = z.strictObject({
  ...modelVersion,
  to: ModelStage,
  request: Position,
  meaning: z.string(),
  statement: z.string(),
  comment: z.string(),
})

const stageAttempt = { run: RunId, stage: Stage, attempt: Attempt }

/**
 * The closed list of ledger actions, each with the schema of its `detail`. Integers and strings only (ledger entries know no floats, and
 * `yes`/`no` stand for booleans where an auditor reads them). Names of people never stand here.
 */
export const ENTRY_DETAILS = {
  /** Entry 0: introduces the log key and the orchestrator's key. */
  'ledger.created': z.strictObject({ logKey: VerifierKey, orchestratorKey: VerifierKey, software: z.string() }),
  /** The data folder was restored from the backup of the first `size` entries; the subject is its list, by digest. What was recorded after it is not here. */
  'ledger.restored': z.strictObject({ backup: z.string(), size: TreeSize, root: Root, reason: z.string().min(1) }),
  /**
   * More was signed as `predecessor` than the first `size` entries, which are left: `anchor` is a checkpoint of it that was kept elsewhere. From this entry on
   * entries and checkpoints are of another origin, by which `key` is named. Signed by an administrator, then with the new log key.
   */
  'ledger.continued': z.strictObject({ key: VerifierKey, predecessor: z.string().min(1), size: TreeSize, anchor: Note, reason: z.string().min(1), orchestratorKey: VerifierKey.exactOptional() }),
  /** What a verification found to be the first damage, by the kind that it names. Not said again of the same. */
  'ledger.damaged': z.strictObject({ seq: Position, kind: z.string().min(1), message: z.string() }),
  'orchestrator.started': z.strictObject({ software: z.string(), adopted: z.number().int().nonnegative() }),
  'orchestrator.stopped': z.strictObject({ reason: z.string() }),

  /** Introduces a person and the key that they sign with from the next entry on. */
  'person.enrolled': z.strictObject({ person: PersonId, roles: z.array(RoleName), key: VerifierKey }),
  /** The roles that the person holds for the organisation. */
  'person.roles.changed': z.strictObject({ person: PersonId, roles: z.array(RoleName) }),
  /** A role that the person holds for a project or a model alone, beside those for the organisation. */
  'person.granted': z.strictObject({ person: PersonId, role: RoleName, scope: Scope }),
  'person.revoked': z.strictObject({ person: PersonId, role: RoleName, scope: Scope }),
  'person.deactivated': z.strictObject({ person: PersonId }),
  /** The person's names were destroyed, together with what opens the commitment to the display name. Their id, key and signatures stay. */
  'person.erased': z.strictObject({ person: PersonId }),
  /** A role of the workplace's own, or what one is from here on. Never one that is built in. */
  'role.defined': z.strictObject({ role: RoleName, sentence: z.string().min(1), permissions: z.array(PermissionName).min(1) }),
  'role.removed': z.strictObject({ role: RoleName }),
  /**
   * Signed by an administrator; the first, which sets what holds where nothing else was said, by the orchestrator. No entry before it: nothing was kept apart.
   * `reason` in the words of who changed it; none where the orchestrator recorded the default, or an earlier release a change.
   */
  'policy.changed': Policy.strict().extend({ reason: z.string().min(1).exactOptional() }),
  /** A new key in the place of the person's own, from the next entry on. Signed with the old key, then with the new one. */
  'person.key.rotated': z.strictObject({ person: PersonId, key: VerifierKey }),
  /** A new key in the place of one that is lost. Signed by an administrator who is somebody else, then with the new key. */
  'person.key.recovered': z.strictObject({ person: PersonId, key: VerifierKey, reason: z.string().min(1) }),
  /** Signed by an administrator, then with the old key, then with the new one. Of the log: the checkpoint that this entry is under is the new key's. */
  'orchestrator.key.rotated': z.strictObject({ key: VerifierKey }),
  'ledger.key.rotated': z.strictObject({ key: VerifierKey }),
  /** The person's key is sealed with another passphrase, which they chose; it is the same key. */
  'person.passphrase.changed': z.strictObject({ person: PersonId }),
  /** A session whose end does not stand here ended with the orchestrator, or while the disk was full. */
  'session.opened': z.strictObject({ person: PersonId }),
  'session.closed': z.strictObject({ person: PersonId }),
  'session.refused': z.strictObject({ person: PersonId, attempts: z.number().int().positive() }),

  'project.created': z.strictObject({
    project: ProjectId,
    name: z.string(),
    intendedPurpose: z.string(),
    roles: z.array(z.enum(['provider', 'deployer'])).min(1),
    annexIII: z.string(),
  }),
  'project.changed': z.strictObject({
    project: ProjectId,
    name: z.string(),
    intendedPurpose: z.string(),
    roles: z.array(z.enum(['provider', 'deployer'])).min(1),
    annexIII: z.string(),
  }),

  /** `manifest` is the digest of the snapshot's manifest: JCS of {version, files: [{path, bytes, sha256}]}, sorted by path. */
  'dataset.snapshot': z.strictObject({
    project: ProjectId,
    dataset: z.string(),
    path: Path,
    manifest: Sha256,
    files: z.number().int().nonnegative(),
    bytes: Bytes,
  }),

  /**
   * Content was copied out of the store, by whoever signs, for the purpose that they state. Recorded before the first byte is: what fails
   * afterwards was asked for all the same. `sha256`: of the model's file, or of the snapshot's manifest.
   */
  'data.exported': z.strictObject({ what: z.enum(['model', 'snapshot']), project: ProjectId, model: z.string().optional(), name: z.string(), sha256: Sha256, purpose: z.string().min(1) }),

  /** Where else stages may run from here on, in place of what it said before. */
  /** How the queue of this machine decides from here on. */
  'queue.policy.changed': z.strictObject({ policy: QueuePolicy, reason: z.string() }),
  'executor.set': z.strictObject({ name: ExecutorName, config: ExecutorConfig }),
  'executor.removed': z.strictObject({ name: ExecutorName, reason: z.string() }),

  /** What will run and what it will be judged by: recorded before the first stage starts. */
  'run.started': z.strictObject({
    run: RunId,
    project: ProjectId,
    pipeline: Sha256,
    stages: z.array(Stage),
    parameters: z.record(z.string(), z.string()),
    snapshots: z.array(z.strictObject({ path: Path, manifest: Sha256, entry: z.number().int().nonnegative() })),
    code: CodeVersion,
    gates: z.array(z.strictObject({ model: ModelName, gates: z.array(GateDetail) })),
    priority: z.number().int().exactOptional(),
  }),
  'run.priority.changed': z.strictObject({ run: RunId, priority: z.number().int() }),
  'run.cancel.requested': z.strictObject({ run: RunId }),
  'run.finished': z.strictObject({ run: RunId, state: z.enum(['succeeded', 'failed', 'cancelled', 'interrupted']) }),
  'run.adopted': z.strictObject({ run: RunId, attempts: z.array(z.strictObject({ stage: Stage, attempt: Attempt })) }),

  /** `cacheKey`: what it was made of, by one digest. `gpus`: those that are its own meanwhile, by UUID. `resumes`: the attempt whose checkpoint it goes on from. `executor`: where, if not on this machine. */
  'stage.started': z.strictObject({
    ...stageAttempt,
    command: Sha256,
    dependencies: z.array(FileDigest),
    cacheKey: Sha256.exactOptional(),
    gpus: z.array(z.string()).exactOptional(),
    resumes: Attempt.exactOptional(),
    executor: ExecutorName.exactOptional(),
  }),
  /** `from`: the success of an earlier run of the project with the same `cacheKey`, whose outs were put in place of running it again. */
  'stage.succeeded': z.strictObject({
    ...stageAttempt,
    outs: z.array(OutDigest),
    metrics: z.record(z.string(), DecimalString),
    evidence: z.array(EvidenceDigest),
    environment: Sha256,
    recording: Sha256,
    durationMs: z.number().int().nonnegative(),
    cacheKey: Sha256.exactOptional(),
    from: z.strictObject({ entry: z.number().int().nonnegative(), run: RunId, attempt: Attempt }).exactOptional(),
  }),
  'stage.failed': z.strictObject({
    ...stageAttempt,
    reason: z.string(),
    exitCode: z.number().int(),
    environment: Sha256.or(z.literal('')),
    recording: Sha256.or(z.literal('')),
    durationMs: z.number().int().nonnegative(),
  }),
  'stage.cancelled': z.strictObject({ ...stageAttempt, recording: Sha256.or(z.literal('')) }),
  'stage.interrupted': z.strictObject({ ...stageAttempt, reason: z.string() }),
  /** After the end of `attempt`: there will be another, not before `notBefore` (empty: at once), from its checkpoint or from the start. */
  'stage.requeued': z.strictObject({ ...stageAttempt, cause: z.enum(['retry', 'preempted', 'interrupted']), notBefore: z.string(), resume: z.enum(['yes', 'no']) }),
  /** The first `records` metric records of an attempt, by the RFC 6962 root of their JCS texts: every 4,096 while it runs, and all at its end. */
  'stage.metrics.sealed': z.strictObject({ ...stageAttempt, records: z.number().int().positive(), root: Sha256 }),

  /** `metrics`: what the run measured until then, or where that takes too much room the part that the gates of the model name; all stands in the entries of its stages. */
  'model.version.registered': z.strictObject({
    project: ProjectId,
    model: ModelName,
    version: VersionNumber,
    run: RunId,
    stage: Stage,
    author: PersonId,
    artifact: Sha256,
    bytes: Bytes,
    format: z.string(),
    metrics: z.record(z.string(), DecimalString),
  }),
  /**
   * A version that no run here made: the person `author`, who signs, brought it in and vouches for it. `artifact`: of the file, or of the folder's
   * manifest (JCS of {version, files: [{path, bytes, sha256}]}, sorted by path). `source` and `licence` in the importer's words, the latter an SPDX
   * expression where one is known. `hash`: whether the importer gave it and it was found to be that. `runsCode`: whether loading it can run code that it
   * holds, with the first files of which that is to be said. `gates`: what must hold before it enters a stage, copied from the start of a run in entry
   * `gatesFrom`, the last one to say it of this model, or the one that made `known`. `signature`: an OpenSSF Model Signing 1.0 bundle over the files, found good under the key `hint`.
   */
  'model.version.imported': z.strictObject({
    ...modelVersion,
    author: PersonId,
    artifact: Sha256,
    kind: z.enum(['file', 'folder']),
    files: z.number().int().positive(),
    bytes: Bytes,
    format: z.string(),
    hash: z.enum(['given', 'computed']),
    source: z.string().min(1),
    licence: z.string().min(1),
    runsCode: z.enum(['yes', 'no', 'unknown']),
    code: z.array(z.strictObject({ path: z.string(), why: z.string() })),
    gates: z.array(z.strictObject({ model: ModelName, gates: z.array(GateDetail) })),
    gatesFrom: Position.or(z.literal('none')),
    signature: z.strictObject({ hint: Sha256, signature: Sha256 }).exactOptional(),
    /**
     * It came in a bundle of another workplace (docs/model-bundle.md): the zip, the ledger that it was held against by its first log key, the version there, and
     * the manifest of what came beside the model.
     */
    bundle: z
      .strictObject({ sha256: Sha256, logKey: VerifierKey, origin: z.string(), size: TreeSize, root: Root, project: z.string(), model: z.string(), version: z.number().int().nonnegative(), registration: Position, papers: Sha256 })
      .exactOptional(),
    /** The version of this ledger that has this very content, where the importer may know of it: registered in `entry` by `run`, or imported there. */
    known: z.strictObject({ project: ProjectId, model: ModelName, version: VersionNumber, entry: Position, run: RunId.or(z.literal('none')) }).exactOptional(),
    meaning: z.string(),
    statement: z.string(),
  }),
  /** The registry's own key from here on (ECDSA P-256): PEM, and the SHA-256 of that text, by which signatures name it. */
  'model.key.introduced': z.strictObject({ hint: Sha256, key: z.string().regex(/^-----BEGIN PUBLIC KEY-----\n/) }),
  /** The same, in the place of the key with the hint `replaces`, which signs nothing from here on. What it signed before stays good. */
  'model.key.rotated': z.strictObject({ hint: Sha256, key: z.string().regex(/^-----BEGIN PUBLIC KEY-----\n/), replaces: Sha256 }),
  /** `signature`: an OpenSSF Model Signing 1.0 bundle over the version's file. */
  'model.version.signed': z.strictObject({ ...modelVersion, artifact: Sha256, hint: Sha256, signature: Sha256 }),
  /** A model was handed out as a bundle (docs/model-bundle.md). `bundle`: of the zip; `purpose`: in the words of who did it. */
  'model.version.exported': z.strictObject({ ...modelVersion, artifact: Sha256, bundle: Sha256, bytes: Bytes, treeSize: TreeSize, purpose: z.string().min(1) }),
  'model.promotion.requested': z.strictObject({
    project: ProjectId,
    model: ModelName,
    version: VersionNumber,
    from: ModelStage,
    to: ModelStage,
    gateEntry: z.number().int().nonnegative(),
    conditions: z.array(ConditionResult),
    approvals: z.number().int().positive(),
    /** Where the gate has a policy. */
    requirements: z.array(RequirementResult).exactOptional(),
  }),
  /** A request that the gate refused. `unmet`: each thing that is not met, in words; entries of earlier versions have it in their conditions alone. */
  'model.promotion.refused': z.strictObject({
    project: ProjectId,
    model: ModelName,
    version: VersionNumber,
    from: ModelStage,
    to: ModelStage,
    gateEntry: z.number().int().nonnegative(),
    conditions: z.array(ConditionResult),
    requirements: z.array(RequirementResult).exactOptional(),
    unmet: z.array(z.string()).exactOptional(),
  }),
  'model.promotion.approved': RequestDecision,
  'model.promotion.rejected': RequestDecision,
  /** By who asked, before anybody decided; `request` may be one for promotion or for a rollback. */
  'model.promotion.withdrawn': z.strictObject({ ...modelVersion, to: ModelStage, request: Position, comment: z.string() }),
  /**
   * That a version which was in production (`entered`: the entry that moved it there) takes the place of `replaces`, the one that is; 0 for none. `gateEntry`: what fixed the gate
   * that says by whom it is approved; entries of earlier releases name none, and one approver was enough for them.
   */
  'model.rollback.requested': z.strictObject({
    ...modelVersion,
    from: ModelStage,
    to: z.literal('production'),
    replaces: z.number().int().nonnegative(),
    entered: Position,
    reason: z.string().min(1),
    gateEntry: Position.exactOptional(),
    approvals: z.number().int().positive(),
  }),
  'model.rollback.approved': RequestDecision,
  'model.rollback.rejected': RequestDecision,
  'model.stage.changed': z.strictObject({
    project: ProjectId,
    model: ModelName,
    version: VersionNumber,
    from: ModelStage,
    to: ModelStage,
    cause: z.string(),
  }),

  /** A backup of the first `size` entries was made and read back; the subject is its list, by digest. `removed`: older ones that the schedule keeps no more. */
  'backup.made': z.strictObject({ backup: z.string(), folder: z.string(), size: TreeSize, root: Root, files: z.number().int().nonnegative(), bytes: Bytes, removed: z.array(z.string()) }),
  'backup.failed': z.strictObject({ folder: z.string(), reason: z.string() }),
  'backup.scheduled': z.strictObject({ folder: z.string(), everyHours: z.number().int().positive(), keep: z.number().int().positive() }),
  'backup.unscheduled': z.strictObject({}),

  /** A witness (C2SP tlog-witness) by its verifier key, type 4: its cosignatures count from here on. */
  'witness.added': z.strictObject({ name: z.string(), key: VerifierKey }),
  'witness.removed': z.strictObject({ name: z.string(), key: VerifierKey }),
  /** The witness saw the checkpoint of `size` entries at `time` (Unix seconds, by its clock). `cosignature`: the signature line, which makes the cosigned note again with that checkpoint. */
  'witness.cosigned': z.strictObject({ name: z.string(), key: VerifierKey, size: TreeSize, root: Root, time: z.number().int().nonnegative(), cosignature: z.string() }),
  /** Two checkpoints that the log key signed and of which one is not of this ledger: `foreign` says which, `foreignSize` how many entries it is of. */
  'witness.conflict': z.strictObject({ name: z.string(), key: VerifierKey, held: Note, offered: Note, foreign: z.enum(['held', 'offered']), foreignSize: TreeSize }),
  /** A page with the checkpoint of `size` entries was made for a paper register; the subject is the page, by its digest. */
  'anchor.printed': z.strictObject({ size: TreeSize, root: Root }),
  /** An authority of time stamps (RFC 3161) by the certificate that its stamps must lead to: DER in base64, and its SHA-256. */
  'timestamp.authority.added': z.strictObject({ fingerprint: Sha256, certificate: z.base64() }),
  'timestamp.authority.removed': z.strictObject({ fingerprint: Sha256 }),
  /** A stamp was asked for on the checkpoint of `size` entries; the subject's digest is that of its note. `nonce`: hexadecimal. */
  'timestamp.requested': z.strictObject({ size: TreeSize, root: Root, nonce: z.string().regex(/^[0-9a-f]+$/) }),
  /** `time`: when the authority says that it saw the checkpoint. `response`: the whole answer (RFC 3161, DER) in base64. */
  'timestamp.recorded': z.strictObject({ size: TreeSize, root: Root, authority: Sha256, time: z.string(), serial: z.string(), response: z.base64() }),

  /** An alias names one version of its model; the entry that sets it last counts. */
  'model.alias.set': z.strictObject({ ...modelVersion, alias: ModelAlias }),
  'model.alias.removed': z.strictObject({ ...modelVersion, alias: ModelAlias }),
  'model.tag.set': z.strictObject({ ...modelVersion, key: TagKey, value: z.string() }),
  'model.tag.removed': z.strictObject({ ...modelVersion, key: TagKey }),
  /** A legal hold (Art. 73(6) of the AI Act): until it is released by somebody else, nothing of the version is archived or deleted. */
  'model.hold.placed': z.strictObject({ ...modelVersion, meaning: z.string(), reason: z.string().min(1) }),
  'model.hold.released': z.strictObject({ ...modelVersion, hold: Position, meaning: z.string(), reason: z.string().min(1) }),

  'evidence.pack.exported': z.strictObject({
    project: ProjectId,
    model: ModelName,
    version: VersionNumber,
    pack: z.string(),
    manifest: Sha256,
    treeSize: TreeSize,
    entries: z.number().int().positive(),
    statement: z.string(),
  }),
} as const satisfies Record<string, z.ZodType>

export type ActionName = keyof typeof ENTRY_DETAILS
export type DetailOf<A extends ActionName> = z.infer<(typeof ENTRY_DETAILS)[A]>
export const ACTION_NAMES = Object.keys(ENTRY_DETAILS) as ActionName[]

/**
 * What a person must be allowed to do for their key to sign an action, where that depends on it by what the entry says; `session`: any account that is active.
 * The orchestrator's key alone signs the rest.
 */
export const SIGNED_BY_PERSONS: Readonly<Partial<Record<ActionName, Permission | 'session' | ((detail: Readonly<Record<string, unknown>>) => Permission)>>> = {
  'person.enrolled': 'people.manage',
  'person.roles.changed': 'people.manage',
  'person.granted': 'people.manage',
  'person.revoked': 'people.manage',
  'role.defined': 'people.manage',
  'role.removed': 'people.manage',
  'policy.changed': 'people.manage',
  'person.deactivated': 'people.manage',
  'person.erased': 'people.manage',
  'person.passphrase.changed': 'session',
  'person.key.rotated': 'session',
  'person.key.recovered': 'people.manage',
  'orchestrator.key.rotated': 'keys.manage',
  'ledger.key.rotated': 'keys.manage',
  'ledger.continued': 'keys.manage',
  'model.key.rotated': 'keys.manage',
  'session.opened': 'session',
  'session.closed': 'session',
  'project.created': 'project.manage',
  'project.changed': 'project.manage',
  'dataset.snapshot': 'dataset.snapshot',
  'data.exported': ({ what }) => (what === 'snapshot' ? 'dataset.export' : 'model.read'),
  'queue.policy.changed': 'machine.manage',
  'run.priority.changed': 'run.cancel',
  'executor.set': 'machine.manage',
  'executor.removed': 'machine.manage',
  'run.started': 'run.start',
  'run.cancel.requested': 'run.cancel',
  'model.version.imported': 'model.import',
  'model.version.exported': 'model.read',
  'model.promotion.requested': 'model.request',
  'model.promotion.refused': 'model.request',
  'model.promotion.approved': 'model.sign',
  'model.promotion.rejected': 'model.sign',
  'model.promotion.withdrawn': 'model.request',
  'model.rollback.requested': 'model.request',
  'model.rollback.approved': 'model.sign',
  'model.rollback.rejected': 'model.sign',
  'model.stage.changed': 'model.decide',
  'backup.made': 'backup.manage',
  'backup.scheduled': 'backup.manage',
  'backup.unscheduled': 'backup.manage',
  'witness.added': 'ledger.anchor',
  'witness.removed': 'ledger.anchor',
  'witness.cosigned': 'ledger.anchor',
  'witness.conflict': 'ledger.anchor',
  'anchor.printed': 'ledger.anchor',
  'timestamp.authority.added': 'ledger.anchor',
  'timestamp.authority.removed': 'ledger.anchor',
  'timestamp.requested': 'ledger.anchor',
  'timestamp.recorded': 'ledger.anchor',
  'model.alias.set': 'model.label',
  'model.alias.removed': 'model.label',
  'model.tag.set': 'model.label',
  'model.tag.removed': 'model.label',
  'model.hold.placed': 'model.hold',
  'model.hold.released': 'model.hold',
  'evidence.pack.exported': 'evidence.export',
}
