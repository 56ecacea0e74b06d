import { describe, expect, it } from 'vitest'
import { expectedDuration } from './expected-duration.ts'
import { neverFits } from './never-fits.ts'
import { DEFAULT_POLICY, type Policy } from './policy.ts'
import { ranking } from './rank.ts'
import { schedule } from './schedule.ts'
import { neverSentence, waitingSentence } from './sentences.ts'
import type { Gpu, Job, Machine, SchedulerState } from './state.ts'
import { NOTHING_USED, usageOf, withAttempt, type PastAttempt, type Usage } from './usage.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Date.UTC(2026, 10, 27, 12)
const GIB = 2 ** 30

const gpu = (index: number, more: Partial<Gpu> = {}): Gpu => ({ uuid: `GPU-${index}`, model: 'NVIDIA H100 80GB HBM3', memoryBytes: 80 * GIB, isPart: false, foreign: false, ...more })
const FOUR: Machine = { cpus: 16, memoryBytes: 64 * GIB, gpus: [0, 1, 2, 3].map((index) => gpu(index)) }

const ready = (id: string, more: Partial<Job> = {}): Job => ({
  id, person: 'ada', project: 'credit', priority: 0, submittedAt: NOW - HOUR, cpus: 1, memoryBytes: 0, gpus: 0, gpuMemoryBytes: 0, gpuModel: null,
  timeLimitMs: null, preemptible: false, state: 'ready', startedAt: null, heldGpus: [], notBefore: null, yieldsTo: null, ...more,
})
const running = (id: string, held: readonly number[], more: Partial<Job> = {}): Job =>
  ready(id, { state: 'running', startedAt: NOW - HOUR, gpus: held.length, heldGpus: held.map((index) => `GPU-${index}`), ...more })

const decide = (jobs: readonly Job[], { machine = FOUR, policy = {}, usage = NOTHING_USED }: { machine?: Machine; policy?: Partial<Policy>; usage?: Usage } = {}): ReturnType<typeof schedule> =>
  schedule({ machine, jobs, usage, policy: { ...DEFAULT_POLICY, ...policy } }, NOW)
const reasonOf = (decision: ReturnType<typeof schedule>, job: string): unknown => decision.waiting.find((one) => one.job === job)?.reason

describe('GPUs', () => {
  it('are handed out by UUID, the smallest that suit first', () => {
    const machine = { ...FOUR, gpus: [gpu(0), gpu(1, { model: 'NVIDIA A10', memoryBytes: 24 * GIB }), gpu(2, { model: 'NVIDIA A100-SXM4-40GB', memoryBytes: 40 * GIB })] }
    const jobs = [ready('any', { gpus: 1, submittedAt: 1 }), ready('large', { gpus: 1, gpuMemoryBytes: 48 * GIB }), ready('a10', { gpus: 1, gpuModel: 'a10' }), ready('a100', { gpus: 1, gpuModel: 'A100' })]
    const decision = decide(jobs, { machine })
    expect(decision.start).toEqual([{ job: 'any', gpus: ['GPU-1'] }, { job: 'a100', gpus: ['GPU-2'] }, { job: 'large', gpus: ['GPU-0'] }])
    expect(reasonOf(decision, 'a10')).toMatchObject({ code: 'gpus', need: 1, free: 0, foreign: 0 })
  })

  it('that others use are avoided, and said to be the reason', () => {
    const machine = { ...FOUR, gpus: [gpu(0), gpu(1), gpu(2, { foreign: true }), gpu(3)] }
    const decision = decide([ready('all', { gpus: 4, submittedAt: 1 }), ready('three', { gpus: 3 })], { machine })
    expect(decision.start).toEqual([{ job: 'three', gpus: ['GPU-0', 'GPU-1', 'GPU-3'] }])
    expect(reasonOf(decision, 'all')).toEqual({ code: 'gpus', need: 4, free: 3, foreign: 1, at: null })
  })

  it('that our own job computes on are not taken for foreign', () => {
    const machine = { ...FOUR, gpus: [gpu(0, { foreign: true }), gpu(1)] }
    const limited = running('own', [0], { timeLimitMs: 2 * HOUR })
    expect(reasonOf(decide([limited, ready('two', { gpus: 2 })], { machine }), 'two')).toEqual({ code: 'gpus', need: 2, free: 1, foreign: 0, at: NOW + HOUR })
  })

  it('come as parts only to a job of one', () => {
    const part = { model: 'NVIDIA H100 80GB HBM3 MIG 1g.10gb', memoryBytes: 10 * GIB, isPart: true }
    const machine = { ...FOUR, gpus: [gpu(0), gpu(1, part), gpu(2, part)] }
    expect(decide([ready('one', { gpus: 1 })], { machine }).start).toEqual([{ job: 'one', gpus: ['GPU-1'] }])
    expect(neverFits(ready('two', { gpus: 2 }), machine, DEFAULT_POLICY)).toEqual({ code: 'gpus', need: 2, has: 1, all: 3, model: null, memoryBytes: 0 })
  })
})

