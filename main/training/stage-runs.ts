import { join } from 'node:path'
import { ProjectId, type RunId } from '../../shared/contract/index.ts'
import { durationSeconds, memoryBytes, type Pipeline, type Stage } from '../../shared/graph/pipeline.ts'
import { canonicalJson, LedgerError } from '../ledger/index.ts'
import { StorageError, storageErrorFrom } from '../storage/index.ts'
import { nextAttempt } from './again.ts'
import { AttemptWatch, type AttemptEnd } from './attempt-watch.ts'
import { keyOf } from './cache/basis.ts'
import { explainTooLarge } from './entry-size.ts'
import type { Executor } from './executors/executor.ts'
import type { MetricPoints } from './metric-points.ts'
import type { MetricSeals } from './metric-seals.ts'
import { clip, type RunJournal } from './run-journal.ts'
import type { RunStore, StageEnd } from './run-store.ts'
import { attemptFolder, prepareAttempt, type AttemptResult, type AttemptSpec } from './runner/attempt-folder.ts'
import { hashProgramOnce } from './runner/hashed-program.ts'
import { storeStageContent, type StageContent } from './stage-content.ts'
import { stageFolder } from './stage-folder.ts'
import type { Inputs, StagePreparation } from './stage-preparation.ts'
import type { TrainingDependencies } from './training-ports.ts'

const RECORDING_CAP = 256 * 1024 * 1024
/** Before what a full disk prevented is tried again. */
const RETRY_MS = 1000
const METRICS_WAIT = 'Its metrics wait to be recorded.'

type AttemptBasics = Pick<AttemptSpec, 'attempt' | 'project' | 'node' | 'env' | 'gpus' | 'resume'>

/** A stage that is about to begin. `at`: since when, milliseconds since 1970. */
interface Launch {
  readonly done: Promise<void>
  readonly gpus: readonly string[]
  readonly at: number
}

export interface StageRunsParts {
  readonly deps: TrainingDependencies
  readonly store: RunStore
  readonly points: MetricPoints
  readonly seals: MetricSeals
  readonly journal: RunJournal
  /** By name; the empty one is this machine. Throws RequestError `not-found`. */
  readonly executorOf: (name: string) => Executor
  readonly preparation: StagePreparation
  /** Between SIGTERM and SIGKILL, milliseconds. */
  readonly graceMs: () => number
  /** The variables that confine a stage to its GPUs. */
  readonly devices: (gpus: readonly string[]) => Record<string, string>
  /** An attempt's end stands in the ledger. */
  readonly onEnded: (run: number, stage: string, attempt: number) => void
  /** Something ended, or may be tried again: what waits can be looked at. */
  readonly onRoom: () => void
}

/** Stages from their turn to their end: begins their attempts, follows them, and records how they ended. */
export class StageRuns {
  readonly #deps: TrainingDependencies
  readonly #store: RunStore
  readonly #points: MetricPoints
  readonly #seals: MetricSeals
  readonly #journal: RunJournal
  readonly #executorOf: (name: string) => Executor
  readonly #preparation: StagePreparation
  readonly #graceMs: StageRunsParts['graceMs']
  readonly #devices: StageRunsParts['devices']
  readonly #onEnded: StageRunsParts['onEnded']
  readonly #onRoom: () => void
  readonly #watches = new Map<string, AttemptWatch>()
  /** Stages between their turn and their `stage.started` entry. */
  readonly #launching = new Map<string, Launch>()
  /** What cannot be written for now and is tried again, by stage: why, in a sentence. */
  readonly #held = new Map<string, string>()
  #retry: NodeJS.Timeout | null = null
  #closed = false

  constructor(parts: StageRunsParts) {
    this.#deps = parts.deps
    this.#store = parts.store
    this.#points = parts.points
    this.#seals = parts.seals
    this.#journal = parts.journal
    this.#executorOf = parts.executorOf
    this.#preparation = parts.preparation
    this.#graceMs = parts.graceMs
    this.#devices = parts.devices
    this.#onEnded = parts.onEnded
    this.#onRoom = parts.onRoom
  }

  /** What a stage was given that is about to begin; undefined for any other. */
  launching(run: number, stage: string): Omit<Launch, 'done'> | undefined {
    return this.#launching.get(keyFor(run, stage))
  }

  /** Why a stage does not go on, where that is so. */
  held(run: number, stage: string): string | undefined {
    return this.#held.get(keyFor(run, stage))
  }

