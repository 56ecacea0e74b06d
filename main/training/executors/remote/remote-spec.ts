import { stat } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'
import { hashFile, readContent } from '../../../content/index.ts'
import type { AttemptSpec } from '../../runner/attempt-folder.ts'
import { programWord } from '../../runner/environment.ts'
import { quoteWord, setArguments } from './quote.ts'

/** A file that a stage reads, to be laid out where it runs. `path`: in the project; `absolute`: where it lies here. */
export interface SentFile {
  readonly path: string
  readonly absolute: string
  readonly sha256: string
  readonly executable: boolean
}

/**
 * What is sent where the project is not: what the stage reads (dependencies, files of parameters), what it keeps (its checkpoint folder, outs that
 * persist), and every file of the project that its commands name. Not what it makes. Throws ContentError.
 */
export async function filesToSend(spec: AttemptSpec): Promise<SentFile[]> {
  const made = spec.outs.filter(({ persist }) => !persist).map(({ path }) => path)
  const kept = [...spec.outs.filter(({ persist }) => persist).map(({ path }) => path), ...(spec.checkpoint && spec.resume ? [spec.checkpoint.path] : [])]
  const optional = [...kept, ...spec.cmd.flatMap((command) => namedPaths(command, spec.wdir))]
  const there = await Promise.all(optional.map(async (path) => (await isThere(join(spec.project, path), kept.includes(path))) ? [path] : []))
  const paths = new Set([...(spec.reads ?? []), ...there.flat()])
  const files = new Map<string, SentFile>()
  for (const path of paths) {
    if (made.some((out) => path === out || path.startsWith(`${out}/`))) continue
    // Each is read in the order in which it is listed.
    const absolutes: string[] = []
    const content = await readContent(spec.project, path, (absolute) => {
      absolutes.push(absolute)
      return hashFile(absolute)
    })
    for (const [index, { path: inside, sha256 }] of content.files.entries()) {
      const absolute = absolutes[index] ?? ''
      const full = inside === '' ? path : posix.join(path, inside)
      files.set(full, { path: full, absolute, sha256, executable: ((await stat(absolute)).mode & 0o111) !== 0 })
    }
  }
  return [...files.values()]
}

/** Paths in the project that words of a command may name. */
function namedPaths(command: string, wdir: string): string[] {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"=;|&<>()]+)/g)].map(([, single, double, plain]) => single ?? double ?? plain ?? '')
  return words.filter((word) => word !== '' && !word.startsWith('/')).map((word) => posix.normalize(posix.join(wdir, word))).filter((path) => path !== '.' && !path.startsWith('..'))
}

async function isThere(path: string, evenFolder: boolean): Promise<boolean> {
  try {
    const info = await stat(path)
    return info.isFile() || (evenFolder && info.isDirectory())
  } catch {
    return false
  }
}

const VARIABLE = /^[A-Za-z_]\w*$/

/**
 * The files that `attempt.sh spec` takes, by name. `files`: what is to be laid out in a project of its own there; null where the project is there by the same path.
 * `resumes`: whether there is a checkpoint to go on from.
 */
export function specFiles(spec: AttemptSpec, files: readonly SentFile[] | null, resumes: boolean): Record<string, string> {
  const project = files === null ? quoteWord(spec.project) : '$here/project'
  const variables = Object.entries(spec.env).map(([name, value]) => {
    if (!VARIABLE.test(name)) throw new Error(`'${name}' is no name of a variable.`)
    return `${name}=${quoteWord(value)}; export ${name}\n`
  })
  const seconds = (ms: number | null): number => Math.ceil((ms ?? 0) / 1000)
  const own = `project=${project}\nwdir=${quoteWord(spec.wdir)}\ngrace=${seconds(spec.graceMs)}\nlimit=${seconds(spec.timeLimitMs)}\n`
  const checkpoint = spec.checkpoint ? `STRONGROOM_CHECKPOINT=$project/${quoteWord(spec.checkpoint.path)}; STRONGROOM_RESUME=${resumes ? 1 : 0}; export STRONGROOM_CHECKPOINT STRONGROOM_RESUME\n` : ''
  const programs = [...new Set(spec.cmd.map(programWord).filter((word) => word !== null))]
  return {
    spec: own + variables.join('') + checkpoint,
    commands: setArguments(spec.cmd),
    outs: setArguments(wantedPaths(spec)),
    programs: setArguments(programs),
    ...(files === null ? {} : { layout: layoutOf(spec, files) }),
  }
}

/** What a stage leaves that is recorded, each once: outs, and evidence that is in none. */
export function wantedPaths({ outs, evidence }: Pick<AttemptSpec, 'outs' | 'evidence'>): string[] {
  const paths = outs.map(({ path }) => path)
  const others = evidence.map(({ path }) => path).filter((path) => !paths.some((out) => path === out || path.startsWith(`${out}/`)))
  return [...new Set([...paths, ...others])]
}

function layoutOf(spec: AttemptSpec, files: readonly SentFile[]): string {
  const folders = [spec.wdir, ...wantedPaths(spec).map((path) => dirname(path)), ...(spec.checkpoint ? [spec.checkpoint.path] : [])]
  const laid = files.map(({ path, sha256, executable }) => `put ${sha256} ${executable ? '755' : '644'} ${quoteWord(path)}\n`)
  return [...new Set(folders)].map((path) => `folder ${quoteWord(path)}\n`).join('') + laid.join('')
}
