import type { ResourceSample } from '../../../shared/contract/index.ts'
import { readCodeVersion } from '../code-version.ts'
import { ContentError } from '../../content/index.ts'
import { sampleGpus, type GpuSampler } from '../gpus/gpu-sampler.ts'
import { stageEnvironment } from '../stage-environment.ts'
import {
  AttemptSpec, attemptFolder, readJson, takeClaim, writeJson, writeResult, type AttemptFolder, type AttemptResult, type AttemptState, type OutcomeDetail,
} from './attempt-folder.ts'
import { startCommand, type CommandEnd, type RunningCommand } from './command.ts'
import { Control } from './control.ts'
import { explainEnd, outOfItsMemory, type Circumstances } from './ending.ts'
import { readEnvironment } from './environment.ts'
import { holdTo, type Hold } from './limits.ts'
import { Meter } from './meter.ts'
import { MetricCollector } from './metric-collector.ts'
import { digestOuts, prepareOuts, workingFolder } from './outs.ts'
import { platform } from './platform/index.ts'
import { startPulse } from './pulse.ts'
import { COALESCE_MS, Recording } from './recording.ts'

const COLUMNS = 120
const ROWS = 30

/** Why the runner itself ends the stage. The first reason stands. */
type Stop = Pick<AttemptResult, 'outcome' | 'reason'> & { readonly outcomeDetail: OutcomeDetail }

/** One attempt at one stage, from `spec.json` to `result.json`. */
export class Attempt {
  readonly #files: AttemptFolder
  readonly #startedAt = new Date()
  readonly #started = performance.now()
  #spec: AttemptSpec | null = null
  #recording: Recording | null = null
  #control: Control | null = null
  #command: RunningCommand | null = null
  #flushTimer: NodeJS.Timeout | null = null
  #stop: Stop | null = null
  #hold: Hold | null = null
  #meter: Meter | null = null
  #sampler: GpuSampler | null = null
  #metrics: MetricCollector | null = null
  #commandBegan = 0
  readonly #oomKillsBefore = platform.oomKills()
  #finished = false
  #columns = COLUMNS
  #rows = ROWS

  constructor(folder: string) {
    this.#files = attemptFolder(folder)
  }

