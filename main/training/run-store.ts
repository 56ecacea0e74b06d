import {
  ProjectId, RequestError, RunId, type CodeVersion, type RunDetail, type RunState, type RunSummary, type StageRun, type StageState,
} from '../../shared/contract/index.ts'
import type { Pipeline, Stage } from '../../shared/graph/pipeline.ts'
import type { Database } from '../storage/index.ts'
import { isFinal, RUN_TRANSITIONS, STAGE_TRANSITIONS, type ScheduledRun, type ScheduledStage } from './run.ts'
import type { AttemptResult, Environment } from './runner/attempt-folder.ts'

export interface RunRow {
  readonly id: number
  readonly project: string
  readonly folder: string
  readonly state: RunState
  readonly cancelling: number
  readonly started_by: string
  readonly started_at: string
  readonly ended_at: string | null
  readonly entry: number
  readonly pipeline: string
  readonly parameters: string
  readonly snapshots: string
  readonly code: string
}

export interface StageRow {
  readonly run: number
  readonly stage: string
  readonly position: number
  readonly state: StageState
  readonly attempt: number
  readonly started_at: string | null
  readonly ended_at: string | null
  readonly exit_code: number | null
  readonly reason: string | null
  readonly entry: number | null
  readonly outs: string
  readonly metrics: string
  readonly evidence: string
  readonly environment: string | null
  readonly recording: string | null
  readonly metrics_offset: number
  readonly metrics_rejected: number
}

export interface SnapshotRef {
  readonly path: string
  readonly manifest: string
  readonly entry: number
}

export interface NewRun {
  readonly project: ProjectId
  readonly folder: string
  readonly startedBy: string
  readonly startedAt: string
  /** Only the stages that run, with the edges between them. */
  readonly pipeline: Pipeline
  readonly parameters: Readonly<Record<string, string>>
  readonly snapshots: readonly SnapshotRef[]
  readonly code: CodeVersion
}

export interface StageEnd {
  readonly state: StageState
  readonly at: string
  readonly entry: number | null
  readonly reason: string | null
  readonly exitCode: number | null
  readonly result?: AttemptResult | undefined
  readonly metrics?: Readonly<Record<string, string>> | undefined
}

/** Runs and their stages in the database. Every change follows the transition tables, inside the caller's transaction. */
export class RunStore {
  readonly #db: Database
  readonly #pipelines = new Map<number, Pipeline>()

  constructor(db: Database) {
    this.#db = db
  }

  /** Adds a queued run. The number is known before its ledger entry is: `setEntry` follows in the same transaction. */
  add(run: NewRun): RunId {
    const id = this.#db
      .prepare<unknown[], number>(
        `INSERT INTO runs (project, folder, state, started_by, started_at, entry, pipeline, parameters, snapshots, code)
         VALUES (?, ?, 'queued', ?, ?, -1, ?, ?, ?, ?) RETURNING id`,
      )
      .pluck()
      .get(
        run.project, run.folder, run.startedBy, run.startedAt, JSON.stringify(run.pipeline), JSON.stringify(run.parameters),
        JSON.stringify(run.snapshots), JSON.stringify(run.code),
      )
    const insert = this.#db.prepare(`INSERT INTO run_stages (run, stage, position, state) VALUES (?, ?, ?, 'waiting')`)
    for (const [position, stage] of run.pipeline.stages.entries()) insert.run(id, stage.name, position)
    return RunId.parse(id)
  }

  setEntry(run: number, entry: number): void {
    this.#db.prepare('UPDATE runs SET entry = ? WHERE id = ?').run(entry, run)
  }

  row(run: number): RunRow {
    const row = this.#db.prepare<[number], RunRow>('SELECT * FROM runs WHERE id = ?').get(run)
    if (!row) throw new RequestError('not-found', `There is no run ${run}.`)
    return row
  }

  projectOf(run: number): string | undefined {
    return this.#db.prepare<[number], string>('SELECT project FROM runs WHERE id = ?').pluck().get(run)
  }

