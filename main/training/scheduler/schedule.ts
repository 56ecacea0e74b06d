import type { Decision, WaitingReason } from './decision.ts'
import type { GpuKind } from './gpu-kinds.ts'
import { neverFitsAmong } from './never-fits.ts'
import { ranking } from './rank.ts'
import { Refused } from './refused.ts'
import { afterGrace, durationOf, Room } from './room.ts'
import type { Job, Machine, SchedulerState } from './state.ts'
import { preemptible, preemptionFor } from './victims.ts'

/** Jobs for which a start in the future is looked for; without an end, a queue in which none has one would be searched from end to end. */
const LOOKED_FOR = 32

/**
 * Who starts now, who is preempted for whom, and why each of the others waits: a pure function of the state and the clock, the same for any
 * order of the jobs.
 *
 * Jobs are taken by rank. One that fits starts, unless it would still hold, by what it took before or its time limit, what is kept for a job
 * before it; where neither is known it holds what it gets for ever. For the first jobs that do not fit, the earliest time at which they can start is kept
 * free (backfill with reservations: Lifka 1995, Mu'alem and Feitelson 2001); they preempt where that gives them an earlier one. A job that
 * its quota holds back keeps nothing of the machine, and of the quota its turn.
 */
export function schedule(state: SchedulerState, now: number): Decision {
  const { machine, policy, jobs } = state
  const rankOf = ranking(state, now)
  const running = jobs.filter((job) => job.state !== 'ready')
  const making = new Map(Map.groupBy(running.filter((job) => job.state === 'stopping' && job.yieldsTo !== null), (job) => job.yieldsTo ?? ''))

  let room = Room.of(state, now)
  const free = freeGpus(machine, running, room.kinds)
  const start: Decision['start'][number][] = []
  const preempt: Decision['preempt'][number][] = []
  const waiting: Decision['waiting'][number][] = []
  const kept: { job: string; from: number; until: number }[] = []
  /** The first job that waits for a quota, and the first for which some of it is kept, by quota. */
  const turns = new Set<string>()
  const keepers = new Map<string, string>()
  const going = new Set<string>()
  /** Requests that cannot start now, each with the job that comes first; and those that cannot start at any time that is known. */
  const refused = new Refused<string | null>()
  const hopeless = new Refused<true>()
  const gone = afterGrace(policy, now)
  let patient = true
  let looked = 0
  let wake = Infinity

  const wait = (job: Job, reason: WaitingReason): void => {
    waiting.push({ job: job.id, reason })
    if (reason.code === 'backoff') wake = Math.min(wake, reason.until)
    if (reason.code === 'reservation') wake = Math.min(wake, now + policy.reviewMs)
  }

  const keep = (job: Job, from: number): void => {
    kept.push({ job: job.id, from, until: from + durationOf(job) })
    patient &&= now - job.submittedAt <= policy.patienceMs
    keepQuotas(job)
  }
  const keepQuotas = (job: Job): void => {
    for (const key of room.quotaKeys(job)) if (!keepers.has(key)) keepers.set(key, job.id)
  }

  for (const next of inOrder(jobs, rankOf)) {
    const job = patient ? next : { ...next, expectedMs: null }
    if (job.notBefore !== null && job.notBefore > now) {
      wait(job, { code: 'backoff', until: job.notBefore })
      continue
    }
    const problem = neverFitsAmong(job, machine, job.gpus > 0 ? room.countSuited(job) : 0, policy)
    if (problem !== null) {
      wait(job, { code: 'never', problem })
      continue
    }

    const short = room.shortQuota(job)
    if (short !== null) {
      const { key, of, name } = short
      const keeper = keepers.get(key)
      const at = turns.has(key) ? Infinity : room.earliestOfQuotas(job)
      turns.add(key)
      if (at < Infinity) {
        room.occupyQuotas(job, at)
        keepQuotas(job)
      }
      if (short.now) wait(job, { code: 'quota', of, name, resource: short.now.resource, need: job[short.now.resource], limit: short.now.limit, at: known(at) })
      else wait(job, { code: 'reservation', of, for: keeper ?? job.id, at: known(at) })
      continue
    }

    let blocker = refused.find(job)
    if (blocker === undefined) {
      const counts = room.fits(job, now)
      if (counts !== null) {
        room.occupy(job, now, counts)
        start.push({ job: job.id, gpus: counts.flatMap((count, kind) => free[kind]?.splice(0, count) ?? []) })
        continue
      }
      const shortAt = room.shortAt(job)
      blocker = kept.find(({ from, until }) => shortAt !== null && from <= shortAt && shortAt < until)?.job ?? null
      refused.add(job, blocker)
    }
    if (kept.length >= policy.reservations || looked >= LOOKED_FOR || hopeless.find(job)) {
      wait(job, reasonOf(room, job, blocker, null))
      continue
    }

    looked++
    const at = room.earliest(job)
    if (at > gone) {
      const { victims: candidates, exemptUntil } = preemptible(job, running.filter(({ id }) => !going.has(id)), rankOf, policy, now)
      const preemption = candidates.length > 0 ? preemptionFor(job, candidates, room, gone) : null
      if (preemption !== null) {
        room = preemption.room
        refused.clear()
        hopeless.clear()
        keep(job, gone)
        for (const { id } of preemption.victims) {
          going.add(id)
          preempt.push({ job: id, for: job.id })
        }
        wait(job, { code: 'preempting', jobs: preemption.victims.map(({ id }) => id).sort(), at: gone })
        continue
      }
      if (exemptUntil !== null) wake = Math.min(wake, exemptUntil)
    }
    const later = at < Infinity ? room.fits(job, at) : null
    if (later === null) {
      hopeless.add(job, true)
    } else {
      room.occupy(job, at, later)
      keep(job, at)
    }
    const leaving = making.get(job.id)
    wait(job, leaving ? { code: 'preempting', jobs: leaving.map(({ id }) => id).sort(), at: known(at) } : reasonOf(room, job, blocker, known(at)))
  }
  return { start, preempt, waiting, wake: wake === Infinity ? null : wake }
}

