import { opendir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveInside, type PathRefusal, type Resolved } from './paths.ts'

/** A folder with fewer names to look for is asked for each; so is one that holds more files than a list is worth. */
const LIST = { from: 16, upTo: 200_000 } as const

/** What is at a path, or why it is refused. */
export type Looked = Extract<Resolved, { ok: true }>['exists'] | PathRefusal

/** `linked`: only following the way there can say what is below. */
type Kind = 'file' | 'folder' | 'no' | 'linked'

/**
 * What `resolveInside` finds at each of these paths, with each folder listed once in place of every path followed by itself: a pipeline of ten
 * thousand stages names as many files of few folders. Links, and whatever else a list leaves open, are asked for by themselves. A name that
 * no list has is not there, though a file system that takes no notice of case may find it: who cares asks `resolveInside`.
 */
export async function lookAt(projectDir: string, paths: Iterable<string>): Promise<ReadonlyMap<string, Looked>> {
  const root = await realpath(projectDir)
  const found = new Map<string, Looked>([['.', 'folder']])
  const kinds = new Map<string, Kind>([['.', 'folder']])
  for (const [folder, asked] of byFolder(paths)) {
    const kind = kinds.get(folder) ?? 'linked'
    const names = kind === 'folder' && asked.size >= LIST.from ? await list(join(root, folder), asked) : null
    for (const name of asked) {
      const path = folder === '.' ? name : `${folder}/${name}`
      // Below a file or nothing there is nothing.
      const listed = kind === 'no' || kind === 'file' ? 'no' : names === null ? 'linked' : (names.get(name) ?? 'no')
      if (listed !== 'linked') {
        found.set(path, listed)
        kinds.set(path, listed)
        continue
      }
      const resolved = await resolveInside(root, path)
      found.set(path, resolved.ok ? resolved.exists : resolved)
      kinds.set(path, !resolved.ok || resolved.exists === 'other' || resolved.absolute !== join(root, path) ? 'linked' : resolved.exists)
    }
  }
  return found
}

/** Names to look for in each folder, those of the paths' own folders among them; each folder after the one that holds it. */
function byFolder(paths: Iterable<string>): [string, Set<string>][] {
  const folders = new Map<string, Set<string>>()
  const add = (path: string): void => {
    if (path === '.') return
    const slash = path.lastIndexOf('/')
    const folder = slash === -1 ? '.' : path.slice(0, slash)
    const names = folders.get(folder)
    if (names) {
      names.add(path.slice(slash + 1))
      return
    }
    add(folder)
    folders.set(folder, new Set([path.slice(slash + 1)]))
  }
  for (const path of paths) add(path)
  return [...folders]
}

/** Of the names asked for, those that the folder has; null where it cannot be listed, or holds too much. */
async function list(folder: string, asked: ReadonlySet<string>): Promise<ReadonlyMap<string, Kind> | null> {
  const names = new Map<string, Kind>()
  let count = 0
  try {
    for await (const entry of await opendir(folder, { bufferSize: 1_024 })) {
      count += 1
      if (count > LIST.upTo) return null
      if (asked.has(entry.name)) names.set(entry.name, entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'linked')
    }
    return names
  } catch {
    return null
  }
}
