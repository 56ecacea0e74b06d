import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decision } from './decision.ts'
import { DEFAULT_POLICY, quotaOf, type Policy, type Quota } from './policy.ts'
import { durationOf, expectedEnd } from './room.ts'
import { schedule } from './schedule.ts'
import { simulate, type TraceJob } from './simulation.ts'
import type { Gpu, Job, Machine, SchedulerState } from './state.ts'
import { NOTHING_USED } from './usage.ts'

const MINUTE = 60_000
const NOW = 1_000_000 * MINUTE
const PEOPLE = ['ada', 'bo', 'cy']
const PROJECTS = ['credit', 'fraud']

const amount = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max })
const minutes = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max }).map((count) => count * MINUTE)

/** GPUs of one kind, or of two and a MIG instance. */
function gpus(kinds: 1 | 3): fc.Arbitrary<Gpu[]> {
  const models = [
    { model: 'NVIDIA A100-SXM4-40GB', memoryBytes: 40, isPart: false },
    { model: 'NVIDIA H100 80GB HBM3', memoryBytes: 80, isPart: false },
    { model: 'NVIDIA H100 80GB HBM3 MIG 1g.10gb', memoryBytes: 10, isPart: true },
  ].slice(0, kinds)
  return fc.array(fc.tuple(fc.constantFrom(...models), fc.boolean(), fc.boolean()), { maxLength: 8 }).map((chosen) => chosen.map(([model, a, b], index) => ({ ...model, uuid: `GPU-${index}`, foreign: a && b })))
}

const quota: fc.Arbitrary<Quota> = fc.record({ cpus: fc.option(fc.integer({ min: 4, max: 8 }), { freq: 1 }), gpus: fc.option(fc.integer({ min: 4, max: 6 }), { freq: 1 }) })
const terms = fc.record({ quota, quotas: fc.dictionary(fc.constantFrom(...PEOPLE, ...PROJECTS), quota), shares: fc.constant({}) })

/** Without fair share, so that a test can tell the order by itself. */
const policy: fc.Arbitrary<Policy> = fc
  .record({ people: terms, projects: terms, reservations: fc.integer({ min: 1, max: 4 }), patienceMs: fc.constantFrom(30 * MINUTE, 1000 * MINUTE), exemptMs: fc.constantFrom(0, 5 * MINUTE), graceMs: fc.constantFrom(0, 10_000) })
  .map((knobs) => ({ ...DEFAULT_POLICY, ...knobs, weights: { priority: 2000, fairShare: 0, age: 1000 } }))

const asked = {
  person: fc.constantFrom(...PEOPLE),
  project: fc.constantFrom(...PROJECTS),
  priority: amount(2),
  submittedAt: fc.integer({ min: 1, max: 8 }).map((ago) => NOW - ago * 10 * MINUTE),
  cpus: fc.constantFrom(1, 1, 1, 2, 4),
  memoryBytes: fc.constantFrom(0, 0, 1, 4),
  gpus: fc.constantFrom(0, 1, 1, 2, 4),
  timeLimitMs: fc.option(minutes(60)),
  preemptible: fc.boolean(),
}
const expectation = fc.option(minutes(60))
const plain = { ...asked, gpuMemoryBytes: fc.constant(0), gpuModel: fc.constant(null) }
const choosy = { ...asked, gpuMemoryBytes: fc.constantFrom(0, 0, 40, 80), gpuModel: fc.constantFrom(null, null, 'A100', 'h100', 'MIG') }

