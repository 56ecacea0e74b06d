import type { Policy } from './policy.ts'
import { afterGrace, expectedEnd, type Room } from './room.ts'
import type { Job } from './state.ts'

export interface Preemption {
  /** None of them could be left out. */
  readonly victims: readonly Job[]
  /** By kind of GPU, what the job gets once they have gone. */
  readonly kinds: readonly number[]
  /** What is free then, less what it gets. */
  readonly room: Room
}

/**
 * Whom `job` may preempt, first whom it costs least: work that says it can be, of a lower class, that would also come after it in the queue,
 * and has had its exempt time. Equal classes never preempt each other. Who would come before it again at once would only take its place
 * back: without that rule the two would take turns.
 */
export function preemptible(job: Job, running: readonly Job[], rankOf: (job: Job) => number, policy: Policy, now: number): { victims: Job[]; exemptUntil: number | null } {
  const lower = running.filter(
    (other) =>
      other.state === 'running' && other.preemptible && other.priority < job.priority &&
      rankOf(other) < rankOf(job) && expectedEnd(other, policy, now) > afterGrace(policy, now),
  )
  const exemption = (other: Job): number => (other.startedAt ?? now) + policy.exemptMs
  const exempt = lower.map(exemption).filter((until) => until > now)
  const victims = lower.filter((other) => exemption(other) <= now)
  victims.sort((a, b) => a.priority - b.priority || (b.startedAt ?? now) - (a.startedAt ?? now) || (a.id < b.id ? -1 : 1))
  return { victims, exemptUntil: exempt.length > 0 ? Math.min(...exempt) : null }
}

/** Which of `candidates` have to go, in their order, for `job` to start at `from`; null where all of them are not enough. */
export function preemptionFor(job: Job, candidates: readonly Job[], room: Room, from: number): Preemption | null {
  const then = room.clone()
  const gone: Job[] = []
  for (const candidate of candidates) {
    if (then.fits(job, from) !== null) break
    then.release(candidate, from)
    gone.push(candidate)
  }
  if (then.fits(job, from) === null) return null
  // The dearest first: what only stood before the one that was needed stays.
  const victims = new Set(gone)
  for (const candidate of gone.toReversed()) {
    then.release(candidate, from, -1)
    if (then.fits(job, from) !== null) victims.delete(candidate)
    else then.release(candidate, from)
  }
  const kinds = then.fits(job, from)
  if (kinds === null) return null
  then.occupy(job, from, kinds)
  return { victims: [...victims], kinds, room: then }
}
