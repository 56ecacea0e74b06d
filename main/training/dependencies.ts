import { realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { RequestError, type RunDetail } from '../../shared/contract/index.ts'
import type { Pipeline, Stage } from '../../shared/graph/pipeline.ts'
import { ContentError, decodeManifest, digestAt, fileManifest, readContentTogether, type FileContent, type ManifestFile, type ReadFiles } from '../content/index.ts'
import type { ParametersReading } from './training-ports.ts'

/** What a stage reads: its content as outs are recorded, and what a snapshot of it would be known by. */
export interface Dependency {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly manifest: string
  /** Of a folder, by path inside it. */
  readonly files: readonly FileContent[]
}

/** What a run reads and none of its stages produces, files of parameters and of variables included, in order of path: snapshots of these are taken before it starts. */
export function readByRun(plan: Pipeline): string[] {
  const parameters = fixedParameters(plan).flatMap(({ params }) => params.map(({ file }) => file))
  return [...new Set([...plan.sources, ...parameters, ...plan.variables.map(({ path }) => path)])].sort()
}

/**
 * The stages with the parameters whose values are known before the run starts: those of files that none of its stages produces. Behind them, under the name of the
 * pipeline's file, the files that it names at its top, which count whole.
 */
export function fixedParameters({ file, stages, edges, declared }: Pick<Pipeline, 'file' | 'stages' | 'edges' | 'declared'>): Pick<Stage, 'name' | 'params'>[] {
  const produced = new Map<string, Set<string>>()
  for (const { to, path } of edges) produced.set(to, (produced.get(to) ?? new Set()).add(path))
  const own = stages.map(({ name, params }) => ({ name, params: params.filter((each) => produced.get(name)?.has(each.file) !== true) }))
  return declared && declared.params.length > 0 ? [...own, { name: file, params: declared.params.map((path) => ({ file: path, keys: [] })) }] : own
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
export async function readDependencies(project: string, stage: Stage, hash: ReadFiles): Promise<Dependency[]> {
  const paths = [...new Set([...stage.deps, ...stage.params.map((params) => params.file)])].sort()
  const dependencies = []
  for (const path of paths) {
    const { sha256, bytes, manifest, files } = await readContentTogether(project, path, hash)
    dependencies.push({ path, sha256, bytes, manifest, files })
  }
  return dependencies
}

type Run = Pick<RunDetail, 'snapshots' | 'stages'>

/**
 * A run is judged by what its ledger entries say that it reads. Throws ContentError `changed` for a dependency that is no longer what the run
 * recorded at its start, or what the stages left that made it or a part of it; `unreadable` where that is not to be told.
 */
export async function refuseChanged(dependencies: readonly Dependency[], { snapshots, stages }: Run, readBlob: (sha256: string) => Promise<Buffer>): Promise<void> {
  const taken = new Map(snapshots.map(({ path, manifest }) => [path, manifest]))
  const outs = stages.flatMap((stage) => stage.outs)
  for (const dependency of dependencies) {
    const { path, manifest } = dependency
    for (const out of outs) await refuseChangedOut(dependency, out, readBlob)
    if (manifest !== (taken.get(path) ?? manifest)) {
      throw new ContentError('changed', `'${path}' changed after the run was started and its snapshot was taken. Run again.`)
    }
  }
}

/** What a stage reads of an out of another, whichever of the two holds the other, must be what that left. */
async function refuseChangedOut(dependency: Dependency, out: { path: string; sha256: string }, readBlob: (sha256: string) => Promise<Buffer>): Promise<void> {
  const outInside = below(dependency.path, out.path)
  if (outInside !== null) {
    const found = outInside === '' ? dependency.sha256 : digestAt(dependency.files, outInside)
    if (found !== out.sha256) throw changedOut(out.path)
    return
  }
  const inside = below(out.path, dependency.path)
  if (inside === null) return
  const left = digestAt(await readLeft(out, readBlob), inside)
  if (left !== dependency.sha256) throw changedOut(dependency.path)
}

/** The files of a folder that a stage left. */
async function readLeft({ path, sha256 }: { path: string; sha256: string }, readBlob: (sha256: string) => Promise<Buffer>): Promise<readonly ManifestFile[]> {
  try {
    return decodeManifest(await readBlob(sha256))
  } catch (error) {
    throw new ContentError('unreadable', `What the stage left at '${path}' cannot be compared: ${error instanceof Error ? error.message : String(error)} Run again.`)
  }
}

function changedOut(path: string): ContentError {
  return new ContentError('changed', `'${path}' changed after the stage that made it ended. Let nothing else write there, and run again.`)
}

/** Where a path lies below a folder of the project: empty for the folder itself, null for what is elsewhere. */
function below(folder: string, path: string): string | null {
  if (folder === path) return ''
  if (folder === '.') return path
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null
}