describe('a job that must wait', () => {
  const large = ready('large', { gpus: 4, submittedAt: NOW - 2 * HOUR })
  const busy = running('busy', [0], { timeLimitMs: 2 * HOUR })

  it('lets others past that are over in time, and none of which nobody knows when', () => {
    const decision = decide([busy, large, ready('short', { gpus: 1, timeLimitMs: HOUR }), ready('long', { gpus: 1, timeLimitMs: HOUR + 1 }), ready('unknown', { gpus: 1 }), ready('elsewhere')])
    expect(decision.start.map(({ job }) => job).sort()).toEqual(['elsewhere', 'short'])
    expect(reasonOf(decision, 'large')).toEqual({ code: 'gpus', need: 4, free: 3, foreign: 0, at: NOW + HOUR })
    for (const job of ['long', 'unknown']) expect(reasonOf(decision, job)).toMatchObject({ code: 'reservation', of: 'machine', for: 'large' })
    expect(decision.wake).toBe(NOW + DEFAULT_POLICY.reviewMs)
  })

  it('expects what runs to take what it took before, else its time limit, else a day; past that, as long again as it has', () => {
    const at = (more: Partial<Job>): unknown => reasonOf(decide([running('busy', [0], more), large]), 'large')
    expect(at({ timeLimitMs: 3 * HOUR, expectedMs: 2 * HOUR })).toMatchObject({ at: NOW + HOUR })
    expect(at({ timeLimitMs: 3 * HOUR })).toMatchObject({ at: NOW + 2 * HOUR })
    expect(at({})).toMatchObject({ at: NOW + 23 * HOUR })
    expect(at({ startedAt: NOW - 25 * HOUR })).toMatchObject({ at: NOW + 25 * HOUR })
    expect(at({ expectedMs: MINUTE, startedAt: NOW - 20 * MINUTE })).toMatchObject({ at: NOW + 20 * MINUTE })
    expect(at({ expectedMs: MINUTE, timeLimitMs: 70 * MINUTE })).toMatchObject({ at: NOW + 10 * MINUTE })
    expect(at({ timeLimitMs: HOUR })).toMatchObject({ at: NOW + DEFAULT_POLICY.graceMs })
  })

  it('lets others past by what they took before, until it has waited too long', () => {
    const likely = ready('likely', { gpus: 1, timeLimitMs: 100 * HOUR, expectedMs: MINUTE, submittedAt: NOW })
    expect(decide([busy, large, likely]).start.map(({ job }) => job)).toEqual(['likely'])
    const waited = { ...large, submittedAt: NOW - DEFAULT_POLICY.patienceMs - 1 }
    expect(reasonOf(decide([busy, waited, likely]), 'likely')).toMatchObject({ code: 'reservation', for: 'large' })
    expect([[], [7], [1, 5, 7]].map(expectedDuration)).toEqual([null, 7, 6])
  })

  it('is tried again when its retry is due', () => {
    const decision = decide([ready('again', { notBefore: NOW + 1 })])
    expect(decision).toEqual({ start: [], preempt: [], waiting: [{ job: 'again', reason: { code: 'backoff', until: NOW + 1 } }], wake: NOW + 1 })
    expect(decide([ready('again', { notBefore: NOW })]).start).toHaveLength(1)
  })

  it('keeps its turn within a quota, and nothing of the machine from others', () => {
    const policy = { people: { ...DEFAULT_POLICY.people, quotas: { ada: { cpus: null, gpus: 2 } } } }
    const jobs = [running('own', [0], { timeLimitMs: 2 * HOUR }), ready('two', { gpus: 2, submittedAt: 1 }), ready('one', { gpus: 1 }), ready('short', { gpus: 1, timeLimitMs: HOUR }), ready('other', { gpus: 2, person: 'bo' })]
    const decision = decide(jobs, { policy })
    expect(decision.start.map(({ job }) => job).sort()).toEqual(['other', 'short'])
    expect(reasonOf(decision, 'two')).toEqual({ code: 'quota', of: 'person', name: 'ada', resource: 'gpus', need: 2, limit: 2, at: NOW + HOUR })
    expect(reasonOf(decision, 'one')).toEqual({ code: 'reservation', of: 'person', for: 'two', at: null })
  })

  it('holds nobody up where it can never run any more', () => {
    const decision = decide([ready('gone', { gpus: 5, submittedAt: 1 }), ready('other', { gpus: 4 })])
    expect(decision.start.map(({ job }) => job)).toEqual(['other'])
    expect(reasonOf(decision, 'gone')).toMatchObject({ code: 'never', problem: { code: 'gpus', need: 5, has: 4 } })
  })
})

