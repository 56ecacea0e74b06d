import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SshHost } from '../../../../shared/contract/index.ts'
import { quoteWord } from '../remote/quote.ts'

/** ssh(1) itself ends with this; any other exit code is the remote command's. */
const SSH_FAILED = 255
const TIMEOUT_MS = 60_000
/** A server takes 10 over one connection, unless it is told otherwise (MaxSessions of sshd_config). */
const MOST_SESSIONS = 8
/** What is kept of a complaint. */
const COMPLAINT_BYTES = 16_384

/** Why a host did not do what it was asked. `unreachable` may pass by itself; `host-key` and `denied` take a person; `failed` is the host's own word. */
export class SshError extends Error {
  readonly code: 'unreachable' | 'host-key' | 'denied' | 'failed'

  constructor(code: SshError['code'], message: string) {
    super(message)
    this.name = 'SshError'
    this.code = code
  }
}

/**
 * The system's OpenSSH to one host: its configuration, agent and known hosts decide, and nobody is asked anything. A host key that is not known is refused,
 * whatever the configuration says of that. All commands go through one connection (ControlMaster), which closes a minute after the last.
 */
export class SshLine {
  readonly #host: SshHost
  readonly #arguments: readonly string[]
  readonly #control: string
  readonly #running = new Set<ChildProcess>()
  #sessions = 0
  readonly #waiting: (() => void)[] = []
  #closed = false

  /** `more`: further arguments of ssh. */
  constructor(host: SshHost, more: readonly string[] = []) {
    this.#host = host
    // A socket's path may have some hundred bytes, of which ssh takes 17 for a name of its own meanwhile.
    this.#control = mkdtempSync(join(tmpdir().length > 60 ? '/tmp' : tmpdir(), 'sr-ssh-'))
    this.#arguments = [
      ...more, '-T',
      ...Object.entries({
        BatchMode: 'yes', StrictHostKeyChecking: 'yes', UpdateHostKeys: 'no', ForwardAgent: 'no', ForwardX11: 'no', ClearAllForwardings: 'yes', PermitLocalCommand: 'no', RemoteCommand: 'none', ConnectTimeout: '15',
        ServerAliveInterval: '10', ServerAliveCountMax: '3', ControlMaster: 'auto', ControlPersist: '60', ControlPath: join(this.#control, 'c'),
      }).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
      ...(host.user === undefined ? [] : ['-l', host.user]),
      ...(host.port === undefined ? [] : ['-p', String(host.port)]),
    ]
  }

  /** What a person calls it by: `host`, or `user@host`. */
  get name(): string {
    return this.#host.user === undefined ? this.#host.host : `${this.#host.user}@${this.#host.host}`
  }

  /** Runs a command there and resolves to what it prints. Throws SshError. */
  async run(words: readonly string[], { input = '', timeoutMs = TIMEOUT_MS }: { input?: string; timeoutMs?: number } = {}): Promise<Buffer> {
    return this.#inTurn(() => this.#run(words, input, timeoutMs))
  }

