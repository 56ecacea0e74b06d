import { DEFAULT_POLICY } from '../main/training/scheduler/policy.ts'
import { schedule } from '../main/training/scheduler/schedule.ts'
import { simulate, type Outcome, type Queue, type Simulation, type TraceJob } from '../main/training/scheduler/simulation.ts'
import type { Decision } from '../main/training/scheduler/decision.ts'
import type { Job, Machine, SchedulerState } from '../main/training/scheduler/state.ts'
import { NOTHING_USED } from '../main/training/scheduler/usage.ts'

const JOBS = 100_000
const GPUS = 64
const PEOPLE = 48
const PROJECTS = 12
/** That a person runs again and again. */
const STAGES = 40
/** What the jobs ask for, of what the machine could do while they are submitted. */
const LOAD = 0.85
const SEED = 20_261_127
const SECOND = 1000
const HOUR = 3600 * SECOND
const DAY = 24 * HOUR
/** Jobs shorter than this count as this long in a slowdown (Feitelson et al., 'Theory and Practice in Parallel Job Scheduling', 1997). */
const SLOWDOWN_BOUND = 10 * SECOND
const QUEUE = 10_000
/** As the product's, but that nothing happening for a minute is no reason to decide again: over months that would be most of the decisions. */
const POLICY = { ...DEFAULT_POLICY, reviewMs: 600 * SECOND }
/** What happens within it is decided at once, for each of the three: a sweep is submitted in one go. The product decides at once. */
const QUANTUM = 60 * SECOND

const MACHINE: Machine = {
  cpus: GPUS * 8,
  memoryBytes: GPUS * 2 ** 36,
  gpus: Array.from({ length: GPUS }, (_, index) => ({ uuid: `GPU-${index}`, model: 'GPU', memoryBytes: 2 ** 36, isPart: false, foreign: false })),
}

/**
 * Replays 100,000 jobs on 64 GPUs through the scheduler (`main/training/scheduler`) and, in the same run, through first-come-first-served (`-fcfs`: the first
 * of the queue starts or all wait) and through greedy backfill (`-greedy`: whatever fits starts, nothing is kept for anybody, which uses the machine
 * best and lets large jobs starve). The ratio is to first-come-first-served.
 *
 * `utilisation`: GPU time held, of all GPUs from the first submission to the last end; `-bound`: what the trace allows, if all ended as soon as it was submitted.
 * `max-wait`, `mean-wait`, `p95-wait`: from submission to the first start; `max-wait-large` of jobs of 32 GPUs or more. `slowdown`: mean of (wait + run) / max(run, 10 s).
 * `fairness`: Jain's index (sum x)^2 / (n sum x^2) over the people; x is what a person received of what they were entitled to, each hour the max-min fair
 * share of the GPUs among those who wanted some, no more than they wanted; what they received beyond that counts for nothing. `preemptions`: attempts that made way.
 * `decision`: mean over the replay; `decision-10000`: median with 10,000 jobs waiting and all GPUs in use.
 */
export async function run(print: (line: string) => void, [jobs = String(JOBS)]: readonly string[] = []): Promise<void> {
  const trace = syntheticTrace(Number(jobs), SEED)
  const fcfs = replay(trace, firstComeFirstServed)
  const greedy = replay(trace, greedyBackfill)
  const ours = replay(trace, schedule)
  for (const name of Object.keys(ours.figures)) {
    const { unit, digits } = FIGURES[name] ?? { unit: '', digits: 2 }
    const [mine, first, best] = [ours, fcfs, greedy].map(({ figures }) => figures[name] ?? Number.NaN)
    if (mine === undefined || first === undefined || best === undefined) continue
    print(`${name}: ${mine.toFixed(digits)}${unit} (ratio ${(mine / first).toFixed(3)})`)
    print(`${name}-fcfs: ${first.toFixed(digits)}${unit}`)
    print(`${name}-greedy: ${best.toFixed(digits)}${unit}`)
  }
  print(`utilisation-bound: ${(100 * boundOf(trace)).toFixed(1)} %`)
  print(`preemptions: ${ours.preemptions}`)
  print(`decision: ${(ours.simulation.decidingMs / ours.simulation.decisions).toFixed(3)} ms`)
  print(`decision-10000: ${decisionWith(QUEUE, trace).toFixed(1)} ms`)
}

const FIGURES: Record<string, { unit: string; digits: number }> = {
  utilisation: { unit: ' %', digits: 1 },
  'max-wait': { unit: ' h', digits: 1 },
  'max-wait-large': { unit: ' h', digits: 1 },
  'mean-wait': { unit: ' h', digits: 2 },
  'p95-wait': { unit: ' h', digits: 2 },
  slowdown: { unit: '', digits: 1 },
  fairness: { unit: '', digits: 3 },
}

interface Replay {
  readonly simulation: Simulation
  readonly figures: Record<string, number>
  readonly preemptions: number
}

type Decide = (state: SchedulerState, now: number, queue: Queue) => Decision

