import { constants } from 'node:fs'
import { lstat, open, realpath, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { isInside } from '../content/index.ts'
import type { PipelineProblem } from '../../shared/graph/pipeline.ts'
import { YAML_LIMITS } from './yaml-source.ts'

/** Why a path is refused. `reason` is a whole sentence that names the path. */
export interface PathRefusal {
  readonly ok: false
  readonly code: PipelineProblem['code']
  readonly reason: string
}

const MAX_PATH = 1_024
const UNPRINTABLE = /[\u0000-\u001f\u007f]/

/**
 * Brings a path as a stage writes it (relative to its working folder) to one relative to the project: POSIX, no `.`, no `..`, no slash
 * at the end; the project itself is '.'. Refuses what is absolute, leads out by `..`, is a URL, or has backslashes or control
 * characters. Looks at the words only; `resolveInside` looks at the disk.
 */
export function joinProjectPath(wdir: string, written: string): { readonly ok: true; readonly path: string } | PathRefusal {
  if (written === '') return refuse('path-invalid', 'The path is empty; name a file or folder of the project.')
  if (written.length > MAX_PATH) return refuse('path-invalid', `The path is longer than ${MAX_PATH} characters; shorten it.`)
  if (UNPRINTABLE.test(written)) return refuse('path-invalid', 'The path has a control character in it; rename the file.')
  if (/^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(written)) {
    return refuse('unsupported', `'${written}' is a remote address; a pipeline works inside the project folder. Copy the data there.`)
  }
  if (written.includes('\\')) return refuse('path-invalid', `'${written}' has a backslash in it; write / between folders.`)
  if (written.startsWith('/') || /^[A-Za-z]:/.test(written)) {
    return refuse('path-outside', `'${written}' is an absolute path; write it relative to the stage's working folder, inside the project.`)
  }
  const parts = wdir === '.' ? [] : wdir.split('/')
  for (const part of written.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) {
      return refuse('path-outside', `'${written}' leads out of the project folder; copy what you need into the project.`)
    }
  }
  return { ok: true, path: parts.length === 0 ? '.' : parts.join('/') }
}

/** A path of the project on disk, after all symbolic links. */
export type Resolved =
  | { readonly ok: true; readonly absolute: string; readonly exists: 'file' | 'folder' | 'other' | 'no' }
  | PathRefusal

/**
 * Resolves a path relative to the project through every symbolic link and refuses it where it ends outside the project, or at a link
 * that points nowhere (writing through it would create a file wherever it points). A path that does not exist yet resolves through its
 * nearest existing folder. The answer holds for the moment: ask again right before use.
 */
export async function resolveInside(projectDir: string, path: string): Promise<Resolved> {
  const root = await realpath(projectDir)
  const wanted = join(root, path)
  if (!isInside(root, wanted)) return refuse('path-outside', `'${path}' leads out of the project folder.`)
  const missing: string[] = []
  for (let current = wanted; ; current = dirname(current)) {
    const { found, real } = await follow(current)
    if (found === 'dangling link') {
      return refuse('path-outside', `'${path}' goes through a link or folder that cannot be followed; repair or remove it.`)
    }
    if (found === 'nothing') {
      missing.unshift(relative(dirname(current), current))
      continue
    }
    if (!isInside(root, real)) {
      return refuse('path-outside', `'${path}' goes through a link that leads out of the project; copy what you need into it.`)
    }
    const absolute = join(real, ...missing)
    return { ok: true, absolute, exists: missing.length > 0 ? 'no' : await kindAt(absolute) }
  }
}

/** The bytes of a file of the project, or why they cannot be read. */
export type FileBytes = { readonly ok: true; readonly bytes: Buffer } | PathRefusal

/**
 * Reads a whole file of the project, at most `limit` bytes. Refuses what is missing, is no regular file (a named pipe would block for
 * ever), is too large, or lies outside the project.
 */
export async function readProjectFile(projectDir: string, path: string, limit: number = YAML_LIMITS.bytes): Promise<FileBytes> {
  const resolved = await resolveInside(projectDir, path)
  if (!resolved.ok) return resolved
  if (resolved.exists === 'no') return refuse('file-missing', `There is no ${path} in the project folder; create it.`)
  let handle: FileHandle | undefined
  try {
    handle = await open(resolved.absolute, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW)
    const stats = await handle.stat()
    if (!stats.isFile()) return refuse('file-unreadable', `${path} is not a regular file; put a file in its place.`)
    if (stats.size > limit) return refuse('file-too-large', `${path} is larger than ${limit} bytes; keep data in files of its own.`)
    const buffer = Buffer.alloc(stats.size + 1)
    let length = 0
    while (length <= stats.size) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
      if (bytesRead === 0) return { ok: true, bytes: buffer.subarray(0, length) }
      length += bytesRead
    }
    return refuse('file-unreadable', `${path} grows while it is read; read it again once it is written.`)
  } catch (error) {
    return refuse('file-unreadable', `${path} cannot be read (${systemCode(error)}); check that it is a file and its permissions.`)
  } finally {
    await handle?.close()
  }
}

function refuse(code: PipelineProblem['code'], reason: string): PathRefusal {
  return { ok: false, code, reason }
}

async function follow(path: string): Promise<{ readonly found: 'target' | 'dangling link' | 'nothing'; readonly real: string }> {
  try {
    return { found: 'target', real: await realpath(path) }
  } catch (error) {
    // ENOTDIR: a parent is a file, so there is nothing here. ELOOP and the rest are links that cannot be followed.
    const absent = systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR'
    const linked = await lstat(path).then(
      () => true,
      () => false,
    )
    return { found: absent && !linked ? 'nothing' : 'dangling link', real: path }
  }
}

async function kindAt(absolute: string): Promise<'file' | 'folder' | 'other'> {
  const stats = await stat(absolute)
  return stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other'
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown'
}
