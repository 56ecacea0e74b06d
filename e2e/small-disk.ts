import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync, statfsSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const inUserNamespace = process.getuid?.() !== 0

/** Why this machine cannot lend a test a disk of its own; null where it can. Mounting needs root, or user namespaces for everybody. */
export function whyNoSmallDisk(): string | null {
  const tried = spawnSync('unshare', [...unshareArguments(), 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', '/mnt'], { encoding: 'utf8' })
  if (tried.status === 0) return null
  return `A small disk cannot be mounted (${tried.error?.message ?? tried.stderr.trim()}). Run the tests as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1).`
}

/**
 * A small disk (tmpfs) in a mount namespace of its own: only what is started with `launch` sees it, and nothing of it is left when it is closed.
 * This process reaches the same files under `seen`.
 */
export class SmallDisk {
  /** Where the disk is, for the processes that see it. */
  readonly folder: string
  /** Goes before a command that is to see the disk. It writes only where file modes allow it, root or not. */
  readonly launch: readonly string[]
  readonly #holder: ChildProcess
  readonly #enter: readonly string[]

  private constructor(folder: string, holder: ChildProcess) {
    this.folder = folder
    this.#holder = holder
    this.#enter = ['nsenter', '--target', String(holder.pid), '--mount', ...(inUserNamespace ? ['--user', '--preserve-credentials'] : [])]
    this.launch = [...this.#enter, 'setpriv', '--bounding-set', '-dac_override', '--']
  }

  static async mount(megabytes: number): Promise<SmallDisk> {
    const folder = mkdtempSync(join(tmpdir(), 'strongroom-disk-'))
    const script = `mount -t tmpfs -o size=${megabytes}m,mode=0700 tmpfs '${folder}' && echo mounted && exec cat`
    const holder = spawn('unshare', [...unshareArguments(), 'sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve())
      holder.once('error', reject)
      holder.once('exit', () => reject(new Error(whyNoSmallDisk() ?? `The disk could not be mounted over ${folder}.`)))
    })
    return new SmallDisk(folder, holder)
  }

  /** A path on the disk as this process reaches it. */
  seen(path: string): string {
    return `/proc/${this.#holder.pid}/root${path}`
  }

  get bytesFree(): number {
    const { bavail, bsize } = statfsSync(this.seen(this.folder))
    return bavail * bsize
  }

  /** Leaves so many bytes free, to the page (4096). */
  fill(leave: number): void {
    const more = this.bytesFree - leave
    if (more > 0) appendFileSync(this.#ballast, Buffer.alloc(more))
    else if (existsSync(this.#ballast)) truncateSync(this.#ballast, Math.max(0, statSync(this.#ballast).size + more))
  }

  free(): void {
    rmSync(this.#ballast, { force: true })
  }

  /** Makes the whole disk read-only, or writable again, as soon as nobody has a file open for writing: a process is out of sight before its files are closed. */
  async remount(mode: 'ro' | 'rw'): Promise<void> {
    const [command = '', ...args] = [...this.#enter, 'mount', '-o', `remount,${mode}`, this.folder]
    for (;;) {
      const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
      if (status === 0) return
      if (!stderr.includes('busy')) throw new Error(stderr)
      await delay(50)
    }
  }

  /** Ends every process that sees the disk; the disk goes with the last. */
  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#holder.once('exit', resolve))
    for (const pid of this.processes()) process.kill(pid, 'SIGKILL')
    await gone
    rmdirSync(this.folder)
  }

  /** Who sees the disk, its holder included. */
  processes(): number[] {
    const own = namespaceOf(String(this.#holder.pid))
    if (own === null) throw new Error('The disk is closed.')
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && namespaceOf(name) === own).map(Number)
  }

  get #ballast(): string {
    return this.seen(join(this.folder, 'ballast'))
  }
}

/** The command line of a process; empty where it has ended. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    return ''
  }
}

function unshareArguments(): string[] {
  return inUserNamespace ? ['--mount', '--map-root-user'] : ['--mount']
}

function namespaceOf(pid: string): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`)
  } catch {
    return null
  }
}
