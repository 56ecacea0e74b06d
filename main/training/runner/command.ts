import { readSync, writeSync } from 'node:fs'
import { spawn, type IPty } from 'node-pty'
import type { Hold } from './limits.ts'
import { platform } from './platform/index.ts'

/** How often a held shell's children are looked at, milliseconds. */
const HOLD_INTERVAL = 50
/** What is read of the terminal before anything else has its turn, bytes. */
const DRAIN_BYTES = 65_536

export interface CommandEnd {
  /** 128 + signal where a signal ended it. */
  readonly exitCode: number
  readonly signal: number | null
}

export interface RunningCommand {
  readonly pid: number
  readonly ended: Promise<CommandEnd>
  resize(columns: number, rows: number): void
  /** Types into its terminal; returns how many of the bytes there was room for. `isShown`: whether the terminal shows what is typed. */
  input(bytes: Buffer): { taken: number; isShown: boolean }
  /** SIGTERM to everything that the command started, SIGKILL to what is left after `graceMs`. A second call may change the grace. */
  stop(graceMs: number): void
}

/**
 * Runs one command line by the system's shell in a pseudo-terminal of its own, which makes it the leader of a session and a process
 * group. When it ends, whatever it left running in the background is ended too: a stage that is over writes nothing more. `onOutput` gets bytes
 * that are its own only until it returns.
 */
export function startCommand(
  command: string,
  options: { cwd: string; env: Record<string, string>; columns: number; rows: number; hold: Hold; onOutput: (bytes: Buffer) => void },
): RunningCommand {
  const { cwd, env, columns: cols, rows, hold } = options
  const { file, args } = hold.wrap(platform.shell(command))
  const terminal: IPty = spawn(file, args, { cwd, env, cols, rows, name: 'xterm-256color', encoding: null })
  const members = new Map<number, string>()
  let killTimer: NodeJS.Timeout | null = null
  let holdTimer: NodeJS.Timeout | null = null
  let over = false

  const remember = (): void => {
    for (const pid of platform.tree(terminal.pid)) {
      const startTime = platform.startTime(pid)
      if (startTime !== null) members.set(pid, startTime)
    }
  }
  /** Members that are still there, and still the processes that we saw. */
  const living = (): number[] => [...members].filter(([pid, startTime]) => platform.startTime(pid) === startTime).map(([pid]) => pid)
  const kill = (): void => {
    remember()
    platform.signalGroup(terminal.pid, 'SIGKILL')
    hold.group?.kill()
    // What moved to a process group of its own, where no control group holds it.
    for (const pid of living()) signalProcess(pid, 'SIGKILL')
  }

  /**
   * A shell dies of SIGTERM at once, and the kernel hangs up on what it was running, which then has no time to save its checkpoint. So
   * the shell is held until the others have ended, which also keeps it from going on to its next command; then it gets its own signal.
   */
  const terminate = (): void => {
    remember()
    const others = (): number[] => living().filter((pid) => pid !== terminal.pid)
    if (!platform.isShell(terminal.pid) || others().length === 0) return platform.signalGroup(terminal.pid, 'SIGTERM')
    signalProcess(terminal.pid, 'SIGSTOP')
    for (const pid of others()) signalProcess(pid, 'SIGTERM')
    holdTimer = setInterval(() => {
      remember()
      if (others().length > 0) return
      if (holdTimer) clearInterval(holdTimer)
      signalProcess(terminal.pid, 'SIGTERM')
      signalProcess(terminal.pid, 'SIGCONT')
    }, HOLD_INTERVAL)
  }

  const rest = Buffer.allocUnsafe(DRAIN_BYTES)
  terminal.onData((data: string | Buffer) => {
    // On Windows node-pty decodes, whatever it is told.
    options.onOutput(typeof data === 'string' ? Buffer.from(data) : data)
    const read = drain(terminal, rest)
    if (read > 0) options.onOutput(rest.subarray(0, read))
  })
  const ended = new Promise<CommandEnd>((resolve) => {
    terminal.onExit(({ exitCode, signal }) => {
      over = true
      if (killTimer) clearTimeout(killTimer)
      if (holdTimer) clearInterval(holdTimer)
      kill()
      const number = signal !== undefined && signal !== 0 ? signal : null
      resolve({ exitCode: number === null ? exitCode : 128 + number, signal: number })
    })
  })

  return {
    pid: terminal.pid,
    ended,
    resize(columns, rows) {
      if (!over) terminal.resize(columns, rows)
    },
    input(bytes) {
      if (over) return { taken: 0, isShown: true }
      const isShown = platform.echoes(ptsName(terminal))
      return { taken: type(terminal, bytes), isShown }
    },
    stop(graceMs) {
      if (over) return
      if (killTimer) clearTimeout(killTimer)
      else terminate()
      killTimer = setTimeout(kill, graceMs)
    },
  }
}

/**
 * Reads what else is in a pseudo-terminal: its kernel buffer gives 4 KiB at a time, for each of which a turn of the event loop would be twice
 * the work. Returns the number of bytes, and 0 where there is no file descriptor to read.
 */
function drain(terminal: IPty, into: Buffer): number {
  const file = fileOf(terminal)
  if (file === null) return 0
  let read = 0
  try {
    for (let more = 1; more > 0 && read < into.length; read += more) more = readSync(file, into, read, into.length - read, null)
  } catch {
    // EAGAIN: nothing more for now. Any other error is met, and told, by the terminal's own reading.
  }
  return read
}

/**
 * Types as many of the bytes as the terminal has room for. node-pty's own `write` would try the rest again and again, without a pause, for as
 * long as a stage reads nothing.
 */
function type(terminal: IPty, bytes: Buffer): number {
  const file = fileOf(terminal)
  if (file === null) {
    terminal.write(bytes.toString('utf8'))
    return bytes.length
  }
  try {
    return writeSync(file, bytes)
  } catch {
    return 0
  }
}

/** The terminal's file descriptor, which node-pty makes non-blocking (`pty_nonblock`); null on Windows. */
function fileOf(terminal: IPty): number | null {
  return 'fd' in terminal && typeof terminal.fd === 'number' ? terminal.fd : null
}

function ptsName(terminal: IPty): string | null {
  return 'ptsName' in terminal && typeof terminal.ptsName === 'string' ? terminal.ptsName : null
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended meanwhile.
  }
}