  async #run(words: readonly string[], input: string, timeoutMs: number): Promise<Buffer> {
    const ssh = this.#spawn(words)
    const printed: Buffer[] = []
    ssh.stdout?.on('data', (chunk: Buffer) => printed.push(chunk))
    ssh.stdin?.on('error', () => undefined)
    ssh.stdin?.end(input)
    await this.#ended(ssh, timeoutMs)
    return Buffer.concat(printed)
  }

  /** Runs a command there that reads what `tar` here packs. It takes as long as that takes. Throws SshError, and an Error of tar's. */
  async sendTar(tarArguments: readonly string[], words: readonly string[]): Promise<void> {
    return this.#inTurn(() => this.#sendTar(tarArguments, words))
  }

  async #sendTar(tarArguments: readonly string[], words: readonly string[]): Promise<void> {
    const tar = spawn('tar', ['-c', '-f', '-', ...tarArguments], { stdio: ['ignore', 'pipe', 'pipe'] })
    const ssh = this.#spawn(words)
    ssh.stdin?.on('error', () => tar.kill())
    if (ssh.stdin) tar.stdout.pipe(ssh.stdin)
    ssh.stdout?.resume()
    await settledBoth(this.#ended(ssh, null), endOfTar(tar))
  }

  /** Runs a command there whose output `tar` here unpacks in a folder. */
  async fetchTar(words: readonly string[], input: string, folder: string): Promise<void> {
    return this.#inTurn(() => this.#fetchTar(words, input, folder))
  }

  async #fetchTar(words: readonly string[], input: string, folder: string): Promise<void> {
    const ssh = this.#spawn(words)
    const tar = spawn('tar', ['-x', '-f', '-', '--no-same-owner', '-C', folder], { stdio: ['pipe', 'ignore', 'pipe'] })
    tar.stdin.on('error', () => ssh.kill())
    ssh.stdin?.on('error', () => undefined)
    ssh.stdin?.end(input)
    ssh.stdout?.pipe(tar.stdin)
    await settledBoth(this.#ended(ssh, null), endOfTar(tar))
  }

  /** Closes the connection, and what goes through it. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const ssh of this.#running) ssh.kill()
    const exit = spawn('ssh', [...this.#arguments, '-O', 'exit', '--', this.#host.host], { stdio: 'ignore' })
    await new Promise((resolve) => exit.once('close', resolve).once('error', resolve))
    rmSync(this.#control, { recursive: true, force: true })
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    while (this.#sessions >= MOST_SESSIONS) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#sessions += 1
    try {
      return await work()
    } finally {
      this.#sessions -= 1
      this.#waiting.shift()?.()
    }
  }

  #spawn(words: readonly string[]): ChildProcess {
    if (this.#closed) throw new SshError('unreachable', 'The connection was closed.')
    const ssh = spawn('ssh', [...this.#arguments, '--', this.#host.host, words.map(quoteWord).join(' ')], { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#running.add(ssh)
    ssh.once('close', () => this.#running.delete(ssh))
    return ssh
  }

  async #ended(ssh: ChildProcess, timeoutMs: number | null): Promise<void> {
    let complaint = ''
    ssh.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString('utf8')).slice(-COMPLAINT_BYTES)))
    const timer = timeoutMs === null ? null : setTimeout(() => ssh.kill(), timeoutMs)
    try {
      const code = await new Promise<number | null>((resolve, reject) => ssh.once('close', resolve).once('error', reject))
      if (code === 0) return
      if (code === null || code === SSH_FAILED) throw this.#failure(complaint)
      throw new SshError('failed', `${this.name}: ${lastLine(complaint) || `exit code ${code}`}`)
    } catch (error) {
      if (error instanceof SshError) throw error
      throw new SshError('failed', 'There is no ssh on this machine. Install OpenSSH (openssh-client).')
    } finally {
      if (timer) clearTimeout(timer)
    }
  }

  #failure(complaint: string): SshError {
    const command = ['ssh', ...(this.#host.port === undefined ? [] : ['-p', String(this.#host.port)]), this.name].join(' ')
    const known = this.#host.port === undefined ? this.#host.host : `[${this.#host.host}]:${this.#host.port}`
    if (/IDENTIFICATION HAS CHANGED/.test(complaint)) {
      return new SshError('host-key', `The host key of ${this.name} is not the one that is known: somebody may be in between, or the host was set up anew. Ask who runs it for its fingerprint; if it is a new one, forget the old one with ssh-keygen -R '${known}', and compare and accept the new one with '${command}'.`)
    }
    if (/Host key verification failed|No \S+ host key is known/.test(complaint)) {
      return new SshError('host-key', `The host key of ${this.name} is not known. Ask who runs it for its fingerprint, then compare and accept it with '${command}', as the user who runs Strongroom.`)
    }
    if (/Permission denied|Too many authentication failures/.test(complaint)) {
      return new SshError('denied', `${this.name} lets nobody in who has the keys of this machine: ${lastLine(complaint)}. Try '${command}', as the user who runs Strongroom; a key with a passphrase must be in the agent.`)
    }
    return new SshError('unreachable', `${this.name} cannot be reached${complaint === '' ? '' : `: ${lastLine(complaint)}`}.`)
  }
}

async function endOfTar(tar: ChildProcess): Promise<void> {
  let complaint = ''
  tar.stderr?.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString('utf8')).slice(-COMPLAINT_BYTES)))
  const code = await new Promise<number | null>((resolve, reject) => tar.once('close', resolve).once('error', reject))
  if (code !== 0) throw new Error(`tar: ${lastLine(complaint) || 'it was ended'}`)
}

/** What the line says of a failure comes before what the program at its end makes of it. */
async function settledBoth(line: Promise<void>, tar: Promise<void>): Promise<void> {
  const [ofLine, ofTar] = await Promise.allSettled([line, tar])
  const failed = [ofLine, ofTar].find((each) => each.status === 'rejected')
  if (failed) throw failed.reason
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim().replace(/\.$/, '') ?? ''
}
