import { ProjectId, RunId, type QueueJob } from '../../shared/contract/index.ts'
import { durationSeconds, memoryBytes, type StageMeta } from '../../shared/graph/pipeline.ts'
import type { GpuWatch } from './gpu-watch.ts'
import { asMachineGpus } from './gpus/find-gpus.ts'
import { readyStages } from './run.ts'
import type { RunRow, RunStore } from './run-store.ts'
import type { WaitingReason } from './scheduler/decision.ts'
import { expectedDuration } from './scheduler/expected-duration.ts'
import type { Policy } from './scheduler/policy.ts'
import { schedule } from './scheduler/schedule.ts'
import { waitingSentence } from './scheduler/sentences.ts'
import type { Job, Machine, ResourceRequest } from './scheduler/state.ts'
import { usageOf, withAttempt, type PastAttempt, type Usage } from './scheduler/usage.ts'
import type { StageRuns } from './stage-runs.ts'

/** The longest that a timer of Node can be set to, milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1
/** After so many half-lives what somebody used counts a thousandth. */
const HALF_LIVES = 10

export interface QueueParts {
  readonly store: RunStore
  readonly stages: StageRuns
  readonly gpus: GpuWatch
  readonly policy: () => Policy
  readonly machine: Omit<Machine, 'gpus'>
  readonly clock: () => Date
  /** What is said of a run's stages changed. */
  readonly onChanged: (run: RunId) => void
  readonly onFault: (error: unknown) => void
}

interface View extends Job {
  readonly run: number
  readonly stage: string
}

/** The one queue of this machine: brings what the scheduler decides about. Whatever may change a decision calls `look`. */
export class Queue {
  readonly #parts: QueueParts
  /** Kept from end to end of attempts, and reckoned anew where the half-life is another. */
  #used: { readonly usage: Usage; readonly halfLifeMs: number } | null = null
  #waiting = new Map<string, WaitingReason>()
  #timer: NodeJS.Timeout | null = null
  #closed = false

  constructor(parts: QueueParts) {
    this.#parts = parts
  }

