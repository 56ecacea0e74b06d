import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import {
  ProjectId, RequestError, ResourceSample, RunId, type MetricPoint, type MetricProof, type QueuePolicy, type QueueState, type RunDetail, type RunSummary, type StageStatus, type TerminalChunk,
} from '../../shared/contract/index.ts'
import type { Pipeline } from '../../shared/graph/pipeline.ts'
import type { Actor } from '../identity/index.ts'
import { openRegularLater } from '../content/index.ts'
import { registrationsOf } from './cached-registrations.ts'
import { foretell } from './cache/status.ts'
import { StageCache } from './cache/stage-cache.ts'
import { readCodeVersion } from './code-version.ts'
import { fixedParameters, readByRun, refuseChangedParameters } from './dependencies.ts'
import type { Finding } from './executors/executor.ts'
import { ExecutorList } from './executors/executor-list.ts'
import { Executors } from './executors/executors.ts'
import { LocalExecutor } from './executors/local.ts'
import { SlurmExecutor } from './executors/slurm/slurm-executor.ts'
import { SshExecutor } from './executors/ssh/ssh-executor.ts'
import { MetricPoints, type PointsQuery } from './metric-points.ts'
import { MetricSeals } from './metric-seals.ts'
import { readRecording } from './recording-reader.ts'
import { asMachineGpus } from './gpus/find-gpus.ts'
import type { FoundGpu } from './gpus/gpu.ts'
import { visibleDevices } from './gpus/visible-devices.ts'
import { GpuWatch } from './gpu-watch.ts'
import { Queue, requestOf } from './queue.ts'
import { QueuePolicies } from './queue-policy.ts'
import { isFinal } from './run.ts'
import { neverFits } from './scheduler/never-fits.ts'
import { neverSentence } from './scheduler/sentences.ts'
import type { Used } from './scheduler/usage.ts'
import { RunJournal } from './run-journal.ts'
import { gateFiles, planRun } from './run-plan.ts'
import { RunStore, type SnapshotRef } from './run-store.ts'
import { attemptFolder } from './runner/attempt-folder.ts'
import { StagePreparation } from './stage-preparation.ts'
import { producedPaths, StageRuns } from './stage-runs.ts'
import type { TrainingDependencies } from './training-ports.ts'

const SAMPLES_TAIL = 1 << 20

export interface StartRequest {
  readonly project: { readonly id: ProjectId; readonly folder: string }
  readonly pipeline: Pipeline
  /** Stages to run with all that they need; the whole pipeline unless told. */
  readonly targets?: readonly string[] | undefined
  /** Take nothing from earlier runs. */
  readonly force?: boolean
  /** Its class in the queue. */
  readonly priority?: number
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
  readonly #cache: StageCache
  readonly #stages: StageRuns
  readonly executors: ExecutorList
  readonly #executors: Executors
  readonly #cpus: number
  readonly #gpus: GpuWatch
  readonly #policies: QueuePolicies
  readonly #queue: Queue
  readonly #starting = new Set<string>()

