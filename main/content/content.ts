import { createHash } from 'node:crypto'
import { readlinkSync, realpathSync } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { encodeManifest } from './manifest.ts'
import { openRegularLater } from './regular-file.ts'

/** Why a path of a project could not be used. `message` is a whole sentence with the path in it. */
export class ContentError extends Error {
  /** `lost`: what was kept of it is gone or damaged. */
  readonly code: 'missing' | 'outside' | 'not-a-file' | 'changed' | 'unreadable' | 'empty' | 'too-many' | 'lost'

  constructor(code: ContentError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ContentError'
    this.code = code
  }
}

export interface FileContent {
  /** Relative to the folder, POSIX; empty for a path that is itself a file. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

export interface Content {
  readonly kind: 'file' | 'folder'
  /** Of a file's bytes, or of a folder's manifest. */
  readonly sha256: string
  /** SHA-256 of the manifest, which for a file has one entry, under its own name: what a snapshot of the path is known by. */
  readonly manifest: string
  readonly bytes: number
  readonly files: readonly FileContent[]
}

/** Streams a file through SHA-256. Throws `not-a-file` for a link too: resolve it first; and the signal's reason, in the middle of a file as well. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<{ sha256: string; bytes: number }> {
  const file = await openRegularLater(path)
  if (!file) throw new ContentError('not-a-file', `${path} is not a regular file, or went away.`)
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of file.createReadStream({ highWaterMark: 1 << 20 })) {
    signal?.throwIfAborted()
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { sha256: hash.digest('hex'), bytes }
}

type FileDigest = Pick<FileContent, 'sha256' | 'bytes'>
type ReadFile = (path: string) => Promise<FileDigest>
/** Answers in the order of the paths. */
export type ReadFiles = (paths: readonly string[]) => Promise<readonly FileDigest[]>

/**
 * The content of a file or folder of a project. `read` says what is done with each file (by default: it is hashed), so that copying into
 * a store and hashing are one pass. Symlinks are followed to files inside the project only. Throws `ContentError`.
 */
export function readContent(project: string, path: string, read: ReadFile = hashFile): Promise<Content> {
  return readContentTogether(project, path, async (paths) => {
    const digests: FileDigest[] = []
    for (const each of paths) digests.push(await read(each))
    return digests
  })
}

/** As `readContent`, of all files at a time (`FileHasher.hash`). */
export async function readContentTogether(project: string, path: string, read: ReadFiles, walk: Walk = {}): Promise<Content> {
  const listing = await listFiles(project, path, walk)
  const digests = await read(listing.files.map(({ absolute }) => absolute))
  const files = listing.files.map(({ path }, index): FileContent => {
    const digest = digests[index]
    if (!digest) throw new Error(`Nothing was read of ${path}.`)
    return { path, sha256: digest.sha256, bytes: digest.bytes }
  })
  const manifest = encodeManifest(files).sha256
  const bytes = files.reduce((total, file) => total + file.bytes, 0)
  const [only] = files
  if (listing.kind === 'folder' || !only) return { kind: 'folder', sha256: manifest, manifest, bytes, files }
  return { kind: 'file', sha256: only.sha256, manifest, bytes, files: [{ ...only, path: '' }] }
}

export interface ListedFile {
  /** Relative to the folder, POSIX; of a path that is itself a file its name. */
  readonly path: string
  /** Where it lies, after all links. */
  readonly absolute: string
}

/** How a folder is walked through, which may be a whole disk. */
export interface Walk {
  readonly signal?: AbortSignal | undefined
  /** More files than this are refused when the next one is found, not when all are. */
  readonly most?: number
  /** What is passed over, by its path in the folder; that of a folder ends in `/`. */
  readonly skips?: (path: string) => boolean
}

/**
 * The files at a path of a project: itself, or all in the folder. A link to a file inside the project counts as that file. Throws
 * `ContentError` for what is not there, leads out of the project, is a link to a folder, or is neither a file nor a folder, `too-many`, and the signal's reason.
 */
