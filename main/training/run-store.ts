import {
  ProjectId, RequestError, RunId, type CodeVersion, type RunDetail, type RunState, type RunSummary, type StageAttempt, type StageRun, type StageState,
} from '../../shared/contract/index.ts'
import type { Pipeline, Stage } from '../../shared/graph/pipeline.ts'
import { predecessorsOf } from '../../shared/graph/selection.ts'
import type { Database } from '../storage/index.ts'
import { Basis } from './cache/basis.ts'
import { isFinal, RUN_TRANSITIONS, STAGE_TRANSITIONS, type ScheduledStage } from './run.ts'
import type { AttemptResult, Environment } from './runner/attempt-folder.ts'
import type { PastAttempt } from './scheduler/usage.ts'

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
  readonly priority: number
  readonly force: number
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
  readonly not_before: string | null
  readonly cached: string | null
}

interface AttemptRow {
  readonly stage: string
  readonly attempt: number
  readonly state: StageAttempt['state']
  readonly started_at: string
  readonly ended_at: string | null
  readonly exit_code: number | null
  readonly reason: string | null
  readonly entry: number
  readonly end_entry: number | null
  readonly resumes: number | null
  readonly gpus: string
  readonly executor: string
}

type AttemptUse = Pick<PastAttempt, 'person' | 'project' | 'cpus'> & { readonly gpus: string; readonly startedAt: string; readonly endedAt: string }

/** The success that stands for a stage, and what it registers, stored by content. */
export type Cached = NonNullable<StageRun['cached']> & { readonly artifact: { readonly path: string; readonly sha256: string; readonly bytes: number } | null }

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
  readonly force: boolean
  readonly priority: number
}

