import { RequestError, type RunSummary } from '../../../shared/contract/index.ts'
import { parameterText, readParameters, readPipeline } from '../../pipelines/index.ts'
import type { Pipeline, PipelineProblem } from '../../../shared/graph/pipeline.ts'
import type { Answers } from '../router.ts'
import type { Workplace } from '../workplace.ts'

type RunMethods = 'runs.list' | 'runs.get' | 'runs.start' | 'runs.cancel' | 'runs.terminal' | 'runs.metrics' | 'runs.samples'

export function answerRuns(workplace: Workplace): Pick<Answers, RunMethods> {
  /** Runs know who started them by id; people are shown by name. */
  const named = <T extends RunSummary>(run: T): T => ({ ...run, startedBy: workplace.ready().people.nameOf(run.startedBy) })
  return {
    'runs.list': ({ project, limit }) => workplace.ready().training.runs({ project, limit }).map(named),
    'runs.get': ({ run }) => named(workplace.ready().training.run(run)),
    'runs.start': async ({ project: id }, call) => {
      const { projects, training, evidence } = workplace.ready()
      const project = projects.get(id)
      const read = await readPipeline(project.folder, (citation) => evidence.knowsObligation(citation))
      if (!read.ok) throw invalidPipeline(read.problems)
      const parameters = await readAllParameters(project.folder, read.pipeline)
      const run = await training.start(call.actor(), { project: { id, folder: project.folder }, pipeline: read.pipeline, parameters })
      workplace.emit({ type: 'datasets.changed', project: id })
      return named(training.run(run))
    },
    'runs.cancel': async ({ run }, call) => {
      const { training } = workplace.ready()
      await training.cancel(call.actor(), run)
      return named(training.run(run))
    },
    'runs.terminal': ({ run, stage, attempt, offset }) => workplace.ready().training.terminal({ run, stage, attempt, offset }),
    'runs.metrics': ({ run, after, limit }) => workplace.ready().training.metricPoints({ run, after, limit }),
    'runs.samples': ({ run, stage, attempt }) => workplace.ready().training.samples({ run, stage, attempt }),
  }
}

/** The parameters of every stage by name, as the ledger records them. Throws `invalid-pipeline` with all that is wrong. */
async function readAllParameters(folder: string, pipeline: Pipeline): Promise<Record<string, string>> {
  const parameters: Record<string, string> = {}
  const problems: PipelineProblem[] = []
  for (const stage of pipeline.stages) {
    const read = await readParameters(folder, stage)
    if (!read.ok) problems.push(...read.problems)
    else for (const [name, value] of Object.entries(read.value)) parameters[name] = parameterText(value)
  }
  if (problems.length > 0) throw invalidPipeline(problems)
  return parameters
}

function invalidPipeline(found: readonly PipelineProblem[]): RequestError {
  const problems = found.map(({ code, message, file, line, column }) => ({ code, message, file, line, column }))
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new RequestError('invalid-pipeline', first ? `${first.file}:${first.line}:${first.column}: ${first.message}${more}` : 'The pipeline is not valid.', problems)
}
