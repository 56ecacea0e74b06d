import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** sockaddr_un holds 104 bytes on macOS and 108 on Linux, the final zero included. */
const SOCKET_PATH_LIMIT = 100

export function posixSocketPath(folder: string): string {
  const path = join(folder, 'runner.sock')
  if (Buffer.byteLength(path) <= SOCKET_PATH_LIMIT) return path
  const short = join(tmpdir(), `strongroom-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`)
  mkdirSync(short, { mode: 0o700, recursive: true })
  return join(short, 's')
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
