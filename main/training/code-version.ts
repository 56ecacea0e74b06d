import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hashFile } from './content.ts'

const run = promisify(execFile)
const TIMEOUT = 20_000
/** An untracked file above this is data: it is named with its size, and its content stands in a snapshot. */
const LARGE_FILE = 1 << 20

export interface CodeVersion {
  readonly commit: string
  readonly dirty: 'yes' | 'no' | 'unknown'
  /** Hex SHA-256 of what differs from the commit, empty where nothing does or nothing is known. */
  readonly diff: string
}

export const UNKNOWN_CODE: CodeVersion = { commit: 'unknown', dirty: 'unknown', diff: '' }

/** A project's git configuration must not make us run programs of its choice. */
const SAFE = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.quotePath=false']

/**
 * Which code a project folder holds: its git commit, and a digest of everything in the folder that differs from it. The digest is over
 * `git diff --binary HEAD` and, for each untracked file that git does not ignore, its path and SHA-256. `produced` names what stages
 * write: it never counts as a difference. A folder that is in no repository is `unknown`.
 */
export async function readCodeVersion(folder: string, produced: readonly string[] = []): Promise<CodeVersion> {
  const pathspec = ['--', '.', ...produced.map((path) => `:(exclude,literal)${path}`)]
  const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C' }
  const git = async (args: string[]): Promise<string> =>
    (await run('git', [...SAFE, ...args], { cwd: folder, env, timeout: TIMEOUT, maxBuffer: 64 << 20 })).stdout
  try {
    const commit = (await git(['rev-parse', '--verify', 'HEAD'])).trim()
    const digest = createHash('sha256')
    const changed = await new Promise<number>((resolve, reject) => {
      const args = [...SAFE, 'diff', '--no-ext-diff', '--no-textconv', '--binary', '--no-color', '--relative', 'HEAD', ...pathspec]
      const diff = spawn('git', args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'], timeout: TIMEOUT })
      let bytes = 0
      diff.stdout.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        digest.update(chunk)
      })
      diff.on('error', reject)
      diff.on('close', (code) => (code === 0 ? resolve(bytes) : reject(new Error(`git diff ended with ${code}`))))
    })
    const listed = await git(['ls-files', '--others', '--exclude-standard', '-z', ...pathspec])
    const untracked = listed.split('\0').filter((path) => path !== '').sort()
    for (const path of untracked) digest.update(`\0${path}\0${await describe(join(folder, path))}`)
    if (changed === 0 && untracked.length === 0) return { commit, dirty: 'no', diff: '' }
    return { commit, dirty: 'yes', diff: digest.digest('hex') }
  } catch {
    return UNKNOWN_CODE
  }
}

async function describe(path: string): Promise<string> {
  try {
    const info = await stat(path)
    if (!info.isFile()) return 'not a file'
    return info.size > LARGE_FILE ? `${info.size} bytes` : (await hashFile(path)).sha256
  } catch {
    return 'unreadable'
  }
}
