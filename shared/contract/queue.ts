import { z } from 'zod'
import { ProjectId, RunId, Timestamp } from './ids.ts'
import { request } from './request.ts'

/** What holds a part of this machine or waits for one. */
export const QueueJob = z.object({
  /** Null, as the project, for one whose run one may not read. */
  run: RunId.nullable(),
  stage: z.string(),
  project: ProjectId.nullable(),
  person: z.string(),
  /** `stopping`: it was told to end, and holds what it has until then. */
  state: z.enum(['waiting', 'running', 'stopping']),
  priority: z.number().int(),
  cpus: z.number().int(),
  memoryBytes: z.number(),
  gpus: z.number().int(),
  heldGpus: z.array(z.string()),
  preemptible: z.boolean(),
  /** When it started, or since when it could. */
  since: Timestamp,
  /** Why it waits, in a sentence. */
  reason: z.string().nullable(),
})
export type QueueJob = z.infer<typeof QueueJob>

const Limit = z.number().int().min(0).max(1_000_000).nullable()
export const Quota = z.strictObject({ cpus: Limit, gpus: Limit })
const Terms = z.strictObject({
  quota: Quota,
  quotas: z.record(z.string(), Quota),
  shares: z.record(z.string(), z.number().int().min(1).max(1_000_000)),
})
const Milliseconds = z.number().int().min(0).max(10 * 365 * 86_400_000)

/**
 * How the queue decides (docs/scheduling.md). `weights`: points of a rank for each class of priority, for a whole share that nobody has used, and for each `ageMs` of waiting. `halfLifeMs`: after
 * which what somebody used counts half. People and projects are named by their ids. `graceMs`: between SIGTERM and SIGKILL.
 */
export const QueuePolicy = z.strictObject({
  weights: z.strictObject({ priority: z.number().int().min(0).max(1_000_000), fairShare: z.number().int().min(0).max(1_000_000), age: z.number().int().min(0).max(1_000_000) }),
  ageMs: Milliseconds.min(60_000),
  halfLifeMs: Milliseconds.min(60_000),
  people: Terms,
  projects: Terms,
  graceMs: Milliseconds.max(3_600_000),
  exemptMs: Milliseconds,
  reservations: z.number().int().min(1).max(1_000),
  unknownMs: Milliseconds.min(1_000),
  reviewMs: Milliseconds.min(1_000),
  patienceMs: Milliseconds,
})
export type QueuePolicy = z.infer<typeof QueuePolicy>

export const QueueGpu = z.object({
  uuid: z.string(),
  vendor: z.enum(['nvidia', 'amd']),
  model: z.string(),
  memoryBytes: z.number(),
  driver: z.string(),
  /** The GPU that a MIG instance is a part of. */
  parent: z.string().nullable(),
  /** Whether a process that Strongroom did not start computes on it. */
  foreign: z.boolean(),
})
export type QueueGpu = z.infer<typeof QueueGpu>

/** CPU- and GPU-seconds by person or project, each counting half after the policy's half-life. */
const Used = z.object({ name: z.string(), cpuSeconds: z.number(), gpuSeconds: z.number() })

export const QueueState = z.object({
  cpus: z.number().int(),
  memoryBytes: z.number(),
  gpus: z.array(QueueGpu),
  /** Why there may be GPUs that nobody sees. */
  problems: z.array(z.string()),
  jobs: z.array(QueueJob),
  people: z.array(Used),
  projects: z.array(Used),
  policy: QueuePolicy,
  /** The entry that set the policy; null for the one that every workplace begins with. */
  policyEntry: z.number().int().nullable(),
})
export type QueueState = z.infer<typeof QueueState>

export const queueRequests = {
  /** Of jobs whose runs one may not read, only what they hold is said. */
  'queue.state': request('session', z.object({}), QueueState),
  'queue.setPolicy': request('machine.manage', z.object({ policy: QueuePolicy, reason: z.string().min(1).max(2_000) }), QueueState),
}
