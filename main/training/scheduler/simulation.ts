import type { Decision } from './decision.ts'
import { expectedDuration } from './expected-duration.ts'
import type { Policy } from './policy.ts'
import type { Job, Machine, SchedulerState } from './state.ts'
import { NOTHING_USED, withAttempt } from './usage.ts'

/** A job of a trace: what it asks for, and what the scheduler does not know. */
export interface TraceJob extends Omit<Job, 'state' | 'startedAt' | 'heldGpus' | 'notBefore' | 'yieldsTo' | 'expectedMs'> {
  /** What is run: others of the same took as long as this one may, which the scheduler is told once they have ended. */
  readonly stage: string
  /** How long it runs in truth. Past its time limit it is ended. */
  readonly durationMs: number
}

export interface Outcome {
  readonly job: TraceJob
  readonly firstStart: number
  readonly end: number
  /** All that its attempts held their resources. */
  readonly heldMs: number
  readonly preemptions: number
}

/** The jobs of a state by themselves: whoever needs but the first of a long queue need not go through it. Those that are ready in order of submission, but for those that were preempted. */
export interface Queue {
  readonly ready: ReadonlyMap<string, Job>
  /** And stopping. */
  readonly running: ReadonlyMap<string, Job>
}

export interface Simulation {
  /** In the order in which they ended. */
  readonly outcomes: readonly Outcome[]
  readonly decisions: number
  readonly decidingMs: number
}

interface Live {
  readonly trace: TraceJob
  left: number
  firstStart: number
  heldMs: number
  preemptions: number
}

/**
 * Replays a trace, in order of submission, against a way of deciding: jobs are submitted, run for as long as they do, and go on after a
 * preemption where they were, as from a checkpoint. Decisions are made when something happens, at most once in `quantumMs`; `watch` sees each
 * of them with what it was made from.
 */
