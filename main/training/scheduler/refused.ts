import { durationOf } from './room.ts'
import type { Job } from './state.ts'

/** Requests kept at most: enough for what people ask for, few enough to go through for each of 10,000 jobs. */
const KEPT = 32

/**
 * What could not be done for a job in this decision, since then nothing has become free: nor can it be for one that asks for as much or
 * more. So a queue of thousands is decided by the few requests in it that differ.
 */
export class Refused<Why> {
  readonly #requests: { job: Job; why: Why }[] = []

  find(job: Job): Why | undefined {
    return this.#requests.find(({ job: other }) => asksNoLess(job, other))?.why
  }

  add(job: Job, why: Why): void {
    if (this.#requests.length < KEPT) this.#requests.push({ job, why })
  }

  clear(): void {
    this.#requests.length = 0
  }
}

/** Nor may it preempt more: that goes by class. */
function asksNoLess(job: Job, other: Job): boolean {
  return (
    job.priority <= other.priority && job.cpus >= other.cpus && job.memoryBytes >= other.memoryBytes && job.gpus >= other.gpus && durationOf(job) >= durationOf(other) &&
    (other.gpus === 0 || (job.gpuMemoryBytes >= other.gpuMemoryBytes && (other.gpuModel === null || job.gpuModel === other.gpuModel)))
  )
}
