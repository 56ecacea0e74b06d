import { createHash } from 'node:crypto'
import type { DetailOf, RunId } from '../../shared/contract/index.ts'
import type { Stage } from '../../shared/graph/pipeline.ts'
import type { Actor } from '../identity/index.ts'
import { canonicalJson, type Ledger, type LedgerTransaction, type Signer } from '../ledger/index.ts'
import type { Environment } from './runner/attempt-folder.ts'
import type { MetricSeals } from './metric-seals.ts'
import { keyOf, type Basis } from './cache/basis.ts'
import type { CachedSuccess, StageCache } from './cache/stage-cache.ts'
import { runOutcome, stagesToSkip } from './run.ts'
import { gateFiles, plannedGates } from './run-plan.ts'
import type { Cached, NewRun, RunStore, StageEnd } from './run-store.ts'

/** The end of an attempt as the ledger says it; run, stage and attempt are added. */
export type EndFact = {
  [A in 'stage.succeeded' | 'stage.failed' | 'stage.cancelled' | 'stage.interrupted']: {
    readonly action: A
    readonly detail: Omit<DetailOf<A>, 'run' | 'stage' | 'attempt'>
  }
}['stage.succeeded' | 'stage.failed' | 'stage.cancelled' | 'stage.interrupted']

/** That another attempt follows an end: why, from when on (ISO 8601, or empty for at once), and whether it goes on from the checkpoint. */
export type Again = Pick<DetailOf<'stage.requeued'>, 'cause' | 'notBefore' | 'resume'>

/** What is known of an attempt as it begins. */
export interface AttemptStart {
  readonly dependencies: DetailOf<'stage.started'>['dependencies']
  readonly basis: Basis
  readonly gpus: readonly string[]
  readonly resumes: number | null
  /** Empty for this machine. */
  readonly executor: string
}

/** What runs do, written down: each method is one commit of rows and ledger entries together. */
export class RunJournal {
  readonly #ledger: Ledger
  readonly #orchestrator: Signer
  readonly #store: RunStore
  readonly #seals: MetricSeals
  readonly #cache: StageCache
  readonly #onRunSucceeded: (tx: LedgerTransaction, run: RunId) => void
  readonly #clock: () => Date

  /** `onRunSucceeded` joins the commit in which a run's last stage succeeds. */
  constructor(options: { ledger: Ledger; orchestrator: Signer; store: RunStore; seals: MetricSeals; cache: StageCache; onRunSucceeded: (tx: LedgerTransaction, run: RunId) => void; clock: () => Date }) {
    this.#ledger = options.ledger
    this.#orchestrator = options.orchestrator
    this.#store = options.store
    this.#seals = options.seals
    this.#cache = options.cache
    this.#onRunSucceeded = options.onRunSucceeded
    this.#clock = options.clock
  }

