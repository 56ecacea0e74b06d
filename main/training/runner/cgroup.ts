import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'

/**
 * A control group of one attempt (cgroup v2, kernel.org/doc/html/latest/admin-guide/cgroup-v2.html): what holds a stage to its limits, counts what all
 * of its processes used, those too that came and went between two looks, and ends every one of them. It takes a kernel and a place that let us: our
 * own group, delegated to us (systemd's `Delegate=yes`) or the machine's root. Without: null, and the other ways of the runner.
 */

/** Null is no limit, or one that is not enforced. */
export interface Limits {
  readonly memoryBytes: number | null
  readonly cpus: number | null
  readonly processes: number | null
}

/** Null where the kernel does not count it here. */
export interface GroupUsage {
  readonly cpuSeconds: number | null
  readonly peakMemoryBytes: number | null
  readonly readBytes: number | null
  readonly writtenBytes: number | null
  /** How many of its processes the kernel ended for want of memory. */
  readonly oomKills: number | null
}

const PREFIX = 'strongroom-'
/** Where our own processes go, so that our group may be parted: with processes in it a group distributes nothing to those beneath. */
const OURS = 'strongroom.processes'
const CPU_PERIOD_US = 100_000

export class Cgroup {
  readonly path: string
  /** Those of the limits that the kernel took. */
  readonly enforced: Limits

  private constructor(path: string, enforced: Limits) {
    this.path = path
    this.enforced = enforced
  }

  /** A group beneath `parent` for this process's attempt; null where none can be made, or nothing can enter it. Never throws. */
  static create(limits: Limits, parent: string | null = ownGroup()): Cgroup | null {
    if (parent === null) return null
    const path = join(parent, `${PREFIX}${process.pid}`)
    try {
      removeLeftOver(parent)
      enableControllers(parent)
      mkdirSync(path)
      const group = new Cgroup(path, enforce(path, limits))
      if (canEnter(path)) return group
      group.remove()
    } catch {
      // Not ours to make.
    }
    return null
  }

  usage(): GroupUsage {
    return readGroup(this.path)
  }

  /** Ends every process in it, at once. */
  kill(): void {
    tryToWrite(this.path, 'cgroup.kill', '1')
  }

  /** Removes it, if nothing is left in it. */
  remove(): void {
    try {
      rmdirSync(this.path)
    } catch {
      // The next attempt's runner removes it.
    }
  }
}

/** What the files of a group's folder say that it used. */
export function readGroup(path: string): GroupUsage {
  const io = read(path, 'io.stat')
  const microseconds = fieldOf(read(path, 'cpu.stat'), /^usage_usec (\d+)$/m)
  return {
    cpuSeconds: microseconds === null ? null : microseconds / 1e6,
    peakMemoryBytes: fieldOf(read(path, 'memory.peak'), /^(\d+)$/m),
    readBytes: io === null ? null : sumOf(io, /\brbytes=(\d+)/g),
    writtenBytes: io === null ? null : sumOf(io, /\bwbytes=(\d+)/g),
    oomKills: fieldOf(read(path, 'memory.events'), /^oom_kill (\d+)$/m),
  }
}

/** The folder of the group that is this process's own, as it was before `makeRoom`; null where there is no cgroup v2. */
function ownGroup(): string | null {
  try {
    const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
    const mount = / (\/\S*) (\/\S+) [^\n]* - cgroup2 /.exec(readFileSync('/proc/self/mountinfo', 'utf8'))
    if (own === undefined || mount === null) return null
    const group = join(mount[2] ?? '', relative(mount[1] ?? '/', own))
    return basename(group) === OURS ? dirname(group) : group
  } catch {
    return null
  }
}

/** What runners left that did not come to their end. A group in which something runs cannot be removed. */
function removeLeftOver(parent: string): void {
  for (const name of readdirSync(parent)) {
    const pid = Number(name.startsWith(PREFIX) ? name.slice(PREFIX.length) : Number.NaN)
    if (!Number.isInteger(pid) || (pid !== process.pid && isAlive(pid))) continue
    try {
      rmdirSync(join(parent, name))
    } catch {
      // In use, or gone.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function enableControllers(parent: string): void {
  const [available, enabled] = ['cgroup.controllers', 'cgroup.subtree_control'].map((file) => read(parent, file)?.trim().split(' ') ?? [])
  const missing = ['memory', 'cpu', 'pids', 'io'].filter((name) => available?.includes(name) && !enabled?.includes(name))
  if (missing.length === 0 || enable(parent, missing)) return
  if (makeRoom(parent)) enable(parent, missing)
}

/** One by one: what one lacks does not keep the others out. False where the group's own processes are in the way. */
function enable(parent: string, controllers: readonly string[]): boolean {
  return controllers.map((name) => tryToWrite(parent, 'cgroup.subtree_control', `+${name}`)).every((code) => code !== 'EBUSY')
}

/** Moves the processes of a group into one beneath it, if all are ours. */
function makeRoom(parent: string): boolean {
  const pids = (read(parent, 'cgroup.procs') ?? '').split('\n').filter((pid) => pid !== '')
  if (!pids.every(isOurs)) return false
  const place = join(parent, OURS)
  try {
    mkdirSync(place, { recursive: true })
  } catch {
    return false
  }
  return pids.map((pid) => tryToWrite(place, 'cgroup.procs', pid)).every((code) => code === null || code === 'ESRCH')
}

function isOurs(pid: string): boolean {
  try {
    return lstatSync(`/proc/${pid}`).uid === process.getuid?.()
  } catch {
    return true
  }
}

function enforce(path: string, { memoryBytes, cpus, processes }: Limits): Limits {
  const set = <T>(value: T | null, file: string, text: string): T | null => (value !== null && tryToWrite(path, file, text) === null ? value : null)
  const enforced = {
    memoryBytes: set(memoryBytes, 'memory.max', String(memoryBytes)),
    cpus: set(cpus, 'cpu.max', `${Math.round((cpus ?? 0) * CPU_PERIOD_US)} ${CPU_PERIOD_US}`),
    processes: set(processes, 'pids.max', String(processes)),
  }
  if (enforced.memoryBytes !== null) {
    // Else what goes beyond the limit goes to the swap, and the machine with it.
    tryToWrite(path, 'memory.swap.max', '0')
    // All of the stage or none: a training loop whose loader was ended waits for ever.
    tryToWrite(path, 'memory.oom.group', '1')
  }
  return enforced
}

/** The shell's way into a group, by which a stage's command comes there before it begins. */
export const ENTER_GROUP = 'echo $$ > "$1/cgroup.procs" || exit 126'

function canEnter(path: string): boolean {
  return existsSync(join(path, 'cgroup.procs')) && spawnSync('/bin/sh', ['-c', ENTER_GROUP, 'sh', path], { stdio: 'ignore', timeout: 2000 }).status === 0
}

function read(path: string, file: string): string | null {
  try {
    return readFileSync(join(path, file), 'utf8')
  } catch {
    return null
  }
}

/** Null where it was taken, else the error's code. */
function tryToWrite(path: string, file: string, text: string): string | null {
  try {
    writeFileSync(join(path, file), text)
    return null
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EIO'
  }
}

function fieldOf(text: string | null, pattern: RegExp): number | null {
  const found = text === null ? null : pattern.exec(text)
  return found ? Number(found[1]) : null
}

function sumOf(text: string, pattern: RegExp): number {
  let sum = 0
  for (const [, number] of text.matchAll(pattern)) sum += Number(number)
  return sum
}
