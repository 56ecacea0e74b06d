import { sharesOf, type Terms } from './policy.ts'
import type { Job, SchedulerState } from './state.ts'
import { addUsed, decay, decayedSeconds, scaled, type Used } from './usage.ts'

/**
 * The rank of a job of the state at this moment; highest first: Slurm's multifactor priority (https://slurm.schedmd.com/priority_multifactor.html) with three
 * factors, summed by their weights. The class; the fair share, which is 1 for who used nothing and falls by half for each whole share that
 * was used (https://slurm.schedmd.com/classic_fair_share.html), the mean of the person's and the project's; and the age, which has no upper
 * end, so that whoever waits comes first in the end.
 */
export function ranking({ jobs, machine, usage, policy }: SchedulerState, now: number): (job: Job) => number {
  const factor = decay(now - usage.at, policy.halfLifeMs)
  const [people, projects] = [scaled(usage.people, factor), scaled(usage.projects, factor)]
  // In one order whatever theirs is: sums of fractions depend on it.
  const started = jobs.filter((job) => job.startedAt !== null && job.state !== 'ready').sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const job of started) {
    const seconds = decayedSeconds(job.startedAt ?? now, now, now, policy.halfLifeMs)
    addUsed(people, job.person, job, seconds)
    addUsed(projects, job.project, job, seconds)
  }
  const capacity = policy.halfLifeMs / Math.LN2 / 1000
  const whole = { cpuSeconds: machine.cpus * capacity, gpuSeconds: machine.gpus.length * capacity }
  const personShares = fairShares(people, policy.people, namesOf(jobs, 'person'), whole)
  const projectShares = fairShares(projects, policy.projects, namesOf(jobs, 'project'), whole)
  const { weights, ageMs } = policy
  return ({ person, project, priority, submittedAt }) => {
    const fair = ((personShares.get(person) ?? 1) + (projectShares.get(project) ?? 1)) / 2
    return weights.priority * priority + weights.fairShare * fair + (weights.age * Math.max(0, now - submittedAt)) / ageMs
  }
}

/**
 * The fair-share factor by name, 2^(-used / share). What was used is a part of what the whole machine can do in a half-life and before
 * (`whole`), of CPUs or of GPUs, whichever is more; the share is a part of those of everyone who uses the machine or wants to.
 */
function fairShares(used: ReadonlyMap<string, Used>, terms: Terms, wanting: ReadonlySet<string>, whole: Used): Map<string, number> {
  const names = [...new Set([...used.keys(), ...wanting])].sort()
  const total = names.reduce((sum, name) => sum + sharesOf(terms, name), 0)
  return new Map(
    names.map((name) => {
      const { cpuSeconds, gpuSeconds } = used.get(name) ?? { cpuSeconds: 0, gpuSeconds: 0 }
      const part = Math.max(partOf(cpuSeconds, whole.cpuSeconds), partOf(gpuSeconds, whole.gpuSeconds))
      const share = partOf(sharesOf(terms, name), total)
      return [name, part === 0 ? 1 : share === 0 ? 0 : 2 ** (-part / share)]
    }),
  )
}

function namesOf(jobs: readonly Job[], of: 'person' | 'project'): Set<string> {
  const names = new Set<string>()
  for (const job of jobs) names.add(job[of])
  return names
}

function partOf(amount: number, whole: number): number {
  return whole > 0 ? amount / whole : 0
}
