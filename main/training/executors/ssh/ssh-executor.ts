import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { ExecutorConfig } from '../../../../shared/contract/index.ts'
import { readCodeVersion } from '../../code-version.ts'
import { attemptFolder, AttemptResult, AttemptSpec, readJson, takeClaim, writeJson } from '../../runner/attempt-folder.ts'
import type { Attached, AttachEvents, Executor, Finding, Inspection } from '../executor.ts'
import { RemoteAttempt } from './remote-attempt.ts'
import { RemoteHost } from './remote-host.ts'
import { Lost, remoteFiles, RemoteRecord } from './remote-record.ts'
import { SshError, SshLine } from './ssh-line.ts'

type SshConfig = Extract<ExecutorConfig, { kind: 'ssh' }>

export interface SshExecutorOptions {
  /** How the workplace calls it. */
  readonly name: string
  /** Where `attempt.sh` lies. */
  readonly program: string
  /** Further arguments of ssh. */
  readonly sshArguments?: readonly string[] | undefined
}

/** Runs attempts on a host with a POSIX shell, by the system's OpenSSH. */
export class SshExecutor implements Executor {
  readonly #config: SshConfig
  readonly #name: string
  readonly #options: SshExecutorOptions
  /** By configuration: what was begun under an earlier one is followed where it was begun. */
  readonly #hosts = new Map<string, RemoteHost>()
  readonly #attempts = new Map<string, RemoteAttempt>()
  readonly #listeners = new Map<string, Set<AttachEvents>>()
  /** What is asked of the host that nobody waits for. */
  readonly #asked = new Set<Promise<unknown>>()
  #closed = false

  constructor(config: SshConfig, options: SshExecutorOptions) {
    this.#config = config
    this.#name = options.name
    this.#options = options
  }

  /** Resolves when it is on its way: what keeps it from beginning is said by `inspect`, and by its result. */
  async start(folder: string): Promise<void> {
    const spec = readJson(attemptFolder(folder).spec, AttemptSpec)
    if (!spec) throw new Error(`There is no attempt in ${folder}.`)
    const code = await readCodeVersion(spec.project, spec.produced)
    if (!takeClaim(attemptFolder(folder))) throw new Error(`The attempt in ${folder} was begun, or given up.`)
    const record: RemoteRecord = { version: 1, id: randomBytes(16).toString('hex'), phase: 'sending', startedAt: new Date().toISOString(), code, config: this.#config }
    writeJson(remoteFiles(folder).record, record)
    this.#attempt(folder)
  }

  inspect(folder: string): Inspection {
    const files = attemptFolder(folder)
    const known = this.#known(folder)
    if (known) return known
    if (!existsSync(folder)) return { state: 'lost', reason: 'Its folder is gone.' }
    if (!existsSync(remoteFiles(folder).record)) {
      takeClaim(files)
      return { state: 'lost', reason: 'It was never started.' }
    }
    const { note } = this.#attempt(folder)
    return note === undefined ? { state: 'running' } : { state: 'running', note }
  }

  attach(folder: string, events: AttachEvents): Promise<Attached> {
    if (this.#known(folder) || !existsSync(remoteFiles(folder).record)) return Promise.reject(new Error(`Nothing runs in ${folder}.`))
    this.#attempt(folder)
    const listeners = this.#listeners.get(folder) ?? new Set()
    this.#listeners.set(folder, listeners.add(events))
    return Promise.resolve({
      cancel: (graceMs) => Promise.resolve(this.#cancel(folder, graceMs)),
      // There is no terminal.
      resize: () => Promise.resolve(),
      input: () => Promise.resolve(0),
      detach: () => void listeners.delete(events),
    })
  }

  signalCancel(folder: string): void {
    if (existsSync(remoteFiles(folder).record)) this.#cancel(folder, null)
  }

  endOrphans(folder: string): void {
    const record = readJson(remoteFiles(folder).record, RemoteRecord)
    if (!record || record.phase === 'sending') return
    const host = this.#hostOf(record.config)
    const asked = host
      .ask('orphans', [record.id])
      .then(() => host.ask('remove', [record.id]))
      .catch(() => undefined)
      .finally(() => this.#asked.delete(asked))
    this.#asked.add(asked)
  }

  async check(): Promise<Finding[]> {
    const host = this.#hostOf(this.#config)
    try {
      const found = await host.look()
      const of = (name: string): string => found.get(name) ?? ''
      const free = Number(of('free')) / 2 ** 20
      return [
        { ok: true, what: 'connection', found: `${host.line.name} answers, and its host key is known.` },
        { ok: of('missing') === '', what: 'tools', found: of('missing') === '' ? 'All that is needed is there.' : `Missing:${of('missing')}. Install them there.` },
        { ok: of('readonly') === '', what: 'folder', found: of('readonly') === '' ? `${this.#config.folder} can be written${of('free') === '' ? '' : `, ${free.toFixed(1)} GiB free`}.` : `${this.#config.folder} cannot be written. Choose another, or have it given to you.` },
        { ok: true, what: 'system', found: `${of('os') || of('system')}, ${of('kernel')}, ${of('arch')}, ${of('cores')} cores` },
        { ok: true, what: 'GPU', found: of('gpu') === '' ? 'None that nvidia-smi knows.' : of('gpu') },
      ]
    } catch (error) {
      if (!(error instanceof SshError)) throw error
      return [{ ok: false, what: error.code === 'failed' ? 'folder' : 'connection', found: error.message }]
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const attempts = [...this.#attempts.values()].map((attempt) => attempt.close())
    await Promise.allSettled([...this.#hosts.values()].map(({ line }) => line.close()))
    await Promise.allSettled([...attempts, ...this.#asked])
  }

  /** How it ended, where that stands here. */
  #known(folder: string): Inspection | null {
    const result = readJson(attemptFolder(folder).result, AttemptResult)
    if (result) return { state: 'ended', result }
    const lost = readJson(remoteFiles(folder).lost, Lost)
    return lost && { state: 'lost', reason: lost.reason }
  }

  #attempt(folder: string): RemoteAttempt {
    const there = this.#attempts.get(folder)
    if (there) return there
    if (this.#closed) throw new Error('The executor was closed.')
    const config = readJson(remoteFiles(folder).record, RemoteRecord)?.config ?? this.#config
    const attempt = new RemoteAttempt(folder, {
      host: this.#hostOf(config), name: this.#name, isShared: config.staging.by === 'shared',
      events: {
        onOutput: (size) => this.#listeners.get(folder)?.forEach((events) => events.onOutput(size)),
        onOver: () => {
          this.#attempts.delete(folder)
          const listeners = this.#listeners.get(folder)
          this.#listeners.delete(folder)
          listeners?.forEach((events) => events.onClosed())
        },
      },
    })
    this.#attempts.set(folder, attempt)
    return attempt
  }

  #hostOf(config: SshConfig): RemoteHost {
    const key = JSON.stringify(config)
    const host = this.#hosts.get(key) ?? new RemoteHost(new SshLine(config, this.#options.sshArguments), config.folder, this.#options.program)
    this.#hosts.set(key, host)
    return host
  }

  /** The wish lies in the attempt's folder, so that it is kept until the host can be told. */
  #cancel(folder: string, graceMs: number | null): void {
    const spec = readJson(attemptFolder(folder).spec, AttemptSpec)
    writeJson(remoteFiles(folder).cancel, { graceMs: graceMs ?? spec?.graceMs ?? 0 })
    this.#attempts.get(folder)?.nudge()
  }
}
