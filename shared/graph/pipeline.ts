import { z } from 'zod'
import { parseDecimal, formatDecimal } from './decimal.ts'

/**
 * A pipeline as both sides see it: what `dvc.yaml` says, checked and expanded. Every path is relative to the project folder, POSIX,
 * without `.` or `..` parts, whatever the stage's working folder is.
 */

/** What a recorded fact can be evidence of: the `evidenceVocabulary` of the framework data, which names no others. */
export const evidenceKinds = [
  'dataset-snapshot', 'data-validation', 'data-lineage', 'run-params-metrics', 'environment', 'code-version', 'model-version',
  'model-card', 'risk-register', 'test-report', 'fairness-report', 'robustness-test', 'human-oversight-record', 'approval-signature',
  'deployment-record', 'prediction-log', 'drift-report', 'incident', 'user-access-log', 'policy-document', 'attestation',
  'cost-energy-record',
] as const

/**
 * Kinds that no file can be: the ledger makes them, by the entries that this machine signs about snapshots, runs, stages, versions, decisions and people.
 * Evidence of them is the entries themselves, and what a stage writes under such a name counts for nothing.
 */
export const ledgerKinds = [
  'dataset-snapshot', 'data-lineage', 'run-params-metrics', 'environment', 'code-version', 'model-version', 'approval-signature', 'user-access-log',
] as const satisfies readonly (typeof evidenceKinds)[number][]

export function isLedgerKind(kind: string): boolean {
  return ledgerKinds.some((known) => known === kind)
}

/** A path inside the project. The schema refuses what can never be one; whether it leads outside by a symlink only the disk can say. */
export const ProjectPath = z
  .string()
  .min(1)
  .max(1_024)
  .refine((path) => !/^[/\\]|^[A-Za-z]:|(^|\/)\.\.(\/|$)/.test(path), 'must be a path inside the project')

/** A decimal in canonical form; a YAML or JSON number becomes the shortest decimal that reads back as the same double. */
export const Decimal = z.union([z.number(), z.string()]).transform((value, context) => {
  const decimal = typeof value === 'number' ? formatDecimal(value) : parseDecimal(value)
  if (decimal !== null) return decimal
  context.addIssue({ code: 'custom', message: `'${value}' is not a decimal number` })
  return z.NEVER
})

/** An amount of memory with its unit: `512 MB` (powers of 1,000) or `4 GiB` (powers of 1,024). Bytes: `memoryBytes`. */
export const Memory = z.string().regex(/^[1-9]\d{0,5}(\.\d{1,3})? ?[KMGT]i?B$/, "must be an amount such as '512 MB' or '4 GiB'")

/** A duration with its unit: `90s`, `30m`, `12h`, `2d`. Seconds: `durationSeconds`. */
export const Duration = z.string().regex(/^[1-9]\d{0,5} ?[smhd]$/, "must be a duration such as '90s', '30m' or '12h'")

/** What a stage asks of the machine. `gpu_memory`: of each of its GPUs at least; `gpu_model`: a part of their model's name, in whatever case. */
export const Resources = z.strictObject({
  cpus: z.int().min(1).max(4_096).default(1),
  memory: Memory.optional(),
  gpus: z.int().min(0).max(64).optional(),
  gpu_memory: Memory.optional(),
  gpu_model: z.string().min(1).max(100).optional(),
  time: Duration.optional(),
})
export type Resources = z.infer<typeof Resources>

/** After which ends a stage is run again: how many more times, and after how long; each wait is twice the one before. */
export const Retry = z.strictObject({
  exit_codes: z.array(z.int().min(1).max(255)).min(1).max(50),
  limit: z.int().min(1).max(20).default(3),
  backoff: Duration.default('10s'),
})
export type Retry = z.infer<typeof Retry>

/** A citation as the frameworks write it: a row (`Art. 10(2)(f)`, `MAP 1.3`) or all below one that has a number (`Art. 10`, `Annex IV(2)`). */
export const Citation = z.string().min(1).max(100)

