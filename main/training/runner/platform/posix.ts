import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** sockaddr_un holds 104 bytes on macOS and 108 on Linux, the final zero included. */
const SOCKET_PATH_LIMIT = 100
const SHORT_NAME = 's'

export function posixSocketPath(folder: string): string {
  const path = join(folder, 'runner.sock')
  if (Buffer.byteLength(path) <= SOCKET_PATH_LIMIT) return path
  const short = join(tmpdir(), `strongroom-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`)
  claimFolder(short)
  return join(short, SHORT_NAME)
}

/** Makes a private folder in the shared temporary one; somebody else's of that name, or a link, is refused. */
function claimFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const found = lstatSync(path)
    if (!found.isDirectory() || found.uid !== process.getuid?.()) {
      throw new Error(`'${path}' belongs to somebody else. Remove it, or set TMPDIR.`, { cause: error })
    }
    chmodSync(path, 0o700)
  }
}

/** Takes away what `posixSocketPath` made. */
export function posixRemoveSocket(path: string): void {
  rmSync(path, { force: true })
  if (basename(path) === SHORT_NAME) rmdirSync(dirname(path))
}

export function posixShell(command: string): { file: string; args: string[] } {
  return { file: '/bin/sh', args: ['-c', command] }
}

export function posixSignalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody is left in the group.
  }
}

const SHELLS = new Set(['sh', 'dash', 'bash', 'ash', 'ksh', 'zsh', 'busybox'])

export function isShellName(name: string): boolean {
  return SHELLS.has(name.trim().replace(/^.*\//, '').replace(/^-/, ''))
}

/** By `stty`, of which GNU's names the terminal with `-F` and BSD's with `-f`. */
export function posixEchoes(terminal: string | null): boolean {
  if (terminal === null) return false
  try {
    const settings = execFileSync('stty', [process.platform === 'linux' ? '-F' : '-f', terminal, '-a'], { encoding: 'utf8', timeout: 1000, stdio: ['ignore', 'pipe', 'ignore'] })
    return /(^|\s)echo(\s|;|$)/.test(settings)
  } catch {
    return false
  }
}