  /** Where an attempt's files lie. */
  folder(run: number, stage: string, attempt: number): string {
    return join(this.#deps.dataFolder, 'runs', String(run), stageFolder(stage), String(attempt))
  }

  /** Whether a process of an attempt is there. */
  isAlive(run: number, stage: string, attempt: number): boolean {
    return this.#executor(run, stage, attempt).inspect(this.folder(run, stage, attempt)).state === 'running'
  }

  /** Lets a stage begin whose turn it is, with GPUs of its own, by UUID. */
  launch(run: RunId, stage: string, gpus: readonly string[]): void {
    const key = keyFor(run, stage)
    if (this.#launching.has(key)) return
    const done = this.#launch(run, stage, gpus).then(
      () => {
        this.#launching.delete(key)
        this.#held.delete(key)
        this.#onRoom()
      },
      (error: unknown) => {
        this.#launching.delete(key)
        this.#hold(run, stage, `It waits to begin. ${messageOf(error)}`, error)
        this.#retry ??= setTimeout(() => {
          this.#retry = null
          this.#onRoom()
        }, RETRY_MS)
      },
    )
    this.#launching.set(key, { done, gpus, at: this.#deps.clock().getTime() })
  }

  /** Follows an attempt that began, by whomever it was started. */
  watch(run: RunId, stage: string, attempt: number): void {
    if (this.#closed) return
    const key = keyFor(run, stage)
    const folder = this.folder(run, stage, attempt)
    const watch = new AttemptWatch(folder, this.#executor(run, stage, attempt), {
      onOutput: (size) => this.#deps.emit({ type: 'terminal.grew', run, stage, attempt, size }),
      onTick: () => this.#tick(run, stage, attempt),
      onEnd: async (end) => {
        try {
          await this.#settle(run, stage, attempt, end)
        } catch (error) {
          this.#hold(run, stage, `It has ended and waits to be recorded. ${messageOf(error)}`, error)
          throw error
        }
        this.#watches.delete(key)
        this.#held.delete(key)
        this.#onEnded(run, stage, attempt)
        this.#changed(run)
        this.#onRoom()
      },
      onNote: (note) => {
        if (note === undefined) this.#held.delete(key)
        else this.#held.set(key, note)
        this.#changed(run)
      },
      onFault: this.#deps.onFault,
    })
    this.#watches.set(key, watch)
  }

  /** Lets a running stage end and be queued again, to make way for another job. */
  preempt(run: RunId, stage: string, job: string): void {
    this.#store.setPreempted(run, stage, job)
    this.#changed(run)
    this.stop(run, stage)
  }

  /** Asks a running stage to end. */
  stop(run: RunId, stage: string): void {
    void this.#watches.get(keyFor(run, stage))?.cancel(null)
  }

  /** Asks all running stages of a run to end. */
  async cancel(run: RunId): Promise<void> {
    const running = this.#store.stages(run).filter((stage) => stage.state === 'running')
    const watches = running.map(({ stage }) => this.#watches.get(keyFor(run, stage))).filter((watch) => watch !== undefined)
    await Promise.all(watches.map((watch) => watch.cancel(null)))
  }

  /** Lets go of everything; what runs goes on. Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#retry) clearTimeout(this.#retry)
    await Promise.allSettled([...this.#launching.values()].map(({ done }) => done))
    await Promise.allSettled([...this.#watches.values()].map((watch) => watch.detach()))
  }

  #executor(run: number, stage: string, attempt: number): Executor {
    return this.#executorOf(this.#store.executorOf(run, stage, attempt))
  }

  async #launch(run: RunId, name: string, gpus: readonly string[]): Promise<void> {
    const row = this.#store.row(run)
    const stage = this.#store.stageOf(run, name)
    let attempt: number
    try {
      const inputs = await this.#preparation.read(run, stage)
      if (await this.#takeFromCache(run, stage, inputs)) return this.#changed(run)
      const node = await hashProgramOnce(this.#deps.nodePath)
      const before = this.#store.stage(run, name)
      if (this.#closed || before.state !== 'waiting') return
      const resumes = stage.meta.checkpoint === undefined || before.attempt === 0 ? null : before.attempt
      this.#prepare(run, stage, { attempt: before.attempt + 1, project: row.folder, node, env: isHere(stage) ? this.#devices(gpus) : {}, gpus: [...gpus], resume: resumes !== null })
      attempt = this.#journal.stageStarted(run, stage, { ...inputs, gpus, resumes, executor: stage.meta.executor ?? '' })
    } catch (error) {
      if (error instanceof StorageError) throw error
      this.#journal.stageRefused(run, name, messageOf(error))
      return this.#changed(run)
    }
    this.#changed(run)
    try {
      await this.#executor(run, name, attempt).start(this.folder(run, name, attempt))
    } catch (error) {
      // The watch finds it lost, and claims it so that a late runner does nothing.
      this.#deps.onFault(error)
    }
    this.watch(run, name, attempt)
    if (this.#store.row(run).cancelling === 1) await this.cancel(run)
  }

  /** Whether an earlier success was put in the place of an attempt. */
  async #takeFromCache(run: RunId, stage: Stage, { basis }: Inputs): Promise<boolean> {
    if (this.#store.stage(run, stage.name).attempt > 0) return false
    const restored = await this.#preparation.restore(run, stage, basis)
    if (restored === null || this.#closed || this.#store.stage(run, stage.name).state !== 'waiting') return false
    const { hit, outs, evidence, content } = restored
    const cached = { run: hit.run, stage: hit.success.stage, attempt: hit.attempt, entry: hit.entry, artifact: content.artifact }
    const claims = evidence.map((item) => ({ ...item, obligations: obligationsOf(stage, item) }))
    const environment = this.#store.environmentOf(hit.run, hit.success.stage)
    this.#journal.stageTakenFromCache(run, stage.name, hit, { outs: [...outs], metrics: { ...content.metrics }, evidence: claims, cacheKey: keyOf(basis), cached, environment })
    return true
  }

  /** Before the start is recorded: what is recorded can begin, and can say how it ended. Throws StorageError. */
  #prepare(run: RunId, stage: Stage, start: AttemptBasics): void {
    const folder = this.folder(run, stage.name, start.attempt)
    try {
      prepareAttempt(attemptFolder(folder), this.#specify(run, stage, start))
    } catch (error) {
      throw storageErrorFrom(error, folder)
    }
  }

  /** Says why a stage does not go on, to whoever looks at the run; each reason once. */
  #hold(run: RunId, stage: string, reason: string, error: unknown): void {
    const key = keyFor(run, stage)
    if (this.#held.get(key) === reason) return
    this.#held.set(key, reason)
    this.#deps.onFault(error)
    this.#changed(run)
  }

  #specify(run: RunId, stage: Stage, start: AttemptBasics): AttemptSpec {
    const { time, memory } = stage.meta.resources
    const { checkpoint } = stage.meta
    return {
      version: 1,
      run,
      stage: stage.name,
      ...start,
      cmd: stage.cmd,
      wdir: stage.wdir,
      binFolder: this.#deps.binFolder,
      outs: stage.outs.map(({ path, kind, persist }) => ({ path, kind, persist })),
      evidence: stage.meta.evidence.map(({ kind, path }) => ({ kind, path })),
      produced: producedPaths(this.#store.pipeline(run)),
      resources: stage.meta.resources,
      reads: [...stage.deps, ...stage.params.map(({ file }) => file)],
      timeLimitMs: time === undefined ? null : durationSeconds(time) * 1000,
      graceMs: this.#graceMs(),
      checkpoint: checkpoint === undefined ? null : { path: checkpoint },
      limits: { memoryBytes: memory === undefined ? null : memoryBytes(memory), cpus: null, processes: null },
      recordingCapBytes: this.#deps.recordingCapBytes ?? RECORDING_CAP,
    }
  }

  #tick(run: RunId, stage: string, attempt: number): void {
    const key = keyFor(run, stage)
    try {
      this.#takeMetrics(run, stage, attempt)
      if (this.#held.get(key)?.startsWith(METRICS_WAIT)) this.#held.delete(key)
    } catch (error) {
      // They stand in the attempt's folder and are taken later: the stage goes on.
      this.#hold(run, stage, `${METRICS_WAIT} ${messageOf(error)}`, error)
    }
  }

  #takeMetrics(run: RunId, stage: string, attempt: number): void {
    const path = attemptFolder(this.folder(run, stage, attempt)).metrics
    const key = { run, stage, attempt }
    if (this.#points.ingest(key, path) > 0) this.#deps.emit({ type: 'metrics.appended', run })
    // Also what an earlier try took in and could not seal.
    this.#seals.sealIfDue(key)
  }

  /** All that the attempt reported, a turn at a time; the commit of its end seals the rest. */
  async #takeLastMetrics(run: RunId, stage: string, attempt: number): Promise<void> {
    const key = { run, stage, attempt }
    if ((await this.#points.ingestAll(key, attemptFolder(this.folder(run, stage, attempt)).metrics)) > 0) this.#deps.emit({ type: 'metrics.appended', run })
    await this.#seals.catchUp(key)
  }

  /** Records how an attempt ended. A full disk is thrown, to be tried again; what the registry or the ledger refuses fails the stage. */
  async #settle(run: RunId, name: string, attempt: number, end: AttemptEnd): Promise<void> {
    const key = { run, stage: name, attempt }
    const { state, attempt: current } = this.#store.stage(run, name)
    if (state !== 'running' || current !== attempt) return
    await this.#takeLastMetrics(run, name, attempt)
    const stage = this.#store.stageOf(run, name)
    const history = this.#store.attemptsOf(run, name)
    const again = this.#store.row(run).cancelling === 1 ? undefined : nextAttempt(stage.meta, history, end, this.#deps.clock())
    if ('lost' in end) {
      const reason = `The stage was interrupted. ${end.lost}`
      const ended = { state: 'interrupted', reason, exitCode: null } as const
      return this.#journal.stageEnded(key, ended, { action: 'stage.interrupted', detail: { reason: clip(reason) } }, { again })
    }
    const { result } = end
    const { exitCode, durationMs } = result
    const environment = result.environment ? (await this.#deps.blobs.putBytes(Buffer.from(canonicalJson(result.environment)))).sha256 : ''
    const recording = result.recording?.sha256 ?? ''
    const kept = { environment: result.environment, recording: result.recording?.sha256 ?? null }
    if (result.outcome === 'cancelled') {
      const ended = { state: 'cancelled', reason: result.reason, exitCode, ...kept } as const
      return this.#journal.stageEnded(key, ended, { action: 'stage.cancelled', detail: { recording } }, { again })
    }
    const fail = (reason: string, next?: typeof again): void => {
      const ended: Omit<StageEnd, 'at' | 'entry'> = { state: 'failed', reason, exitCode, ...kept }
      const detail = { reason: clip(reason), exitCode, environment, recording, durationMs }
      this.#journal.stageEnded(key, ended, { action: 'stage.failed', detail }, { again: next })
    }
    if (result.outcome === 'failed') return fail(result.reason, again)
    let content: StageContent
    try {
      content = await storeStageContent(this.#deps, this.#store.row(run).folder, stage, result)
    } catch (error) {
      // What took hours to make waits for room on the disk, unless nobody wants it any more.
      if (error instanceof StorageError && this.#store.row(run).cancelling === 0) throw error
      return fail(messageOf(error))
    }
    this.#succeed(key, stage, { result, content, environment, recording, fail })
  }

  #succeed(
    key: { run: RunId; stage: string; attempt: number }, stage: Stage,
    { result, content, environment, recording, fail }: { result: AttemptResult; content: StageContent; environment: string; recording: string; fail: (reason: string) => void },
  ): void {
    const { run, stage: name } = key
    const { exitCode, durationMs, outs } = result
    const { metrics_rejected: rejected } = this.#store.stage(run, name)
    const reason = rejected === 0 ? null : `${rejected} lines of $STRONGROOM_METRICS were not {"name", "step", "value"} and were left out.`
    const ended = { state: 'succeeded', reason, exitCode, outs, evidence: result.evidence, metrics: content.metrics, environment: result.environment, recording } as const
    const evidence = result.evidence.map((item) => ({ ...item, obligations: obligationsOf(stage, item) }))
    const detail = { outs, metrics: { ...content.metrics }, evidence, environment, recording, durationMs }
    try {
      this.#journal.stageEnded(key, ended, { action: 'stage.succeeded', detail }, {
        then: (tx, stageEntry) => {
          const { project, started_by: author, entry: runEntry } = this.#store.row(run)
          this.#deps.onStageSucceeded(tx, { run, project: ProjectId.parse(project), author, stage, runEntry, stageEntry, outs, artifact: content.artifact })
        },
      })
    } catch (error) {
      if (error instanceof StorageError) throw error
      const isTooLarge = error instanceof LedgerError && error.code === 'entry-too-large'
      fail(isTooLarge ? explainTooLarge(detail) : messageOf(error))
    }
  }

  #changed(run: RunId): void {
    this.#deps.emit({ type: 'run.changed', run, project: ProjectId.parse(this.#store.row(run).project) })
  }
}

export /** Elsewhere, devices are given by whoever runs it there. */
function isHere({ meta }: Stage): boolean {
  return meta.executor === undefined
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What stages write into a project: it is no part of its code. */
export function producedPaths(pipeline: Pipeline): string[] {
  return pipeline.stages.flatMap(({ outs, meta: { checkpoint } }) => [...outs.map((out) => out.path), ...(checkpoint === undefined ? [] : [checkpoint])])
}

function keyFor(run: number, stage: string): string {
  return `${run}/${stage}`
}

/** What the stage says that a file of evidence answers. */
function obligationsOf({ meta }: Stage, { kind, path }: { kind: string; path: string }): string[] {
  return meta.evidence.filter((each) => each.kind === kind && each.path === path).flatMap(({ obligations }) => obligations)
}