/**
 * A file of the stage that supports obligations. `obligations`: those that it answers, in the words of whoever wrote it. A policy document or an
 * attestation can be about anything, so it supports those alone; other kinds say by what they are which rows ask for them.
 */
export const StageEvidence = z.strictObject({ kind: z.enum(evidenceKinds), path: ProjectPath, obligations: z.array(Citation).max(100).default([]) })
export type StageEvidence = z.infer<typeof StageEvidence>

/** Which file becomes a version of which model. */
export const Registration = z.strictObject({
  model: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'must be lower case letters, digits, dots, dashes and underscores'),
  path: ProjectPath,
  format: z.enum(['onnx', 'safetensors', 'torch', 'other']),
  card: ProjectPath.optional(),
})
export type Registration = z.infer<typeof Registration>

/** A limit on a metric; both limits are allowed values themselves. */
export const MetricLimit = z
  .strictObject({ name: z.string().min(1).max(200), min: Decimal.optional(), max: Decimal.optional() })
  .refine((limit) => limit.min !== undefined || limit.max !== undefined, 'must have min or max')
export type MetricLimit = z.infer<typeof MetricLimit>

const Days = z.string().regex(/^[1-9]\d{0,4} ?d$/, "must be a number of days such as '90d'")

/** How long things count. `approvals`: until an approval no longer does; `evidence`: until a file or stage that the gate asks for no longer does; `production`: until the approval of a version in production ends. */
export const GateExpiry = z.strictObject({ approvals: Days.optional(), evidence: Days.optional(), production: Days.optional() })
export type GateExpiry = z.infer<typeof GateExpiry>

const RoleCounts = z.record(z.string(), z.int().min(1).max(5)).refine((roles) => Object.keys(roles).length <= 5, 'must have at most 5 roles')

/** Who approves that a version which was in production goes back there; without it, as many in the same roles as for entering. */
export const GateRollback = z.strictObject({ approvals: z.int().min(1).max(5), roles: RoleCounts.optional() })
export type GateRollback = z.infer<typeof GateRollback>

/** What must hold before a version enters a model stage, as `dvc.yaml` or a file of its own says it. */
export const GateRules = z.strictObject({
  metrics: z.array(MetricLimit).max(100).default([]),
  /** How many people at least; `roles` may ask for more. */
  approvals: z.int().min(1).max(5).default(1),
  /** How many of them in which role; nobody counts for two. */
  roles: RoleCounts.optional(),
  /** Kinds of evidence of which the run must leave a file. */
  evidence: z.array(z.enum(evidenceKinds)).max(22).optional(),
  /** Stages that must have succeeded in the run. */
  tests: z.array(z.string()).max(100).optional(),
  expires: GateExpiry.optional(),
  rollback: GateRollback.optional(),
})
export type GateRules = z.infer<typeof GateRules>

/** A gate as it was read. `policy`: the file that says it, by the digest of its bytes; absent where `dvc.yaml` does. */
export const Gate = GateRules.extend({ policy: z.strictObject({ path: ProjectPath, sha256: z.string().regex(/^[0-9a-f]{64}$/) }).optional() })
export type Gate = z.infer<typeof Gate>

/** What `meta.strongroom` of a stage says. Unknown keys are refused: a misspelt gate must not pass as no gate. */
export const StageMeta = z
  .strictObject({
    resources: Resources.prefault({}),
    /** A folder that outlives an attempt which was preempted, crashed or interrupted; the next goes on from there. */
    checkpoint: ProjectPath.optional(),
    retry: Retry.optional(),
    /** Where it runs, by a name of the workplace's; on this machine unless told. */
    executor: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be the name of an executor: lower-case letters, digits and hyphens').optional(),
    /** Whether work of a higher priority may take its place; it is queued again. */
    preemptible: z.boolean().optional(),
    evidence: z.array(StageEvidence).max(100).default([]),
    register: Registration.optional(),
    gates: z.strictObject({ staging: Gate.optional(), production: Gate.optional() }).optional(),
    position: z.strictObject({ x: z.number(), y: z.number() }).optional(),
  })
  .refine((meta) => meta.gates === undefined || meta.register !== undefined, {
    path: ['gates'],
    message: 'stand on the stage that has register',
  })
