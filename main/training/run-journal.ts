import { createHash } from 'node:crypto'
import type { DetailOf, RunId } from '../../shared/contract/index.ts'
import type { Stage } from '../../shared/graph/pipeline.ts'
import type { Actor } from '../identity/index.ts'
import { canonicalJson, type Ledger, type LedgerTransaction, type Signer } from '../ledger/index.ts'
import type { MetricSeals } from './metric-seals.ts'
import { isFinal, runOutcome, stagesToSkip } from './run.ts'
import { gateFiles, plannedGates } from './run-plan.ts'
import type { NewRun, RunStore, StageEnd } from './run-store.ts'

/** The end of an attempt as the ledger says it; run, stage and attempt are added. */
export type EndFact = {
  [A in 'stage.succeeded' | 'stage.failed' | 'stage.cancelled' | 'stage.interrupted']: {
    readonly action: A
    readonly detail: Omit<DetailOf<A>, 'run' | 'stage' | 'attempt'>
  }
}['stage.succeeded' | 'stage.failed' | 'stage.cancelled' | 'stage.interrupted']

/** What runs do, written down: each method is one commit of rows and ledger entries together. */
export class RunJournal {
  readonly #ledger: Ledger
  readonly #orchestrator: Signer
  readonly #store: RunStore
  readonly #seals: MetricSeals
  readonly #clock: () => Date

  constructor(options: { ledger: Ledger; orchestrator: Signer; store: RunStore; seals: MetricSeals; clock: () => Date }) {
    this.#ledger = options.ledger
    this.#orchestrator = options.orchestrator
    this.#store = options.store
    this.#seals = options.seals
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

  runAdopted(run: RunId, attempts: DetailOf<'run.adopted'>['attempts']): void {
    this.#ledger.commit((tx) => tx.append(this.#orchestrator, { action: 'run.adopted', subject: [], detail: { run, attempts } }))
  }

  /** Returns the number of the attempt. */
  stageStarted(run: RunId, stage: Stage, dependencies: DetailOf<'stage.started'>['dependencies']): number {
    const command = createHash('sha256').update(canonicalJson({ cmd: stage.cmd, wdir: stage.wdir })).digest('hex')
    return this.#ledger.commit((tx) => {
      const attempt = this.#store.stage(run, stage.name).attempt + 1
      const detail: DetailOf<'stage.started'> = { run, stage: stage.name, attempt, command, dependencies }
      const subject = dependencies.map(({ path, sha256 }) => nameDigest(path, sha256))
      const { seq } = tx.append(this.#orchestrator, { action: 'stage.started', subject, detail })
      this.#store.setRunState(run, 'running')
      return this.#store.startStage(run, stage.name, { at: this.#now(), entry: seq })
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
    then?: (tx: LedgerTransaction, entry: number) => void,
  ): void {
    const { run, stage } = key
    if (isFinal(this.#store.stage(run, stage).state)) return
    this.#ledger.commit((tx) => {
      this.#seals.sealLast(tx, key)
      const subject = fact.action === 'stage.succeeded' ? fact.detail.outs.map(({ path, sha256 }) => nameDigest(path, sha256)) : []
      const { seq } = tx.append(this.#orchestrator, { action: fact.action, subject, detail: { ...key, ...fact.detail } })
      this.#store.endStage(run, stage, { ...end, at: this.#now(), entry: seq })
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
      const detail: DetailOf<'stage.failed'> = { run, stage, attempt: 1, reason: clip(reason), ...nothing }
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

/** A reason may quote what a project says at length and must still fit an entry. */
export function clip(reason: string): string {
  return reason.length <= 2000 ? reason.toWellFormed() : `${reason.slice(0, 2000).toWellFormed()}...`
}

function nameDigest(name: string, sha256: string): { name: string; digest: { sha256: string } } {
  return { name, digest: { sha256 } }
}
