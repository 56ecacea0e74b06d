import { realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { RequestError, type RunDetail } from '../../shared/contract/index.ts'
import type { Pipeline, Stage } from '../../shared/graph/pipeline.ts'
import { ContentError, fileManifest, readContent } from './content.ts'
import type { ParametersReading } from './training-ports.ts'

/** What a stage reads: its content as outs are recorded, and what a snapshot of it would be known by. */
export interface Dependency {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly manifest: string
}

/** What a run reads and none of its stages produces, parameter files included, in order of path: snapshots of these are taken before it starts. */
export function readByRun(plan: Pipeline): string[] {
  const parameters = fixedParameters(plan).flatMap(({ params }) => params.map(({ file }) => file))
  return [...new Set([...plan.sources, ...parameters])].sort()
}

/** The stages with the parameters whose values are known before the run starts: those of files that none of its stages produces. */
export function fixedParameters({ stages, edges }: Pipeline): Pick<Stage, 'name' | 'params'>[] {
  return stages.map(({ name, params }) => {
    const produced = new Set(edges.filter(({ to }) => to === name).map(({ path }) => path))
    return { name, params: params.filter(({ file }) => !produced.has(file)) }
  })
}

/**
 * The values that a run records must be those of the files that it records. Throws RequestError `conflict` for a file that changed between
 * the reading of its parameters and its snapshot.
 */
export async function refuseChangedParameters(project: string, files: ParametersReading['files'], snapshots: readonly { path: string; manifest: string }[]): Promise<void> {
  const taken = new Map(snapshots.map(({ path, manifest }) => [path, manifest]))
  for (const { path, bytes, sha256 } of files) {
    // A snapshot holds a file by the name that it has where a link leads.
    const name = basename(await realpath(join(project, path)))
    if (taken.get(path) === fileManifest(name, { bytes, sha256 })) continue
    throw new RequestError('conflict', `${path} changed while the run was being started. Start it again.`)
  }
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
