import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, copyFile, link, lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, posix, resolve } from 'node:path'
import { ContentError, hashFile, isInside, nearestReal, readContent, readContentTogether, type FileContent, type ReadFiles } from './content.ts'
import { readManifest, type KeptContent, type ManifestFile } from './manifest.ts'

/** What a path held, as an out is recorded: `sha256` of a file, or of a folder's manifest; `bytes` of the file, or of all of the folder's files. */
export interface RecordedContent {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
}

export interface RestoreControl {
  readonly signal?: AbortSignal
  /** How the digests of files that are there already are found (`FileHasher.hash`); they are read one by one unless told. What is copied is always read. */
  readonly read?: ReadFiles
}

/** How many files were copied out of the store; the others were there. */
export interface Restored {
  readonly kind: 'file' | 'folder'
  readonly copied: number
}

/**
 * Puts what a path of a project held back there. It appears whole or not at all: everything is copied under a temporary name beside it, each
 * file read back and compared with its digest, before it takes the place of what stands there, which is left alone where it is the same.
 * In a folder that differs, files that are the same keep their place on the disk, and those that were not recorded are gone.
 *
 * Copies share blocks with the store where the file system can do that (btrfs, XFS). They are never links: a stage that opens its out to write, or the
 * owner who makes a link to a read-only blob writable, would write into the store. Manifests know neither modes nor empty folders: files come back as new
 * ones are made, not executable. Nothing is made durable, as little as what a stage writes; who reads it looks at its digest.
 *
 * Throws `ContentError`: `outside` where the path, or a link on its way, leads out of the project; `lost` where the store has no longer what was recorded; and
 * the file system's errors, and the signal's reason. What stood at the path stands there then.
 */