export function simulate(
  trace: readonly TraceJob[],
  { machine, policy, decide, quantumMs = 0, watch = () => {} }: {
    machine: Machine
    policy: Policy
    decide: (state: SchedulerState, now: number, queue: Queue) => Decision
    quantumMs?: number
    watch?: (state: SchedulerState, now: number, decision: Decision, queue: Queue) => void
  },
): Simulation {
  const live = new Map<string, Live>()
  const ready = new Map<string, Job>()
  const running = new Map<string, Job>()
  const ends = new Events<{ id: string; startedAt: number; state: Job['state'] }>()
  const outcomes: Outcome[] = []
  /** By stage, the last two durations and what is ready. */
  const durations = new Map<string, number[]>()
  const readyOf = new Map<string, Set<string>>()
  let usage = NOTHING_USED
  let [next, decisions, decidingMs] = [0, 0, 0]
  let wake = Infinity
  let last = -Infinity

  const end = (job: Job, now: number): void => {
    const one = known(live, job.id)
    const startedAt = job.startedAt ?? now
    usage = withAttempt(usage, { ...job, startedAt, endedAt: now }, policy.halfLifeMs)
    one.heldMs += now - startedAt
    one.left -= now - startedAt
    running.delete(job.id)
    if (one.left > 0) {
      ready.set(job.id, { ...job, state: 'ready', startedAt: null, heldGpus: [] })
      known(readyOf, one.trace.stage).add(job.id)
      return
    }
    live.delete(job.id)
    const { stage } = one.trace
    const past = [...(durations.get(stage) ?? []), one.heldMs].slice(-2)
    durations.set(stage, past)
    for (const id of known(readyOf, stage)) ready.set(id, { ...known(ready, id), expectedMs: expectedDuration(past) })
    outcomes.push({ job: one.trace, firstStart: one.firstStart, end: now, heldMs: one.heldMs, preemptions: one.preemptions })
  }

  while (next < trace.length || live.size > 0) {
    const happens = Math.min(trace[next]?.submittedAt ?? Infinity, ends.first, wake)
    if (happens === Infinity) throw new Error(`${live.size} jobs wait, nothing runs, and nothing is to come`)
    const now = Math.max(happens, last + quantumMs)
    for (let job = trace[next]; job !== undefined && job.submittedAt <= now; job = trace[++next]) {
      const { durationMs, stage, ...asked } = job
      ready.set(job.id, { ...asked, expectedMs: expectedDuration(durations.get(stage) ?? []), state: 'ready', startedAt: null, heldGpus: [], notBefore: null, yieldsTo: null })
      readyOf.set(stage, (readyOf.get(stage) ?? new Set()).add(job.id))
      live.set(job.id, { trace: job, left: Math.min(durationMs, job.timeLimitMs ?? Infinity), firstStart: Number.NaN, heldMs: 0, preemptions: 0 })
    }
    while (ends.first <= now) {
      const [at, { id, startedAt, state }] = ends.shift()
      const job = running.get(id)
      // Of a job that was told to end meanwhile, another event tells.
      if (job?.startedAt === startedAt && job.state === state) end(job, at)
    }

    const queue: Queue = { ready, running }
    let jobs: Job[] | null = null
    const state: SchedulerState = {
      machine, usage, policy,
      get jobs() {
        return (jobs ??= [...running.values(), ...ready.values()])
      },
    }
    const began = performance.now()
    const decision = decide(state, now, queue)
    decidingMs += performance.now() - began
    decisions++
    watch(state, now, decision, queue)
    for (const { job: id, gpus } of decision.start) {
      const one = known(live, id)
      const job = known(ready, id)
      ready.delete(id)
      known(readyOf, one.trace.stage).delete(id)
      running.set(id, { ...job, state: 'running', startedAt: now, heldGpus: gpus, yieldsTo: null })
      if (Number.isNaN(one.firstStart)) one.firstStart = now
      ends.add(now + one.left, { id, startedAt: now, state: 'running' })
    }
    for (const { job: id, for: preemptor } of decision.preempt) {
      const one = known(live, id)
      const job = known(running, id)
      const startedAt = job.startedAt ?? now
      running.set(id, { ...job, state: 'stopping', yieldsTo: preemptor })
      one.preemptions++
      // What ends by itself meanwhile has ended.
      ends.add(Math.min(now + policy.graceMs, startedAt + one.left), { id, startedAt, state: 'stopping' })
    }
    wake = decision.wake ?? Infinity
    last = now
  }
  return { outcomes, decisions, decidingMs }
}

function known<Value>(values: ReadonlyMap<string, Value>, id: string): Value {
  const value = values.get(id)
  if (value === undefined) throw new Error(`there is no job ${id}`)
  return value
}

/** Items by time, a binary heap. */
class Events<Item> {
  readonly #heap: [number, Item][] = []

  /** The time of the first; Infinity where there is none. */
  get first(): number {
    return this.#heap[0]?.[0] ?? Infinity
  }

  add(time: number, item: Item): void {
    const heap = this.#heap
    let at = heap.push([time, item]) - 1
    while (at > 0 && this.#before(at, (at - 1) >> 1)) at = this.#swap(at, (at - 1) >> 1)
  }

  shift(): [number, Item] {
    const heap = this.#heap
    const [first, last] = [heap[0], heap.pop()]
    if (first === undefined || last === undefined) throw new Error('the queue is empty')
    if (heap.length === 0) return first
    heap[0] = last
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const least = right < heap.length && this.#before(right, left) ? right : left
      if (least >= heap.length || !this.#before(least, at)) return first
      at = this.#swap(at, least)
    }
  }

  #before(a: number, b: number): boolean {
    return (this.#heap[a]?.[0] ?? Infinity) < (this.#heap[b]?.[0] ?? Infinity)
  }

  #swap(a: number, b: number): number {
    const [one, other] = [this.#heap[a], this.#heap[b]]
    if (one !== undefined && other !== undefined) [this.#heap[a], this.#heap[b]] = [other, one]
    return b
  }
}