  /** Runs the attempt to its end. Does nothing where somebody else holds the claim. */
  async run(): Promise<void> {
    if (!takeClaim(this.#files)) return
    let stopPulse: (() => void) | null = null
    try {
      const spec = readJson(this.#files.spec, AttemptSpec)
      if (!spec) throw new ContentError('missing', `There is no '${this.#files.spec}'.`)
      this.#spec = spec
      const socket = platform.socketPath(this.#files.folder)
      this.#control = await Control.listen(socket, {
        cancel: (graceMs) => this.cancel(graceMs),
        resize: (columns, rows) => this.#resize(columns, rows),
        input: (text) => this.#input(Buffer.from(text)),
      })
      this.#writeState(socket)
      stopPulse = startPulse(this.#files, (time) => this.#look(time), () => this.#checkTime(spec))
      await this.#perform(spec, socket)
    } catch (error) {
      this.#finish({ outcome: 'failed', outcomeDetail: 'not-started', exitCode: -1, signal: null, reason: describe(error) })
    }
    stopPulse?.()
    if (!this.#control) return
    await this.#control.end()
    platform.removeSocket(platform.socketPath(this.#files.folder))
  }

  /** Ends the stage by SIGTERM, then SIGKILL after the grace (milliseconds; null for the spec's). */
  cancel(graceMs: number | null): void {
    this.#end({ outcome: 'cancelled', outcomeDetail: 'cancelled', reason: 'The run was cancelled.' }, graceMs)
  }

  /** Records a fault of the runner itself and ends the process. */
  abort(error: unknown): void {
    this.#command?.stop(0)
    this.#finish({ outcome: 'failed', outcomeDetail: 'runner', exitCode: -1, signal: null, reason: `The runner failed: ${describe(error)}` })
    process.exit(1)
  }

  async #perform(spec: AttemptSpec, socket: string): Promise<void> {
    this.#recording = new Recording(this.#files.recording, {
      start: this.#startedAt.getTime(), width: COLUMNS, height: ROWS, capBytes: spec.recordingCapBytes,
    })
    const cwd = await workingFolder(spec)
    const code = await readCodeVersion(spec.project, spec.produced)
    const checkpoint = await prepareOuts(spec)
    const env = stageEnvironment(process.env, { binFolder: spec.binFolder, metricsPath: this.#files.metrics, additions: spec.env, checkpoint })
    this.#hold = holdTo(spec.limits)
    this.#metrics = new MetricCollector(this.#files.metrics, spec.project, spec.outs.map(({ path }) => path))
    this.#sampler = sampleGpus(spec.gpus ?? [])
    this.#meter = new Meter({ gpus: spec.gpus ?? [], sampler: this.#sampler, group: this.#hold.group })
    // While the stage runs: what it runs on does not change, and nobody waits for it.
    const environment = readEnvironment(spec, cwd, env, code)

    const end = await this.#runCommands(spec, cwd, env, socket, this.#hold)
    const usage = this.#meter.usage(performance.now())
    this.#collect(true)
    const ended = { exitCode: end.exitCode, signal: end.signal, environment: await environment, usage }
    const stop = this.#stopReason()
    if (stop) return this.#finish({ ...ended, ...stop })
    if (end.exitCode !== 0) return this.#finish({ ...ended, ...explainEnd(end, this.#circumstances()) })
    try {
      this.#finish({ ...ended, outcome: 'succeeded', reason: '', ...(await digestOuts(spec)) })
    } catch (error) {
      this.#finish({ ...ended, outcome: 'failed', outcomeDetail: 'outs', reason: describe(error) })
    }
  }

  #circumstances(): Circumstances {
    const now = platform.oomKills()
    return {
      groupOomKills: this.#hold?.group?.usage().oomKills ?? 0,
      machineOomKills: now === null || this.#oomKillsBefore === null ? null : now - this.#oomKillsBefore,
      memoryBytes: this.#hold?.group?.enforced.memoryBytes ?? null,
    }
  }

  /** The commands in order, up to the first that fails or to a stop. */
  async #runCommands(spec: AttemptSpec, cwd: string, env: Record<string, string>, socket: string, hold: Hold): Promise<CommandEnd> {
    let end: CommandEnd = { exitCode: -1, signal: null }
    for (const command of spec.cmd) {
      if (this.#stopReason()) break
      this.#record((recording) => recording.mark(command))
      this.#commandBegan = performance.now()
      this.#meter?.begin(this.#commandBegan)
      const running = startCommand(command, {
        cwd, env, hold, columns: this.#columns, rows: this.#rows, onOutput: (bytes) => this.#recordOutput(bytes),
      })
      this.#command = running
      this.#tellState(socket)
      if (this.#stopReason()) running.stop(spec.graceMs)
      end = await running.ended
      this.#command = null
      if (end.exitCode !== 0) break
    }
    return end
  }

  #recordOutput(bytes: Buffer): void {
    this.#record((recording) => recording.output(bytes))
    this.#collect(false, bytes)
    this.#flushTimer ??= setTimeout(() => {
      this.#flushTimer = null
      this.#record((recording) => recording.flush())
    }, COALESCE_MS)
  }

  #record(write: (recording: Recording) => void): void {
    const recording = this.#recording
    if (!recording) return
    try {
      write(recording)
      this.#control?.grew(recording.size)
    } catch (error) {
      this.#end({ outcome: 'failed', outcomeDetail: 'recording', reason: `The stage was stopped because its output could not be recorded: ${describe(error)}` }, null)
    }
  }

  /** A method so that callers see the field anew after each await. */
  #stopReason(): Stop | null {
    return this.#stop
  }