function replay(trace: readonly TraceJob[], decide: Decide): Replay {
  const received = new Map<string, { received: number; entitled: number }>()
  let nextSample = trace[0]?.submittedAt ?? 0
  const watch = (_state: SchedulerState, now: number, _decision: Decision, queue: Queue): void => {
    if (now < nextSample) return
    nextSample = now + HOUR
    addShares(received, queue)
  }
  const simulation = simulate(trace, { machine: MACHINE, policy: POLICY, decide, watch, quantumMs: QUANTUM })
  const { outcomes } = simulation
  if (outcomes.length !== trace.length) throw new Error(`${trace.length - outcomes.length} jobs did not run`)
  const waits = outcomes.map(waitOf).sort((a, b) => a - b)
  const begin = trace[0]?.submittedAt ?? 0
  const end = outcomes.reduce((latest, one) => Math.max(latest, one.end), begin)
  return {
    simulation,
    preemptions: outcomes.reduce((count, one) => count + one.preemptions, 0),
    figures: {
      utilisation: (100 * total(outcomes.map(({ job, heldMs }) => job.gpus * heldMs))) / (GPUS * (end - begin)),
      'max-wait': (waits.at(-1) ?? 0) / HOUR,
      'max-wait-large': outcomes.filter(({ job }) => job.gpus >= 32).reduce((longest, one) => Math.max(longest, waitOf(one)), 0) / HOUR,
      'mean-wait': total(waits) / waits.length / HOUR,
      'p95-wait': (waits[Math.floor(waits.length * 0.95)] ?? 0) / HOUR,
      slowdown: total(outcomes.map((one) => (one.end - one.job.submittedAt) / Math.max(SLOWDOWN_BOUND, one.heldMs))) / outcomes.length,
      fairness: jain([...received.values()].map((one) => one.received / one.entitled)),
    },
  }
}

function waitOf({ job, firstStart }: Outcome): number {
  return firstStart - job.submittedAt
}

/** Counts what each person holds and is entitled to at a moment. */
function addShares(shares: Map<string, { received: number; entitled: number }>, { ready, running }: Queue): void {
  const held = new Map<string, number>()
  const wanted = new Map<string, number>()
  for (const { person, gpus } of running.values()) held.set(person, (held.get(person) ?? 0) + gpus)
  for (const { person, gpus } of [...running.values(), ...ready.values()]) wanted.set(person, (wanted.get(person) ?? 0) + gpus)
  let [left, people] = [GPUS, wanted.size]
  // Max-min: who wants least is given it, and what they leave is the others'.
  for (const [person, wants] of [...wanted].sort((a, b) => a[1] - b[1])) {
    const entitled = Math.min(wants, left / people)
    left -= entitled
    people -= 1
    const sum = shares.get(person) ?? { received: 0, entitled: 0 }
    shares.set(person, { received: sum.received + Math.min(entitled, held.get(person) ?? 0), entitled: sum.entitled + entitled })
  }
}

function jain(values: readonly number[]): number {
  return total(values) ** 2 / (values.length * total(values.map((value) => value * value)))
}

/** The utilisation of a machine on which nothing waits, but for its size: its work, of what it could do until the last could be over. */
function boundOf(trace: readonly TraceJob[]): number {
  const begin = trace[0]?.submittedAt ?? 0
  const work = total(trace.map((job) => job.gpus * runOf(job)))
  const end = trace.reduce((latest, job) => Math.max(latest, job.submittedAt + runOf(job)), begin)
  return work / (GPUS * Math.max(end - begin, work / GPUS))
}

function runOf({ durationMs, timeLimitMs }: TraceJob): number {
  return Math.min(durationMs, timeLimitMs ?? Infinity)
}

function firstComeFirstServed(_state: SchedulerState, _now: number, { ready, running }: Queue): Decision {
  return inOrder(ready.values(), running.values(), false)
}

function greedyBackfill(_state: SchedulerState, _now: number, { ready, running }: Queue): Decision {
  return inOrder(ready.values(), running.values(), true)
}

function inOrder(ready: Iterable<Job>, running: Iterable<Job>, passes: boolean): Decision {
  const taken = new Set([...running].flatMap((job) => job.heldGpus))
  const free = MACHINE.gpus.map(({ uuid }) => uuid).filter((uuid) => !taken.has(uuid))
  const start = []
  for (const job of ready) {
    if (free.length === 0) break
    if (job.gpus <= free.length) start.push({ job: job.id, gpus: free.splice(0, job.gpus) })
    else if (!passes) break
  }
  return { start, preempt: [], waiting: [], wake: null }
}

/** Milliseconds of a decision, the median of 21, with jobs of the trace that wait and as many that run as there are GPUs. */
function decisionWith(count: number, trace: readonly TraceJob[]): number {
  const now = DAY * 365
  const asked = Array.from({ length: count + GPUS }, (_, index) => trace[index % trace.length]).filter((job) => job !== undefined)
  const jobs = asked.map(({ durationMs: _, stage: __, ...job }, index): Job => {
    const waiting: Job = { ...job, id: `q${index}`, submittedAt: now - ((index * 7919) % QUEUE) * SECOND, state: 'ready', startedAt: null, heldGpus: [], notBefore: null, yieldsTo: null }
    return index < GPUS ? { ...waiting, gpus: 1, cpus: 4, state: 'running', startedAt: now - index * 60 * SECOND, heldGpus: [`GPU-${index}`] } : waiting
  })
  const times = Array.from({ length: 21 }, () => {
    const began = performance.now()
    schedule({ machine: MACHINE, jobs, usage: NOTHING_USED, policy: POLICY }, now)
    return performance.now() - began
  })
  return times.sort((a, b) => a - b)[10] ?? Number.NaN
}