describe('preemption', () => {
  const urgent = ready('urgent', { gpus: 2, priority: 1, submittedAt: NOW })
  const low = (id: string, held: readonly number[], more: Partial<Job> = {}): Job => running(id, held, { preemptible: true, ...more })

  it('ends who has lost least, and no more than it takes', () => {
    const decision = decide([low('old', [0]), low('new', [1], { startedAt: NOW - 20 * MINUTE }), low('newer', [2], { startedAt: NOW - 15 * MINUTE }), running('firm', [3]), urgent])
    expect(decision.preempt).toEqual([{ job: 'newer', for: 'urgent' }, { job: 'new', for: 'urgent' }])
    expect(reasonOf(decision, 'urgent')).toEqual({ code: 'preempting', jobs: ['new', 'newer'], at: NOW + DEFAULT_POLICY.graceMs })
    // The one of two makes the one of one needless.
    expect(decide([low('pair', [0, 1]), low('single', [2], { startedAt: NOW - 15 * MINUTE }), running('firm', [3]), urgent]).preempt).toEqual([{ job: 'pair', for: 'urgent' }])
  })

  it('is of no use where even all of them are too few', () => {
    expect(decide([low('one', [0]), running('firm', [1, 2, 3]), urgent]).preempt).toEqual([])
  })

  it('waits for those that make way already, and keeps their places', () => {
    const stopping = low('old', [0, 1], { state: 'stopping', yieldsTo: 'urgent' })
    const decision = decide([stopping, low('other', [2, 3]), urgent, ready('later', { gpus: 1 })])
    expect([decision.start, decision.preempt]).toEqual([[], []])
    expect(reasonOf(decision, 'urgent')).toEqual({ code: 'preempting', jobs: ['old'], at: NOW + DEFAULT_POLICY.graceMs })
  })

  it('leaves who has just begun alone, and asks to be asked again', () => {
    const decision = decide([low('new', [0, 1], { startedAt: NOW - MINUTE }), running('firm', [2, 3]), urgent])
    expect([decision.preempt, decision.wake]).toEqual([[], NOW - MINUTE + DEFAULT_POLICY.exemptMs])
  })

  it('leaves who would come first again alone, however low its class', () => {
    const aged = low('aged', [0, 1], { submittedAt: NOW - 3 * DEFAULT_POLICY.ageMs })
    expect(decide([aged, running('firm', [2, 3]), urgent]).preempt).toEqual([])
  })

  it('is not undone: who made way comes after whom it was for, also through another', () => {
    const first = ready('first', { gpus: 4, priority: 2, submittedAt: NOW })
    const second = ready('second', { gpus: 4, priority: 1, submittedAt: NOW - 5 * DEFAULT_POLICY.ageMs, yieldsTo: 'first' })
    const third = ready('third', { gpus: 4, submittedAt: NOW - 9 * DEFAULT_POLICY.ageMs, yieldsTo: 'second' })
    expect(decide([third, second, first]).waiting.map(({ job }) => job)).toEqual(['second', 'third'])
    expect(decide([third, second]).start.map(({ job }) => job)).toEqual(['second'])
    expect(decide([third]).start.map(({ job }) => job)).toEqual(['third'])
  })

  it('lets a job start that could not before it', () => {
    const machine = { cpus: 4, memoryBytes: 0, gpus: [] }
    const aged = NOW - 4 * DEFAULT_POLICY.ageMs
    const jobs = [
      running('victim', [], { cpus: 2, preemptible: true, timeLimitMs: 5 * HOUR }), running('firm', [], { timeLimitMs: 2 * HOUR }),
      ready('large', { cpus: 2, timeLimitMs: HOUR, submittedAt: aged }), ready('before', { submittedAt: aged + 1 }),
      ready('urgent', { priority: 1, submittedAt: NOW }), ready('after', { submittedAt: NOW }),
    ]
    const decision = decide(jobs, { machine })
    expect(decision.preempt).toEqual([{ job: 'victim', for: 'urgent' }])
    expect(reasonOf(decision, 'before')).toEqual({ code: 'reservation', of: 'machine', for: 'large', at: NOW + 2 * HOUR })
    expect(decision.start).toEqual([{ job: 'after', gpus: [] }])
  })
})