/** A machine on which some of the jobs run, as many as it and the quotas can take, and the others wait. */
function state(kinds: 1 | 3): fc.Arbitrary<SchedulerState> {
  const job = fc.record({ ...(kinds === 1 ? plain : choosy), expectedMs: expectation, runs: fc.boolean(), startedAgo: amount(40), stopping: amount(4), backoff: amount(5) })
  const machine = fc.record({ cpus: fc.integer({ min: 1, max: 12 }), memoryBytes: fc.integer({ min: 1, max: 16 }), gpus: gpus(kinds) })
  return fc.tuple(machine, policy, fc.array(job, { maxLength: 24 })).map(([built, knobs, wanted]) => {
    const jobs: Job[] = []
    for (const [index, { runs, startedAgo, stopping, backoff, ...request }] of wanted.entries()) {
      const ready: Job = { ...request, id: `j${index}`, state: 'ready', startedAt: null, heldGpus: [], notBefore: backoff === 0 ? NOW + MINUTE : null, yieldsTo: null }
      const free = built.gpus.filter(({ uuid, isPart, model, memoryBytes, foreign }) => !foreign && !jobs.some(({ heldGpus }) => heldGpus.includes(uuid)) && (ready.gpuModel === null || model.toLowerCase().includes(ready.gpuModel.toLowerCase())) && memoryBytes >= ready.gpuMemoryBytes && !(isPart && ready.gpus > 1))
      const running: Job = { ...ready, state: stopping === 0 ? 'stopping' : 'running', startedAt: Math.max(request.submittedAt, NOW - startedAgo * MINUTE), notBefore: null, heldGpus: free.slice(0, request.gpus).map(({ uuid }) => uuid) }
      const fits = runs && running.heldGpus.length === request.gpus && overuse(built, knobs, [...jobs.filter((other) => other.state !== 'ready'), running]) === null
      jobs.push(fits ? running : ready)
    }
    return { machine: built, jobs, usage: NOTHING_USED, policy: knobs }
  })
}

type Held = Pick<Job, 'cpus' | 'memoryBytes' | 'gpus' | 'person' | 'project'>

/** What these would hold too much of together; null for nothing. */
function overuse(machine: Machine, knobs: Policy, held: readonly Held[]): string | null {
  return overMachine(machine, held) ?? overQuota(knobs, held)
}

function overMachine(machine: Machine, held: readonly Held[]): string | null {
  if (sum(held, 'cpus') > machine.cpus) return 'cpus'
  if (sum(held, 'memoryBytes') > machine.memoryBytes) return 'memory'
  return sum(held, 'gpus') > machine.gpus.length ? 'gpus' : null
}

function overQuota({ people, projects }: Policy, held: readonly Held[]): string | null {
  for (const [terms, of] of [[people, 'person'], [projects, 'project']] as const) {
    for (const name of new Set(held.map((job) => job[of]))) {
      const theirs = held.filter((job) => job[of] === name)
      const { cpus, gpus } = quotaOf(terms, name)
      if (sum(theirs, 'cpus') > (cpus ?? Infinity)) return `the cpus of ${name}`
      if (sum(theirs, 'gpus') > (gpus ?? Infinity)) return `the gpus of ${name}`
    }
  }
  return null
}

function sum(held: readonly Held[], of: 'cpus' | 'memoryBytes' | 'gpus'): number {
  return held.reduce((total, job) => total + job[of], 0)
}

function started({ jobs }: SchedulerState, decision: Decision): Job[] {
  return decision.start.map(({ job, gpus }) => ({ ...find(jobs, job), heldGpus: gpus }))
}

function find(jobs: readonly Job[], id: string): Job {
  const job = jobs.find((candidate) => candidate.id === id)
  if (job === undefined) throw new Error(`there is no job ${id}`)
  return job
}

const order = ({ policy: { weights, ageMs } }: SchedulerState) => (a: Job, b: Job): number => {
  const rank = (job: Job): number => weights.priority * job.priority + (weights.age * (NOW - job.submittedAt)) / ageMs
  return rank(b) - rank(a) || a.submittedAt - b.submittedAt || (a.id < b.id ? -1 : 1)
}