export async function restoreContent(kept: KeptContent, project: string, recorded: RecordedContent, { signal, read }: RestoreControl = {}): Promise<Restored> {
  const root = await realpath(project)
  const files = await filesOf(kept, recorded)
  const kind = files ? 'folder' : 'file'
  const target = await placeOf(root, recorded.path)
  const found = await whatStandsAt(root, recorded.path, read)
  if (found?.sha256 === recorded.sha256) return { kind, copied: 0 }

  await removeLeftovers(target)
  const temporary = leftoverName(target, 'new')
  try {
    signal?.throwIfAborted()
    const copied = files ? await makeFolder(kept, files, { from: target, to: temporary, found: found?.files ?? [] }, signal) : await makeFile(kept, recorded, temporary, signal)
    signal?.throwIfAborted()
    await putInPlace(temporary, target)
    return { kind, copied }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
}

/** The files of what was a folder; undefined for what was a file. */
async function filesOf(kept: KeptContent, recorded: RecordedContent): Promise<readonly ManifestFile[] | undefined> {
  try {
    return await readManifest(kept, recorded)
  } catch (error) {
    throw lost(recorded.path, error)
  }
}

/** Where a path of the project really lies, its parent folders made. */
async function placeOf(root: string, path: string): Promise<string> {
  const target = resolve(root, path)
  const outside = (): ContentError => new ContentError('outside', `'${path}' is not inside the project.`)
  if (target === root || !isInside(root, target)) throw outside()
  const parent = dirname(target)
  // Before anything is made: no folder is made where a link leads out.
  if (!isInside(root, nearestReal(parent))) throw outside()
  await mkdir(parent, { recursive: true })
  const real = await realpath(parent)
  if (!isInside(root, real)) throw outside()
  return join(real, basename(target))
}

/** What the path holds now; undefined for nothing, and for what cannot be a recorded content. */
async function whatStandsAt(root: string, path: string, read: ReadFiles | undefined): Promise<{ sha256: string; files: readonly FileContent[] } | undefined> {
  try {
    return read ? await readContentTogether(root, path, read) : await readContent(root, path)
  } catch {
    return undefined
  }
}

async function makeFile(kept: KeptContent, { path, sha256 }: { path: string; sha256: string }, to: string, signal: AbortSignal | undefined): Promise<number> {
  await copyChecked(kept.pathOf(sha256), sha256, to, path, signal)
  return 1
}

/** Makes the folder anew, of the files of the old one that are the same and of copies. Answers how many were copied. */
async function makeFolder(kept: KeptContent, files: readonly ManifestFile[], { from, to, found }: { from: string; to: string; found: readonly FileContent[] }, signal: AbortSignal | undefined): Promise<number> {
  const same = new Map(found.map(({ path, sha256 }) => [path, sha256]))
  const made = new Set<string>([to])
  let copied = 0
  await mkdir(to)
  for (const { path, sha256 } of files) {
    signal?.throwIfAborted()
    if (!isPlain(path)) throw new ContentError('outside', `'${path}' in the folder that is to be restored leads out of it.`)
    const place = join(to, path)
    if (!made.has(dirname(place))) await mkdir(dirname(place), { recursive: true })
    made.add(dirname(place))
    if (same.get(path) === sha256 && (await keepFile(join(from, path), place))) continue
    await copyChecked(kept.pathOf(sha256), sha256, place, path, signal)
    copied++
  }
  return copied
}

/** Whether a path names something below a folder, in one way only. */
function isPlain(path: string): boolean {
  return path !== '' && path !== '.' && !posix.isAbsolute(path) && posix.normalize(path) === path && !path.split('/').includes('..')
}

/** Gives a file of the old folder its place in the new one. False where it is a link, or its file system knows no second names: it is copied then. */
async function keepFile(old: string, place: string): Promise<boolean> {
  try {
    if (!(await lstat(old)).isFile()) return false
    await link(old, place)
    return true
  } catch {
    return false
  }
}

/** The copy is what is hashed, not what it was made from: it is what a stage will read. */
async function copyChecked(blob: string, sha256: string, to: string, shown: string, signal: AbortSignal | undefined): Promise<void> {
  // Made first, for the mode that this process gives a new file: a copy has that of the blob, which is read-only.
  const file = await open(to, 'wx', 0o666)
  const { mode } = await file.stat()
  await file.close()
  try {
    await copyFile(blob, to, constants.COPYFILE_FICLONE)
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? lost(shown, error) : error
  }
  await chmod(to, mode & 0o777)
  if ((await hashFile(to, signal)).sha256 !== sha256) throw lost(shown)
}

function lost(path: string, cause?: unknown): ContentError {
  const why = cause instanceof Error ? { cause } : undefined
  return new ContentError('lost', `What was kept of '${path}' is gone or damaged. Run the stage again; 'strongroom ledger verify --blobs' names what else is.`, why)
}

/** A file takes the place of a file in one step. Of anything else the old is moved aside first, and moved back where the new cannot take its place. */
async function putInPlace(made: string, target: string): Promise<void> {
  const [old, next] = [await lstat(target).catch(() => undefined), await lstat(made)]
  if (!old || (next.isFile() && !old.isDirectory())) return rename(made, target)
  const aside = leftoverName(target, 'old')
  await rename(target, aside)
  try {
    await rename(made, target)
  } catch (error) {
    await rename(aside, target)
    throw error
  }
  await rm(aside, { recursive: true, force: true })
}

const LEFTOVER = /^[0-9a-f-]{36}\.(new|old)$/

function leftoverName(target: string, what: 'new' | 'old'): string {
  return join(dirname(target), `.${basename(target)}.strongroom-${randomUUID()}.${what}`)
}

/** Takes away what a restoring of the same path left that was killed: a stage's outs are what it makes, or what was recorded of it, and never what lay there once. */
async function removeLeftovers(target: string): Promise<void> {
  const start = `.${basename(target)}.strongroom-`
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(start) || !LEFTOVER.test(name.slice(start.length))) continue
    await rm(join(dirname(target), name), { recursive: true, force: true })
  }
}