describe('rank', () => {
  const attempt = (person: string, more: Partial<PastAttempt> = {}): PastAttempt => ({ person, project: 'credit', cpus: 4, gpus: 2, startedAt: NOW - 3 * HOUR, endedAt: NOW - HOUR, ...more })
  const rankOf = (jobs: readonly Job[], more: Partial<SchedulerState> = {}): Map<string, number> => {
    const rank = ranking({ machine: FOUR, jobs, usage: NOTHING_USED, policy: DEFAULT_POLICY, ...more }, NOW)
    return new Map(jobs.map((job) => [job.id, rank(job)]))
  }

  it('puts first who used less, by what they used of late and by their shares', () => {
    const jobs = [ready('a', { person: 'ada' }), ready('b', { person: 'bo' })]
    const halfLifeMs = DEFAULT_POLICY.halfLifeMs
    const used = (attempts: PastAttempt[]): Map<string, number> => rankOf(jobs, { usage: usageOf(attempts, NOW, halfLifeMs) })
    const before = (ranked: Map<string, number>): string => [...ranked].sort((x, y) => y[1] - x[1]).map(([id]) => id).join('')
    expect(before(used([attempt('ada')]))).toBe('ba')
    const old = attempt('bo', { startedAt: NOW - 2 * halfLifeMs - 3 * HOUR, endedAt: NOW - 2 * halfLifeMs })
    expect(before(used([attempt('ada'), old]))).toBe('ba')
    const policy = { ...DEFAULT_POLICY, people: { ...DEFAULT_POLICY.people, shares: { ada: 3 } } }
    expect(before(rankOf(jobs, { policy, usage: usageOf([attempt('ada'), attempt('bo')], NOW, halfLifeMs) }))).toBe('ab')
    expect(before(rankOf([...jobs, running('r', [0, 1, 2, 3], { person: 'bo' })]))).toMatch(/^ab/)
  })

  it('is halved in what was used after a half-life, whether it is reckoned at once or attempt by attempt', () => {
    const halfLifeMs = HOUR
    const first = attempt('ada', { startedAt: NOW - HOUR - 1000, endedAt: NOW - HOUR, cpus: 2, gpus: 1 })
    const second = attempt('ada', { startedAt: NOW - 1000, endedAt: NOW, cpus: 2, gpus: 1 })
    const { gpuSeconds = 0 } = usageOf([first], NOW, halfLifeMs).people.get('ada') ?? {}
    expect(gpuSeconds).toBeCloseTo(0.5, 3)
    const stepwise = [first, second].reduce((usage, one) => withAttempt(usage, one, halfLifeMs), NOTHING_USED)
    for (const { cpuSeconds, gpuSeconds: seconds } of [usageOf([first, second], NOW, halfLifeMs).people.get('ada') ?? { cpuSeconds: 0, gpuSeconds: 0 }, stepwise.projects.get('credit') ?? { cpuSeconds: 0, gpuSeconds: 0 }]) {
      expect([cpuSeconds, seconds]).toEqual([expect.closeTo(3, 2), expect.closeTo(1.5, 3)])
    }
  })

  it('is the same to the last bit whatever order the running jobs are summed in', () => {
    const jobs = [ready('a'), ...Array.from({ length: 40 }, (_, index) => running(`r${index}`, [], { cpus: 1 + (index % 3), startedAt: NOW - (index * 7919 + 13) * 9770 }))]
    const orders = jobs.map((_, index) => [...jobs.slice(index), ...jobs.slice(0, index)])
    const policy = { ...DEFAULT_POLICY, weights: { priority: 0, fairShare: 1, age: 0 } }
    expect(new Set(orders.map((order) => rankOf(order, { policy }).get('a'))).size).toBe(1)
  })

  it('has age win over any class in the end', () => {
    const ranked = rankOf([ready('low', { priority: -1, submittedAt: NOW - 5 * DEFAULT_POLICY.ageMs }), ready('high', { priority: 1, submittedAt: NOW })])
    expect(ranked.get('low')).toBeGreaterThan(ranked.get('high') ?? 0)
  })
})