  /** What will run and what it will be judged by, signed by the person. */
  runStarted(actor: Actor, run: Omit<NewRun, 'startedBy' | 'startedAt'>): RunId {
    const { project, pipeline, parameters, snapshots, code } = run
    return this.#ledger.commit((tx) => {
      const id = this.#store.add({ ...run, startedBy: actor.person, startedAt: this.#now() })
      const detail: DetailOf<'run.started'> = {
        run: id,
        project,
        pipeline: pipeline.sha256,
        stages: pipeline.stages.map((stage) => stage.name),
        parameters: { ...parameters },
        snapshots: [...snapshots],
        code: { ...code },
        gates: plannedGates(pipeline.stages),
        ...(run.priority !== 0 && { priority: run.priority }),
      }
      const subject = [nameDigest(pipeline.file, pipeline.sha256), ...gateFiles(pipeline.stages).map(({ path, sha256 }) => nameDigest(path, sha256)), ...snapshots.map(({ path, manifest }) => nameDigest(path, manifest))]
      this.#store.setEntry(id, tx.append(actor.signer, { action: 'run.started', subject, detail }).seq)
      return id
    })
  }

  /** The wish of a person to end a run; what has not begun never will. */
  cancelRequested(actor: Actor, run: RunId): void {
    this.#ledger.commit((tx) => {
      tx.append(actor.signer, { action: 'run.cancel.requested', subject: [], detail: { run } })
      this.#store.setCancelling(run)
      for (const { stage, state } of this.#store.stages(run)) {
        if (state === 'waiting') this.#store.endStage(run, stage, this.#unstarted('cancelled', 'The run was cancelled before it began.'))
      }
      this.#finishIfDone(tx, run)
    })
  }

  /** What a person says a run goes before or after. */
  priorityChanged(actor: Actor, run: RunId, priority: number): void {
    this.#ledger.commit((tx) => {
      tx.append(actor.signer, { action: 'run.priority.changed', subject: [], detail: { run, priority } })
      this.#store.setPriority(run, priority)
    })
  }

  runAdopted(run: RunId, attempts: DetailOf<'run.adopted'>['attempts']): void {
    this.#ledger.commit((tx) => tx.append(this.#orchestrator, { action: 'run.adopted', subject: [], detail: { run, attempts } }))
  }

  /** Returns the number of the attempt. */
  stageStarted(run: RunId, stage: Stage, { dependencies, basis, gpus, resumes, executor }: AttemptStart): number {
    const command = createHash('sha256').update(canonicalJson({ cmd: stage.cmd, wdir: stage.wdir })).digest('hex')
    return this.#ledger.commit((tx) => {
      const attempt = this.#store.stage(run, stage.name).attempt + 1
      const own = { ...(gpus.length > 0 && { gpus: [...gpus] }), ...(resumes !== null && { resumes }), ...(executor !== '' && { executor }) }
      const detail: DetailOf<'stage.started'> = { run, stage: stage.name, attempt, command, dependencies, cacheKey: keyOf(basis), ...own }
      const subject = dependencies.map(({ path, sha256 }) => nameDigest(path, sha256))
      const { seq } = tx.append(this.#orchestrator, { action: 'stage.started', subject, detail })
      this.#store.setRunState(run, 'running')
      return this.#store.startStage(run, stage.name, { at: this.#now(), entry: seq, gpus, resumes, basis, executor, cpus: stage.meta.resources.cpus })
    })
  }

  /** An earlier success in the place of an attempt, with the outs that were put there and what they say. */
  stageTakenFromCache(
    run: RunId, stage: string, { entry, run: earlier, attempt, success }: CachedSuccess,
    now: Pick<DetailOf<'stage.succeeded'>, 'outs' | 'metrics' | 'evidence'> & { cacheKey: string; cached: Cached; environment: Environment | null },
  ): void {
    const { outs, metrics, evidence, cacheKey, cached, environment } = now
    this.#ledger.commit((tx) => {
      const number = this.#store.stage(run, stage).attempt + 1
      const { environment: ranOn, recording, durationMs } = success
      const from = { entry, run: earlier, attempt }
      const detail: DetailOf<'stage.succeeded'> = { run, stage, attempt: number, outs, metrics, evidence, environment: ranOn, recording, durationMs, cacheKey, from }
      const { seq } = tx.append(this.#orchestrator, { action: 'stage.succeeded', subject: outs.map(({ path, sha256 }) => nameDigest(path, sha256)), detail })
      this.#store.setRunState(run, 'running')
      this.#store.takeFromCache(run, stage, { state: 'succeeded', at: this.#now(), entry: seq, reason: null, exitCode: null, outs, evidence, metrics, environment, recording }, cached)
      this.#conclude(tx, run)
    })
  }

  /**
   * The end of an attempt, with its sealed metrics, what follows for the stages that need it, and for the run. `then` joins the commit.
   * An end that is recorded already is not recorded again.
   */
  stageEnded(
    key: { run: RunId; stage: string; attempt: number },
    end: Omit<StageEnd, 'at' | 'entry'>,
    fact: EndFact,
    next: { again?: Again | undefined; then?: (tx: LedgerTransaction, entry: number) => void } = {},
  ): void {
    const { run, stage, attempt } = key
    const row = this.#store.stage(run, stage)
    if (row.state !== 'running' || row.attempt !== attempt) return
    const { again, then } = next
    const basis = fact.action === 'stage.succeeded' ? this.#store.basisOf(run, stage, attempt) : null
    const made = basis ? { cacheKey: keyOf(basis) } : {}
    this.#ledger.commit((tx) => {
      this.#seals.sealLast(tx, key)
      const subject = fact.action === 'stage.succeeded' ? fact.detail.outs.map(({ path, sha256 }) => nameDigest(path, sha256)) : []
      const { seq } = tx.append(this.#orchestrator, { action: fact.action, subject, detail: { ...key, ...fact.detail, ...made } })
      const ended = { ...end, at: this.#now(), entry: seq }
      if (again) {
        tx.append(this.#orchestrator, { action: 'stage.requeued', subject: [], detail: { ...key, ...again } })
        return this.#store.requeueStage(run, stage, ended, { notBefore: again.notBefore, isPreempted: again.cause === 'preempted', reason: `${end.reason ?? ''} ${describeAgain(again)}`.trim() })
      }
      this.#store.endStage(run, stage, ended)
      if (basis) this.#cache.add({ entry: seq, project: this.#store.row(run).project, run, stage, basis })
      then?.(tx, seq)
      this.#conclude(tx, run)
    })
    this.#seals.forget(key)
  }

  /** A stage that could not even begin: it fails, and nothing of it has run. */
  stageRefused(run: RunId, stage: string, reason: string): void {
    if (this.#store.stage(run, stage).state !== 'waiting') return
    this.#ledger.commit((tx) => {
      const nothing = { exitCode: -1, environment: '', recording: '', durationMs: 0 }
      const detail: DetailOf<'stage.failed'> = { run, stage, attempt: this.#store.stage(run, stage).attempt + 1, reason: clip(reason), ...nothing }
      const { seq } = tx.append(this.#orchestrator, { action: 'stage.failed', subject: [], detail })
      this.#store.endStage(run, stage, { ...this.#unstarted('failed', reason), entry: seq })
      this.#conclude(tx, run)
    })
  }

  #conclude(tx: LedgerTransaction, run: RunId): void {
    for (const { stage, because } of stagesToSkip(this.#store.schedule(run).stages)) {
      this.#store.endStage(run, stage, this.#unstarted('skipped', `It needs '${because}', which did not succeed.`))
    }
    this.#finishIfDone(tx, run)
  }

  #finishIfDone(tx: LedgerTransaction, run: RunId): void {
    const state = runOutcome(this.#store.stages(run).map((stage) => stage.state))
    if (state === null) return
    if (state === 'succeeded') this.#onRunSucceeded(tx, run)
    tx.append(this.#orchestrator, { action: 'run.finished', subject: [], detail: { run, state } })
    this.#store.setRunState(run, state, this.#now())
  }

  #unstarted(state: 'failed' | 'cancelled' | 'skipped', reason: string): StageEnd {
    return { state, reason, at: this.#now(), entry: null, exitCode: null }
  }

  #now(): string {
    return this.#clock().toISOString()
  }
}

function describeAgain({ notBefore, resume }: Again): string {
  const when = notBefore === '' ? 'when its turn comes' : `at ${notBefore.slice(11, 19)} UTC`
  return resume === 'yes' ? `It goes on from its checkpoint ${when}.` : `It is run again ${when}.`
}

/** A reason may quote what a project says at length and must still fit an entry. */
export function clip(reason: string): string {
  return reason.length <= 2000 ? reason.toWellFormed() : `${reason.slice(0, 2000).toWellFormed()}...`
}

function nameDigest(name: string, sha256: string): { name: string; digest: { sha256: string } } {
  return { name, digest: { sha256 } }
}