/** The times that people ask for. */
const LIMITS = [0.25, 0.5, 1, 2, 4, 8, 12, 24, 48, 96, 168].map((hours) => hours * HOUR)

/**
 * A trace with the shape of those of GPU clusters that were published, not with their jobs:
 * - Durations are lognormal with a median of 206 s and a mean near 6,650 s, up to a week; the larger a job, the longer (Hu et al., SC '21, on SenseTime's
 *   Helios, https://arxiv.org/abs/2109.01313; Jeon et al., USENIX ATC '19, on Microsoft's Philly).
 * - Most jobs take one GPU, most GPU time is of the few that take more; people submit by day, less at weekends, in sweeps of like jobs, and a few
 *   people submit most (ibid.).
 * - Time limits are one of a few round values, seldom the least that would do, often the greatest, and some people give none: multiples of the true
 *   duration would tell a scheduler too much (Tsafrir, JSSPP '10, 'Using inaccurate estimates accurately').
 */
function syntheticTrace(count: number, seed: number): TraceJob[] {
  const random = mulberry32(seed)
  const pick = <Value>(choices: readonly (readonly [number, Value])[]): Value => {
    let point = random() * total(choices.map(([weight]) => weight))
    for (const [weight, value] of choices) if ((point -= weight) < 0) return value
    throw new Error('there are no choices')
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const people = Array.from({ length: PEOPLE }, (_, index) => [1 / (index + 1), index] as const)

  const stages = Array.from({ length: PEOPLE }, (_, person) =>
    Array.from({ length: STAGES }, (_, nth) => {
      const gpus = pick([[70, 1], [12, 2], [8, 4], [7, 8], [1.8, 16], [0.8, 32], [0.4, 64]])
      return { stage: `person-${person}/stage-${nth}`, gpus, scale: 206 * gpus ** 0.25 * Math.exp(2.2 * normal()), weight: 1 / (nth + 1) }
    }),
  )
  const shapes: Omit<TraceJob, 'id' | 'submittedAt'>[] = []
  const sweeps: number[] = []
  while (shapes.length < count) {
    const person = pick(people)
    const { stage, gpus, scale } = pick((stages[person] ?? []).map((each) => [each.weight, each] as const))
    const size = Math.min(count - shapes.length, gpus <= 2 && random() < 0.25 ? 2 + Math.floor(-12 * Math.log(1 - random())) : 1)
    const [priority, preemptible] = pick([[80, [0, false]], [15, [-1, true]], [5, [1, false]]] as const)
    sweeps.push(size)
    for (let nth = 0; nth < size; nth++) {
      // What fails or is cancelled ends long before the others of its kind.
      const durationMs = Math.round(Math.min(168 * 3600, Math.max(1, scale * (random() < 0.2 ? random() : 1) * Math.exp(0.7 * normal()))) * SECOND)
      const least = LIMITS.findIndex((limit) => limit >= durationMs)
      const limit = LIMITS[Math.min(LIMITS.length - 1, least + Math.floor(-1.5 * Math.log(1 - random())))] ?? null
      const timeLimitMs = pick([[70, limit], [20, LIMITS.at(-1) ?? null], [10, null]])
      shapes.push({
        stage, person: `person-${person}`, project: `project-${(person * 5 + (random() < 0.2 ? 1 : 0)) % PROJECTS}`, priority, preemptible, durationMs, timeLimitMs,
        cpus: 4 * gpus, memoryBytes: gpus * 2 ** 35, gpus, gpuMemoryBytes: 0, gpuModel: null,
      })
    }
  }

  const work = total(shapes.map((job) => job.gpus * Math.min(job.durationMs, job.timeLimitMs ?? Infinity)))
  const span = work / (GPUS * LOAD)
  const times = Array.from({ length: sweeps.length }, () => {
    for (;;) {
      const time = random() * span
      const hour = (time / HOUR) % 24
      const isWeekend = Math.floor(time / DAY) % 7 >= 5
      if (random() < (0.55 - 0.45 * Math.cos(((hour - 3) / 24) * 2 * Math.PI)) * (isWeekend ? 0.5 : 1)) return time
    }
  }).sort((a, b) => a - b)
  let next = 0
  return sweeps
    .flatMap((size, sweep) => shapes.slice(next, (next += size)).map((shape, nth) => ({ ...shape, submittedAt: Math.round((times[sweep] ?? 0) + nth * SECOND) })))
    .sort((a, b) => a.submittedAt - b.submittedAt)
    .map((job, index) => ({ ...job, id: `job-${index}` }))
}

/** Mulberry32: 32 bits of state, the same numbers on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
