import { durationOf } from './room.ts'
import type { Job } from './state.ts'

/** Requests kept at most, of which none asks for less than another: few enough to go through for each of 10,000 jobs. */
const KEPT = 32

/**
 * What could not be done for a job in this decision, since then nothing has become free: nor can it be for one that asks for as much or
 * more. So a queue of thousands is decided by the few requests in it that differ.
 */
export class Refused<Why> {
  #requests: { job: Job; why: Why }[] = []

  find(job: Job): Why | undefined {
    for (const { job: other, why } of this.#requests) if (asksNoLess(job, other)) return why
    return undefined
  }

  add(job: Job, why: Why): void {
    this.#requests = this.#requests.filter(({ job: other }) => !asksNoLess(other, job))
    if (this.#requests.length < KEPT) this.#requests.push({ job, why })
  }

  clear(): void {
    this.#requests = []
  }
}

/** Nor may it preempt more: that goes by class. */
function asksNoLess(job: Job, other: Job): boolean {
  return (
    job.priority <= other.priority && job.cpus >= other.cpus && job.memoryBytes >= other.memoryBytes && job.gpus >= other.gpus && durationOf(job) >= durationOf(other) &&
    (other.gpus === 0 || (job.gpuMemoryBytes >= other.gpuMemoryBytes && (other.gpuModel === null || job.gpuModel === other.gpuModel)))
  )
}