export interface StageEnd {
  readonly state: StageState
  readonly at: string
  readonly entry: number | null
  readonly reason: string | null
  readonly exitCode: number | null
  readonly outs?: AttemptResult['outs']
  readonly evidence?: AttemptResult['evidence']
  readonly environment?: Environment | null
  /** Digest of the terminal's recording. */
  readonly recording?: string | null
  readonly metrics?: Readonly<Record<string, string>>
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
        `INSERT INTO runs (project, folder, state, started_by, started_at, entry, pipeline, parameters, snapshots, code, force, priority)
         VALUES (?, ?, 'queued', ?, ?, -1, ?, ?, ?, ?, ?, ?) RETURNING id`,
      )
      .pluck()
      .get(
        run.project, run.folder, run.startedBy, run.startedAt, JSON.stringify(run.pipeline), JSON.stringify(run.parameters),
        JSON.stringify(run.snapshots), JSON.stringify(run.code), Number(run.force), run.priority,
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

  /** How the stages of a run stand, in the order of the file. */
  schedule(run: number): { stages: ScheduledStage[] } {
    const pipeline = this.pipeline(run)
    const rows = new Map(this.stages(run).map((row) => [row.stage, row]))
    const needs = predecessorsOf(pipeline)
    const stages = pipeline.stages.map(({ name }): ScheduledStage => {
      const { state = 'waiting', not_before: notBefore = null, started_at: startedAt = null, ended_at: endedAt = null } = rows.get(name) ?? {}
      return {
        name,
        state,
        needs: [...(needs.get(name) ?? [])],
        notBefore: notBefore === null ? 0 : Date.parse(notBefore),
        startedAt: startedAt === null ? null : Date.parse(startedAt),
        endedAt: endedAt === null ? null : Date.parse(endedAt),
      }
    })
    return { stages }
  }

  setRunState(run: number, state: RunState, endedAt: string | null = null): void {
    const { state: before } = this.row(run)
    if (before === state) return
    if (!RUN_TRANSITIONS[before].includes(state)) throw new Error(`run ${run} cannot go from ${before} to ${state}`)
    this.#db.prepare('UPDATE runs SET state = ?, ended_at = ? WHERE id = ?').run(state, endedAt, run)
    if (isFinal(state)) this.#pipelines.delete(run)
  }

  setPriority(run: number, priority: number): void {
    this.#db.prepare('UPDATE runs SET priority = ? WHERE id = ?').run(priority, run)
  }

  setCancelling(run: number): void {
    this.#db.prepare('UPDATE runs SET cancelling = 1 WHERE id = ?').run(run)
  }

  /** Begins the next attempt; returns its number. */
  startStage(run: number, stage: string, start: { at: string; entry: number; gpus: readonly string[]; resumes: number | null; basis: Basis; executor: string; cpus: number }): number {
    this.#checkTransition(run, stage, 'running')
    this.#db
      .prepare(
        `UPDATE run_stages SET state = 'running', attempt = attempt + 1, started_at = ?, entry = ?, ended_at = NULL, exit_code = NULL, reason = NULL,
         not_before = NULL, metrics_offset = 0, metrics_rejected = 0 WHERE run = ? AND stage = ?`,
      )
      .run(start.at, start.entry, run, stage)
    const { attempt } = this.stage(run, stage)
    this.#db
      .prepare(`INSERT INTO stage_attempts (run, stage, attempt, state, started_at, entry, resumes, gpus, basis, executor, cpus) VALUES (?, ?, ?, 'running', ?, ?, ?, ?, ?, ?, ?)`)
      .run(run, stage, attempt, start.at, start.entry, start.resumes, JSON.stringify(start.gpus), JSON.stringify(start.basis), start.executor, start.cpus)
    return attempt
  }

  endStage(run: number, stage: string, end: StageEnd): void {
    this.#checkTransition(run, stage, end.state)
    const { state, attempt } = this.stage(run, stage)
    const { outs = [], evidence = [], environment = null, recording = null, metrics = {} } = end
    this.#db
      .prepare(
        `UPDATE run_stages SET state = ?, ended_at = ?, exit_code = ?, reason = ?, entry = coalesce(?, entry), outs = ?, metrics = ?,
         evidence = ?, environment = ?, recording = ? WHERE run = ? AND stage = ?`,
      )
      .run(
        end.state, end.at, end.exitCode, end.reason, end.entry, JSON.stringify(outs), JSON.stringify(metrics), JSON.stringify(evidence),
        environment === null ? null : JSON.stringify(environment), recording, run, stage,
      )
    if (state === 'running') this.#endAttempt(run, stage, attempt, end.state, end)
  }

  /** Lets another attempt follow the one that ended. `notBefore`: ISO 8601, or empty for at once; `reason`: why it waits. */
  requeueStage(run: number, stage: string, end: StageEnd, again: { notBefore: string; isPreempted: boolean; reason: string }): void {
    this.#checkTransition(run, stage, 'waiting')
    this.#endAttempt(run, stage, this.stage(run, stage).attempt, again.isPreempted ? 'preempted' : end.state, end)
    this.#db
      .prepare(`UPDATE run_stages SET state = 'waiting', ended_at = ?, exit_code = ?, reason = ?, not_before = ? WHERE run = ? AND stage = ?`)
      .run(end.at, end.exitCode, again.reason, again.notBefore === '' ? null : again.notBefore, run, stage)
  }

  /** Puts an earlier success in the place of an attempt. It counts as one, which never ran. */
  takeFromCache(run: number, stage: string, end: StageEnd, cached: Cached): void {
    this.endStage(run, stage, end)
    this.#db.prepare('UPDATE run_stages SET attempt = attempt + 1, cached = ? WHERE run = ? AND stage = ?').run(JSON.stringify(cached), run, stage)
  }

  /** Of a stage that was taken from the cache. */
  cachedOf({ cached }: StageRow): Cached | null {
    return cached === null ? null : (JSON.parse(cached) as Cached)
  }

  /** Where an attempt runs or ran; empty for this machine. */
  executorOf(run: number, stage: string, attempt: number): string {
    const query = 'SELECT executor FROM stage_attempts WHERE run = ? AND stage = ? AND attempt = ?'
    return this.#db.prepare<[number, string, number], string>(query).pluck().get(run, stage, attempt) ?? ''
  }

  /** What an attempt was made of; null where it began before that was recorded. */
  basisOf(run: number, stage: string, attempt: number): Basis | null {
    const query = 'SELECT basis FROM stage_attempts WHERE run = ? AND stage = ? AND attempt = ?'
    const text = this.#db.prepare<[number, string, number], string | null>(query).pluck().get(run, stage, attempt)
    return text === undefined || text === null ? null : Basis.parse(JSON.parse(text))
  }

  /** The attempts at a stage, in order. */
  attemptsOf(run: number, stage: string): { attempt: number; state: StageAttempt['state']; preemptedFor: string | null }[] {
    const query = 'SELECT attempt, state, preempted_for AS preemptedFor FROM stage_attempts WHERE run = ? AND stage = ? ORDER BY attempt'
    return this.#db.prepare<[number, string], { attempt: number; state: StageAttempt['state']; preemptedFor: string | null }>(query).all(run, stage)
  }

  /** The latest attempt at each stage of a run. */
  latestAttempts(run: number): { stage: string; gpus: string[]; preemptedFor: string | null }[] {
    const query = `SELECT stage, gpus, preempted_for AS preemptedFor FROM run_stages JOIN stage_attempts USING (run, stage, attempt) WHERE run = ?`
    const rows = this.#db.prepare<[number], { stage: string; gpus: string; preemptedFor: string | null }>(query).all(run)
    return rows.map((row) => ({ ...row, gpus: JSON.parse(row.gpus) as string[] }))
  }

  /** Attempts on this machine that ended after a time, milliseconds since 1970, with what they held. */
  *endedAttempts(after: number): Generator<PastAttempt> {
    const query = `SELECT runs.started_by AS person, runs.project, attempts.cpus, attempts.gpus, attempts.started_at AS startedAt, attempts.ended_at AS endedAt
      FROM stage_attempts AS attempts JOIN runs ON runs.id = attempts.run WHERE attempts.ended_at > ? AND attempts.executor = ''`
    for (const row of this.#db.prepare<[string], AttemptUse>(query).iterate(new Date(Math.max(0, after)).toISOString())) yield toPastAttempt(row)
  }

  /** An attempt on this machine that has ended; undefined for one elsewhere. */
  endedAttempt(run: number, stage: string, attempt: number): PastAttempt | undefined {
    const query = `SELECT runs.started_by AS person, runs.project, attempts.cpus, attempts.gpus, attempts.started_at AS startedAt, attempts.ended_at AS endedAt
      FROM stage_attempts AS attempts JOIN runs ON runs.id = attempts.run WHERE run = ? AND stage = ? AND attempt = ? AND executor = '' AND attempts.ended_at IS NOT NULL`
    const row = this.#db.prepare<[number, string, number], AttemptUse>(query).get(run, stage, attempt)
    return row && toPastAttempt(row)
  }

  /** What the last two attempts at a stage of a project took that succeeded, milliseconds, in the order of their ends. */
  durations(project: string, stage: string): number[] {
    const query = `SELECT attempts.started_at AS startedAt, attempts.ended_at AS endedAt FROM stage_attempts AS attempts JOIN runs ON runs.id = attempts.run
      WHERE attempts.stage = ? AND attempts.state = 'succeeded' AND runs.project = ? ORDER BY attempts.run DESC, attempts.attempt DESC LIMIT 2`
    const rows = this.#db.prepare<[string, string], { startedAt: string; endedAt: string }>(query).all(stage, project)
    return rows.map(({ startedAt, endedAt }) => Date.parse(endedAt) - Date.parse(startedAt)).reverse()
  }

  /** Notes that a running attempt was asked to make way, and for which job. */
  setPreempted(run: number, stage: string, job: string): void {
    this.#db.prepare('UPDATE stage_attempts SET preempted_for = ? WHERE run = ? AND stage = ? AND attempt = (SELECT attempt FROM run_stages WHERE run = ? AND stage = ?)').run(job, run, stage, run, stage)
  }

  /** What a stage ran on, null before it has ended. */
  environmentOf(run: number, stage: string): Environment | null {
    const query = 'SELECT environment FROM run_stages WHERE run = ? AND stage = ?'
    const text = this.#db.prepare<[number, string], string | null>(query).pluck().get(run, stage) ?? null
    return text === null ? null : (JSON.parse(text) as Environment)
  }

  attempts(run: number): (StageAttempt & { stage: string })[] {
    return this.#db
      .prepare<[number], AttemptRow>('SELECT * FROM stage_attempts WHERE run = ? ORDER BY stage, attempt')
      .all(run)
      .map((row) => ({
        stage: row.stage, attempt: row.attempt, state: row.state, startedAt: row.started_at, endedAt: row.ended_at, exitCode: row.exit_code,
        reason: row.reason, entry: row.entry, endEntry: row.end_entry, resumes: row.resumes, gpus: JSON.parse(row.gpus) as string[], executor: row.executor,
      }))
  }

  #endAttempt(run: number, stage: string, attempt: number, state: StageAttempt['state'] | StageState, end: StageEnd): void {
    this.#db
      .prepare('UPDATE stage_attempts SET state = ?, ended_at = ?, exit_code = ?, reason = ?, end_entry = ? WHERE run = ? AND stage = ? AND attempt = ?')
      .run(state, end.at, end.exitCode, end.reason, end.entry, run, stage, attempt)
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
    const attempts = Map.groupBy(this.attempts(run), ({ stage }) => stage)
    return {
      ...this.#summary(row, stages),
      pipeline: pipeline.sha256,
      edges: joinStages(pipeline),
      stages: stages.map((stage) => toStageRun(stage, attempts.get(stage.stage) ?? [])),
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
      priority: row.priority,
    }
  }

  #checkTransition(run: number, stage: string, to: StageState): void {
    const { state } = this.stage(run, stage)
    if (!STAGE_TRANSITIONS[state].includes(to)) throw new Error(`stage '${stage}' of run ${run} cannot go from ${state} to ${to}`)
  }
}

function toStageRun(row: StageRow, attempts: readonly StageAttempt[]): StageRun {
  return {
    stage: row.stage,
    state: row.state,
    attempt: row.attempt,
    attempts: [...attempts],
    cached: row.cached === null ? null : (JSON.parse(row.cached) as Cached),
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

function toPastAttempt({ person, project, cpus, gpus, startedAt, endedAt }: AttemptUse): PastAttempt {
  return { person, project, cpus, gpus: (JSON.parse(gpus) as string[]).length, startedAt: Date.parse(startedAt), endedAt: Date.parse(endedAt) }
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
  if (environment.weaker) lines['evidence'] = environment.weaker.join(' ')
  const packages = environment.python.map(({ name, version }) => `${name} ${version}`)
  if (packages.length > 0) lines['python packages'] = packages.join(', ')
  return lines
}

/** One edge for two stages, however many files join them. */
function joinStages({ edges }: Pipeline): { from: string; to: string }[] {
  const joined = new Map(edges.map(({ from, to }) => [JSON.stringify([from, to]), { from, to }]))
  return [...joined.values()]
}
