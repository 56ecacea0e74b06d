import type { RunDetail, StageRun } from '../../../shared/contract/index.ts'
import type { Pipeline } from '../../../shared/graph/pipeline.ts'
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
  const name = asked.find((metric) => stage.metrics[metric] !== undefined) ?? Object.keys(stage.metrics)[0]
  const value = name === undefined ? undefined : stage.metrics[name]
  return name === undefined || value === undefined ? undefined : [name, value]
}

const WIDTH = { least: 128, most: 208, beside: 62, perLetter: 7.2 }

/** One width for all stages: the longest name fits, within limits; beyond them it ends with an ellipsis. */
export function stageWidth(names: readonly string[]): number {
  const longest = Math.max(0, ...names.map((name) => name.length))
  return Math.round(Math.min(WIDTH.most, Math.max(WIDTH.least, WIDTH.beside + longest * WIDTH.perLetter)))
}