/** Why a job does not start: what the machine is short of, else for whose sake. Asked after what is kept for the job itself was taken. */
function reasonOf(room: Room, job: Job, blocker: string | null, at: number | null): WaitingReason {
  return room.shortNow(job, at) ?? { code: 'reservation', of: 'machine', for: blocker ?? job.id, at }
}

/** The ready jobs, by rank, then by who came first. Who was preempted comes after whom it was preempted for. */
function inOrder(jobs: readonly Job[], rankOf: (job: Job) => number): Job[] {
  // Found once each: a queue of 10,000 is sorted by 130,000 comparisons.
  const placed: { job: Job; rank: number; yields: number }[] = []
  let yielding = false
  for (const job of jobs) {
    if (job.state !== 'ready') continue
    placed.push({ job, rank: rankOf(job), yields: 0 })
    yielding ||= job.yieldsTo !== null
  }
  if (yielding) {
    const ready = new Map(placed.map(({ job }) => [job.id, job]))
    for (const place of placed) {
      const before = new Set([place.job.id])
      for (let other = ready.get(place.job.yieldsTo ?? ''); other !== undefined && !before.has(other.id); other = ready.get(other.yieldsTo ?? '')) {
        before.add(other.id)
        place.rank = Math.min(place.rank, rankOf(other))
        place.yields++
      }
    }
  }
  placed.sort((a, b) => b.rank - a.rank || a.yields - b.yields || a.job.submittedAt - b.job.submittedAt || (a.job.id < b.job.id ? -1 : 1))
  return placed.map(({ job }) => job)
}

/** By kind, the UUIDs that nobody holds, in the machine's order. */
function freeGpus(machine: Machine, running: readonly Job[], kinds: readonly GpuKind[]): string[][] {
  const taken = new Set([...running.flatMap((job) => job.heldGpus), ...machine.gpus.filter((gpu) => gpu.foreign).map((gpu) => gpu.uuid)])
  return kinds.map(({ uuids }) => uuids.filter((uuid) => !taken.has(uuid)))
}

function known(time: number): number | null {
  return time === Infinity ? null : time
}