describe('a decision', () => {
  it('gives each GPU to one job at most, of the kind that it asked for, and none that somebody else uses', () => {
    fc.assert(
      fc.property(state(3), (given) => {
        const begun = started(given, schedule(given, NOW))
        const held = [...given.jobs.filter((job) => job.state !== 'ready'), ...begun].flatMap((job) => job.heldGpus)
        expect(new Set(held).size).toBe(held.length)
        for (const job of begun) {
          expect(job.heldGpus).toHaveLength(job.gpus)
          for (const uuid of job.heldGpus) {
            const gpu = given.machine.gpus.find((candidate) => candidate.uuid === uuid)
            expect(gpu?.foreign).toBe(false)
            expect(gpu?.memoryBytes).toBeGreaterThanOrEqual(job.gpuMemoryBytes)
            expect(gpu?.model.toLowerCase()).toContain(job.gpuModel?.toLowerCase() ?? '')
            expect(gpu?.isPart === true && job.gpus > 1).toBe(false)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never gives away more CPUs, memory or GPUs than there are, nor more than a quota', () => {
    fc.assert(
      fc.property(state(3), (given) => {
        const running = given.jobs.filter((job) => job.state !== 'ready')
        expect(overuse(given.machine, given.policy, [...running, ...started(given, schedule(given, NOW))])).toBe(null)
      }),
      { numRuns: 300 },
    )
  })

  it('says of every job that is ready that it starts or why it waits, and starts none before its time', () => {
    fc.assert(
      fc.property(state(3), (given) => {
        const { start, waiting } = schedule(given, NOW)
        const ready = given.jobs.filter((job) => job.state === 'ready')
        expect([...start, ...waiting].map(({ job }) => job).sort()).toEqual(ready.map(({ id }) => id).sort())
        for (const { job } of start) expect(find(given.jobs, job).notBefore ?? NOW).toBeLessThanOrEqual(NOW)
      }),
    )
  })

  it('is the same for any order of the jobs', () => {
    fc.assert(
      fc.property(
        state(3).chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray([...given.jobs], { minLength: given.jobs.length }))),
        ([given, jobs]) => {
          const fair = { ...given, policy: { ...given.policy, weights: DEFAULT_POLICY.weights } }
          expect(schedule({ ...fair, jobs }, NOW)).toEqual(schedule(fair, NOW))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('preempts only running work that is preemptible, of a lower class and place in the queue, and has had its time', () => {
    fc.assert(
      fc.property(state(1), (given) => {
        const { preempt } = schedule(given, NOW)
        expect(new Set(preempt.map(({ job }) => job)).size).toBe(preempt.length)
        for (const { job, for: preemptor } of preempt) {
          const [victim, other] = [find(given.jobs, job), find(given.jobs, preemptor)]
          expect(victim).toMatchObject({ state: 'running', preemptible: true })
          expect(other.state).toBe('ready')
          expect(victim.priority).toBeLessThan(other.priority)
          expect(order(given)(other, victim)).toBeLessThan(0)
          expect(NOW - (victim.startedAt ?? NOW)).toBeGreaterThanOrEqual(given.policy.exemptMs)
        }
      }),
      { numRuns: 300 },
    )
  })
})

/** Something that holds what it does from one moment until another: of the machine and the quotas, or of the quotas alone. */
interface Lies extends Held {
  readonly id: string
  readonly from: number
  readonly until: number
  readonly ofMachine: boolean
}

describe('what a decision keeps free', () => {
  /**
   * Goes through the jobs in their order beside the decision: one that starts disturbs nothing that runs or is kept for a job before it, one that
   * waits would, and one that preempts needs each that it preempts to go. What is kept is what the decision says by `at`.
   */
  it('lets a job start exactly where it fits, is within its quota and disturbs no reservation, and preempts no more than that takes', () => {
    fc.assert(
      fc.property(state(1), (given) => {
        const decision = schedule(given, NOW)
        const gone = NOW + Math.max(1, given.policy.graceMs)
        let lies: Lies[] = given.jobs.filter((job) => job.state !== 'ready').map((job) => ({ ...job, from: NOW, until: expectedEnd(job, given.policy, NOW), ofMachine: true }))
        let patient = true
        for (const next of given.jobs.filter(({ state }) => state === 'ready').sort(order(given))) {
          const job = patient ? next : { ...next, expectedMs: null }
          const begins = decision.start.some((one) => one.job === job.id)
          const reason = decision.waiting.find((one) => one.job === job.id)?.reason
          if (reason?.code === 'backoff' || reason?.code === 'never') continue
          expect([job.id, reason?.code ?? 'starts', disturbs(given, lies, job, NOW)]).toEqual([job.id, reason?.code ?? 'starts', !begins])

          const victims = decision.preempt.filter((one) => one.for === job.id).map((one) => one.job)
          const without = (ids: readonly string[]): Lies[] => lies.map((lie) => (ids.includes(lie.id) ? { ...lie, until: gone } : lie))
          for (const stays of victims) expect(disturbs(given, without(victims.filter((id) => id !== stays)), job, gone)).toBe(true)
          lies = without(victims)

          const from = begins ? NOW : (reason?.at ?? null)
          const ofMachine = !(reason?.code === 'quota' || (reason?.code === 'reservation' && reason.of !== 'machine'))
          if (from === null) continue
          if (ofMachine) expect(disturbs(given, lies, job, from)).toBe(false)
          if (ofMachine && !begins && NOW - job.submittedAt > given.policy.patienceMs) patient = false
          lies.push({ ...job, from, until: from + durationOf(job), ofMachine })
        }
      }),
      { numRuns: 1000 },
    )
  })
})

/** Whether a job that starts at `from` is too much, at some moment until its end, together with what lies there. */
function disturbs({ machine, policy: knobs }: SchedulerState, lies: readonly Lies[], job: Job, from: number): boolean {
  const mine = { ...job, from, until: from + durationOf(job), ofMachine: true }
  const usable = { ...machine, gpus: machine.gpus.filter((gpu) => !gpu.foreign) }
  return [from, ...lies.map((lie) => lie.from)].some((time) => {
    if (time < from || time >= mine.until) return false
    const then = [mine, ...lies.filter((lie) => lie.from <= time && time < lie.until)]
    return overQuota(knobs, then) !== null || overMachine(usable, then.filter(({ ofMachine }) => ofMachine)) !== null
  })
}

const trace = (size: number, over: { priority?: number; unlimited?: boolean } = {}): fc.Arbitrary<TraceJob[]> =>
  fc
    .array(
      fc.record({
        ...plain,
        gpus: fc.integer({ min: 0, max: 4 }),
        cpus: fc.integer({ min: 1, max: 4 }),
        submittedAt: fc.integer({ min: 0, max: 300 }).map((after) => NOW + after * MINUTE),
        durationMs: minutes(60),
        stage: fc.constantFrom('a', 'b', 'c'),
        overstated: fc.integer({ min: 1, max: 4 }),
        priority: over.priority === undefined ? amount(2) : fc.constant(over.priority),
        limited: over.unlimited ? fc.boolean() : fc.constant(true),
      }),
      { minLength: 1, maxLength: size },
    )
    .map((jobs) =>
      jobs
        .sort((a, b) => a.submittedAt - b.submittedAt)
        .map(({ overstated, limited, ...job }, index) => ({ ...job, id: `j${index}`, timeLimitMs: limited ? Math.min(60 * MINUTE, job.durationMs * overstated) : null })),
    )

const MACHINE: Machine = {
  cpus: 6,
  memoryBytes: 8,
  gpus: Array.from({ length: 4 }, (_, index) => ({ uuid: `GPU-${index}`, model: 'NVIDIA H100', memoryBytes: 80, isPart: false, foreign: false })),
}

describe('a queue over time', () => {
  it('lets no job wait longer than those before it take one after another, whatever is submitted after it', () => {
    fc.assert(
      fc.property(trace(60, { priority: 0, unlimited: true }), (jobs) => {
        const knobs = { ...DEFAULT_POLICY, weights: { priority: 2000, fairShare: 0, age: 1000 }, unknownMs: 10 * MINUTE, patienceMs: 120 * MINUTE }
        const { outcomes } = simulate(jobs, { machine: MACHINE, policy: knobs, decide: schedule })
        expect(outcomes).toHaveLength(jobs.length)
        // An attempt of unknown length is expected to take as long again as it has, and what is let past meanwhile as long as that; who is let past by
        // what it took before may take as long as any.
        const longest = 2 * 60 * MINUTE + knobs.unknownMs + knobs.patienceMs
        for (const { job, firstStart } of outcomes) {
          const ahead = outcomes.filter((other) => other.job.submittedAt <= job.submittedAt && other.end > job.submittedAt && other.job.id !== job.id)
          expect(firstStart - job.submittedAt).toBeLessThanOrEqual((ahead.length + 1) * longest)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('starts a job of all GPUs though small ones never stop coming', () => {
    const small = (index: number): TraceJob => ({ ...job(`s${index}`, 1), submittedAt: NOW + index * 5 * MINUTE, durationMs: 20 * MINUTE, timeLimitMs: index % 2 === 0 ? 20 * MINUTE : null })
    const large: TraceJob = { ...job('large', 4), submittedAt: NOW + 61 * MINUTE, durationMs: MINUTE, timeLimitMs: null }
    const jobs = [...Array.from({ length: 200 }, (_, index) => small(index)), large].sort((a, b) => a.submittedAt - b.submittedAt)
    const { outcomes } = simulate(jobs, { machine: MACHINE, policy: DEFAULT_POLICY, decide: schedule })
    const waited = outcomes.filter((one) => one.job.id === 'large').map((one) => (one.firstStart - one.job.submittedAt) / MINUTE)
    expect(waited).toHaveLength(1)
    expect(waited[0]).toBeLessThanOrEqual(40)
  })

  it('never preempts one attempt twice, nor one before its time, nor lets it go on before whom it made way for', () => {
    fc.assert(
      fc.property(trace(60), (jobs) => {
        const knobs = { ...DEFAULT_POLICY, exemptMs: 5 * MINUTE }
        const waitsFor = new Map<string, string>()
        const starts = new Map<string, number>()
        let [preemptions, made] = [0, 0]
        const { outcomes } = simulate(jobs, {
          machine: MACHINE,
          policy: knobs,
          decide: schedule,
          watch: (given, now, { start, preempt }) => {
            for (const { job } of start) {
              const preemptor = waitsFor.get(job)
              if (preemptor !== undefined) expect([job, 'after', preemptor, start.some((one) => one.job === preemptor) || starts.has(preemptor)]).toEqual([job, 'after', preemptor, true])
              waitsFor.delete(job)
              starts.set(job, now)
            }
            for (const { job, for: preemptor } of preempt) {
              expect(now - (starts.get(job) ?? now)).toBeGreaterThanOrEqual(knobs.exemptMs)
              expect(find(given.jobs, job).state).toBe('running')
              waitsFor.set(job, preemptor)
              preemptions++
            }
            made += new Set(preempt.map((one) => one.for)).size
          },
        })
        expect(outcomes).toHaveLength(jobs.length)
        // Each that makes others go does so once, unless who is of a still higher class takes what they left.
        expect(made).toBeLessThanOrEqual(jobs.length + preemptions)
        for (const { job, heldMs } of outcomes) expect(heldMs).toBe(job.durationMs)
      }),
      { numRuns: 100 },
    )
  })
})

function job(id: string, count: number): TraceJob {
  return { id, person: 'ada', project: 'credit', priority: 0, submittedAt: NOW, cpus: 1, memoryBytes: 0, gpus: count, gpuMemoryBytes: 0, gpuModel: null, timeLimitMs: null, preemptible: false, durationMs: MINUTE, stage: id }
}