describe('what people read', () => {
  it('says what can never run here, and what to change', () => {
    const sentence = (more: Partial<Job>, machine = FOUR, policy = DEFAULT_POLICY): string | null => {
      const problem = neverFits(ready('x', more), machine, policy)
      return problem && neverSentence(problem)
    }
    expect(sentence({ gpus: 4, cpus: 16 })).toBe(null)
    expect(sentence({ cpus: 17 })).toBe('asks for 17 CPUs and this machine has 16. Lower meta.strongroom.resources.cpus.')
    expect(sentence({ memoryBytes: 65 * GIB })).toBe('asks for 65.0 GiB of memory and this machine has 64.0 GiB. Lower meta.strongroom.resources.memory.')
    expect(sentence({ gpus: 5 })).toBe('asks for 5 GPUs and of the 4 of this machine 4 suit. Change meta.strongroom.resources.gpus.')
    expect(sentence({ gpus: 1, gpuModel: 'A100', gpuMemoryBytes: 40 * GIB })).toBe(
      "asks for 1 GPU of model 'A100' with 40.0 GiB each and of the 4 of this machine 0 suit. Change meta.strongroom.resources.gpu_model or gpu_memory.",
    )
    expect(sentence({ gpus: 1 }, { ...FOUR, gpus: [] })).toBe('asks for 1 GPU and this machine has none. Run it where there are GPUs, or leave meta.strongroom.resources.gpus away.')
    const projects = { quota: { cpus: null, gpus: 1 }, quotas: {}, shares: {} }
    expect(sentence({ gpus: 2 }, FOUR, { ...DEFAULT_POLICY, projects })).toBe('asks for 2 GPUs and the project credit may hold 1 at once. Lower meta.strongroom.resources.gpus, or have the quota raised.')
  })

  it('says why a job waits', () => {
    const nameOf = (job: string): string => `stage ${job}`
    expect(waitingSentence({ code: 'gpus', need: 4, free: 1, foreign: 1, at: NOW }, nameOf)).toBe(
      'It waits for 4 GPUs: of those that suit it 1 is free. One is used by a process that Strongroom did not start. Expected by 2026-11-27 12:00 UTC.',
    )
    expect(waitingSentence({ code: 'memory', need: 8 * GIB, free: GIB, at: null }, nameOf)).toBe('It waits for 8.0 GiB of memory: 1.0 GiB is free.')
    expect(waitingSentence({ code: 'reservation', of: 'machine', for: 'large', at: null }, nameOf)).toBe('It waits because it would delay stage large, which comes first.')
    expect(waitingSentence({ code: 'preempting', jobs: ['a', 'b'], at: NOW }, nameOf)).toBe('It starts when stage a, stage b have made way.')
    expect(waitingSentence({ code: 'quota', of: 'person', name: 'ada', resource: 'gpus', need: 2, limit: 2, at: null }, nameOf)).toBe(
      'It waits until the person ada holds fewer GPUs: it needs 2 GPUs and the quota is 2.',
    )
    expect(waitingSentence({ code: 'backoff', until: NOW }, nameOf)).toBe('It is tried again at 2026-11-27 12:00 UTC.')
  })
})