  constructor(deps: TrainingDependencies) {
    this.#deps = deps
    this.#store = new RunStore(deps.db)
    this.#points = new MetricPoints(deps.db, deps.clock)
    this.#seals = new MetricSeals({ ...deps, points: this.#points, startOf: (run) => this.#store.row(run).entry })
    this.#cache = new StageCache(deps.db, deps.ledger)
    this.#journal = new RunJournal({
      ...deps, store: this.#store, seals: this.#seals, cache: this.#cache,
      onRunSucceeded: (tx, run) => registrationsOf(this.#store, run).forEach((success) => deps.onStageSucceeded(tx, success)),
    })
    this.executors = new ExecutorList(deps.db, deps.ledger)
    this.#executors = new Executors(new LocalExecutor(deps), this.executors, {
      slurm: (config, name) => new SlurmExecutor({ ...deps, config, name }),
      ssh: (config, name) => new SshExecutor(config, { name, program: deps.remoteProgram, sshArguments: deps.sshArguments }),
    })
    this.#stages = new StageRuns({
      deps, store: this.#store, points: this.#points, seals: this.#seals, journal: this.#journal,
      executorOf: (name) => this.#executors.of(name), preparation: new StagePreparation(deps, this.#store, this.#cache, this.executors), graceMs: () => this.#policy().graceMs, devices: (uuids) => visibleDevices(this.#gpus.found.gpus.filter(({ uuid }) => uuids.includes(uuid))),
      onEnded: (run, stage, attempt) => {
        const ended = this.#store.endedAttempt(run, stage, attempt)
        if (ended) this.#queue.ended(ended)
      },
      onRoom: () => this.#queue.look(),
    })
    this.#cpus = deps.cpus ?? availableParallelism()
    this.#gpus = new GpuWatch(deps.findGpus, deps.clock)
    this.#policies = new QueuePolicies(deps.db, deps.ledger)
    this.#queue = new Queue({
      store: this.#store, stages: this.#stages, gpus: this.#gpus, policy: () => this.#policy(),
      machine: { cpus: this.#cpus, memoryBytes: totalmem() }, clock: deps.clock, onChanged: (run) => this.#changed(run), onFault: deps.onFault,
    })
  }

  /**
   * Records what the run will read, run and be judged by, signed by `actor`, and starts it. Throws RequestError `conflict` while another
   * run of the project is active, `invalid-pipeline`, `not-found` for a target or an executor.
   */
  async start(actor: Actor, request: StartRequest): Promise<RunId> {
    const { id: project, folder } = request.project
    const plan = await this.#plan(actor, request)
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
      const run = this.#journal.runStarted(actor, { project, folder, pipeline: plan, parameters: parameters.values, snapshots, code, force: request.force ?? false, priority: request.priority ?? 0 })
      this.#changed(run)
      this.#queue.look()
      return run
    } finally {
      this.#starting.delete(project)
    }
  }

  async #plan(actor: Actor, { project, pipeline, targets }: StartRequest): Promise<Pipeline> {
    const plan = planRun(pipeline, targets)
    const here = plan.stages.filter(({ meta }) => meta.executor === undefined)
    for (const { meta } of plan.stages) if (meta.executor !== undefined) this.executors.get(meta.executor)
    if (here.some(({ meta }) => (meta.resources.gpus ?? 0) > 0) && !this.#gpus.isFresh) await this.#gpus.refresh()
    const machine = { cpus: this.#cpus, memoryBytes: totalmem(), gpus: asMachineGpus(this.#gpus.found.gpus) }
    for (const { name, meta } of here) {
      const problem = neverFits({ ...requestOf(meta), person: actor.person, project: project.id }, machine, this.#policy())
      if (problem) throw new RequestError('invalid-pipeline', `Stage '${name}' ${neverSentence(problem)}`)
    }
    return plan
  }

  /** Ends a run: nothing more is started, running stages get SIGTERM and, after the grace, SIGKILL. A second call changes nothing. */
  async cancel(actor: Actor, run: RunId): Promise<void> {
    const row = this.#store.row(run)
    if (isFinal(row.state)) throw new RequestError('conflict', `Run ${run} has ended already (${row.state}).`)
    if (row.cancelling === 0) {
      this.#journal.cancelRequested(actor, run)
      this.#changed(run)
    }
    await this.#stages.cancel(run)
  }

  /**
   * Takes over the runs that were active when the last orchestrator ended, at start and before any `start`: follows what still runs,
   * collects what ended meanwhile, records what was lost, and schedules the rest. Returns the number of attempts that still run.
   */
  adopt(): number {
    void this.#gpus.refresh().catch(this.#deps.onFault)
    let adopted = 0
    for (const { id } of this.#store.active()) {
      const run = RunId.parse(id)
      const running = this.#store.stages(run).filter((stage) => stage.state === 'running')
      const alive = running.filter(({ stage, attempt }) => this.#stages.isAlive(run, stage, attempt))
      this.#journal.runAdopted(run, alive.map(({ stage, attempt }) => ({ stage, attempt })))
      for (const { stage, attempt } of running) this.#stages.watch(run, stage, attempt)
      if (this.#store.row(run).cancelling === 1) void this.#stages.cancel(run)
      for (const { stage, preemptedFor } of this.#store.latestAttempts(run)) if (preemptedFor !== null) this.#stages.stop(run, stage)
      adopted += alive.length
      this.#changed(run)
    }
    this.#queue.look()
    return adopted
  }

  /** Lets go of everything; what runs goes on. Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    this.#queue.close()
    await this.#stages.close()
    await this.#executors.close()
  }

  /** Newest first. */
  runs(filter: { project?: ProjectId | undefined; limit: number }): RunSummary[] {
    return this.#store.list(filter)
  }

  /** Throws RequestError `not-found`. */
  run(run: RunId): RunDetail {
    const detail = this.#store.detail(run)
    return { ...detail, stages: detail.stages.map((stage) => ({ ...stage, reason: this.#stages.held(run, stage.stage) ?? (stage.state === 'waiting' ? this.#queue.reason(run, stage.stage) : undefined) ?? stage.reason })) }
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
    const part = await readRecording(attemptFolder(this.#stages.folder(request.run, request.stage, request.attempt)).recording, request.offset)
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
    const lines = await readTail(attemptFolder(this.#stages.folder(request.run, request.stage, request.attempt)).samples, SAMPLES_TAIL)
    return lines.flatMap((line) => {
      const sample = ResourceSample.safeParse(parseJson(line))
      return sample.success ? [sample.data] : []
    })
  }

  /** What the running stages hold of the machine, and its GPUs as last seen. */
  load(): { cpus: number; cpusBusy: number; runningStages: number; gpus: readonly FoundGpu[] } {
    const running = this.#queue.list().filter(({ state }) => state !== 'waiting')
    return { cpus: this.#cpus, cpusBusy: running.reduce((total, { cpus }) => total + cpus, 0), runningStages: running.length, gpus: this.#gpus.found.gpus }
  }

  /** Who holds what of this machine, who waits for what, and by which policy. Looks at its GPUs. */
  async queue(): Promise<QueueState> {
    await this.#gpus.refresh()
    const { gpus, problems } = this.#gpus.found
    const jobs = this.#queue.list()
    const held = new Set(jobs.flatMap(({ heldGpus }) => heldGpus))
    const { people, projects } = this.#queue.usage()
    const { policy, entry } = this.#policies.current()
    const used = (of: ReadonlyMap<string, Used>) => [...of].map(([name, { cpuSeconds, gpuSeconds }]) => ({ name, cpuSeconds, gpuSeconds }))
    return {
      cpus: this.#cpus,
      memoryBytes: totalmem(),
      gpus: gpus.map(({ uuid, vendor, model, memoryBytes, driver, parent, processes }) => ({ uuid, vendor, model, memoryBytes, driver, parent, foreign: processes.length > 0 && !held.has(uuid) })),
      problems: [...problems],
      jobs,
      people: used(people),
      projects: used(projects),
      policy,
      policyEntry: entry,
    }
  }

  setPolicy(actor: Actor, policy: QueuePolicy, reason: string): void {
    this.#policies.set(actor, policy, reason)
    this.#queue.look()
  }

  /** Throws RequestError `conflict` for a run that has ended. */
  prioritise(actor: Actor, run: RunId, priority: number): void {
    const { state } = this.#store.row(run)
    if (isFinal(state)) throw new RequestError('conflict', `Run ${run} has ended already (${state}).`)
    this.#journal.priorityChanged(actor, run, priority)
    this.#changed(run)
    this.#queue.look()
  }

  /** Reaches an executor and says what was found. Throws RequestError `not-found`. */
  async check(executor: string): Promise<Finding[]> {
    return (await this.#executors.of(executor).check?.()) ?? []
  }

  /** What each stage of a pipeline would do if it ran now. Throws RequestError as `start` does for what can never run. */
  async status(project: StartRequest['project'], pipeline: Pipeline, targets?: readonly string[]): Promise<StageStatus[]> {
    return foretell({ deps: this.#deps, cache: this.#cache, elsewhere: (name) => this.executors.describe(name) }, project, pipeline, targets)
  }

  #policy(): QueuePolicy {
    const { policy, entry } = this.#policies.current()
    return entry === null && this.#deps.graceMs !== undefined ? { ...policy, graceMs: this.#deps.graceMs } : policy
  }

  #changed(run: RunId): void {
    this.#deps.emit({ type: 'run.changed', run, project: ProjectId.parse(this.#store.row(run).project) })
  }
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
