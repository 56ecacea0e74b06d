import { mayDo, RequestError, type QueueJob, type QueueState } from '../../../shared/contract/index.ts'
import type { Answers } from '../router.ts'
import type { Workplace } from '../workplace.ts'

/** What is not said of a job whose run one may not read. */
const WITHHELD = { run: null, project: null, stage: '', person: '', reason: null } as const

export function answerQueue(workplace: Workplace): Pick<Answers, 'queue.state' | 'queue.setPolicy'> {
  type Holdings = Parameters<typeof mayDo>[0]
  const shown = async (holdings: Holdings): Promise<QueueState> => {
    const { training, people, projects } = workplace.ready()
    const state = await training.queue()
    const readable = new Set(projects.list().map(({ id }) => id).filter((id) => mayDo(holdings, 'run.read') || mayDo(holdings, 'run.read', { project: id })))
    const ofJob = (job: QueueJob): QueueJob => (job.project !== null && readable.has(job.project) ? { ...job, person: people.nameOf(job.person) } : { ...job, ...WITHHELD })
    const seesPeople = mayDo(holdings, 'people.read')
    return {
      ...state,
      jobs: state.jobs.map(ofJob),
      people: seesPeople ? state.people.map((used) => ({ ...used, name: people.nameOf(used.name) })) : [],
      projects: state.projects.filter(({ name }) => [...readable].some((id) => id === name)),
    }
  }
  return {
    'queue.state': (_, call) => shown(call.holdings()),
    'queue.setPolicy': ({ policy, reason }, call) => {
      const { training, people, projects } = workplace.ready()
      const persons = new Set(people.list().map(({ id }) => String(id)))
      const known = new Set(projects.list().map(({ id }) => String(id)))
      checkNames(policy.people, persons, 'person')
      checkNames(policy.projects, known, 'project')
      training.setPolicy(call.actor(), policy, reason)
      return shown(call.holdings())
    },
  }
}

/** A quota for nobody would pass for one that somebody has. */
function checkNames({ quotas, shares }: QueueState['policy']['people'], known: ReadonlySet<string>, what: string): void {
  const stranger = [...Object.keys(quotas), ...Object.keys(shares)].find((name) => !known.has(name))
  if (stranger !== undefined) throw new RequestError('invalid-request', `There is no ${what} '${stranger}'. Name each by its id.`)
}
