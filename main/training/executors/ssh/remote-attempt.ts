import { appendFileSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ContentError, readContent } from '../../../content/index.ts'
import { attemptFolder, AttemptSpec, readJson, writeJson, writeResult, type AttemptFolder, type AttemptResult } from '../../runner/attempt-folder.ts'
import { digestOuts, prepareOuts } from '../../runner/outs.ts'
import { readDigests, readEnd, readRemoteEnvironment } from '../remote/remote-end.ts'
import { RemoteRecording } from '../remote/remote-recording.ts'
import { filesToSend, specFiles, wantedPaths, type SentFile } from '../remote/remote-spec.ts'
import { CancelWish, remoteFiles, RemoteRecord } from './remote-record.ts'
import type { Poll, RemoteHost } from './remote-host.ts'
import { SshError } from './ssh-line.ts'

const INTERVAL_MS = 1000
const LONGEST_WAIT_MS = 30_000
/** What one look brings of output, metrics and times each, at most, as `attempt.sh` has it. */
const PART_BYTES = 2 ** 20
/** How long an attempt may be begun there without a sign of life. */
const SIGN_OF_LIFE_MS = 60_000

export interface RemoteAttemptEvents {
  onOutput(size: number): void
  /** It ended, or is lost: its folder says which. */
  onOver(): void
}

/**
 * One attempt on a host, from here: sends it, follows it, brings back what it left. Everything that it knows stands in the attempt's folder here or there, so that whoever
 * comes next goes on. A connection that is lost says nothing of the attempt: it is sought again until the host itself says what became of it.
 */
export class RemoteAttempt {
  readonly #files: AttemptFolder
  readonly #own: ReturnType<typeof remoteFiles>
  readonly #host: RemoteHost
  /** What the executor is called. */
  readonly #name: string
  readonly #isShared: boolean
  readonly #events: RemoteAttemptEvents
  readonly #spec: AttemptSpec
  readonly #done: Promise<void>
  #record: RemoteRecord
  #recording: RemoteRecording | null = null
  #note: string | undefined
  #brokenSince: Date | null = null
  #failures = 0
  #cancelSent = false
  #beginsSince: number | null = null
  #isOver = false
  #closed = false
  #wake: (() => void) | null = null

