import type { Policy } from './policy.ts'
import type { Usage } from './usage.ts'

/**
 * What the scheduler is given: plain data, all of it about one moment. Times are milliseconds since the epoch, durations milliseconds,
 * memory bytes.
 */

/** A GPU, or a part of one (MIG) that is handed out by itself. */
export interface Gpu {
  readonly uuid: string
  readonly model: string
  readonly memoryBytes: number
  /** A MIG instance. A CUDA process sees one of these at most, so a job of several GPUs gets none. */
  readonly isPart: boolean
  /** A process that is none of our jobs computes on it: it is given to nobody while that lasts. */
  readonly foreign: boolean
}

export interface Machine {
  /** That jobs may use together. */
  readonly cpus: number
  readonly memoryBytes: number
  /** In the order in which they are handed out. */
  readonly gpus: readonly Gpu[]
}

/** What a job asks for. Zero of something asks for none of it. */
export interface ResourceRequest {
  readonly cpus: number
  readonly memoryBytes: number
  readonly gpus: number
  /** That each GPU has to have. */
  readonly gpuMemoryBytes: number
  /** See `isModel`; null for any. */
  readonly gpuModel: string | null
}

/**
 * A stage that could run now as far as its pipeline is concerned (`ready`), holds what it was given (`running`, from the moment that it is
 * being launched), or holds it still after it was told to end, by preemption or by a person (`stopping`).
 */
export interface Job extends ResourceRequest {
  /** Unique among the jobs of a state. */
  readonly id: string
  readonly person: string
  readonly project: string
  /** Its class: higher goes first, and may preempt lower. 0 is the usual one. */
  readonly priority: number
  /** When it first became ready. A later attempt keeps it: who was preempted does not queue anew. */
  readonly submittedAt: number
  /** After which the runner ends it; null where nobody knows. */
  readonly timeLimitMs: number | null
  /** How long it is likely to take, by what it took before (`expectedDuration`); without it the scheduler goes by the time limit. */
  readonly expectedMs?: number | null
  readonly preemptible: boolean
  readonly state: 'ready' | 'running' | 'stopping'
  /** Of the attempt that runs; null for a job that is ready. */
  readonly startedAt: number | null
  /** UUIDs that the attempt holds. */
  readonly heldGpus: readonly string[]
  /** Before which it is not tried again; null for at once. */
  readonly notBefore: number | null
  /** The job that it was preempted for: it comes after that one for as long as that waits. */
  readonly yieldsTo: string | null
}

export interface SchedulerState {
  readonly machine: Machine
  /** In any order. */
  readonly jobs: readonly Job[]
  /** What attempts that have ended used; what the running ones have used so far is reckoned from `startedAt`. */
  readonly usage: Usage
  readonly policy: Policy
}
