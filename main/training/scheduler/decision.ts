import type { NeverFits } from './never-fits.ts'

/** Why a job waits. `at` is when it is expected to start, as far as time limits say; null where nobody can know. */
export type WaitingReason =
  /** Its retry is not due. */
  | { readonly code: 'backoff'; readonly until: number }
  /** It can never run here: the machine or the quota changed after it was planned. */
  | { readonly code: 'never'; readonly problem: NeverFits }
  | { readonly code: 'quota'; readonly of: 'person' | 'project'; readonly name: string; readonly resource: 'cpus' | 'gpus'; readonly need: number; readonly limit: number; readonly at: number | null }
  /** Too few are free among the GPUs that suit it; `foreign` of them are used by processes that are not ours. */
  | { readonly code: 'gpus'; readonly need: number; readonly free: number; readonly foreign: number; readonly at: number | null }
  | { readonly code: 'cpus' | 'memory'; readonly need: number; readonly free: number; readonly at: number | null }
  /** It would fit, and would delay a job that comes first: what it takes of the machine, or of the quota of its person or project, is kept for that. */
  | { readonly code: 'reservation'; readonly of: 'machine' | 'person' | 'project'; readonly for: string; readonly at: number | null }
  /** It starts when these have made way. */
  | { readonly code: 'preempting'; readonly jobs: readonly string[]; readonly at: number | null }

export interface Decision {
  /** In the order in which they start, with the UUIDs that each gets. */
  readonly start: readonly { readonly job: string; readonly gpus: readonly string[] }[]
  /** Running jobs to be ended and queued again, and the job that each makes way for (its `yieldsTo` from now on). */
  readonly preempt: readonly { readonly job: string; readonly for: string }[]
  /** Every other job that is ready, first the one that goes first. */
  readonly waiting: readonly { readonly job: string; readonly reason: WaitingReason }[]
  /** When to ask again if nothing happens before; null for not at all. */
  readonly wake: number | null
}
