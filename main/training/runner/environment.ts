import { execFile } from 'node:child_process'
import { access, constants, realpath, stat } from 'node:fs/promises'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { basename, delimiter, dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { CodeVersion } from '../../../shared/contract/code-version.ts'
import { hashFile } from '../../content/index.ts'
import { findGpus } from '../gpus/find-gpus.ts'
import type { AttemptSpec, Environment } from './attempt-folder.ts'
import { identityOf, type HashedProgram } from './hashed-program.ts'
import { platform } from './platform/index.ts'

const run = promisify(execFile)

/**
 * What the stage ran on: system, hardware, and the programs that its commands name, with the digest of each. `env` is the stage's
 * environment, `cwd` its working folder. Never throws; what cannot be found out is left empty.
 */
export async function readEnvironment(
  spec: Pick<AttemptSpec, 'cmd' | 'binFolder' | 'node'>,
  cwd: string,
  env: Record<string, string>,
  code: CodeVersion,
): Promise<Environment> {
  const [gpus, executables] = await Promise.all([readGpus(), readExecutables(spec, cwd, env)])
  const python = executables.find(({ word, path }) => isPython(word) || isPython(path))
  return {
    os: platform.osName(),
    kernel: release(),
    arch: process.arch,
    cpuModel: cpus()[0]?.model.trim() ?? '',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    node: process.version,
    gpus,
    executables,
    python: python ? await readDistributions(python.word, cwd, env) : [],
    code,
  }
}

async function readGpus(): Promise<Environment['gpus']> {
  const { gpus } = await findGpus({ timeoutMs: 2000 })
  return gpus.map(({ model, uuid, memoryBytes, driver }) => ({ name: model, uuid, memoryMiB: memoryBytes === 0 ? '' : String(Math.round(memoryBytes / 2 ** 20)), driver }))
}

async function readExecutables(
  { cmd, ...ours }: Pick<AttemptSpec, 'cmd' | 'binFolder' | 'node'>,
  cwd: string,
  env: Record<string, string>,
): Promise<Environment['executables']> {
  const words = [...new Set(cmd.map(programWord).filter((word) => word !== null))]
  const found = await Promise.all(words.map((word) => readExecutable(word, cwd, env, ours)))
  return found.filter((executable) => executable !== null)
}

/**
 * The word of a shell command that names its program: the first after any `NAME=value`. Null where the shell decides what it is
 * (an expansion, a group, a keyword); then nothing is recorded rather than something wrong.
 */
export function programWord(command: string): string | null {
  let rest = command.trimStart()
  for (let match; (match = /^[A-Za-z_]\w*=(?:'[^']*'|"[^"$`]*"|[^\s'"$`;&|<>()])*\s+/.exec(rest)); ) rest = rest.slice(match[0].length)
  const match = /^(?:'([^']+)'|"([^"$`\\]+)"|([^\s'"$`\\;&|<>(){}*?[\]!#]+))(?=\s|$|[;&|<>])/.exec(rest)
  const word = match?.[1] ?? match?.[2] ?? match?.[3] ?? null
  return word === null || SHELL_WORDS.has(word) ? null : word
}

const SHELL_WORDS = new Set([
  'if', 'for', 'while', 'until', 'case', 'cd', 'set', 'export', 'exec', 'eval', 'exit', 'trap', 'ulimit', 'umask',
  'wait', ':', '.', 'source',
])

async function readExecutable(
  word: string,
  cwd: string,
  env: Record<string, string>,
  { binFolder, node }: Pick<AttemptSpec, 'binFolder' | 'node'>,
): Promise<Environment['executables'][number] | null> {
  const found = await resolveProgram(word, cwd, env)
  if (found === null) return null
  try {
    // Our `node` is a script that starts the Node which runs this: what is recorded is the program that computes.
    const isOurNode = dirname(found) === binFolder && /^node(\.cmd)?$/.test(basename(found))
    const path = await realpath(isOurNode ? process.execPath : found)
    const [sha256, version] = await Promise.all([digestOf(path, node), isOurNode ? process.version : readVersion(word, found, cwd, env)])
    return { word, path, sha256, version }
  } catch {
    return null
  }
}

async function digestOf(path: string, node: HashedProgram | null): Promise<string> {
  if (path === node?.path && (await identityOf(path)) === node.identity) return node.sha256
  return (await hashFile(path)).sha256
}

/** Where a word of a command leads, by PATH where it has no slash; null where there is no such program. */
export async function resolveProgram(word: string, cwd: string, env: Readonly<Record<string, string>>): Promise<string | null> {
  const names = process.platform === 'win32' && extname(word) === '' ? ['.exe', '.cmd', '.bat'].map((end) => word + end) : [word]
  const folders = word.includes('/') || isAbsolute(word) ? [cwd] : (env['PATH'] ?? '').split(delimiter)
  for (const folder of folders) {
    for (const name of names) {
      const path = resolve(cwd, isAbsolute(name) ? name : join(folder, name))
      try {
        await access(path, constants.X_OK)
        if ((await stat(path)).isFile()) return path
      } catch {
        // Not here: the next folder of PATH.
      }
    }
  }
  return null
}

/** Asked for `--version` are only programs known to answer it: a script of the project's own might train a model instead. */
const ANSWERS_VERSION = /^(python\d*(\.\d+)?|pypy\d*|node|nodejs|deno|bun|Rscript|julia|ruby|perl|bash|java|conda|uv|strongroom)(\.exe)?$/

async function readVersion(word: string, path: string, cwd: string, env: Record<string, string>): Promise<string> {
  if (!ANSWERS_VERSION.test(basename(word))) return ''
  try {
    const { stdout, stderr } = await run(path, ['--version'], { cwd, env, timeout: 20_000, killSignal: 'SIGKILL' })
    return (stdout || stderr).trim().split('\n')[0]?.trim().slice(0, 200) ?? ''
  } catch {
    return ''
  }
}

export function isPython(path: string): boolean {
  return /^(python|pypy)\d*(\.\d+)?(\.exe)?$/.test(basename(path))
}

/** `-I` would hide a virtual environment given by PYTHONPATH; the working folder is kept out by `sys.path` instead. */
const LIST_DISTRIBUTIONS = `
import sys
sys.path[:] = [p for p in sys.path if p]
import json, importlib.metadata as m
found = {(d.metadata['Name'] or '', d.version or '') for d in m.distributions()}
print(json.dumps([sys.path, sorted(found)]))
`

/** What a Python has installed: name and version of each distribution, in order, and the folders that they lie in. */
export interface Distributions {
  readonly found: Environment['python']
  readonly folders: readonly string[]
}

async function readDistributions(word: string, cwd: string, env: Record<string, string>): Promise<Environment['python']> {
  // By the name that the stage uses, not by the real path: a virtual environment is known by its symlink.
  const python = await resolveProgram(word, cwd, env)
  return python === null ? [] : ((await listDistributions(python, cwd, env))?.found ?? [])
}

/** Asks a Python what it has installed; null where it does not answer. */
export async function listDistributions(python: string, cwd: string, env: Readonly<Record<string, string>>): Promise<Distributions | null> {
  try {
    const limits = { timeout: 15_000, killSignal: 'SIGKILL', maxBuffer: 16 << 20 } as const
    const { stdout } = await run(python, ['-c', LIST_DISTRIBUTIONS], { cwd, env, ...limits })
    const [folders, rows] = JSON.parse(stdout) as [string[], [string, string][]]
    return { folders, found: rows.map(([name, version]) => ({ name, version })) }
  } catch {
    return null
  }
}