  active(): RunRow[] {
    return this.#db.prepare<[], RunRow>(`SELECT * FROM runs WHERE state IN ('queued', 'running') ORDER BY id`).all()
  }

  activeOf(project: string): number | undefined {
    const query = `SELECT id FROM runs WHERE project = ? AND state IN ('queued', 'running')`
    return this.#db.prepare<[string], number>(query).pluck().get(project)
  }

  usingSnapshot(entry: number): number[] {
    const query = `SELECT runs.id FROM runs, json_each(runs.snapshots) AS used WHERE used.value ->> 'entry' = ? ORDER BY runs.id`
    return this.#db.prepare<[number], number>(query).pluck().all(entry)
  }

  stage(run: number, stage: string): StageRow {
    const row = this.#db.prepare<[number, string], StageRow>('SELECT * FROM run_stages WHERE run = ? AND stage = ?').get(run, stage)
    if (!row) throw new RequestError('not-found', `Run ${run} has no stage '${stage}'.`)
    return row
  }

  stages(run: number): StageRow[] {
    return this.#db.prepare<[number], StageRow>('SELECT * FROM run_stages WHERE run = ? ORDER BY position').all(run)
  }

  pipeline(run: number): Pipeline {
    const known = this.#pipelines.get(run)
    if (known) return known
    const pipeline = JSON.parse(this.row(run).pipeline) as Pipeline
    this.#pipelines.set(run, pipeline)
    return pipeline
  }

  stageOf(run: number, name: string): Stage {
    const stage = this.pipeline(run).stages.find((candidate) => candidate.name === name)
    if (!stage) throw new RequestError('not-found', `Run ${run} has no stage '${name}'.`)
    return stage
  }

  /** A run as the scheduler sees it; `launching` are stages that are about to run. */
  schedule(run: number, launching: (stage: string) => boolean = () => false): ScheduledRun {
    const pipeline = this.pipeline(run)
    const states = new Map(this.stages(run).map((row) => [row.stage, row.state]))
    const stages = pipeline.stages.map(({ name, meta }): ScheduledStage => {
      const state = states.get(name) ?? 'waiting'
      return {
        name,
        state: state === 'waiting' && launching(name) ? 'running' : state,
        needs: [...new Set(pipeline.edges.filter((edge) => edge.to === name).map((edge) => edge.from))],
        cpus: meta.resources.cpus,
      }
    })
    return { id: run, stages }
  }

  setRunState(run: number, state: RunState, endedAt: string | null = null): void {
    const { state: before } = this.row(run)
    if (before === state) return
    if (!RUN_TRANSITIONS[before].includes(state)) throw new Error(`run ${run} cannot go from ${before} to ${state}`)
    this.#db.prepare('UPDATE runs SET state = ?, ended_at = ? WHERE id = ?').run(state, endedAt, run)
    if (isFinal(state)) this.#pipelines.delete(run)
  }

  setCancelling(run: number): void {
    this.#db.prepare('UPDATE runs SET cancelling = 1 WHERE id = ?').run(run)
  }

  startStage(run: number, stage: string, start: { at: string; entry: number }): number {
    this.#checkTransition(run, stage, 'running')
    this.#db
      .prepare(`UPDATE run_stages SET state = 'running', attempt = attempt + 1, started_at = ?, entry = ? WHERE run = ? AND stage = ?`)
      .run(start.at, start.entry, run, stage)
    return this.stage(run, stage).attempt
  }

  endStage(run: number, stage: string, end: StageEnd): void {
    this.#checkTransition(run, stage, end.state)
    const { result } = end
    this.#db
      .prepare(
        `UPDATE run_stages SET state = ?, ended_at = ?, exit_code = ?, reason = ?, entry = coalesce(?, entry), outs = ?, metrics = ?,
         evidence = ?, environment = ?, recording = ? WHERE run = ? AND stage = ?`,
      )
      .run(
        end.state, end.at, end.exitCode, end.reason, end.entry, JSON.stringify(result?.outs ?? []), JSON.stringify(end.metrics ?? {}),
        JSON.stringify(result?.evidence ?? []), result?.environment ? JSON.stringify(result.environment) : null,
        result?.recording?.sha256 ?? null, run, stage,
      )
  }

