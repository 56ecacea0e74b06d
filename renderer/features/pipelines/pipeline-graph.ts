import type { RunDetail, StageRun } from '../../../shared/contract/index.ts'
import type { Pipeline, Stage } from '../../../shared/graph/pipeline.ts'
import { mergeEdges, type CanvasEdge } from '../../canvas/index.ts'
import { dataSources, sourceId, stageId } from './graph-sources.ts'

/** What the latest run knows of each stage, by name. */
export function stagesOf(run: RunDetail | null): ReadonlyMap<string, StageRun> {
  return new Map(run?.stages.map((stage) => [stage.stage, stage]))
}

/** The edges of the canvas: between stages, and from data to who reads it. Those into a running stage are live. */
export function pipelineEdges(pipeline: Pipeline, run: RunDetail | null): CanvasEdge[] {
  const states = stagesOf(run)
  const look = (to: string): CanvasEdge['look'] => (states.get(to)?.state === 'running' ? 'live' : undefined)
  const between = mergeEdges(pipeline.edges).map(({ from, to }) => ({ from: stageId(from), to: stageId(to), look: look(to) }))
  const fromData = dataSources(pipeline).flatMap(({ path, readers }) => readers.map((to) => ({ from: sourceId(path), to: stageId(to), look: look(to) })))
  return [...fromData, ...between]
}

/**
 * The metric that stands on a stage: of those that a gate of the pipeline asks for, the first that the stage has recorded; else its first.
 */
export function keyMetric(pipeline: Pipeline, stage: StageRun | undefined): readonly [name: string, value: string] | undefined {
  if (!stage) return undefined
  const gates = pipeline.stages.flatMap(({ meta }) => [meta.gates?.production, meta.gates?.staging])
  const asked = gates.flatMap((gate) => gate?.metrics.map(({ name }) => name) ?? [])
  const name = asked.find((metric) => Object.hasOwn(stage.metrics, metric)) ?? Object.keys(stage.metrics)[0]
  const value = name === undefined ? undefined : stage.metrics[name]
  return name === undefined || value === undefined ? undefined : [name, value]
}

/** What a stage is evidence of, in one line: the first kind, and how many more. Null when it is of none. */
export function evidenceLine({ meta }: Pick<Stage, 'meta'>): { readonly text: string; readonly more: string; readonly all: string } | null {
  const [first, ...rest] = new Set(meta.evidence.map(({ kind }) => kind))
  if (first === undefined) return null
  return { text: first, more: rest.length === 0 ? '' : `+${rest.length}`, all: [first, ...rest].join(', ') }
}

/** Of nodes, in px: what stands beside a text, and a letter of it. File names have more narrow letters than the names of stages. */
const WIDTH = { least: 128, most: 208, besideName: 62, nameLetter: 7.2, besideLine: 30, lineLetter: 5.5, besideFile: 40, fileLetter: 6.4 }

const within = (wanted: readonly number[]) => Math.ceil(Math.min(WIDTH.most, Math.max(WIDTH.least, ...wanted)))

/** One width for all stages: the longest name and the longest kind of evidence fit, within limits; beyond them they end with an ellipsis. */
export function stageWidth(stages: readonly Pick<Stage, 'name' | 'meta'>[]): number {
  const names = stages.map(({ name }) => WIDTH.besideName + name.length * WIDTH.nameLetter)
  const lines = stages.map((stage) => {
    const { text, more } = evidenceLine(stage) ?? { text: '', more: '' }
    return WIDTH.besideLine + (text.length + more.length) * WIDTH.lineLetter
  })
  return within([...names, ...lines])
}

/** One width for all data, by the longest file name. */
export function sourceWidth(paths: readonly string[]): number {
  return within(paths.map((path) => WIDTH.besideFile + (path.length - path.lastIndexOf('/') - 1) * WIDTH.fileLetter))
}
