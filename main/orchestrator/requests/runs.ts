import { mayDo, RequestError, rolesWith, type ProjectId, type RunSummary } from '../../../shared/contract/index.ts'
import { readPipeline } from '../../pipelines/index.ts'
import { invalidPipeline } from '../invalid-pipeline.ts'
import type { Answers } from '../router.ts'
import type { Workplace } from '../workplace.ts'

type RunMethods = 'runs.list' | 'runs.get' | 'runs.start' | 'runs.status' | 'runs.prioritise' | 'runs.cancel' | 'runs.terminal' | 'runs.metrics' | 'runs.proveMetric' | 'runs.samples'

export function answerRuns(workplace: Workplace): Pick<Answers, RunMethods> {
  /** Runs know who started them by id; people are shown by name. */
  const named = <T extends RunSummary>(run: T): T => ({ ...run, startedBy: workplace.ready().people.nameOf(run.startedBy) })
  const pipelineOf = async (id: ProjectId) => {
    const { projects, evidence, roles } = workplace.ready()
    const folder = projects.presentFolder(id)
    const read = await readPipeline(folder, (citation) => evidence.knowsObligation(citation), roles.list().map(({ role }) => role))
    if (!read.ok) throw invalidPipeline(read.problems)
    return { project: { id, folder }, pipeline: read.pipeline }
  }
  return {
    'runs.list': ({ project, limit }, call) => {
      const { projects, training } = workplace.ready()
      const holdings = call.holdings()
      if (mayDo(holdings, 'run.read')) return training.runs({ project, limit }).map(named)
      const readable = projects.list().filter(({ id }) => mayDo(holdings, 'run.read', { project: id }) && (project === undefined || id === project))
      const found = readable.flatMap(({ id }) => training.runs({ project: id, limit }))
      return found.sort((a, b) => b.id - a.id).slice(0, limit).map(named)
    },
    'runs.get': ({ run }) => named(workplace.ready().training.run(run)),
    'runs.start': async ({ project: id, targets, force, priority }, call) => {
      const { training } = workplace.ready()
      refusePushing(call.holdings(), priority)
      const run = await training.start(call.actor(), { ...(await pipelineOf(id)), targets, force, priority })
      workplace.emit({ type: 'datasets.changed', project: id })
      return named(training.run(run))
    },
    'runs.status': async ({ project: id, targets }) => {
      const { project, pipeline } = await pipelineOf(id)
      return workplace.ready().training.status(project, pipeline, targets)
    },
    'runs.prioritise': ({ run, priority }, call) => {
      const { training } = workplace.ready()
      refusePushing(call.holdings(), priority)
      training.prioritise(call.actor(), run, priority)
      return named(training.summary(run))
    },
    'runs.cancel': async ({ run }, call) => {
      const { training } = workplace.ready()
      await training.cancel(call.actor(), run)
      return named(training.run(run))
    },
    'runs.terminal': ({ run, stage, attempt, offset }) => workplace.ready().training.terminal({ run, stage, attempt, offset }),
    'runs.metrics': ({ run, after, limit }) => workplace.ready().training.metricPoints({ run, after, limit }),
    'runs.proveMetric': (wanted) => workplace.ready().training.proveMetric(wanted),
    'runs.samples': ({ run, stage, attempt }) => workplace.ready().training.samples({ run, stage, attempt }),
  }
}

/** Anybody may let their run wait for others; to go before them is for who manages the machine. */
function refusePushing(holdings: Parameters<typeof mayDo>[0], priority: number): void {
  if (priority <= 0 || mayDo(holdings, 'machine.manage')) return
  throw new RequestError('not-permitted', `A priority above 0 lets a run go before those of others: that takes ${rolesWith('machine.manage')}. Start it with 0 or less, and ask one of them.`)
}