export type StageMeta = z.infer<typeof StageMeta>

export const Out = z.strictObject({
  path: ProjectPath,
  kind: z.enum(['out', 'metric', 'plot']),
  cache: z.boolean(),
  persist: z.boolean(),
})
export type Out = z.infer<typeof Out>

/** Parameters that a stage reads. No keys: all of the file. Dotted keys name nested members. */
export const StageParameters = z.strictObject({ file: ProjectPath, keys: z.array(z.string()) })
export type StageParameters = z.infer<typeof StageParameters>

/**
 * As it stands in the project's own `dvc.yaml`, or with what tells the stages of one `foreach` or `matrix` apart behind an `@`: `train@uk`. That part
 * is made of values, so it may hold whatever can be printed. A stage of a `dvc.yaml` in a folder has that file's path before its name, as DVC addresses it: `sub/dvc.yaml:train`.
 */
export const StageName = z
  .string()
  .max(400, 'must have at most 400 characters')
  .regex(/^(?:[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}@]+\/dvc\.yaml:)?[\p{L}\p{N}][\p{L}\p{N}_-]{0,79}(@[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]*)?$/u, 'must be at most 80 letters, digits, dashes and underscores, a letter or digit first; behind an @ of foreach or matrix, whatever can be printed')

const PROJECT_FILE = 'dvc.yaml'

/** The file that a stage stands in. */
export function stageFile(name: string): string {
  return /^([^@]+\/dvc\.yaml):/.exec(name)?.[1] ?? PROJECT_FILE
}

/** What the stages of a file have before their names. */
export function stagePrefix(file: string): string {
  return file === PROJECT_FILE ? '' : `${file}:`
}

/**
 * The stages that a name means: the one of that name, or all that a `foreach` or `matrix` of that name makes, or all of a file, by its path. `dvc.yaml:` may stand
 * before a stage of the project's own file. Empty where there is none.
 */
export function stagesNamed(name: string, stages: readonly string[]): string[] {
  if (stages.includes(name)) return [name]
  if (name === PROJECT_FILE) return stages.filter((stage) => stageFile(stage) === PROJECT_FILE)
  const own = name.startsWith(`${PROJECT_FILE}:`) ? name.slice(PROJECT_FILE.length + 1) : name
  return stages.filter((stage) => stage === own || stage.startsWith(`${own}@`) || (own === stageFile(stage) && own !== PROJECT_FILE))
}

export const Stage = z.strictObject({
  name: StageName,
  /** Commands of one shell each, run in order; the first that fails ends the stage. */
  cmd: z.array(z.string()).min(1),
  /** '.' is the project folder. */
  wdir: ProjectPath,
  desc: z.string().nullable(),
  deps: z.array(ProjectPath),
  outs: z.array(Out),
  params: z.array(StageParameters),
  frozen: z.boolean(),
  alwaysChanged: z.boolean(),
  meta: StageMeta,
  /** Files of metrics inside its outs, which the pipeline names at its top. */
  metricFiles: z.array(ProjectPath).exactOptional(),
})
export type Stage = z.infer<typeof Stage>

/** Stage `to` reads `path`, which stage `from` produces (or which holds, or lies in, what it produces). */
export const Edge = z.strictObject({ from: z.string(), to: z.string(), path: ProjectPath })
export type Edge = z.infer<typeof Edge>

