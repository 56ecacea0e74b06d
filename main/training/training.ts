import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import {
  ProjectId, RequestError, ResourceSample, RunId, type MetricPoint, type MetricProof, type RunDetail, type RunSummary, type TerminalChunk,
} from '../../shared/contract/index.ts'
import { durationSeconds, type Pipeline, type Stage } from '../../shared/graph/pipeline.ts'
import type { Actor } from '../identity/index.ts'
import { canonicalJson, LedgerError } from '../ledger/index.ts'
import { openRegularLater } from '../content/index.ts'
import { StorageError, storageErrorFrom } from '../storage/index.ts'
import { AttemptWatch, type AttemptEnd } from './attempt-watch.ts'
import { readCodeVersion } from './code-version.ts'
import { fixedParameters, readByRun, readDependencies, refuseChanged, refuseChangedParameters } from './dependencies.ts'
import { explainTooLarge } from './entry-size.ts'
import { LocalExecutor } from './executors/local.ts'
import { MetricPoints, type PointsQuery } from './metric-points.ts'
import { MetricSeals } from './metric-seals.ts'
import { readRecording } from './recording-reader.ts'
import { isFinal, nextStages } from './run.ts'
import { clip, RunJournal } from './run-journal.ts'
import { gateFiles, planRun } from './run-plan.ts'
import { RunStore, type SnapshotRef, type StageEnd } from './run-store.ts'
import { attemptFolder, prepareAttempt, type AttemptSpec, type OutResult } from './runner/attempt-folder.ts'
import { hashProgramOnce } from './runner/hashed-program.ts'
import { stageFolder } from './stage-folder.ts'
import { storeStageContent, type StageContent } from './stage-content.ts'
import type { StageSuccess, TrainingDependencies } from './training-ports.ts'

const GRACE_MS = 10_000
const RECORDING_CAP = 256 * 1024 * 1024
const SAMPLES_TAIL = 1 << 20
/** Before what a full disk prevented is tried again. */
const RETRY_MS = 1000
const METRICS_WAIT = 'Its metrics wait to be recorded.'

export interface StartRequest {
  readonly project: { readonly id: ProjectId; readonly folder: string }
  readonly pipeline: Pipeline
  /** Stages to run with all that they need; the whole pipeline unless told. */
  readonly targets?: readonly string[] | undefined
}

/**
 * Training runs: starts them, schedules their stages on this machine, follows the runners, and records every step. A change of state and
 * its ledger entry are one commit.
 */
export class Training {
  readonly #deps: TrainingDependencies
  readonly #store: RunStore
  readonly #points: MetricPoints
  readonly #seals: MetricSeals
  readonly #journal: RunJournal
  readonly #executor: LocalExecutor
  readonly #cpus: number
  readonly #watches = new Map<string, AttemptWatch>()
  /** Stages between their turn and their `stage.started` entry. */
  readonly #launching = new Map<string, Promise<void>>()
  readonly #starting = new Set<string>()
  /** What cannot be written for now and is tried again, by stage: why, in a sentence. */
  readonly #held = new Map<string, string>()
  #retry: NodeJS.Timeout | null = null
  #closed = false

  constructor(deps: TrainingDependencies) {
    this.#deps = deps
    this.#store = new RunStore(deps.db)
    this.#points = new MetricPoints(deps.db, deps.clock)
    this.#seals = new MetricSeals({ ...deps, points: this.#points, startOf: (run) => this.#store.row(run).entry })
    this.#journal = new RunJournal({ ...deps, store: this.#store, seals: this.#seals })
    this.#executor = new LocalExecutor(deps)
    this.#cpus = deps.cpus ?? availableParallelism()
  }

