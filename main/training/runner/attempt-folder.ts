import { closeSync, constants, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { CodeVersion } from '../../../shared/contract/code-version.ts'
import { Resources } from '../../../shared/graph/pipeline.ts'
import { openRegular } from '../../content/index.ts'
import { Usage } from '../usage/index.ts'
import { HashedProgram } from './hashed-program.ts'

/**
 * The attempt's folder is the whole conversation between an orchestrator and a runner that may outlive it: the orchestrator writes
 * `spec.json` once, everything else is the runner's. Each JSON file appears complete or not at all.
 */

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)
export const OutKind = z.enum(['out', 'metric', 'plot'])

/** What a stage is held to as far as the system lets us; null for no limit. */
const LimitsSpec = z.strictObject({
  memoryBytes: z.number().int().positive().nullable(),
  cpus: z.number().positive().nullable(),
  processes: z.number().int().positive().nullable(),
})

/**
 * What to run. Paths are relative to `project`, POSIX; `wdir` may be `.`. What a spec of an earlier release, whose runner may still be there, does
 * not have is optional.
 */
export const AttemptSpec = z.strictObject({
  version: z.literal(1),
  run: z.number().int().positive(),
  stage: z.string().min(1),
  attempt: z.number().int().positive(),
  cmd: z.array(z.string()).min(1),
  project: z.string().min(1),
  wdir: z.string().min(1),
  env: z.record(z.string(), z.string()),
  /** Goes first in PATH. */
  binFolder: z.string().nullable(),
  /** The Node that Strongroom brings, which is large: no stage reads it again. */
  node: HashedProgram.nullable(),
  outs: z.array(z.strictObject({ path: z.string().min(1), kind: OutKind, persist: z.boolean() })),
  evidence: z.array(z.strictObject({ kind: z.string(), path: z.string().min(1) })),
  /** What stages produce: it does not make the project's code differ from its commit. */
  produced: z.array(z.string()),
  /** What it asks of the machine that it is sent to. */
  resources: Resources.exactOptional(),
  /** What it reads: its dependencies and its files of parameters. */
  reads: z.array(z.string()).optional(),
  timeLimitMs: z.number().int().positive().nullable(),
  /** Between SIGTERM and SIGKILL. */
  graceMs: z.number().int().nonnegative(),
  recordingCapBytes: z.number().int().positive(),
  /** The folder that the stage keeps its checkpoints in, so that a later attempt goes on from there. */
  checkpoint: z.strictObject({ path: z.string().min(1) }).nullable().optional(),
  /** Whether this attempt goes on from what an earlier one left in that folder; else the folder is emptied. */
  resume: z.boolean().optional(),
  limits: LimitsSpec.optional(),
  /** The GPUs that the stage was given, by UUID: to be measured. What makes it use no others is in `env`. */
  gpus: z.array(z.string().min(1)).optional(),
})
export type AttemptSpec = z.infer<typeof AttemptSpec>

/** Who runs it. A process is known by its pid and its start time, because pids are used again. */
export const AttemptState = z.strictObject({
  runnerPid: z.number().int().positive(),
  runnerStartTime: z.string(),
  /** The stage's command that runs now. */
  child: z.strictObject({ pid: z.number().int().positive(), startTime: z.string() }).nullable(),
  startedAt: z.string(),
  socket: z.string(),
})
export type AttemptState = z.infer<typeof AttemptState>

const Executable = z.strictObject({ word: z.string(), path: z.string(), sha256: Sha256, version: z.string() })
const Distribution = z.strictObject({ name: z.string(), version: z.string() })

/** What it ran on. Unknown is an empty text or an empty list, never a guess. */
export const Environment = z.strictObject({
  os: z.string(),
  kernel: z.string(),
  arch: z.string(),
  cpuModel: z.string(),
  cores: z.number().int(),
  memoryBytes: z.number().int(),
  node: z.string(),
  gpus: z.array(z.strictObject({ name: z.string(), uuid: z.string(), memoryMiB: z.string(), driver: z.string() })),
  executables: z.array(Executable),
  python: z.array(Distribution),
  code: CodeVersion,
  /** Why this, and what else is recorded of the attempt, is weaker evidence than a runner's of this machine: a sentence each. */
  weaker: z.array(z.string()).exactOptional(),
})
export type Environment = z.infer<typeof Environment>

export const OutResult = z.strictObject({ path: z.string(), kind: OutKind, sha256: Sha256, bytes: z.number().int().nonnegative() })
export type OutResult = z.infer<typeof OutResult>

