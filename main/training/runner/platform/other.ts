import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { version } from 'node:os'
import { isShellName, posixEchoes, posixRemoveSocket, posixShell, posixSignalGroup, posixSocketPath } from './posix.ts'
import type { Platform } from './platform.ts'
import { windowsShell } from './windows.ts'

/** macOS by `ps`, Windows by what Node itself offers there. */
const windows = process.platform === 'win32'

const UNKNOWN = { readBytes: null, writtenBytes: null }

function ps(args: string[]): string {
  try {
    return execFileSync('ps', args, { encoding: 'utf8', timeout: 2000, env: { ...process.env, LC_ALL: 'C' } })
  } catch {
    return ''
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** `[[dd-]hh:]mm:ss[.ff]` of ps to seconds. */
function cpuSeconds(text: string): number {
  const [clock = '0', days = '0'] = text.split('-').reverse()
  return clock.split(':').reduce((total, part) => total * 60 + Number(part), 0) + Number(days) * 86_400
}

export const other: Platform = {
  startTime(pid) {
    if (!alive(pid)) return null
    return windows ? 'unknown' : ps(['-o', 'lstart=', '-p', String(pid)]).trim() || null
  },

  tree(root) {
    if (windows) return [root]
    const rows = ps(['-axo', 'pid=,ppid=']).trim().split('\n').map((row) => row.trim().split(/\s+/).map(Number))
    const members = new Set([root])
    for (let before = 0; before !== members.size; ) {
      before = members.size
      for (const [pid, parent] of rows) if (pid !== undefined && parent !== undefined && members.has(parent)) members.add(pid)
    }
    return [...members]
  },

  usage(pids) {
    if (windows || pids.length === 0) return { cpuSeconds: 0, rssBytes: 0, ...UNKNOWN }
    let seconds = 0
    let kibibytes = 0
    for (const row of ps(['-o', 'time=,rss=', '-p', pids.join(',')]).trim().split('\n')) {
      const [time, rss] = row.trim().split(/\s+/)
      seconds += cpuSeconds(time ?? '0')
      kibibytes += Number(rss ?? 0)
    }
    return { cpuSeconds: seconds, rssBytes: kibibytes * 1024, ...UNKNOWN }
  },

  shell(command) {
    return windows ? windowsShell(command, process.env['ComSpec']) : posixShell(command)
  },

  machineCpuSeconds: () => null,
  packageEnergy: () => new Map(),
  oomKills: () => null,

  // Kilobytes everywhere: libuv converts what macOS gives in bytes.
  peakRssBytes: () => process.resourceUsage().maxRSS * 1024,

  echoes: (terminal) => !windows && posixEchoes(terminal),

  isShell: (pid) => !windows && isShellName(ps(['-o', 'comm=', '-p', String(pid)])),

  signalGroup(pid, signal) {
    if (!windows) return posixSignalGroup(pid, signal)
    try {
      // Windows has no groups: taskkill ends the tree, and only by force.
      execFileSync('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore', timeout: 5000 })
    } catch {
      // It has ended already.
    }
  },

  socketPath(folder) {
    if (!windows) return posixSocketPath(folder)
    return `\\\\.\\pipe\\strongroom-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`
  },

  removeSocket(path) {
    if (!windows) posixRemoveSocket(path)
  },

  osName: () => version(),
}
