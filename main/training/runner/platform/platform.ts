/**
 * Of a set of processes: CPU seconds used since they started, by them and by what they started that has ended; resident memory; and what they read
 * from disks and wrote to them, null where the system does not say.
 */
export interface TreeUsage {
  readonly cpuSeconds: number
  readonly rssBytes: number
  readonly readBytes: number | null
  readonly writtenBytes: number | null
}

/** A counter of energy, which begins again at 0 after `rangeMicrojoules`. */
export interface EnergyCounter {
  readonly microjoules: number
  readonly rangeMicrojoules: number
}

/** What differs by operating system and a runner or executor must know. */
export interface Platform {
  /** A text that tells a process from a later one with the same pid; null where there is no such live process. */
  startTime(pid: number): string | null
  /** The process, its descendants, and what else lives in its session. */
  tree(pid: number): number[]
  usage(pids: readonly number[]): TreeUsage
  /** CPU seconds of everything on this machine since it started; null where it does not say. */
  machineCpuSeconds(): number | null
  /** The energy counters of the CPUs' packages, by name; none where there are none or we may not read them. */
  packageEnergy(): ReadonlyMap<string, EnergyCounter>
  /** How many processes of this machine the kernel has ended for want of memory since it started; null where it does not say. */
  oomKills(): number | null
  /** The most memory that this process has held. */
  peakRssBytes(): number
  /** The shell that runs a stage's command, as node-pty takes it: arguments, or one text where the system knows no list. */
  shell(command: string): { file: string; args: string[] | string }
  /** Whether a process is a command shell, which dies of a signal without waiting for what it runs. */
  isShell(pid: number): boolean
  /** Whether the terminal of that name shows what is typed into it, as it does not where a password is asked for. False where that cannot be told. */
  echoes(terminal: string | null): boolean
  /** Signals the process group that `pid` leads, as far as it is there. */
  signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void
  osName(): string
  /** Where a runner listens: a socket in the attempt's folder, or a shorter name where the system limits its length. */
  socketPath(folder: string): string
  removeSocket(path: string): void
}
