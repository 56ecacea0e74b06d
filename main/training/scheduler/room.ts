import type { WaitingReason } from './decision.ts'
import { chooseKinds, gpuKinds, suits, type GpuKind } from './gpu-kinds.ts'
import { quotaOf, type Policy, type Quota } from './policy.ts'
import type { Job, Machine, ResourceRequest, SchedulerState } from './state.ts'
import { Timeline, type Amounts, type Demand } from './timeline.ts'

/** Of the machine's amounts the first two; a place for each kind of GPU follows. */
const CPUS = 0
const MEMORY = 1
const KINDS = 2

/** What a person or a project may still hold, now and later. */
interface QuotaRoom {
  readonly key: string
  readonly of: 'person' | 'project'
  readonly name: string
  readonly quota: Quota
  /** Amounts: CPUs, GPUs. */
  readonly timeline: Timeline
}

/** A quota that has too little; what it has too little of right now, null where that is kept for a job that comes first. */
interface ShortQuota {
  readonly key: string
  readonly of: 'person' | 'project'
  readonly name: string
  readonly now: { readonly resource: 'cpus' | 'gpus'; readonly limit: number } | null
}

/**
 * What is free of the machine and of each quota, now and later, while a decision is made: less what runs, what starts, and what is kept for
 * jobs that must wait. GPUs that are in foreign use are not free for as long as one can see.
 */
export class Room {
  readonly now: number
  readonly kinds: readonly GpuKind[]
  readonly #policy: Policy
  /** By kind, how many are in foreign use. */
  readonly #foreign: readonly number[]
  readonly #machine: Timeline
  /** By person and project; null for who has none. */
  readonly #people: Map<string, QuotaRoom | null>
  readonly #projects: Map<string, QuotaRoom | null>
  readonly #running: readonly Job[]
  readonly #kindOf: ReadonlyMap<string, number>
  readonly #suited: { many: boolean; memoryBytes: number; model: string | null; kinds: readonly number[] }[] = []

  private constructor(now: number, policy: Policy, gpus: { kinds: readonly GpuKind[]; kindOf: ReadonlyMap<string, number>; foreign: readonly number[] }, running: readonly Job[], timelines: { machine: Timeline; people: Map<string, QuotaRoom | null>; projects: Map<string, QuotaRoom | null> }) {
    this.now = now
    this.#policy = policy
    this.kinds = gpus.kinds
    this.#kindOf = gpus.kindOf
    this.#foreign = gpus.foreign
    this.#running = running
    this.#machine = timelines.machine
    this.#people = timelines.people
    this.#projects = timelines.projects
  }

  static of({ machine, jobs, policy }: SchedulerState, now: number): Room {
    const running = jobs.filter((job) => job.state !== 'ready')
    const kinds = gpuKinds(machine.gpus)
    const kindOf = new Map(kinds.flatMap(({ uuids }, kind) => uuids.map((uuid) => [uuid, kind] as const)))
    const foreign = foreignByKind(machine, running, kinds, kindOf)
    const capacity = [machine.cpus, machine.memoryBytes, ...kinds.map(({ uuids }, kind) => uuids.length - (foreign[kind] ?? 0))]
    const taken = running.map((job) => ({ amounts: heldAmounts(job, kinds, kindOf), until: expectedEnd(job, policy, now) }))
    return new Room(now, policy, { kinds, kindOf, foreign }, running, { machine: Timeline.of(now, capacity, taken), people: new Map(), projects: new Map() })
  }

