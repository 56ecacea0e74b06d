import { RequestError, type DetailOf } from '../../shared/contract/index.ts'
import { expiryDays, type Gate, type Pipeline, type Stage, type StageMeta } from '../../shared/graph/pipeline.ts'
import { selectStages } from '../../shared/graph/selection.ts'

/**
 * The part of a pipeline that a run executes: the targets and everything that they need (all stages without targets), less what is
 * frozen. `sources` are the dependencies that none of these stages produces. Throws RequestError where that is nothing, where a target
 * does not exist (the name of a `foreach` or `matrix` means all its stages).
 */
export function planRun(pipeline: Pipeline, targets: readonly string[] | undefined): Pipeline {
  const selection = selectStages(pipeline, targets)
  if ('unknown' in selection) {
    throw new RequestError('not-found', `${pipeline.file} has no stage '${selection.unknown}'. Its stages are ${pipeline.stages.map(({ name }) => name).join(', ')}.`)
  }
  const wanted = new Set(selection.stages.map(({ name }) => name))
  const stages = pipeline.stages.filter(({ name }) => wanted.has(name))
  if (stages.length === 0) throw new RequestError('invalid-pipeline', `There is nothing to run: every stage of ${pipeline.file} is frozen.`)
  const edges = pipeline.edges.filter((edge) => wanted.has(edge.from) && wanted.has(edge.to))
  const produced = new Set(edges.map(({ to, path }) => JSON.stringify([to, path])))
  const sources = new Set(stages.flatMap((stage) => stage.deps.filter((dep) => !produced.has(JSON.stringify([stage.name, dep])))))
  return { ...pipeline, stages, edges, sources: [...sources].sort() }
}

type RunGates = DetailOf<'run.started'>['gates']

/** The gates that the run's models will be judged by, as the ledger records them before anything runs. */
export function plannedGates(stages: readonly Stage[]): RunGates {
  return stages.flatMap(({ meta }) => (meta.register ? [{ model: meta.register.model, gates: fixGates(meta) }] : []))
}

/** The gates of a stage in the form in which a run's start fixes them. */
function fixGates({ gates }: StageMeta): RunGates[number]['gates'] {
  return (['staging', 'production'] as const).flatMap((to) => {
    const gate = gates?.[to]
    return gate ? [fixGate(to, gate)] : []
  })
}

/** A gate with nothing but metrics and a number of people is fixed as it always was. */
export function fixGate(to: 'staging' | 'production', gate: Gate): RunGates[number]['gates'][number] {
  const { policy, roles = {}, evidence = [], tests = [], expires = {}, rollback } = gate
  const fixed = { to, conditions: conditionsOf(gate), approvals: Math.max(gate.approvals, sumOf(roles)) }
  const isPlain = !policy && !rollback && sumOf(roles) === 0 && evidence.length === 0 && tests.length === 0 && Object.keys(expires).length === 0
  if (isPlain) return fixed
  const days = (text: string | undefined) => (text === undefined ? 0 : expiryDays(text))
  return {
    ...fixed,
    policy: {
      path: policy?.path ?? '',
      sha256: policy?.sha256 ?? '',
      evidence: [...new Set(evidence)],
      tests: [...new Set(tests)],
      roles: { ...roles },
      expires: { approvals: days(expires.approvals), evidence: days(expires.evidence), production: days(expires.production) },
      ...(rollback ? { rollback: { approvals: Math.max(rollback.approvals, sumOf(rollback.roles ?? {})), roles: { ...rollback.roles } } } : {}),
    },
  }
}

function sumOf(roles: Readonly<Record<string, number>>): number {
  return Object.values(roles).reduce((sum, count) => sum + count, 0)
}

/** The files that say gates of these stages, each once. */
export function gateFiles(stages: readonly Stage[]): { path: string; sha256: string }[] {
  const files = stages.flatMap(({ meta }) => [meta.gates?.staging?.policy, meta.gates?.production?.policy]).filter((file) => file !== undefined)
  return [...new Map(files.map((file) => [file.path, file])).values()]
}

function conditionsOf(gate: Gate): RunGates[number]['gates'][number]['conditions'] {
  return gate.metrics.flatMap(({ name, min, max }) => [
    ...(min === undefined ? [] : [{ metric: name, bound: 'min' as const, threshold: min }]),
    ...(max === undefined ? [] : [{ metric: name, bound: 'max' as const, threshold: max }]),
  ])
}
