import { lstat, readdir, realpath } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { RequestError } from '../../shared/contract/index.ts'

export interface FoundFile {
  /** Where it lies. */
  readonly absolute: string
  /** Its name in the manifest, POSIX. */
  readonly path: string
}

/** The absolute path of `path` inside `folder`. Throws `invalid-path` when it is outside, also by a symbolic link, or not there. */
export async function resolveInside(folder: string, path: string): Promise<string> {
  const root = await realpath(folder)
  // Said before anything is looked for: what lies outside is nobody's business here, there or not.
  if (!isInside(root, resolve(root, path))) throw outside(path)
  let target: string
  try {
    target = await realpath(join(root, path))
  } catch {
    throw new RequestError('invalid-path', `There is no ${path} in ${folder}. Check the spelling.`)
  }
  if (!isInside(root, target)) throw outside(path)
  return target
}

function isInside(root: string, target: string): boolean {
  return target === root || target.startsWith(root + sep)
}

function outside(path: string): RequestError {
  return new RequestError('invalid-path', `${path} lies outside the project folder. Copy the data into the project, or add its folder as a project.`)
}

/** Every regular file under `root` (itself, when it is one), sorted. Throws `invalid-path` on a link, a device, a socket or a pipe. */
export async function walkFolder(root: string): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  const visit = async (absolute: string, path: string): Promise<void> => {
    const info = await lstat(absolute)
    if (info.isFile()) {
      found.push({ absolute, path })
      return
    }
    if (!info.isDirectory()) {
      const what = info.isSymbolicLink() ? 'a symbolic link' : 'not a regular file'
      throw new RequestError('invalid-path', `${relative(root, absolute) || absolute} is ${what}. A snapshot holds regular files only: replace it or leave it out.`)
    }
    for (const name of (await readdir(absolute)).sort()) {
      await visit(join(absolute, name), path === '' ? name : `${path}/${name}`)
    }
  }
  const info = await lstat(root)
  await visit(root, info.isFile() ? basename(root) : '')
  return found
}