  constructor(folder: string, options: { host: RemoteHost; name: string; isShared: boolean; events: RemoteAttemptEvents }) {
    this.#files = attemptFolder(folder)
    this.#own = remoteFiles(folder)
    this.#host = options.host
    this.#name = options.name
    this.#isShared = options.isShared
    this.#events = options.events
    const [spec, record] = [readJson(this.#files.spec, AttemptSpec), readJson(this.#own.record, RemoteRecord)]
    if (!spec || !record) throw new Error(`There is no attempt in ${folder}.`)
    this.#spec = spec
    this.#record = record
    this.#done = this.#follow()
  }

  /** Why it does not run, or is not known to; undefined while it does. */
  get note(): string | undefined {
    return this.#note
  }

  /** Has it look at once for what it is wished to do. */
  nudge(): void {
    this.#wake?.()
  }

  /** Stops following; the attempt goes on. */
  async close(): Promise<void> {
    this.#closed = true
    this.#wake?.()
    await this.#done
  }

  async #follow(): Promise<void> {
    while (!this.#closed && !this.#isOver) {
      let wait = INTERVAL_MS
      try {
        wait = await this.#step()
        this.#failures = 0
        this.#brokenSince = null
      } catch (error) {
        if (this.#hasClosed()) break
        wait = this.#stepFailed(error)
      }
      if (wait > 0 && !this.#hasClosed() && !this.#isOver) await this.#pause(wait)
    }
    this.#recording?.leave()
    this.#recording = null
  }

  /** A method so that callers see the field anew after each await. */
  #hasClosed(): boolean {
    return this.#closed
  }

  /** What is to be done now; returns how long to wait until the next, milliseconds. */
  async #step(): Promise<number> {
    const cancel = readJson(this.#own.cancel, CancelWish)
    if (this.#record.phase === 'sending') {
      if (cancel) return this.#finish({ outcome: 'cancelled', outcomeDetail: 'cancelled', reason: 'The run was cancelled.' })
      await this.#send()
    }
    if (this.#record.phase === 'starting') await this.#begin()
    if (cancel && !this.#cancelSent) {
      await this.#host.ask('cancel', [this.#record.id, Math.ceil(cancel.graceMs / 1000)])
      this.#cancelSent = true
    }
    return this.#look()
  }

  #stepFailed(error: unknown): number {
    const message = error instanceof Error ? error.message : String(error)
    const isSshError = error instanceof SshError
    // Before it may run there, what takes a person ends it; afterwards it is waited for, whatever it takes.
    const isFinal = error instanceof ContentError || (isSshError && error.code !== 'unreachable')
    if (this.#record.phase === 'sending' && isFinal) {
      this.#finish({ outcome: 'failed', outcomeDetail: 'not-started', reason: message })
      return 0
    }
    this.#host.forget()
    this.#brokenSince ??= new Date()
    this.#note = isSshError && error.code !== 'failed'
      ? `The connection to ${this.#name} is lost since ${this.#brokenSince.toISOString()}; it is tried again, and the stage may go on there. ${message}`
      : `${message} It is tried again.`
    this.#failures += 1
    return Math.min(INTERVAL_MS * 2 ** (this.#failures - 1), LONGEST_WAIT_MS)
  }

  async #send(): Promise<void> {
    this.#note = `What it reads is sent to ${this.#name}.`
    const { id } = this.#record
    if (this.#isShared) {
      const checkpoint = await prepareOuts(this.#spec)
      await this.#host.sendSpec(id, specFiles(this.#spec, null, checkpoint?.resume ?? false), this.#own.sending)
    } else {
      const files = await filesToSend(this.#spec)
      await this.#host.sendContent(files, this.#own.sending)
      await this.#host.sendSpec(id, specFiles(this.#spec, files, this.#resumesWith(files)), this.#own.sending)
    }
    this.#enter('starting')
  }

  #resumesWith(files: readonly SentFile[]): boolean {
    const { checkpoint } = this.#spec
    return checkpoint ? files.some(({ path }) => path.startsWith(`${checkpoint.path}/`)) : false
  }

  async #begin(): Promise<void> {
    await this.#host.ask('start', [this.#record.id])
    this.#enter('begun')
  }

  #enter(phase: RemoteRecord['phase']): void {
    const record = { ...this.#record, phase }
    writeJson(this.#own.record, record)
    this.#record = record
  }

  async #look(): Promise<number> {
    const recording = this.#openRecording()
    const isBehind = recording.isBehind
    const poll = await this.#host.poll(this.#record.id, { output: recording.outputFrom, metrics: sizeOf(this.#files.metrics), timing: recording.timingFrom })
    if (this.#hasClosed()) return 0
    this.#take(poll, recording)
    this.#note = undefined
    // A part that is full has a rest; output that was not asked for is, when its times have come.
    const more = [poll.output, poll.metrics, poll.timing].some(({ length }) => length >= PART_BYTES) || (isBehind && poll.timing.length > 0)
    switch (poll.how) {
      case 'running':
        return more ? 0 : INTERVAL_MS
      case 'waits':
        await this.#begin()
        return INTERVAL_MS
      case 'begins':
        this.#beginsSince ??= performance.now()
        if (performance.now() - this.#beginsSince > SIGN_OF_LIFE_MS) return this.#lose(`It was begun on ${this.#name} and gave no sign of life.`)
        return INTERVAL_MS
      case 'ended':
        return more ? 0 : this.#collect(recording)
      case 'lost':
        return more ? 0 : this.#lose(`Its process on ${this.#name} is gone and left no result.`)
      case 'rebooted':
        return more ? 0 : this.#lose(`${this.#name} was restarted while it ran.`)
      case 'gone':
        return this.#lose(`Its folder on ${this.#name} is gone.`)
    }
  }

  #openRecording(): RemoteRecording {
    this.#recording ??= new RemoteRecording(this.#files.recording, { start: Date.parse(this.#record.startedAt), capBytes: this.#spec.recordingCapBytes, commands: this.#spec.cmd })
    return this.#recording
  }

  #take({ output, metrics, timing }: Poll, recording: RemoteRecording): void {
    const before = recording.size
    recording.take(output, timing)
    if (metrics.length > 0) appendFileSync(this.#files.metrics, metrics, { mode: 0o600 })
    writeFileSync(this.#files.heartbeat, new Date().toISOString(), { mode: 0o600 })
    if (recording.size > before) this.#events.onOutput(recording.size)
  }

  async #collect(recording: RemoteRecording): Promise<number> {
    const { id } = this.#record
    const show = (file: string): Promise<Buffer> => this.#host.ask('show', [id, file])
    const end = readEnd((await show('end')).toString('utf8'), this.#spec, this.#name)
    const environment = end.exitCode === -1 ? null : readRemoteEnvironment((await show('environment')).toString('utf8'), this.#record.code)
    const digests = end.outcome === 'succeeded' ? readDigests(await show('digests'), this.#spec) : null
    let left: Pick<AttemptResult, 'outcome' | 'outcomeDetail' | 'reason' | 'outs' | 'evidence'> = { outcome: end.outcome, outcomeDetail: end.outcomeDetail, reason: end.reason, outs: [], evidence: [] }
    try {
      if (!this.#isShared && this.#spec.checkpoint) await this.#bringBack([this.#spec.checkpoint.path], true)
      if (digests) left = { ...left, ...(await this.#bringOuts(digests)) }
    } catch (error) {
      if (!(error instanceof ContentError)) throw error
      left = { ...left, outcome: 'failed', outcomeDetail: 'outs', reason: error.message }
    }
    this.#recording = null
    this.#finish({ ...end, ...left, environment, recording: recording.close() })
    await this.#host.ask('remove', [id]).catch(() => undefined)
    return 0
  }

  /** What the stage left, in the project, as it was made: by the digests of where it was made. Throws ContentError. */
  async #bringOuts(digests: ReadonlyMap<string, string | null>): Promise<Pick<AttemptResult, 'outs' | 'evidence'>> {
    if (!this.#isShared && ![...digests.values()].includes(null)) await this.#bringBack(wantedPaths(this.#spec), false, digests)
    else if (!this.#isShared) {
      const missing = [...digests].filter(([, sha256]) => sha256 === null).map(([path]) => `'${path}'`)
      throw new ContentError('missing', `The stage ended without producing ${missing.join(', ')}. Correct its command, or what dvc.yaml says of it.`)
    }
    const left = await digestOuts(this.#spec)
    for (const { path, sha256 } of left.outs) {
      if (digests.get(path) !== sha256) throw new ContentError('changed', `'${path}' is not what ${this.#name} says that the stage made. Let nothing else write there, and run again.`)
    }
    return left
  }

  /**
   * Brings paths of the project there into the project here. What is here gives way when all of it has come and is what it is said to be. `isOptional`: what is not there is
   * left out.
   */
  async #bringBack(paths: readonly string[], isOptional: boolean, digests: ReadonlyMap<string, string | null> = new Map()): Promise<void> {
    if (paths.length === 0) return
    const { incoming } = this.#own
    await rm(incoming, { recursive: true, force: true })
    await mkdir(incoming, { recursive: true })
    try {
      await this.#host.fetch(this.#record.id, paths, incoming)
    } catch (error) {
      if (isOptional && error instanceof SshError && error.code === 'failed') return
      throw error
    }
    for (const path of paths) {
      const { sha256 } = await readContent(incoming, path)
      if (digests.has(path) && digests.get(path) !== sha256) throw new ContentError('changed', `'${path}' is not what it was on ${this.#name} when the stage ended. Run again.`)
    }
    await prepareOuts({ ...this.#spec, checkpoint: null, outs: paths.map((path) => ({ path, kind: 'out', persist: false })) })
    for (const path of paths) await move(join(incoming, path), join(this.#spec.project, path))
    await rm(incoming, { recursive: true, force: true })
  }

  async #lose(reason: string): Promise<number> {
    const { checkpoint } = this.#spec
    if (checkpoint && !this.#isShared) {
      await this.#bringBack([checkpoint.path], true).catch((error: unknown) => {
        if (!(error instanceof ContentError)) throw error
      })
    }
    writeJson(this.#own.lost, { reason })
    this.#over()
    return 0
  }

  #finish(end: Pick<AttemptResult, 'outcome' | 'reason'> & Partial<AttemptResult>): number {
    const now = new Date().toISOString()
    const { startedAt } = this.#record
    writeResult(this.#files, {
      exitCode: -1, signal: null, startedAt, endedAt: now, durationMs: Date.parse(now) - Date.parse(startedAt), outs: [], evidence: [],
      recording: null, environment: null, runnerPeakRssBytes: 0, ...end,
    })
    this.#over()
    return 0
  }

  #over(): void {
    this.#isOver = true
    this.#note = undefined
    this.#events.onOver()
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = null
  }
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}

/** By a copy where the two are on different file systems. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    await cp(from, to, { recursive: true, preserveTimestamps: true })
  }
}