  clone(): Room {
    return new Room(this.now, this.#policy, { kinds: this.kinds, kindOf: this.#kindOf, foreign: this.#foreign }, this.#running, { machine: this.#machine.clone(), people: cloneQuotas(this.#people), projects: cloneQuotas(this.#projects) })
  }

  /** What of the machine is too little for the job now, which is expected to start at `at`; null where nothing is. */
  shortNow(job: ResourceRequest, at: number | null): WaitingReason | null {
    const free = this.#machine.now
    if (job.gpus > 0) {
      const suited = this.#suitedTo(job)
      const count = suited.reduce((sum, kind) => sum + Math.max(0, free[KINDS + kind] ?? 0), 0)
      if (count < job.gpus) return { code: 'gpus', need: job.gpus, free: count, foreign: suited.reduce((sum, kind) => sum + (this.#foreign[kind] ?? 0), 0), at }
    }
    if ((free[CPUS] ?? 0) < job.cpus) return { code: 'cpus', need: job.cpus, free: Math.max(0, free[CPUS] ?? 0), at }
    if ((free[MEMORY] ?? 0) < job.memoryBytes) return { code: 'memory', need: job.memoryBytes, free: Math.max(0, free[MEMORY] ?? 0), at }
    return null
  }

  /** The first of the job's quotas that has too little for it from now on; null where none has. */
  shortQuota(job: Job): ShortQuota | null {
    for (const { key, of, name, quota, timeline } of this.#quotasOf(job)) {
      const [cpus = 0, gpus = 0] = timeline.now
      if (quota.gpus !== null && gpus < job.gpus) return { key, of, name, now: { resource: 'gpus', limit: quota.gpus } }
      if (quota.cpus !== null && cpus < job.cpus) return { key, of, name, now: { resource: 'cpus', limit: quota.cpus } }
      if (!timeline.has([job.cpus, job.gpus], this.now + durationOf(job))) return { key, of, name, now: null }
    }
    return null
  }

  /** Of the quotas that apply to a job. */
  quotaKeys(job: Job): string[] {
    return this.#quotasOf(job).map(({ key }) => key)
  }

  /** How many GPUs of the machine suit a request, whoever uses them. */
  countSuited(job: ResourceRequest): number {
    return this.#suitedTo(job).reduce((count, kind) => count + (this.kinds[kind]?.uuids.length ?? 0), 0)
  }

  /** By kind of GPU, how many the job gets if it starts at `from`; null where something that it needs is not free for as long as it may run. */
  fits(job: Job, from: number): readonly number[] | null {
    const until = from + durationOf(job)
    if (this.#quotasOf(job).some(({ timeline }) => timeline.take(quotaDemand(job), from, until) === null)) return null
    const amounts = this.#machine.take(this.#machineDemand(job), from, until)
    return amounts && amounts.slice(KINDS)
  }

  /** The first moment at which the job can start; Infinity where none is known. */
  earliest(job: Job): number {
    for (let time = this.now; ; ) {
      const next = Math.max(this.#machine.earliest(this.#machineDemand(job), time, durationOf(job)), this.earliestOfQuotas(job, time))
      if (next === time || next === Infinity) return next
      time = next
    }
  }

  /** The first moment from `from` on at which the job's quotas let it start, whatever the machine has. */
  earliestOfQuotas(job: Job, from = this.now): number {
    for (let time = from; ; ) {
      const next = Math.max(time, ...this.#quotasOf(job).map(({ timeline }) => timeline.earliest(quotaDemand(job), time, durationOf(job))))
      if (next === time || next === Infinity) return next
      time = next
    }
  }

  /** When the machine no longer has what the job needs, if it started now. */
  shortAt(job: Job): number | null {
    return this.#machine.shortAt(this.#machineDemand(job), this.now + durationOf(job))
  }

  /** Gives the job what `fits` found for it. */
  occupy(job: Job, from: number, kinds: readonly number[]): void {
    this.#machine.change([job.cpus, job.memoryBytes, ...kinds], from, from + durationOf(job))
    this.occupyQuotas(job, from)
  }

  occupyQuotas(job: Job, from: number): void {
    for (const { timeline } of this.#quotasOf(job)) timeline.change([job.cpus, job.gpus], from, from + durationOf(job))
  }

  /** Lets a running job end at `from`, or not after all (`times` -1). Its expected end is after that. */
  release(job: Job, from: number, times: 1 | -1 = 1): void {
    const until = expectedEnd(job, this.#policy, this.now)
    const back = times === 1 ? -1 : 1
    this.#machine.change(heldAmounts(job, this.kinds, this.#kindOf), from, until, back)
    for (const { timeline } of this.#quotasOf(job)) timeline.change([job.cpus, job.gpus], from, until, back)
  }

  /** By kind, in order of preference. Requests differ in few ways: a list of those is shorter to go through than a key to make. */
  #suitedTo(job: ResourceRequest): readonly number[] {
    const many = job.gpus > 1
    const known = this.#suited.find((one) => one.many === many && one.memoryBytes === job.gpuMemoryBytes && one.model === job.gpuModel)
    if (known !== undefined) return known.kinds
    const kinds = this.kinds.flatMap((kind, index) => (suits(kind, job) ? [index] : []))
    this.#suited.push({ many, memoryBytes: job.gpuMemoryBytes, model: job.gpuModel, kinds })
    return kinds
  }

  #machineDemand(job: ResourceRequest): Demand {
    const suited = job.gpus > 0 ? this.#suitedTo(job) : []
    return {
      isMet: (least) => {
        if ((least[CPUS] ?? 0) < job.cpus || (least[MEMORY] ?? 0) < job.memoryBytes) return false
        let gpus = 0
        for (const kind of suited) gpus += Math.max(0, least[KINDS + kind] ?? 0)
        return gpus >= job.gpus
      },
      choose: (least) => {
        const amounts = [job.cpus, job.memoryBytes, ...this.kinds.map(() => 0)]
        for (const { kind, count } of chooseKinds(job.gpus, suited, (kind) => least[KINDS + kind] ?? 0)) amounts[KINDS + kind] = count
        return amounts
      },
    }
  }

  #quotasOf(job: Job): readonly QuotaRoom[] {
    const person = this.#quotaRoom('person', job.person)
    const project = this.#quotaRoom('project', job.project)
    if (person === null) return project === null ? NO_QUOTAS : [project]
    return project === null ? [person] : [person, project]
  }

  #quotaRoom(of: 'person' | 'project', name: string): QuotaRoom | null {
    const rooms = of === 'person' ? this.#people : this.#projects
    const known = rooms.get(name)
    if (known !== undefined) return known
    const quota = quotaOf(of === 'person' ? this.#policy.people : this.#policy.projects, name)
    const room = quota.cpus === null && quota.gpus === null ? null : { key: `${of} ${name}`, of, name, quota, timeline: this.#quotaTimeline(of, name, quota) }
    rooms.set(name, room)
    return room
  }

  #quotaTimeline(of: 'person' | 'project', name: string, quota: Quota): Timeline {
    const held = this.#running.filter((job) => job[of] === name)
    const taken = held.map((job) => ({ amounts: [job.cpus, job.gpus], until: expectedEnd(job, this.#policy, this.now) }))
    return Timeline.of(this.now, [quota.cpus ?? Infinity, quota.gpus ?? Infinity], taken)
  }
}

const NO_QUOTAS: readonly QuotaRoom[] = []

function cloneQuotas(rooms: ReadonlyMap<string, QuotaRoom | null>): Map<string, QuotaRoom | null> {
  return new Map([...rooms].map(([name, room]) => [name, room && { ...room, timeline: room.timeline.clone() }]))
}

/** How long a job is going to hold what it gets, as far as one can know; for ever where one cannot. */
export function durationOf({ expectedMs, timeLimitMs }: Job): number {
  return Math.min(expectedMs ?? Infinity, timeLimitMs ?? Infinity)
}

/**
 * When a job that runs is expected to give back what it holds: after its duration, or `unknownMs`. Past that, after as long again as it has run, since
 * running times have long tails (Harchol-Balter and Downey, SIGMETRICS 1996), and at its time limit at the latest. One that was told to end, or
 * is past its limit, needs the grace.
 */
export function expectedEnd(job: Job, policy: Policy, now: number): number {
  const soon = afterGrace(policy, now)
  if (job.state === 'stopping') return soon
  const startedAt = job.startedAt ?? now
  const duration = durationOf(job)
  const end = startedAt + (duration === Infinity ? policy.unknownMs : duration)
  const later = end > now ? end : now + Math.max(1, now - startedAt)
  return job.timeLimitMs === null ? later : Math.max(Math.min(later, startedAt + job.timeLimitMs), soon)
}

/** When a job that is told to end now has gone. */
export function afterGrace({ graceMs }: Policy, now: number): number {
  return now + Math.max(1, graceMs)
}

function quotaDemand(job: ResourceRequest): Demand {
  return {
    isMet: ([cpus = 0, gpus = 0]) => cpus >= job.cpus && gpus >= job.gpus,
    choose: () => [job.cpus, job.gpus],
  }
}

function heldAmounts(job: Job, kinds: readonly GpuKind[], kindOf: ReadonlyMap<string, number>): Amounts {
  const amounts = [job.cpus, job.memoryBytes, ...kinds.map(() => 0)]
  for (const uuid of job.heldGpus) {
    const kind = kindOf.get(uuid)
    if (kind !== undefined) amounts[KINDS + kind] = (amounts[KINDS + kind] ?? 0) + 1
  }
  return amounts
}

/** Who computes on a GPU that a job of ours holds is no reason to count it twice. */
function foreignByKind(machine: Machine, running: readonly Job[], kinds: readonly GpuKind[], kindOf: ReadonlyMap<string, number>): number[] {
  const held = new Set(running.flatMap((job) => job.heldGpus))
  const foreign = kinds.map(() => 0)
  for (const gpu of machine.gpus) {
    const kind = kindOf.get(gpu.uuid)
    if (gpu.foreign && kind !== undefined && !held.has(gpu.uuid)) foreign[kind] = (foreign[kind] ?? 0) + 1
  }
  return foreign
}