  #end(stop: Stop, graceMs: number | null): void {
    this.#stop ??= stop
    this.#command?.stop(graceMs ?? this.#spec?.graceMs ?? 0)
  }

  /** A full disk is not its concern: the recording meets it as well, and says so. */
  #collect(final: boolean, output?: Buffer): void {
    try {
      if (output) this.#metrics?.output(output)
      else this.#metrics?.look(final)
    } catch {
      // What waits is tried again at the next look.
    }
  }

  /** Measures what the command uses that runs now, and ends it where it holds more than nobody else keeps it from. */
  #look(time: Date): ResourceSample | null {
    if (!this.#command || !this.#meter) return null
    this.#collect(false)
    const sample = this.#meter.look({ pid: this.#command.pid, startedAt: this.#commandBegan }, performance.now(), time)
    const limit = this.#hold?.watchedBytes ?? null
    if (limit !== null && sample.rssBytes > limit) this.#end({ outcome: 'failed', outcomeDetail: 'oom', reason: outOfItsMemory(limit) }, 0)
    return sample
  }

  #checkTime(spec: AttemptSpec): void {
    if (spec.timeLimitMs === null || this.#stop || performance.now() - this.#started < spec.timeLimitMs) return
    const seconds = Math.round(spec.timeLimitMs / 1000)
    this.#end({ outcome: 'failed', outcomeDetail: 'time-limit', reason: `The stage was stopped at its time limit of ${seconds} s (resources.time in dvc.yaml).` }, null)
  }

  #resize(columns: number, rows: number): void {
    this.#columns = columns
    this.#rows = rows
    this.#command?.resize(columns, rows)
    this.#record((recording) => recording.resize(columns, rows))
  }

  #input(bytes: Buffer): number {
    const { taken, isShown } = this.#command?.input(bytes) ?? { taken: 0, isShown: true }
    if (taken > 0) this.#record((recording) => recording.input(bytes.subarray(0, taken), isShown))
    return taken
  }

  /** A command of which nobody could know that it runs must not go on: nobody could end it either, should this process be lost. */
  #tellState(socket: string): void {
    try {
      this.#writeState(socket)
    } catch (error) {
      this.#end({ outcome: 'failed', outcomeDetail: 'runner', reason: `The stage was stopped because it could not be recorded that it runs: ${describe(error)}` }, null)
    }
  }

  #writeState(socket: string): void {
    const runnerStartTime = platform.startTime(process.pid) ?? ''
    const pid = this.#command?.pid
    const child = pid === undefined ? null : { pid, startTime: platform.startTime(pid) ?? '' }
    const state: AttemptState = { runnerPid: process.pid, runnerStartTime, child, startedAt: this.#startedAt.toISOString(), socket }
    writeJson(this.#files.state, state)
  }

  #finish(end: Pick<AttemptResult, 'outcome' | 'exitCode' | 'signal' | 'reason'> & Partial<AttemptResult>): void {
    if (this.#finished) return
    this.#finished = true
    const result: AttemptResult = {
      startedAt: this.#startedAt.toISOString(),
      endedAt: new Date().toISOString(),
      durationMs: Math.round(performance.now() - this.#started),
      outs: [],
      evidence: [],
      environment: null,
      recording: this.#closeRecording(),
      runnerPeakRssBytes: platform.peakRssBytes(),
      outcomeDetail: null,
      usage: null,
      ...(this.#hold && { limits: this.#hold.limits }),
      ...end,
    }
    writeResult(this.#files, result)
    this.#sampler?.close()
    this.#hold?.group?.remove()
  }

  #closeRecording(): AttemptResult['recording'] {
    const recording = this.#recording
    this.#recording = null
    try {
      return recording?.close() ?? null
    } catch {
      return null
    }
  }
}

function describe(error: unknown): string {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) {
    return 'The disk is full. Free some space in the data folder and start the run again.'
  }
  return error instanceof Error ? error.message : String(error)
}