/**
 * How it ended, for whoever decides what follows: `exit`: by an exit code of its own other than 0; `not-found`: by 127, there is no such command;
 * `crash`: by a signal; `oom`: for want of memory; `time-limit`; `cancelled`; `outs`: well, but without what it should have made; `not-started`:
 * something was in the way of its command; `recording`: its output could not be recorded; `runner`: the runner failed.
 */
export const OutcomeDetail = z.enum(['exit', 'not-found', 'crash', 'oom', 'time-limit', 'cancelled', 'outs', 'not-started', 'recording', 'runner'])
export type OutcomeDetail = z.infer<typeof OutcomeDetail>

/** How it ended. `exitCode` is 128 + signal where a signal ended the command, -1 where no command ran. */
export const AttemptResult = z.strictObject({
  outcome: z.enum(['succeeded', 'failed', 'cancelled']),
  exitCode: z.number().int(),
  signal: z.number().int().nullable(),
  reason: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  durationMs: z.number().int().nonnegative(),
  outs: z.array(OutResult),
  evidence: z.array(z.strictObject({ kind: z.string(), path: z.string(), sha256: Sha256 })),
  recording: z.strictObject({ sha256: Sha256, bytes: z.number().int(), droppedBytes: z.number().int() }).nullable(),
  environment: Environment.nullable(),
  runnerPeakRssBytes: z.number().int(),
  /** Null where it succeeded. */
  outcomeDetail: OutcomeDetail.nullable().optional(),
  /** Null where no command began. */
  usage: Usage.nullable().optional(),
  /** What held the stage to which limits: null is no limit, or one that nothing enforced. */
  limits: LimitsSpec.extend({ by: z.enum(['cgroup', 'rlimit', 'none']) }).optional(),
})
export type AttemptResult = z.infer<typeof AttemptResult>

export interface AttemptFolder {
  readonly folder: string
  readonly spec: string
  /** Created exclusively by whoever decides first whether this attempt runs: the runner, or an orchestrator that gives it up. */
  readonly claim: string
  readonly state: string
  readonly heartbeat: string
  readonly recording: string
  readonly metrics: string
  readonly samples: string
  readonly result: string
  /** Room on the disk for the result, taken before the attempt begins: it becomes `result`. */
  readonly reserve: string
}

/** Names of the files in an attempt's folder. */
export function attemptFolder(folder: string): AttemptFolder {
  return {
    folder,
    spec: join(folder, 'spec.json'),
    claim: join(folder, 'claim'),
    state: join(folder, 'state.json'),
    heartbeat: join(folder, 'heartbeat'),
    recording: join(folder, 'recording.cast'),
    metrics: join(folder, 'metrics.jsonl'),
    samples: join(folder, 'samples.jsonl'),
    result: join(folder, 'result.json'),
    reserve: join(folder, 'reserve'),
  }
}

const RESERVE_BYTES = 256 * 1024

/**
 * Makes the folder of an attempt that is about to begin, with its spec and with room for its result. What is there is of a try that was
 * never recorded. Throws the file system's error, `ENOSPC` among them: an attempt that could not say how it ended does not begin.
 */
export function prepareAttempt(files: AttemptFolder, spec: AttemptSpec): void {
  rmSync(files.folder, { recursive: true, force: true })
  mkdirSync(files.folder, { recursive: true, mode: 0o700 })
  const reserve = openSync(files.reserve, 'wx', 0o600)
  try {
    writeFileSync(reserve, Buffer.alloc(RESERVE_BYTES, 0x20))
    fsyncSync(reserve)
  } finally {
    closeSync(reserve)
  }
  writeJson(files.spec, spec)
}

/** Writes the result into the room that was kept for it, so that a disk that is full by now cannot lose it. */
export function writeResult(files: AttemptFolder, result: AttemptResult): void {
  const file = openSync(files.reserve, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    const bytes = Buffer.from(`${JSON.stringify(result, null, 2)}\n`)
    writeFileSync(file, bytes)
    ftruncateSync(file, bytes.length)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(files.reserve, files.result)
}

/** Writes a JSON file so that a reader, or a crash, finds the whole of it or nothing: temporary name, fsync, rename. */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.tmp`
  const file = openSync(temporary, 'w', 0o600)
  try {
    writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}

/** Reads a JSON file that may not be there yet: null then. Throws where it is there and is not what `schema` says. */
export function readJson<T>(path: string, schema: z.ZodType<T>): T | null {
  const file = openRegular(path)
  if (file === null) return null
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } finally {
    closeSync(file)
  }
}

/** Takes the claim on an attempt. False: somebody else has it. */
export function takeClaim(files: AttemptFolder): boolean {
  try {
    closeSync(openSync(files.claim, 'wx', 0o600))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
