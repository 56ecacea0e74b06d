import { isCode } from '../../../shared/graph/code-files.ts'
import type { Pipeline, Stage } from '../../../shared/graph/pipeline.ts'

/** Ids on the canvas: stages and sources may have the same name. */
export const stageId = (name: string) => `stage ${name}`
export const sourceId = (path: string) => `source ${path}`

export interface SourceNode {
  readonly path: string
  /** Stages that read it, or read something in it. */
  readonly readers: readonly string[]
}

/** What the pipeline reads that no stage produces and that is no code, with who reads it. */
export function dataSources(pipeline: Pick<Pipeline, 'sources' | 'stages'>): SourceNode[] {
  const readers = new Map(pipeline.sources.filter((path) => !isCode(path)).map((path): [string, string[]] => [path, []]))
  for (const { name, deps } of pipeline.stages) for (const path of deps) readers.get(path)?.push(name)
  return [...readers].map(([path, names]) => ({ path, readers: names }))
}

/** How many of a stage's dependencies are code. */
export function countCode(stage: Pick<Stage, 'deps'>): number {
  return stage.deps.filter(isCode).length
}
