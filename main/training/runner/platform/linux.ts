import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isShellName, posixEchoes, posixRemoveSocket, posixShell, posixSignalGroup, posixSocketPath } from './posix.ts'
import type { EnergyCounter, Platform, TreeUsage } from './platform.ts'

/** Fields of `/proc/<pid>/stat` (proc(5)) that matter here. */
interface Stat {
  readonly state: string
  readonly parent: number
  readonly session: number
  /** Its own and of its children that have ended. */
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
    cpuTicks: Number(at(14)) + Number(at(15)) + Number(at(16)) + Number(at(17)),
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

interface Io {
  readonly readBytes: number
  readonly writtenBytes: number
}

/** What a process has read from disks and written to them (`/proc/<pid>/io`, proc_pid_io(5)); null where we may not know. */
function readIo(pid: number): Io | null {
  const text = readText(`/proc/${pid}/io`)
  const [read, written] = [/^read_bytes: (\d+)$/m, /^write_bytes: (\d+)$/m].map((pattern) => pattern.exec(text ?? '')?.[1])
  return read === undefined || written === undefined ? null : { readBytes: Number(read), writtenBytes: Number(written) }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return null
  }
}

/** The packages' counters of RAPL (kernel.org/doc/html/latest/power/powercap/powercap.html), Intel's and AMD's; often root alone may read them. */
export function readPackageEnergy(root: string): Map<string, EnergyCounter> {
  const packages = new Map<string, EnergyCounter>()
  const names = existsSync(root) ? readdirSync(root).filter((name) => /^intel-rapl:\d+$/.test(name)) : []
  for (const name of names) {
    const [zone, energy, range] = ['name', 'energy_uj', 'max_energy_range_uj'].map((file) => readText(join(root, name, file))?.trim())
    // A machine that counts all of itself (`psys`) has its packages beside it.
    if (zone?.startsWith('package') && energy && range) packages.set(name, { microjoules: Number(energy), rangeMicrojoules: Number(range) })
  }
  return packages
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
    let io: Io | null = { readBytes: 0, writtenBytes: 0 }
    for (const pid of pids) {
      const stat = readStat(pid)
      if (!stat) continue
      ticks += stat.cpuTicks
      pages += stat.rssPages
      const each = readIo(pid)
      io = each && io && { readBytes: io.readBytes + each.readBytes, writtenBytes: io.writtenBytes + each.writtenBytes }
    }
    return { cpuSeconds: ticks / ticksPerSecond, rssBytes: pages * pageBytes, readBytes: io?.readBytes ?? null, writtenBytes: io?.writtenBytes ?? null }
  },

  machineCpuSeconds() {
    // user, nice, system, idle, iowait, irq, softirq, steal (proc_stat(5)); what guests used is in `user` already.
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = /^cpu +(.*)$/m.exec(readText('/proc/stat') ?? '')?.[1]?.split(' ').map(Number) ?? []
    const ticks = user + nice + system + irq + softirq
    return ticks > 0 ? ticks / systemSizes().ticksPerSecond : null
  },

  packageEnergy: () => readPackageEnergy('/sys/class/powercap'),

  oomKills() {
    const count = /^oom_kill (\d+)$/m.exec(readText('/proc/vmstat') ?? '')?.[1]
    return count === undefined ? null : Number(count)
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
