import type { WaitingReason } from './decision.ts'
import type { NeverFits } from './never-fits.ts'

/** Why a job waits, for a person. `nameOf` says which stage of which run a job is. */
export function waitingSentence(reason: WaitingReason, nameOf: (job: string) => string): string {
  switch (reason.code) {
    case 'backoff':
      return `It is tried again at ${clock(reason.until)}.`
    case 'never':
      return `It cannot run here any more: it ${neverSentence(reason.problem)}`
    case 'quota':
      return `It waits until the ${reason.of} ${reason.name} holds fewer ${unit(reason.resource, 2)}: it needs ${amount(reason.resource, reason.need)} and the quota is ${reason.limit}.${expected(reason.at)}`
    case 'gpus': {
      const foreign = reason.foreign > 0 ? ` ${reason.foreign === 1 ? 'One is' : `${reason.foreign} are`} used by a process that Strongroom did not start.` : ''
      return `It waits for ${amount('gpus', reason.need)}: of those that suit it ${reason.free} ${reason.free === 1 ? 'is' : 'are'} free.${foreign}${expected(reason.at)}`
    }
    case 'cpus':
    case 'memory':
      return `It waits for ${amount(reason.code, reason.need)}: ${reason.code === 'memory' ? `${gibibytes(reason.free)} is` : `${reason.free} ${reason.free === 1 ? 'is' : 'are'}`} free.${expected(reason.at)}`
    case 'reservation':
      return `It waits because it would delay ${nameOf(reason.for)}, which comes first.${expected(reason.at)}`
    case 'preempting':
      return `It starts when ${reason.jobs.map(nameOf).join(', ')} ${reason.jobs.length === 1 ? 'has' : 'have'} made way.`
  }
}

/** What is wrong with a request and what to do about it; the subject, such as a stage's name, goes before it. */
export function neverSentence(problem: NeverFits): string {
  switch (problem.code) {
    case 'cpus':
    case 'memory': {
      const has = problem.code === 'memory' ? gibibytes(problem.has) : String(problem.has)
      return `asks for ${problem.code === 'memory' ? `${gibibytes(problem.need)} of memory` : amount('cpus', problem.need)} and this machine has ${has}. Lower meta.strongroom.resources.${problem.code}.`
    }
    case 'gpus': {
      const model = problem.model === null ? '' : ` of model '${problem.model}'`
      const memory = problem.memoryBytes === 0 ? '' : ` with ${gibibytes(problem.memoryBytes)} each`
      const has = problem.all === 0 ? 'this machine has none' : `of the ${problem.all} of this machine ${problem.has} ${problem.has === 1 ? 'suits' : 'suit'}`
      const knobs = [...(problem.has > 0 ? ['gpus'] : []), ...(model ? ['gpu_model'] : []), ...(memory ? ['gpu_memory'] : [])]
      const change = problem.all === 0 ? 'Run it where there are GPUs, or leave meta.strongroom.resources.gpus away.' : `Change meta.strongroom.resources.${knobs.join(' or ') || 'gpus'}.`
      return `asks for ${amount('gpus', problem.need)}${model}${memory} and ${has}. ${change}`
    }
    case 'quota':
      return `asks for ${amount(problem.resource, problem.need)} and the ${problem.of} ${problem.name} may hold ${problem.limit} at once. Lower meta.strongroom.resources.${problem.resource}, or have the quota raised.`
  }
}

function amount(resource: 'cpus' | 'gpus' | 'memory', count: number): string {
  return resource === 'memory' ? `${gibibytes(count)} of memory` : `${count} ${unit(resource, count)}`
}

function unit(resource: 'cpus' | 'gpus', count: number): string {
  return `${resource === 'cpus' ? 'CPU' : 'GPU'}${count === 1 ? '' : 's'}`
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`
}

function expected(at: number | null): string {
  return at === null ? '' : ` Expected by ${clock(at)}.`
}

/** UTC, to the minute: a queue knows no more. */
function clock(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
