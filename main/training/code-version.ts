import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { NO_REPOSITORY, type CodeVersion } from '../../shared/contract/code-version.ts'
import { hashFile } from '../content/index.ts'
import { inheritedEnvironment } from './stage-environment.ts'

/** Milliseconds for each question to git. */
const TIMEOUT = 20_000
/** An untracked file above this is data: it is named with its size, and its content stands in a snapshot. */
const LARGE_FILE = 1 << 20
/** Of git's words on standard error: the first line is what counts. */
const REASON_BYTES = 4096
const REASON_LENGTH = 300

/** A project's git configuration must neither make us run programs of its choice nor have changed files pass for unchanged ones. */
const SAFE = [
  'core.fsmonitor=false', 'core.hooksPath=/dev/null', 'core.quotePath=false',
  'core.trustctime=true', 'core.checkStat=default', 'core.ignoreStat=false', 'core.untrackedCache=false', 'diff.ignoreSubmodules=none',
]
/** Git LFS is a program that we know; any other filter of a repository is whatever it says. */
const KNOWN_FILTERS: Readonly<Record<string, readonly string[]>> = {
  lfs: ['clean=git-lfs clean -- %f', 'smudge=git-lfs smudge -- %f', 'process=git-lfs filter-process', 'required=true'],
}
const NO_FILTER = ['clean=', 'smudge=', 'process=', 'required=false']

/** Why git did not answer, in a line that names no folder of this machine. */
class GitFailure extends Error {}

/**
 * Which code a project folder holds: its git commit, and a digest of everything in the folder that differs from it. The digest is over
 * `git diff --binary HEAD`, over each file that git does not track or was told not to look at (path and SHA-256, unless a `.gitignore` of
 * the project leaves it out), and over what differs in each submodule that is checked out. `produced` names what stages write: it never
 * counts as a difference. Never throws: what is unknown says why.
 */
export async function readCodeVersion(folder: string, produced: readonly string[] = [], timeoutMs = TIMEOUT): Promise<CodeVersion> {
  if (!(await isInRepository(folder))) return unknown(NO_REPOSITORY)
  let git = new Git(folder, timeoutMs)
  let commit: string
  try {
    git = await git.withoutFilters()
    commit = (await git.text('rev-parse', '--verify', 'HEAD')).trim()
  } catch (error) {
    return unknown(await explain(git, error))
  }
  try {
    const diff = await digestDifference(git, folder, produced)
    // What a repository ignores has no version, though it differs from none either.
    if (diff === null && (await git.text('ls-tree', '--name-only', 'HEAD')) === '') return unknown('ignored by the repository around it')
    return { commit, dirty: diff === null ? 'no' : 'yes', diff: diff ?? '' }
  } catch (error) {
    return { commit, dirty: 'unknown', diff: '', reason: describeFailure(error) }
  }
}

/** Hex SHA-256 of what differs from the commit; null where nothing does. */
async function digestDifference(git: Git, folder: string, produced: readonly string[]): Promise<string | null> {
  const pathspec = ['--', '.', ...produced.map((path) => `:(exclude,literal)${path}`)]
  const digest = createHash('sha256')
  let changed = 0
  await git.run(['diff', '--no-ext-diff', '--no-textconv', '--binary', '--no-color', '--relative', '--ignore-submodules=dirty', 'HEAD', ...pathspec], (chunk) => {
    changed += chunk.length
    digest.update(chunk)
  })
  // Not what `.git/info/exclude` or a setting hides: that is no part of the version.
  const untracked = split(await git.text('ls-files', '--others', '--exclude-per-directory=.gitignore', '-z', ...pathspec))
  const unseen = [...untracked, ...(await listUnwatched(git, folder, pathspec))].sort()
  for (const path of unseen) digest.update(`\0${path}\0${await describe(join(folder, path))}`)
  const inSubmodules = await listSubmoduleChanges(git, folder, pathspec)
  for (const { path, difference } of inSubmodules) digest.update(`\0${path}\0submodule ${difference}`)
  return changed === 0 && unseen.length === 0 && inSubmodules.length === 0 ? null : digest.digest('hex')
}

