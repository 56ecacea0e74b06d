import { z } from 'zod'
import { CodeVersion } from './code-version.ts'
import { ProjectId, RunId, Sha256, Timestamp } from './ids.ts'
import { request } from './request.ts'
import { StageStatus } from './stage-status.ts'

export const RunState = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted'])
export type RunState = z.infer<typeof RunState>
export const StageState = z.enum(['waiting', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted', 'skipped'])
export type StageState = z.infer<typeof StageState>

/** A class of priority. */
export const Priority = z.number().int().min(-10).max(10)

export const RunSummary = z.object({
  id: RunId,
  project: ProjectId,
  state: RunState,
  startedAt: Timestamp,
  endedAt: Timestamp.nullable(),
  startedBy: z.string(),
  /** Those that succeeded: a stage that failed or was skipped has not done what it is for. */
  stagesDone: z.number().int(),
  stagesTotal: z.number().int(),
  startedEntry: z.number().int().nullable(),
  /** Its class in the queue: higher goes first; 0 is the usual one. */
  priority: z.number().int(),
})
export type RunSummary = z.infer<typeof RunSummary>

/** One attempt at a stage. `entry`, `endEntry`: of its start and its end. `resumes`: the attempt whose checkpoint it went on from. */
export const StageAttempt = z.object({
  attempt: z.number().int(),
  state: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'interrupted', 'preempted']),
  startedAt: Timestamp,
  endedAt: Timestamp.nullable(),
  exitCode: z.number().int().nullable(),
  reason: z.string().nullable(),
  entry: z.number().int(),
  endEntry: z.number().int().nullable(),
  resumes: z.number().int().nullable(),
  /** By UUID. */
  gpus: z.array(z.string()),
  /** By name; empty for this machine. */
  executor: z.string(),
})
export type StageAttempt = z.infer<typeof StageAttempt>

export const StageRun = z.object({
  stage: z.string(),
  state: StageState,
  /** The latest. One more than `attempts` has for a stage that was taken from the cache. */
  attempt: z.number().int(),
  attempts: z.array(StageAttempt),
  /** The earlier success that stands for it, of the same project: its outs were put in place of running it. */
  cached: z.object({ run: RunId, stage: z.string(), attempt: z.number().int(), entry: z.number().int() }).nullable(),
  startedAt: Timestamp.nullable(),
  endedAt: Timestamp.nullable(),
  exitCode: z.number().int().nullable(),
  /** Why it waits, failed or was skipped, in a sentence. */
  reason: z.string().nullable(),
  entry: z.number().int().nullable(),
  outs: z.array(z.object({ path: z.string(), kind: z.enum(['out', 'metric', 'plot']), sha256: Sha256, bytes: z.number().int() })),
  metrics: z.record(z.string(), z.string()),
  recording: Sha256.nullable(),
  /** What it ran on and with, name by name; null before it has ended. */
  environment: z.record(z.string(), z.string()).nullable(),
})
export type StageRun = z.infer<typeof StageRun>

export const RunDetail = RunSummary.extend({
  pipeline: Sha256,
  /** Which stage needs which, as the run was started. */
  edges: z.array(z.object({ from: z.string(), to: z.string() })),
  stages: z.array(StageRun),
  parameters: z.record(z.string(), z.string()),
  code: CodeVersion,
  snapshots: z.array(z.object({ path: z.string(), manifest: Sha256, entry: z.number().int() })),
})
export type RunDetail = z.infer<typeof RunDetail>

/** `[seconds, code, data]` of an asciicast v2 line. */
export const TerminalEvent = z.tuple([z.number(), z.string(), z.string()])
export const TerminalChunk = z.object({
  events: z.array(TerminalEvent),
  nextOffset: z.number().int(),
  size: z.number().int(),
  ended: z.boolean(),
})
export type TerminalChunk = z.infer<typeof TerminalChunk>

/** `record`: its number among those of the attempt, from 0. */
export const MetricPoint = z.object({ id: z.number().int(), stage: z.string(), attempt: z.number().int(), record: z.number().int(), name: z.string(), step: z.number(), value: z.number(), time: Timestamp })
export type MetricPoint = z.infer<typeof MetricPoint>

/** `file`: what proves the record without the database (`strongroom ledger verify-record`). `sealed`: how many records `entry` seals. */
export const MetricProof = z.object({ file: z.string(), record: z.string(), index: z.number().int(), sealed: z.number().int(), entry: z.number().int(), attempt: z.number().int() })
export type MetricProof = z.infer<typeof MetricProof>

/** What a GPU did at a moment; null where its driver does not say. */
export const GpuSample = z.object({
  uuid: z.string(),
  utilisationPercent: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  powerWatts: z.number().nullable(),
  temperatureCelsius: z.number().nullable(),
})
export type GpuSample = z.infer<typeof GpuSample>

/**
 * A stage's use of the machine in about a second. `cpuPercent`: of one core. `cpuWatts`: of what the CPUs' packages took, its share by CPU time. What
 * the system does not say is null, never 0.
 */
export const ResourceSample = z.object({
  time: Timestamp,
  cpuPercent: z.number(),
  rssBytes: z.number(),
  readBytesPerSecond: z.number().nullable().default(null),
  writtenBytesPerSecond: z.number().nullable().default(null),
  cpuWatts: z.number().nullable().default(null),
  gpus: z.array(GpuSample).default([]),
})
export type ResourceSample = z.infer<typeof ResourceSample>

const attempt = { run: RunId, stage: z.string(), attempt: z.number().int().positive() }

export const runRequests = {
  'runs.list': request('run.read', z.object({ project: ProjectId.optional(), limit: z.number().int().min(1).max(500).default(100) }), z.array(RunSummary), 'listed'),
  'runs.get': request('run.read', z.object({ run: RunId }), RunDetail, 'run'),
  /** `targets`: stages to run with all that they need; all unless told. `force`: also what nothing has changed for. */
  'runs.start': request('run.start', z.object({ project: ProjectId, targets: z.array(z.string()).min(1).max(1000).optional(), force: z.boolean().default(false), priority: Priority.default(0) }), RunSummary, 'project'),
  /** Above 0 only for who may manage the machine, who starts none. */
  'runs.prioritise': request('run.cancel', z.object({ run: RunId, priority: Priority }), RunSummary, 'run'),
  /** What each stage would do if the pipeline ran now, and why. */
  'runs.status': request('run.read', z.object({ project: ProjectId, targets: z.array(z.string()).min(1).max(1000).optional() }), z.array(StageStatus), 'project'),
  'runs.cancel': request('run.cancel', z.object({ run: RunId }), RunSummary, 'run'),
  /** Whole asciicast events from a byte offset of the recording; a negative offset counts from its end. At most 256 KiB a call. */
  'runs.terminal': request('run.read', z.object({ ...attempt, offset: z.number().int() }), TerminalChunk, 'run'),
  'runs.metrics': request('run.read', z.object({ run: RunId, after: z.number().int().default(0), limit: z.number().int().min(1).max(20_000).default(5000) }), z.array(MetricPoint), 'run'),
  /** Of the stage's latest attempt unless one is named. `not-found` also for a record that is not sealed yet: that is done every so many and at the stage's end. */
  'runs.proveMetric': request('run.read', z.object({ run: RunId, stage: z.string(), attempt: attempt.attempt.optional(), record: z.number().int().nonnegative() }), MetricProof, 'run'),
  'runs.samples': request('run.read', z.object(attempt), z.array(ResourceSample), 'run'),
}