/** A plot that a pipeline describes at its top. `files`: what it is drawn from. `properties`: as DVC names them (`x`, `y`, `template`, ...). */
export const Plot = z.strictObject({ id: z.string(), files: z.array(ProjectPath), properties: z.record(z.string(), z.json()) })
export type Plot = z.infer<typeof Plot>

/** A file or folder that a pipeline gives a name for others. `stage`: whose out it is or lies in. It registers nothing: `meta.strongroom.register` does. */
export const Artifact = z.strictObject({
  name: z.string(),
  path: ProjectPath,
  type: z.string().nullable(),
  desc: z.string().nullable(),
  labels: z.array(z.string()),
  meta: z.json().nullable(),
  stage: z.string().nullable(),
  /** The model that `stage` registers out of that very path. */
  model: z.string().nullable(),
})
export type Artifact = z.infer<typeof Artifact>

/** What the files of a pipeline say at their top for who shows and compares what it makes. `params` are files whose values all count. */
export const Declared = z.strictObject({ params: z.array(ProjectPath), metrics: z.array(ProjectPath), plots: z.array(Plot), artifacts: z.array(Artifact) })
export type Declared = z.infer<typeof Declared>

export const Pipeline = z.strictObject({
  file: z.literal('dvc.yaml'),
  /** Lower-case hex digest of the file's exact bytes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** In the order of the file; those of a `dvc.yaml` in a folder after those of the ones above it. */
  stages: z.array(Stage),
  edges: z.array(Edge),
  /** Dependencies that no stage produces, sorted: these are snapshotted before a run. */
  sources: z.array(ProjectPath),
  /** Files that decide which stages there are and what they run, each `dvc.yaml` in a folder among them, and those that `params` names at the top; a run snapshots them too. */
  variables: z.array(z.strictObject({ path: ProjectPath, bytes: z.int().nonnegative(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })).default([]),
  /** Absent where nothing is. */
  declared: Declared.exactOptional(),
})
export type Pipeline = z.infer<typeof Pipeline>

/** The closed list of what can be wrong with a pipeline, its parameters or its metrics. */
export const problemCodes = [
  'file-missing', 'file-unreadable', 'file-too-large', 'yaml-syntax', 'file-syntax', 'yaml-limit', 'yaml-tag', 'duplicate-key', 'wrong-type',
  'unknown-key', 'missing-key', 'unsupported', 'invalid-name', 'invalid-meta', 'path-outside', 'path-invalid', 'path-reserved',
  'missing-dep', 'missing-folder', 'duplicate-out', 'self-dependency', 'cycle', 'missing-parameter', 'not-finite',
] as const

/** One thing that is wrong, with its place in the file (line and column from 1). */
export const PipelineProblem = z.strictObject({
  code: z.enum(problemCodes),
  message: z.string(),
  file: z.string(),
  line: z.int().min(1),
  column: z.int().min(1),
  stage: z.string().optional(),
})
export type PipelineProblem = z.infer<typeof PipelineProblem>

const MEMORY_UNITS: Readonly<Record<string, number>> = {
  KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40,
}

/** Bytes of a `Memory`, rounded down. Throws RangeError for a string that is none. */
export function memoryBytes(memory: string): number {
  const unit = MEMORY_UNITS[/[A-Za-z]+$/.exec(memory)?.[0] ?? '']
  if (unit === undefined || !Memory.safeParse(memory).success) throw new RangeError(`'${memory}' is not an amount of memory.`)
  return Math.floor(parseFloat(memory) * unit)
}

const DURATION_UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** Days of a `90d`. */
export function expiryDays(days: string): number {
  return parseInt(days, 10)
}

/** Seconds of a `Duration`. Throws RangeError for a string that is none. */
export function durationSeconds(duration: string): number {
  const unit = DURATION_UNITS[duration.slice(-1)]
  if (unit === undefined || !Duration.safeParse(duration).success) throw new RangeError(`'${duration}' is not a duration.`)
  return parseInt(duration, 10) * unit
}