  /**
   * Records what the run will read, run and be judged by, signed by `actor`, and starts it. Throws RequestError `conflict` while another
   * run of the project is active, `invalid-pipeline`, `not-found` for a target.
   */
  async start(actor: Actor, request: StartRequest): Promise<RunId> {
    const { id: project, folder } = request.project
    const plan = planRun(request.pipeline, request.targets, { cpus: this.#cpus, memory: totalmem() })
    const active = this.#store.activeOf(project)
    if (active !== undefined || this.#starting.has(project)) {
      const which = active === undefined ? 'A run' : `Run ${active}`
      throw new RequestError('conflict', `${which} of ${project} is active. Wait until it ends, or cancel it.`)
    }
    this.#starting.add(project)
    try {
      const parameters = await this.#deps.readParameters(folder, fixedParameters(plan))
      for (const { path, sha256 } of [{ path: plan.file, sha256: plan.sha256 }, ...gateFiles(plan.stages)]) {
        const stored = await this.#deps.blobs.putBytes(await readPlanFile(join(folder, path)))
        if (stored.sha256 !== sha256) throw new RequestError('conflict', `${path} changed while the run was being started. Start it again.`)
      }
      const snapshots: SnapshotRef[] = []
      for (const path of readByRun(plan)) {
        const { manifest, entry } = await this.#deps.snapshots.take(actor, { project, folder, path })
        snapshots.push({ path, manifest, entry })
      }
      await refuseChangedParameters(folder, [...parameters.files, ...plan.variables], snapshots)
      const code = await readCodeVersion(folder, producedPaths(request.pipeline))
      const run = this.#journal.runStarted(actor, { project, folder, pipeline: plan, parameters: parameters.values, snapshots, code })
      this.#changed(run)
      this.#schedule()
      return run
    } finally {
      this.#starting.delete(project)
    }
  }

  /** Ends a run: nothing more is started, running stages get SIGTERM and, after the grace, SIGKILL. A second call changes nothing. */
  async cancel(actor: Actor, run: RunId): Promise<void> {
    const row = this.#store.row(run)
    if (isFinal(row.state)) throw new RequestError('conflict', `Run ${run} has ended already (${row.state}).`)
    if (row.cancelling === 0) {
      this.#journal.cancelRequested(actor, run)
      this.#changed(run)
    }
    await this.#cancelRunning(run)
  }

  /**
   * Takes over the runs that were active when the last orchestrator ended, at start and before any `start`: follows what still runs,
   * collects what ended meanwhile, records what was lost, and schedules the rest. Returns the number of attempts that still run.
   */
  adopt(): number {
    let adopted = 0
    for (const { id } of this.#store.active()) {
      const run = RunId.parse(id)
      const running = this.#store.stages(run).filter((stage) => stage.state === 'running')
      const alive = running.filter(({ stage, attempt }) => this.#executor.inspect(this.#folder(run, stage, attempt)).state === 'running')
      this.#journal.runAdopted(run, alive.map(({ stage, attempt }) => ({ stage, attempt })))
      for (const { stage, attempt } of running) this.#watch(run, stage, attempt)
      if (this.#store.row(run).cancelling === 1) void this.#cancelRunning(run)
      adopted += alive.length
      this.#changed(run)
    }
    this.#schedule()
    return adopted
  }

  /** Lets go of everything; what runs goes on. Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#retry) clearTimeout(this.#retry)
    await Promise.allSettled(this.#launching.values())
    await Promise.allSettled([...this.#watches.values()].map((watch) => watch.detach()))
  }

  /** Newest first. */
  runs(filter: { project?: ProjectId | undefined; limit: number }): RunSummary[] {
    return this.#store.list(filter)
  }

  /** Throws RequestError `not-found`. */
  run(run: RunId): RunDetail {
    const detail = this.#store.detail(run)
    return { ...detail, stages: detail.stages.map((stage) => ({ ...stage, reason: this.#held.get(keyOf(run, stage.stage)) ?? stage.reason })) }
  }

  /** Undefined where there is no such run. */
  projectOf(run: number): string | undefined {
    return this.#store.projectOf(run)
  }

  summary(run: RunId): RunSummary {
    return this.#store.summary(run)
  }

  /** The ids of runs whose `run.started` names the snapshot of a ledger entry. */
  runsUsing(snapshotEntry: number): number[] {
    return this.#store.usingSnapshot(snapshotEntry)
  }

  /** Part of a stage's terminal recording; see `readRecording`. */
  async terminal(request: { run: RunId; stage: string; attempt: number; offset: number }): Promise<TerminalChunk> {
    const { state, attempt } = this.#store.stage(request.run, request.stage)
    const over = isFinal(state) || request.attempt < attempt
    const part = await readRecording(attemptFolder(this.#folder(request.run, request.stage, request.attempt)).recording, request.offset)
    return { ...part, ended: over }
  }

  /** Points of a run after a given one, oldest first. */
  metricPoints(request: { run: RunId } & PointsQuery): MetricPoint[] {
    return this.#points.list(request.run, request)
  }

  /** The proof of one of a stage's metric records, of its latest attempt unless one is named. Throws `not-found` also where it is not sealed yet. */
  proveMetric({ run, stage, attempt, record }: { run: RunId; stage: string; attempt?: number | undefined; record: number }): MetricProof {
    return this.#seals.prove({ run, stage, attempt: attempt ?? this.#store.stage(run, stage).attempt }, record)
  }

  /** The stage's use of the machine, one sample a second, the latest megabyte of them. */
  async samples(request: { run: RunId; stage: string; attempt: number }): Promise<z.infer<typeof ResourceSample>[]> {
    this.#store.stage(request.run, request.stage)
    const lines = await readTail(attemptFolder(this.#folder(request.run, request.stage, request.attempt)).samples, SAMPLES_TAIL)
    return lines.flatMap((line) => {
      const sample = ResourceSample.safeParse(parseJson(line))
      return sample.success ? [sample.data] : []
    })
  }

  /** What the running stages hold of the machine. */
  load(): { cpus: number; cpusBusy: number; runningStages: number } {
    const running = this.#store.active().flatMap((row) => this.#store.schedule(row.id).stages.filter((stage) => stage.state === 'running'))
    return { cpus: this.#cpus, cpusBusy: running.reduce((total, stage) => total + stage.cpus, 0), runningStages: running.length }
  }

  #schedule(): void {
    if (this.#closed) return
    const runs = this.#store.active().filter((row) => row.cancelling === 0)
    // A run that is being cancelled starts nothing, but what it still runs holds its CPUs.
    const leaving = this.#store.active().filter((row) => row.cancelling === 1)
    const views = [...leaving, ...runs].map(({ id }) => this.#store.schedule(id, (stage) => this.#launching.has(keyOf(id, stage))))
    for (const { run, stage } of nextStages(views, this.#cpus)) {
      const key = keyOf(run, stage)
      const launch = this.#launch(RunId.parse(run), stage).then(
        () => {
          this.#launching.delete(key)
          this.#held.delete(key)
          this.#schedule()
        },
        (error: unknown) => {
          this.#launching.delete(key)
          this.#hold(RunId.parse(run), stage, `It waits to begin. ${messageOf(error)}`, error)
          this.#retry ??= setTimeout(() => {
            this.#retry = null
            this.#schedule()
          }, RETRY_MS)
        },
      )
      this.#launching.set(key, launch)
    }
  }

  async #launch(run: RunId, name: string): Promise<void> {
    const { folder: project } = this.#store.row(run)
    const stage = this.#store.stageOf(run, name)
    let attempt: number
    try {
      const [dependencies, node] = await Promise.all([readDependencies(project, stage), hashProgramOnce(this.#deps.nodePath)])
      await refuseChanged(dependencies, this.#store.detail(run), (sha256) => this.#deps.blobs.read(sha256))
      const before = this.#store.stage(run, name)
      if (this.#closed || before.state !== 'waiting') return
      this.#prepare(run, stage, { attempt: before.attempt + 1, project, node })
      attempt = this.#journal.stageStarted(run, stage, dependencies.map(({ path, sha256, bytes }) => ({ path, sha256, bytes })))
    } catch (error) {
      if (error instanceof StorageError) throw error
      this.#journal.stageRefused(run, name, messageOf(error))
      return this.#changed(run)
    }
    this.#changed(run)
    try {
      await this.#executor.start(this.#folder(run, name, attempt))
    } catch (error) {
      // The watch finds it lost, and claims it so that a late runner does nothing.
      this.#deps.onFault(error)
    }
    this.#watch(run, name, attempt)
    if (this.#store.row(run).cancelling === 1) await this.#cancelRunning(run)
  }

  /** Before the start is recorded: what is recorded can begin, and can say how it ended. Throws StorageError. */
  #prepare(run: RunId, stage: Stage, start: Pick<AttemptSpec, 'attempt' | 'project' | 'node'>): void {
    const folder = this.#folder(run, stage.name, start.attempt)
    try {
      prepareAttempt(attemptFolder(folder), this.#specify(run, stage, start))
    } catch (error) {
      throw storageErrorFrom(error, folder)
    }
  }

  /** Says why a stage does not go on, to whoever looks at the run; each reason once. */
  #hold(run: RunId, stage: string, reason: string, error: unknown): void {
    const key = keyOf(run, stage)
    if (this.#held.get(key) === reason) return
    this.#held.set(key, reason)
    this.#deps.onFault(error)
    this.#changed(run)
  }

  #specify(run: RunId, stage: Stage, start: Pick<AttemptSpec, 'attempt' | 'project' | 'node'>): AttemptSpec {
    const { time } = stage.meta.resources
    return {
      version: 1,
      run,
      stage: stage.name,
      ...start,
      cmd: stage.cmd,
      wdir: stage.wdir,
      env: {},
      binFolder: this.#deps.binFolder,
      outs: stage.outs.map(({ path, kind, persist }) => ({ path, kind, persist })),
      evidence: stage.meta.evidence.map(({ kind, path }) => ({ kind, path })),
      produced: producedPaths(this.#store.pipeline(run)),
      timeLimitMs: time === undefined ? null : durationSeconds(time) * 1000,
      graceMs: this.#deps.graceMs ?? GRACE_MS,
      recordingCapBytes: this.#deps.recordingCapBytes ?? RECORDING_CAP,
    }
  }

  #watch(run: RunId, stage: string, attempt: number): void {
    if (this.#closed) return
    const key = keyOf(run, stage)
    const folder = this.#folder(run, stage, attempt)
    const watch = new AttemptWatch(folder, this.#executor, {
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
        this.#changed(run)
        this.#schedule()
      },
      onFault: this.#deps.onFault,
    })
    this.#watches.set(key, watch)
  }

  #tick(run: RunId, stage: string, attempt: number): void {
    const key = keyOf(run, stage)
    try {
      this.#takeMetrics(run, stage, attempt, false)
      if (this.#held.get(key)?.startsWith(METRICS_WAIT)) this.#held.delete(key)
    } catch (error) {
      // They stand in the attempt's folder and are taken later: the stage goes on.
      this.#hold(run, stage, `${METRICS_WAIT} ${messageOf(error)}`, error)
    }
  }

  #takeMetrics(run: RunId, stage: string, attempt: number, final: boolean): void {
    const path = attemptFolder(this.#folder(run, stage, attempt)).metrics
    const key = { run, stage, attempt }
    if (this.#points.ingest(key, path, final) > 0) this.#deps.emit({ type: 'metrics.appended', run })
    // Also what an earlier try took in and could not seal. The end of the attempt seals by itself.
    if (!final) this.#seals.sealIfDue(key)
  }

  /** Records how an attempt ended. A full disk is thrown, to be tried again; what the registry or the ledger refuses fails the stage. */
  async #settle(run: RunId, name: string, attempt: number, end: AttemptEnd): Promise<void> {
    this.#takeMetrics(run, name, attempt, true)
    const key = { run, stage: name, attempt }
    if ('lost' in end) {
      const reason = `The stage was interrupted. ${end.lost}`
      const ended = { state: 'interrupted', reason, exitCode: null } as const
      return this.#journal.stageEnded(key, ended, { action: 'stage.interrupted', detail: { reason: clip(reason) } })
    }
    const { result } = end
    const { exitCode, durationMs } = result
    const environment = result.environment ? (await this.#deps.blobs.putBytes(Buffer.from(canonicalJson(result.environment)))).sha256 : ''
    const recording = result.recording?.sha256 ?? ''
    if (result.outcome === 'cancelled') {
      const ended = { state: 'cancelled', reason: result.reason, exitCode, result } as const
      return this.#journal.stageEnded(key, ended, { action: 'stage.cancelled', detail: { recording } })
    }
    const fail = (reason: string): void => {
      const ended: Omit<StageEnd, 'at' | 'entry'> = { state: 'failed', reason, exitCode, result: { ...result, outs: [], evidence: [] } }
      const detail = { reason: clip(reason), exitCode, environment, recording, durationMs }
      this.#journal.stageEnded(key, ended, { action: 'stage.failed', detail })
    }
    if (result.outcome === 'failed') return fail(result.reason)
    const stage = this.#store.stageOf(run, name)
    let content: StageContent
    try {
      content = await storeStageContent(this.#deps, this.#store.row(run).folder, stage, result)
    } catch (error) {
      // What took hours to make waits for room on the disk, unless nobody wants it any more.
      if (error instanceof StorageError && this.#store.row(run).cancelling === 0) throw error
      return fail(messageOf(error))
    }
    const { metrics_rejected: rejected } = this.#store.stage(run, name)
    const reason = rejected === 0 ? null : `${rejected} lines of $STRONGROOM_METRICS were not {"name", "step", "value"} and were left out.`
    const ended = { state: 'succeeded', reason, exitCode, result, metrics: content.metrics } as const
    const evidence = result.evidence.map((item) => ({ ...item, obligations: obligationsOf(stage, item) }))
    const detail = { outs: result.outs, metrics: { ...content.metrics }, evidence, environment, recording, durationMs }
    try {
      this.#journal.stageEnded(key, ended, { action: 'stage.succeeded', detail }, (tx, entry) => {
        this.#deps.onStageSucceeded(tx, this.#success(run, stage, entry, result.outs, content))
      })
    } catch (error) {
      if (error instanceof StorageError) throw error
      const isTooLarge = error instanceof LedgerError && error.code === 'entry-too-large'
      fail(isTooLarge ? explainTooLarge(detail) : messageOf(error))
    }
  }

  /** Called inside the commit, after the stage's row has its metrics. */
  #success(run: RunId, stage: Stage, stageEntry: number, outs: readonly OutResult[], content: StageContent): StageSuccess {
    const { project, started_by: author, entry: runEntry } = this.#store.row(run)
    const { artifact } = content
    return { run, project: ProjectId.parse(project), author, stage, runEntry, stageEntry, outs, artifact }
  }

  async #cancelRunning(run: RunId): Promise<void> {
    const running = this.#store.stages(run).filter((stage) => stage.state === 'running')
    const watches = running.map(({ stage }) => this.#watches.get(keyOf(run, stage))).filter((watch) => watch !== undefined)
    await Promise.all(watches.map((watch) => watch.cancel(null)))
  }

  #folder(run: RunId, stage: string, attempt: number): string {
    return join(this.#deps.dataFolder, 'runs', String(run), stageFolder(stage), String(attempt))
  }

  #changed(run: RunId): void {
    this.#deps.emit({ type: 'run.changed', run, project: ProjectId.parse(this.#store.row(run).project) })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function keyOf(run: number, stage: string): string {
  return `${run}/${stage}`
}

/** What the stage says that a file of evidence answers. */
function obligationsOf({ meta }: Stage, { kind, path }: { kind: string; path: string }): string[] {
  return meta.evidence.filter((each) => each.kind === kind && each.path === path).flatMap(({ obligations }) => obligations)
}

function producedPaths(pipeline: Pipeline): string[] {
  return pipeline.stages.flatMap((stage) => stage.outs.map((out) => out.path))
}

/** The bytes of the pipeline's file or a gate's; none where it is a file no more, which then is a change like any other. */
async function readPlanFile(path: string): Promise<Buffer> {
  const file = await openRegularLater(path)
  if (!file) return Buffer.alloc(0)
  try {
    return await file.readFile()
  } finally {
    await file.close()
  }
}

async function readTail(path: string, limit: number): Promise<string[]> {
  const file = await openRegularLater(path)
  if (!file) return []
  try {
    const { size } = await file.stat()
    const buffer = Buffer.alloc(Math.min(size, limit))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8', 0, bytesRead).split('\n')
  } finally {
    await file.close()
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