/** Submodules that are checked out and differ from their own commit, looked into as the project is: git itself would run their filters. */
async function listSubmoduleChanges(git: Git, folder: string, pathspec: readonly string[]): Promise<{ path: string; difference: string }[]> {
  const links = split(await git.text('ls-files', '--stage', '-z', ...pathspec)).flatMap((line) => /^160000 [^\t]*\t(.+)$/s.exec(line)?.[1] ?? [])
  const changes = []
  for (const path of links.sort()) {
    const submodule = join(folder, path)
    if (!(await isThere(join(submodule, '.git')))) continue
    const difference = await digestDifference(await git.in(submodule).withoutFilters(), submodule, [])
    if (difference !== null) changes.push({ path, difference })
  }
  return changes
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Files that are there and that git was told not to compare: assume-unchanged (a tag in lower case) and skip-worktree (`S`). */
async function listUnwatched(git: Git, folder: string, pathspec: readonly string[]): Promise<string[]> {
  const tagged = split(await git.text('ls-files', '-v', '-z', ...pathspec)).filter((line) => /^[a-zS] /.test(line))
  const paths = tagged.map((line) => line.slice(2))
  const there = await Promise.all(paths.map((path) => isThere(join(folder, path))))
  return paths.filter((_, index) => there[index])
}

function split(listed: string): string[] {
  return listed.split('\0').filter((path) => path !== '')
}

/** Git in one folder, asked for nothing that writes. */
class Git {
  readonly #folder: string
  readonly #timeoutMs: number
  readonly #settings: readonly string[]

  constructor(folder: string, timeoutMs: number, settings: readonly string[] = SAFE) {
    this.#folder = folder
    this.#timeoutMs = timeoutMs
    this.#settings = settings
  }

  in(folder: string): Git {
    return new Git(folder, this.#timeoutMs)
  }

  /** Without every program that the repository, or whoever set this machine up, would pass file contents through. Rejects where one cannot be named. */
  async withoutFilters(): Promise<Git> {
    const names = split(await this.text('config', '--list', '--name-only', '-z')).flatMap((name) => /^filter\.(.+)\.[^.]+$/s.exec(name)?.[1] ?? [])
    const settings = [...new Set(names)].flatMap((name) => {
      // `-c` ends the name of a setting at the first `=`.
      if (name.includes('=')) throw new GitFailure('a filter has a name with = in it, and cannot be turned off')
      const known = Object.hasOwn(KNOWN_FILTERS, name) ? KNOWN_FILTERS[name] : undefined
      return (known ?? NO_FILTER).map((setting) => `filter.${name}.${setting}`)
    })
    return new Git(this.#folder, this.#timeoutMs, [...SAFE, ...settings])
  }

  async text(...args: readonly string[]): Promise<string> {
    const chunks: Buffer[] = []
    await this.run(args, (chunk) => chunks.push(chunk))
    return Buffer.concat(chunks).toString('utf8')
  }

  /** Runs one command and gives what it writes to `sink`. Rejects with GitFailure. */
  run(args: readonly string[], sink: (chunk: Buffer) => void): Promise<void> {
    const { GIT_CONFIG_GLOBAL, GIT_CONFIG_SYSTEM } = process.env
    const env = { ...inheritedEnvironment(process.env), GIT_CONFIG_GLOBAL, GIT_CONFIG_SYSTEM, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_NO_REPLACE_OBJECTS: '1', LC_ALL: 'C' }
    const settings = this.#settings.flatMap((setting) => ['-c', setting])
    return new Promise((resolve, reject) => {
      const child = spawn('git', [...settings, ...args], { cwd: this.#folder, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: this.#timeoutMs, killSignal: 'SIGKILL' })
      let words = ''
      child.stdout.on('data', sink)
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        if (words.length < REASON_BYTES) words += text
      })
      child.on('error', (error: NodeJS.ErrnoException) => reject(new GitFailure(error.code === 'ENOENT' ? 'it is not installed' : error.message)))
      child.on('close', (code, signal) => {
        if (code === 0) return resolve()
        const silent = signal === null ? `it ended with ${code}` : `it did not answer within ${this.#timeoutMs / 1000} s`
        reject(new GitFailure(firstLine(words) || silent))
      })
    })
  }
}

function unknown(reason: string): CodeVersion {
  return { commit: 'unknown', dirty: 'unknown', diff: '', reason }
}

/** Before a first commit there is nothing wrong, and no version either. */
async function explain(git: Git, error: unknown): Promise<string> {
  const anyCommit = await git.text('rev-list', '-n', '1', '--all').catch(() => null)
  return anyCommit === '' ? 'no commit yet' : describeFailure(error)
}

function describeFailure(error: unknown): string {
  return `git failed, because ${error instanceof Error ? error.message : String(error)}`
}

/**
 * Git's first line, fit for an entry that lasts: without the folders that a file lies in, which may name a person, and without what a
 * terminal would act on.
 */
function firstLine(words: string): string {
  const [line = ''] = words.split('\n')
  return line
    .replace(/^(fatal|error|warning): /, '')
    .replaceAll(/'((?:\/|[A-Za-z]:[\\/])[^']*)'/g, (_, path: string) => `'${basename(path)}'`)
    .replaceAll(/(^|[\s("])((?:\/|[A-Za-z]:[\\/])[^\s)"]+)/g, (_, before: string, path: string) => `${before}${basename(path)}`)
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, REASON_LENGTH)
    .toWellFormed()
}

/** Whether a folder, or one above it, has a `.git`. Git itself says of a broken repository that there is none. */
async function isInRepository(folder: string): Promise<boolean> {
  for (let at = await realpath(folder); ; at = dirname(at)) {
    if (await isThere(join(at, '.git'))) return true
    if (dirname(at) === at) return false
  }
}

async function describe(path: string): Promise<string> {
  try {
    const info = await lstat(path)
    if (info.isSymbolicLink()) return `link to ${await readlink(path)}`
    if (!info.isFile()) return 'not a file'
    return info.size > LARGE_FILE ? `${info.size} bytes` : (await hashFile(path)).sha256
  } catch {
    return 'unreadable'
  }
}
