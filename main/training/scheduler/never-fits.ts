import { gpuKinds, suits } from './gpu-kinds.ts'
import { quotaOf, type Policy } from './policy.ts'
import type { Job, Machine, ResourceRequest } from './state.ts'

/** Why a job can never run here, however long it waits. */
export type NeverFits =
  | { readonly code: 'cpus' | 'memory'; readonly need: number; readonly has: number }
  /** `has` is the number of GPUs that suit it, `all` that of the machine's. */
  | { readonly code: 'gpus'; readonly need: number; readonly has: number; readonly all: number; readonly model: string | null; readonly memoryBytes: number }
  | { readonly code: 'quota'; readonly of: 'person' | 'project'; readonly name: string; readonly resource: 'cpus' | 'gpus'; readonly need: number; readonly limit: number }

/** For who plans a run: what of a request this machine, or a quota of whoever asks, can never give. GPUs that are in foreign use count as there. */
export function neverFits(job: ResourceRequest & Pick<Job, 'person' | 'project'>, machine: Machine, policy: Policy): NeverFits | null {
  const suited = gpuKinds(machine.gpus).filter((kind) => suits(kind, job))
  return neverFitsAmong(job, machine, suited.reduce((count, { uuids }) => count + uuids.length, 0), policy)
}

/** As `neverFits`, where `suited` of the machine's GPUs suit the request. */
export function neverFitsAmong(job: ResourceRequest & Pick<Job, 'person' | 'project'>, machine: Machine, suited: number, policy: Policy): NeverFits | null {
  if (job.cpus > machine.cpus) return { code: 'cpus', need: job.cpus, has: machine.cpus }
  if (job.memoryBytes > machine.memoryBytes) return { code: 'memory', need: job.memoryBytes, has: machine.memoryBytes }
  if (job.gpus > 0 && job.gpus > suited) {
    return { code: 'gpus', need: job.gpus, has: suited, all: machine.gpus.length, model: job.gpuModel, memoryBytes: job.gpuMemoryBytes }
  }
  for (const side of ['person', 'project'] as const) {
    const quota = quotaOf(side === 'person' ? policy.people : policy.projects, job[side])
    for (const resource of ['cpus', 'gpus'] as const) {
      const limit = quota[resource]
      if (limit !== null && job[resource] > limit) return { code: 'quota', of: side, name: job[side], resource, need: job[resource], limit }
    }
  }
  return null
}