  /** Starts what can start, lets what must make way end, and keeps why the others wait. */
  look(): void {
    if (this.#closed) return
    const { stages, gpus, machine, clock, policy, onFault } = this.#parts
    const now = clock().getTime()
    const { jobs, elsewhere } = this.#jobs()
    for (const { run, stage } of elsewhere) stages.launch(RunId.parse(run), stage, [])
    const isBlind = jobs.some((job) => job.state === 'ready' && job.gpus > 0) && !gpus.isFresh
    if (isBlind) gpus.refresh().then(() => this.look(), onFault)
    const known = isBlind ? jobs.filter((job) => job.state !== 'ready' || job.gpus === 0) : jobs
    const byId = new Map(jobs.map((job) => [job.id, job]))
    const decision = schedule({ machine: { ...machine, gpus: asMachineGpus(gpus.found.gpus) }, jobs: known, usage: this.#usage(now), policy: policy() }, now)
    for (const { job, for: other } of decision.preempt) {
      const view = byId.get(job)
      if (view) stages.preempt(RunId.parse(view.run), view.stage, other)
    }
    for (const { job, gpus: uuids } of decision.start) {
      const view = byId.get(job)
      if (view) stages.launch(RunId.parse(view.run), view.stage, uuids)
    }
    this.#say(decision.waiting)
    this.#wakeAt(decision.wake, now)
  }

  /** Takes in what an attempt used that has ended. */
  ended(attempt: PastAttempt): void {
    if (this.#used) this.#used = { ...this.#used, usage: withAttempt(this.#used.usage, attempt, this.#used.halfLifeMs) }
    if (attempt.gpus > 0) this.#parts.gpus.expire()
  }

  /** Why a stage waits that could run; undefined for one that does not, or whose needs are not met. */
  reason(run: number, stage: string): string | undefined {
    const reason = this.#waiting.get(jobId(run, stage))
    // Why it is tried again, and when, is said where its last attempt ended.
    return reason === undefined || reason.code === 'backoff' ? undefined : waitingSentence(reason, nameOf)
  }

  /** Everything that holds or waits for a part of this machine, in the order in which it goes. */
  list(): QueueJob[] {
    const order = new Map([...this.#waiting.keys()].map((id, index) => [id, index]))
    return this.#jobs()
      .jobs.toSorted((a, b) => (order.get(a.id) ?? -1) - (order.get(b.id) ?? -1))
      .map((job) => ({
        run: RunId.parse(job.run), stage: job.stage, project: ProjectId.parse(job.project), person: job.person, state: job.state === 'ready' ? ('waiting' as const) : job.state,
        priority: job.priority, cpus: job.cpus, memoryBytes: job.memoryBytes, gpus: job.gpus, heldGpus: [...job.heldGpus], preemptible: job.preemptible,
        since: new Date(job.startedAt ?? job.submittedAt).toISOString(), reason: this.reason(job.run, job.stage) ?? null,
      }))
  }

  /** What each person and project used, decayed to now. */
  usage(): Usage {
    return this.#usage(this.#parts.clock().getTime())
  }

  close(): void {
    this.#closed = true
    if (this.#timer) clearTimeout(this.#timer)
  }

  #jobs(): { jobs: View[]; elsewhere: { run: number; stage: string }[] } {
    const { store } = this.#parts
    const rows = store.active()
    const views = rows.flatMap((row) => this.#jobsOf(row))
    const isWaiting = new Set(views.filter(({ state }) => state === 'ready').map(({ id }) => id))
    // Who makes way comes after the other for as long as that waits.
    const jobs = views.filter(({ isElsewhere }) => !isElsewhere).map((view) => ({ ...view, yieldsTo: view.state === 'ready' && !isWaiting.has(view.yieldsTo ?? '') ? null : view.yieldsTo }))
    return { jobs, elsewhere: views.filter(({ isElsewhere, state, notBefore }) => isElsewhere && state === 'ready' && (notBefore ?? 0) <= this.#parts.clock().getTime()) }
  }

  #jobsOf(row: RunRow): (View & { isElsewhere: boolean })[] {
    const { store, stages } = this.#parts
    const { id: run, started_by: person, project, priority } = row
    const metas = new Map(store.pipeline(run).stages.map(({ name, meta }) => [name, meta]))
    const scheduled = store.schedule(run).stages
    const since = new Map(readyStages(scheduled, Date.parse(row.started_at)).map(({ name, since: at }) => [name, at]))
    const attempts = new Map(store.latestAttempts(run).map((attempt) => [attempt.stage, attempt]))
    return scheduled.flatMap(({ name, state, notBefore, startedAt }, position) => {
      const meta = metas.get(name)
      const launching = stages.launching(run, name)
      const isRunning = state === 'running' || launching !== undefined
      if (!meta || (!isRunning && (row.cancelling === 1 || !since.has(name)))) return []
      const latest = attempts.get(name)
      const isStopping = state === 'running' && (row.cancelling === 1 || (latest?.preemptedFor ?? null) !== null)
      return [{
        ...requestOf(meta), id: jobId(run, name), run, stage: name, person, project, priority,
        // Those that became ready at once go in the order of the file.
        submittedAt: (since.get(name) ?? startedAt ?? Date.parse(row.started_at)) + position / 1e3,
        expectedMs: expectedDuration(store.durations(project, name)),
        timeLimitMs: meta.resources.time === undefined ? null : durationSeconds(meta.resources.time) * 1000,
        preemptible: meta.preemptible === true,
        state: isStopping ? 'stopping' : isRunning ? 'running' : 'ready',
        startedAt: launching?.at ?? (state === 'running' ? startedAt : null),
        heldGpus: launching?.gpus ?? (state === 'running' ? (latest?.gpus ?? []) : []),
        notBefore: notBefore === 0 ? null : notBefore,
        yieldsTo: latest?.preemptedFor ?? null,
        isElsewhere: meta.executor !== undefined,
      }]
    })
  }

  #usage(now: number): Usage {
    const { halfLifeMs } = this.#parts.policy()
    if (this.#used?.halfLifeMs !== halfLifeMs) this.#used = { usage: usageOf(this.#parts.store.endedAttempts(now - HALF_LIVES * halfLifeMs), now, halfLifeMs), halfLifeMs }
    return this.#used.usage
  }

  #say(waiting: readonly { readonly job: string; readonly reason: WaitingReason }[]): void {
    const before = this.#waiting
    this.#waiting = new Map(waiting.map(({ job, reason }) => [job, reason]))
    const changed = [...new Set([...before.keys(), ...this.#waiting.keys()])].filter((job) => JSON.stringify(before.get(job)) !== JSON.stringify(this.#waiting.get(job)))
    for (const run of new Set(changed.map(runOf))) this.#parts.onChanged(RunId.parse(run))
  }

  #wakeAt(time: number | null, now: number): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = time === null ? null : setTimeout(() => this.look(), Math.max(0, Math.min(time - now, LONGEST_TIMER)))
  }
}

/** What a stage asks of a machine. */
export function requestOf({ resources }: StageMeta): ResourceRequest {
  const { cpus, memory, gpus = 0, gpu_memory: gpuMemory, gpu_model: gpuModel = null } = resources
  return { cpus, memoryBytes: memory === undefined ? 0 : memoryBytes(memory), gpus, gpuMemoryBytes: gpuMemory === undefined ? 0 : memoryBytes(gpuMemory), gpuModel }
}

/** A run's number has no slash: the stage's name is all after the first. */
export function jobId(run: number, stage: string): string {
  return `${run}/${stage}`
}

function runOf(job: string): number {
  return Number(job.slice(0, job.indexOf('/')))
}

function nameOf(job: string): string {
  // Whoever waits may not be allowed to read what the other's stages are called.
  return `run ${runOf(job)}`
}