  list(filter: { project?: string | undefined; limit: number }): RunSummary[] {
    const project = filter.project ?? null
    const rows = this.#db
      .prepare<unknown[], RunRow>('SELECT * FROM runs WHERE (? IS NULL OR project = ?) ORDER BY id DESC LIMIT ?')
      .all(project, project, filter.limit)
    return rows.map((row) => this.#summary(row, this.stages(row.id)))
  }

  summary(run: number): RunSummary {
    return this.#summary(this.row(run), this.stages(run))
  }

  detail(run: number): RunDetail {
    const row = this.row(run)
    const stages = this.stages(run)
    const pipeline = JSON.parse(row.pipeline) as Pipeline
    return {
      ...this.#summary(row, stages),
      pipeline: pipeline.sha256,
      edges: joinStages(pipeline),
      stages: stages.map(toStageRun),
      parameters: JSON.parse(row.parameters) as RunDetail['parameters'],
      code: JSON.parse(row.code) as RunDetail['code'],
      snapshots: JSON.parse(row.snapshots) as RunDetail['snapshots'],
    }
  }

  #summary(row: RunRow, stages: readonly StageRow[]): RunSummary {
    return {
      id: RunId.parse(row.id),
      project: ProjectId.parse(row.project),
      state: row.state,
      startedAt: row.started_at,
      endedAt: row.ended_at,
      startedBy: row.started_by,
      stagesDone: stages.filter(({ state }) => state === 'succeeded').length,
      stagesTotal: stages.length,
      startedEntry: row.entry,
    }
  }

  #checkTransition(run: number, stage: string, to: StageState): void {
    const { state } = this.stage(run, stage)
    if (!STAGE_TRANSITIONS[state].includes(to)) throw new Error(`stage '${stage}' of run ${run} cannot go from ${state} to ${to}`)
  }
}

function toStageRun(row: StageRow): StageRun {
  return {
    stage: row.stage,
    state: row.state,
    attempt: row.attempt,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    exitCode: row.exit_code,
    reason: row.reason,
    entry: row.entry,
    outs: JSON.parse(row.outs) as StageRun['outs'],
    metrics: JSON.parse(row.metrics) as StageRun['metrics'],
    recording: row.recording,
    environment: row.environment === null ? null : describeEnvironment(JSON.parse(row.environment) as Environment),
  }
}

/** The environment as lines of name and value. */
function describeEnvironment(environment: Environment): Record<string, string> {
  const lines: Record<string, string> = {
    os: environment.os,
    kernel: environment.kernel,
    architecture: environment.arch,
    cpu: `${environment.cpuModel}, ${environment.cores} cores`,
    memory: `${(environment.memoryBytes / 2 ** 30).toFixed(1)} GiB`,
    gpu: environment.gpus.map((gpu) => `${gpu.name} (driver ${gpu.driver})`).join(', ') || 'none',
    runner: `Node ${environment.node}`,
  }
  for (const { word, path, version, sha256 } of environment.executables) {
    lines[word] = `${version || 'version unknown'}, ${path}, sha256 ${sha256.slice(0, 12)}`
  }
  const packages = environment.python.map(({ name, version }) => `${name} ${version}`)
  if (packages.length > 0) lines['python packages'] = packages.join(', ')
  return lines
}

/** One edge for two stages, however many files join them. */
function joinStages({ edges }: Pipeline): { from: string; to: string }[] {
  const joined = new Map(edges.map(({ from, to }) => [JSON.stringify([from, to]), { from, to }]))
  return [...joined.values()]
}
