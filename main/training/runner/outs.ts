import { lstat, mkdir, readdir, realpath, rm } from 'node:fs/promises'
import { dirname, extname, join, resolve } from 'node:path'
import { ContentError, FileCrew, FileHasher, isInside, readContentTogether, type ReadFiles } from '../../content/index.ts'
import type { AttemptResult, AttemptSpec } from './attempt-folder.ts'

/** Where a stage keeps its checkpoints, absolute, and whether there is one to go on from. */
export interface CheckpointFolder {
  readonly folder: string
  readonly resume: boolean
}

/**
 * Makes room for what a stage produces, as DVC does: its outs are deleted unless `persist`, and their parent folders exist. Its checkpoint folder is
 * emptied too, unless a `persist` out is in it or around it, or the attempt resumes: then it stays as it is, with the outs around it. Throws `ContentError` for a path
 * that is, or by a symlink leads, outside the project: nothing is deleted there.
 */
export async function prepareOuts(spec: AttemptSpec): Promise<CheckpointFolder | null> {
  const root = await realpath(spec.project)
  const target = async (what: string, shown: string): Promise<string> => {
    const path = resolve(root, shown)
    if (path === root || !isInside(root, path)) throw new ContentError('outside', `The ${what} '${shown}' is not inside the project.`)
    await checkParent(root, path, `${what} '${shown}'`)
    return path
  }
  const outs: { path: string; persist: boolean }[] = []
  for (const out of spec.outs) outs.push({ path: await target('out', out.path), persist: out.persist })
  const folder = spec.checkpoint ? await target('checkpoint folder', spec.checkpoint.path) : null
  const resume = folder !== null && spec.resume === true && (await holdsSomething(folder))
  const persists = folder !== null && outs.some(({ path, persist }) => persist && (isInside(path, folder) || isInside(folder, path)))
  if (folder !== null && !resume && !persists) await rm(folder, { recursive: true, force: true })
  for (const { path, persist } of outs) {
    if (!persist && !(resume && isInside(path, folder))) await rm(path, { recursive: true, force: true })
    await mkdir(dirname(path), { recursive: true })
  }
  if (folder === null) return null
  await mkdir(folder, { recursive: true })
  return { folder, resume }
}

async function holdsSomething(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length > 0
  } catch {
    return false
  }
}

/** The nearest parent folder that exists must really lie inside the project. */
async function checkParent(root: string, path: string, shown: string): Promise<void> {
  let parent = dirname(path)
  while (!(await exists(parent))) parent = dirname(parent)
  const real = await realpath(parent)
  if (!isInside(root, real)) throw new ContentError('outside', `The ${shown} leads outside the project, to '${real}'.`)
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch {
    return false
  }
}

/** What of an attempt says what it leaves. */
interface Leaving {
  readonly project: string
  readonly outs: readonly Pick<AttemptSpec['outs'][number], 'path' | 'kind'>[]
  readonly evidence: readonly AttemptSpec['evidence'][number][]
}

/**
 * Digests of all outs and evidence files after the stage; throws one `ContentError` that names everything that is missing, or all evidence that is empty.
 *
 * @param hash how digests of files are found; unless told, all are read, on all cores. The runner remembers none: what it reads was just written.
 */
export async function digestOuts(spec: Leaving, hash?: ReadFiles): Promise<Pick<AttemptResult, 'outs' | 'evidence'>> {
  if (hash) return digestAll(spec, hash)
  const crew = new FileCrew(threadProgram())
  const hasher = new FileHasher(crew, { memory: null })
  try {
    return await digestAll(spec, (paths) => hasher.hash(paths))
  } finally {
    await crew.close()
  }
}

/** Beside the program of this process, as it is installed. */
function threadProgram(): string {
  return extname(import.meta.filename) === '.ts' ? join(import.meta.dirname, '..', '..', 'content', 'file-thread.ts') : join(dirname(process.argv[1] ?? ''), 'file-thread.js')
}

async function digestAll(spec: Leaving, hash: ReadFiles): Promise<Pick<AttemptResult, 'outs' | 'evidence'>> {
  const missing: string[] = []
  const empty: string[] = []
  const read = async (path: string): Promise<{ sha256: string; bytes: number } | null> => {
    try {
      return await readContentTogether(spec.project, path, hash)
    } catch (error) {
      if (!(error instanceof ContentError) || error.code !== 'missing') throw error
      missing.push(path)
      return null
    }
  }
  const outs: AttemptResult['outs'] = []
  for (const { path, kind } of spec.outs) {
    const content = await read(path)
    if (content) outs.push({ path, kind, sha256: content.sha256, bytes: content.bytes })
  }
  const evidence: AttemptResult['evidence'] = []
  for (const { path, kind } of spec.evidence) {
    const known = outs.find((out) => out.path === path) ?? (await read(path))
    if (known?.bytes === 0) empty.push(path)
    if (known) evidence.push({ kind, path, sha256: known.sha256 })
  }
  if (missing.length > 0) {
    throw new ContentError('missing', `The stage ended without producing ${namesOf(missing)}. Correct its command, or what dvc.yaml says of it.`)
  }
  if (empty.length > 0) {
    const what = empty.length === 1 ? 'is empty, and an empty file is' : 'are empty, and empty files are'
    throw new ContentError('empty', `${namesOf(empty)} ${what} evidence of nothing. Let the stage write it, or take it out of 'evidence' in dvc.yaml.`)
  }
  return { outs, evidence }
}

function namesOf(paths: readonly string[]): string {
  return [...new Set(paths)].map((path) => `'${path}'`).join(', ')
}

/** The working folder of the commands, inside the project. */
export async function workingFolder(spec: AttemptSpec): Promise<string> {
  const root = await realpath(spec.project)
  const folder = await realpath(join(root, spec.wdir)).catch(() => null)
  if (folder === null) throw new ContentError('missing', `The working folder '${spec.wdir}' does not exist.`)
  if (isInside(root, folder)) return folder
  throw new ContentError('outside', `The working folder '${spec.wdir}' leads outside the project, to '${folder}'.`)
}
