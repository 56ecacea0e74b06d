import type { RunDetail } from '../../shared/contract/index.ts'
import type { Pipeline, Stage } from '../../shared/graph/pipeline.ts'
import { ContentError, readContent } from './content.ts'

/** What a stage reads: its content as outs are recorded, and what a snapshot of it would be known by. */
export interface Dependency {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly manifest: string
}

/** What a run reads and none of its stages produces, parameter files included, in order of path: snapshots of these are taken before it starts. */
export function readByRun({ stages, sources }: Pipeline): string[] {
  const produced = new Set(stages.flatMap((stage) => stage.outs.map(({ path }) => path)))
  const parameters = stages.flatMap((stage) => stage.params.map(({ file }) => file)).filter((file) => !produced.has(file))
  return [...new Set([...sources, ...parameters])].sort()
}

/** What a stage reads, its parameter files included, in order of path. Throws `ContentError`. */
export async function readDependencies(project: string, stage: Stage): Promise<Dependency[]> {
  const paths = [...new Set([...stage.deps, ...stage.params.map((params) => params.file)])].sort()
  const dependencies = []
  for (const path of paths) {
    const { sha256, bytes, manifest } = await readContent(project, path)
    dependencies.push({ path, sha256, bytes, manifest })
  }
  return dependencies
}

/**
 * A run is judged by what its ledger entries say that it reads. Throws ContentError `changed` for a dependency that is no longer what the run
 * recorded at its start, or what the stage that made it left. A path that only holds an out, or lies in one, has no record of its own to compare.
 */
export function refuseChanged(dependencies: readonly Dependency[], { snapshots, stages }: Pick<RunDetail, 'snapshots' | 'stages'>): void {
  const taken = new Map(snapshots.map(({ path, manifest }) => [path, manifest]))
  const produced = new Map(stages.flatMap(({ outs }) => outs.map(({ path, sha256 }) => [path, sha256])))
  for (const { path, sha256, manifest } of dependencies) {
    if (sha256 !== (produced.get(path) ?? sha256)) {
      throw new ContentError('changed', `'${path}' changed after the stage that made it ended. Let nothing else write there, and run again.`)
    }
    if (manifest !== (taken.get(path) ?? manifest)) {
      throw new ContentError('changed', `'${path}' changed after the run was started and its snapshot was taken. Run again.`)
    }
  }
}
