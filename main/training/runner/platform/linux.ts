import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { isShellName, posixEchoes, posixRemoveSocket, posixShell, posixSignalGroup, posixSocketPath } from './posix.ts'
import type { Platform, TreeUsage } from './platform.ts'

/** Fields of `/proc/<pid>/stat` (proc(5)) that matter here. */
interface Stat {
  readonly state: string
  readonly parent: number
  readonly session: number
  readonly cpuTicks: number
  readonly startTicks: string
  readonly rssPages: number
}

function readStat(pid: number): Stat | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    return null
  }
  // The second field is the program's name in parentheses and may hold anything, parentheses and spaces included.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const at = (number: number): string => fields[number - 3] ?? '0'
  return {
    state: at(3),
    parent: Number(at(4)),
    session: Number(at(6)),
    cpuTicks: Number(at(14)) + Number(at(15)),
    startTicks: at(22),
    rssPages: Number(at(24)),
  }
}

let sizes: { ticksPerSecond: number; pageBytes: number } | null = null

function systemSizes(): { ticksPerSecond: number; pageBytes: number } {
  if (sizes) return sizes
  const read = (name: string, otherwise: number): number => {
    try {
      return Number(execFileSync('getconf', [name], { encoding: 'utf8', timeout: 2000 })) || otherwise
    } catch {
      return otherwise
    }
  }
  sizes = { ticksPerSecond: read('CLK_TCK', 100), pageBytes: read('PAGESIZE', 4096) }
  return sizes
}

export const linux: Platform = {
  startTime(pid) {
    const stat = readStat(pid)
    // A zombie has ended; only its parent has not looked yet.
    if (!stat || stat.state === 'Z' || stat.state === 'X') return null
    let boot = ''
    try {
      boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    } catch {
      // Start ticks alone still tell processes of one boot apart.
    }
    return `${boot}:${stat.startTicks}`
  },

  tree(root) {
    const stats = new Map<number, Stat>()
    for (const name of readdirSync('/proc')) {
      const pid = Number(name)
      if (!Number.isInteger(pid)) continue
      const stat = readStat(pid)
      if (stat) stats.set(pid, stat)
    }
    const members = new Set<number>(stats.has(root) ? [root] : [])
    for (const [pid, stat] of stats) if (stat.session === root) members.add(pid)
    for (let grew = true; grew; ) {
      grew = false
      for (const [pid, stat] of stats) {
        if (!members.has(pid) && members.has(stat.parent)) {
          members.add(pid)
          grew = true
        }
      }
    }
    return [...members]
  },

  usage(pids): TreeUsage {
    const { ticksPerSecond, pageBytes } = systemSizes()
    let ticks = 0
    let pages = 0
    for (const pid of pids) {
      const stat = readStat(pid)
      if (!stat) continue
      ticks += stat.cpuTicks
      pages += stat.rssPages
    }
    return { cpuSeconds: ticks / ticksPerSecond, rssBytes: pages * pageBytes }
  },

  peakRssBytes() {
    // getrusage(2) would count what the parent held before exec(2).
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0) * 1024
  },

  isShell(pid) {
    try {
      return isShellName(readFileSync(`/proc/${pid}/comm`, 'utf8'))
    } catch {
      return false
    }
  },

  shell: posixShell,
  echoes: posixEchoes,
  signalGroup: posixSignalGroup,
  socketPath: posixSocketPath,
  removeSocket: posixRemoveSocket,

  osName() {
    try {
      return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
    } catch {
      return 'Linux'
    }
  },
}
