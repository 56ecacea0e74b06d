import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { readProjectFile } from './paths.ts'

/** Names that are looked at, in all folders together. A project with more of them outside its outs says in `.dvcignore` where its data lies. */
export const SEARCH_LIMIT = 200_000

/** Folders of others, who may have a `dvc.yaml` of their own in them. */
const FOREIGN = ['node_modules', '__pycache__']

/** Files that say something about the folder that they lie in. */
const TELLING = ['dvc.yaml', 'pyvenv.cfg', '.gitignore', '.dvcignore']

/** What is said of a folder by the pipelines that were found until then: outs are made by them; of data, only what lies in the folder itself is looked at. */
export type FolderUse = 'out' | 'data' | 'other'

interface Folder {
  readonly path: string
  readonly rules: readonly Rules[]
}

/** What a file of patterns says to leave out, of the folder that it lies in. */
interface Rules {
  readonly folder: string
  readonly patterns: Ignore
}

/**
 * Every `dvc.yaml` in a folder of the project, those nearer to it first; after each, `use` is asked again. Not searched, as DVC does not: what `.dvcignore` and
 * `.gitignore` leave out, outs, links to folders; nor hidden folders, packages of others and virtual environments. Throws SearchLimit where there is too much to look at.
 */
export async function* findPipelines(projectDir: string, use: (path: string) => FolderUse, limit: number = SEARCH_LIMIT): AsyncGenerator<string> {
  const open: Folder[] = [{ path: '.', rules: [] }]
  let seen = 0
  for (const { path, rules } of open) {
    const found = path === '.' ? 'other' : use(path)
    if (found === 'out') continue
    if (found === 'data') {
      const file = `${path}/dvc.yaml`
      const read = await readProjectFile(projectDir, file)
      if (read.ok || read.code !== 'file-missing') yield file
      continue
    }
    const names = new Set<string>()
    const folders: string[] = []
    for await (const entry of namesIn(join(projectDir, path))) {
      // What stages read and write is known, and may be many.
      if (use(path === '.' ? entry.name : `${path}/${entry.name}`) === 'other') seen += 1
      if (seen > limit) throw new SearchLimit()
      if (entry.isDirectory() && !entry.name.startsWith('.') && !FOREIGN.includes(entry.name)) folders.push(entry.name)
      else if (TELLING.includes(entry.name)) names.add(entry.name)
    }
    if (names.has('pyvenv.cfg')) continue
    const own = [...rules, ...(await readRules(projectDir, path, names))]
    if (path !== '.' && names.has('dvc.yaml') && !isLeftOut(`${path}/dvc.yaml`, own)) yield `${path}/dvc.yaml`
    for (const name of folders.sort()) {
      const folder = path === '.' ? name : `${path}/${name}`
      if (!isLeftOut(`${folder}/`, own)) open.push({ path: folder, rules: own })
    }
  }
}

/** None of a folder that cannot be listed: what lies in it, no stage could read either. */
async function* namesIn(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder, { bufferSize: 256 })
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
  }
}

/** There is more in the project than is looked at. */
export class SearchLimit extends Error {}

async function readRules(projectDir: string, path: string, names: ReadonlySet<string>): Promise<Rules[]> {
  const rules: Rules[] = []
  for (const name of ['.gitignore', '.dvcignore']) {
    if (!names.has(name)) continue
    const file = await readProjectFile(projectDir, path === '.' ? name : `${path}/${name}`)
    if (file.ok) rules.push({ folder: path, patterns: ignore().add(file.bytes.toString()) })
  }
  return rules
}

/** The last file that says anything decides. A folder is asked for with a slash at its end. */
function isLeftOut(path: string, rules: readonly Rules[]): boolean {
  let left = false
  for (const { folder, patterns } of rules) {
    const inside = folder === '.' ? path : path.slice(folder.length + 1)
    const { ignored, unignored } = patterns.test(inside)
    // A folder that was entered is not left out, whatever one of these files says of it: a later one took that back.
    const above = inside.slice(0, inside.lastIndexOf('/', inside.length - 2) + 1)
    if (ignored && (above === '' || !patterns.ignores(above))) left = true
    else if (unignored) left = false
  }
  return left
}