export async function listFiles(project: string, path: string, how: Walk = {}): Promise<{ readonly kind: 'file' | 'folder'; readonly files: ListedFile[] }> {
  const root = await realpath(project)
  const top = resolve(root, path)
  // Said before anything is looked for: what lies outside is nobody's business here, there or not.
  if (!isInside(root, top)) throw new ContentError('outside', `'${path}' leads outside the project. Copy what you need into it.`)
  const info = await inspect(root, top, path)
  if (info.isFile()) {
    const absolute = await realpath(top)
    return { kind: 'file', files: [{ path: basename(absolute), absolute }] }
  }
  const files: ListedFile[] = []
  const add = (file: ListedFile): void => {
    how.signal?.throwIfAborted()
    if (files.length === how.most) throw new ContentError('too-many', `'${path}' holds more than ${how.most} files.`)
    files.push(file)
  }
  await walk({ root, shown: path, skips: how.skips, add }, await realpath(top), '')
  return { kind: 'folder', files }
}

/** The digest of the manifest of a single file. */
export function fileManifest(name: string, { bytes, sha256 }: { bytes: number; sha256: string }): string {
  return encodeManifest([{ path: name, bytes, sha256 }]).sha256
}

/** What stands at a path: a file or a folder inside the project, or a `ContentError`. */
async function inspect(root: string, target: string, shown: string): ReturnType<typeof stat> {
  let real: string
  try {
    real = await realpath(target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new ContentError('missing', `'${shown}' does not exist.`)
    throw new ContentError('unreadable', `'${shown}' cannot be read: ${(error as Error).message}.`, { cause: error })
  }
  if (!isInside(root, real)) throw new ContentError('outside', `'${shown}' leads outside the project, to '${real}'.`)
  const info = await stat(real)
  if (!info.isFile() && !info.isDirectory()) throw new ContentError('not-a-file', `'${shown}' is neither a file nor a folder.`)
  return info
}

interface Walking {
  readonly root: string
  /** What the folder that is walked through is called in messages. */
  readonly shown: string
  readonly skips: Walk['skips']
  readonly add: (file: ListedFile) => void
}

/**
 * Adds the files below a folder, each when it is found. The folder is where it really lies: so is what is in it and no link, which need not be asked of each of
 * a hundred thousand files. @param inside where it lies in the folder that is walked through: empty, or with a slash at its end.
 */
async function walk(walking: Walking, folder: string, inside: string): Promise<void> {
  const { root, shown, skips, add } = walking
  const entries = await readdir(folder, { withFileTypes: true })
  const below = folder.endsWith(sep) ? folder : folder + sep
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = inside + entry.name
    if (skips && (skips(path) || skips(`${path}/`))) continue
    // What no text can name, no manifest can either.
    if (entry.name.includes('\ufffd')) throw new ContentError('unreadable', `'${shown}/${path}' has a name that is not UTF-8. Rename it.`)
    const place = below + entry.name
    if (entry.isFile()) add({ path, absolute: place })
    else if (entry.isDirectory()) await walk(walking, place, `${path}/`)
    else if ((await inspect(root, place, `${shown}/${path}`)).isFile()) add({ path, absolute: await realpath(place) })
    else throw new ContentError('not-a-file', `'${shown}/${path}' is a symlink to a folder; put the files there.`)
  }
}

/** Whether an absolute, resolved path is the root or lies below it. */
export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)
}

/** Where a path leads that need not be there yet: the folders of it that are there as they really are, and the rest as it is named. Throws the file system's errors. */
export function nearestReal(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (thrown) {
    const parent = dirname(path)
    if (parent === path || !(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown
    // A link to nothing leads where it says.
    const link = readlinkOf(path)
    return link === undefined ? join(nearestReal(parent), basename(path)) : nearestReal(resolve(parent, link))
  }
}

function readlinkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
