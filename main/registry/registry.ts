import { z } from 'zod'
import {
  DecimalString,
  ModelStage,
  type PersonId,
  ProjectId,
  RequestError,
  RunId,
  type Condition,
  type Decision,
  type Gate,
  type Promotion,
  type VersionSummary,
} from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger, LedgerTransaction, Signer } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'
import { evaluateConditions, explainUnmet, FixedGate, gateTo, RecordedMetric } from './gate.ts'
import { mayPromote } from './stages.ts'

export interface RegistryDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly orchestrator: Signer
  readonly clock: () => number
  readonly nameOf: (person: string) => string
}

export interface VersionKey {
  readonly project: ProjectId
  readonly model: string
  readonly version: number
}

export interface NewVersion {
  readonly project: ProjectId
  readonly model: string
  readonly run: RunId
  readonly stage: string
  /** Who started the run: the author, who may not approve. */
  readonly author: PersonId
  readonly artifact: string
  readonly bytes: number
  readonly format: string
  readonly metrics: Readonly<Record<string, RecordedMetric>>
  readonly gates: readonly FixedGate[]
  /** The `run.started` entry that fixed the gates. */
  readonly gateEntry: number
}

export interface NewDecision {
  readonly decision: Decision['decision']
  readonly comment: string
  /** The ledger's size that the statement named which the person read. */
  readonly treeSize: number
}

interface VersionRow {
  project: string
  model: string
  version: number
  stage: string
  run: number
  run_stage: string
  author: string
  artifact: string
  bytes: number
  format: string
  metrics: string
  gates: string
  gate_entry: number
  registered_at: string
  entry: number
}

interface PromotionRow {
  id: number
  project: string
  model: string
  version: number
  target: string
  state: Promotion['state']
  requested_by: string
  requested_at: string
  request_entry: number
  approvals_needed: number
  conditions: string
}

interface DecisionRow {
  person: string
  decision: Decision['decision']
  decided_at: string
  meaning: string
  statement: string
  comment: string
  entry: number
}

/** 21 CFR 11.50 asks that a signature states its meaning. */
export const MEANING = { approved: 'approval', rejected: 'rejection', archived: 'retirement' } as const

const Metrics = z.record(z.string(), RecordedMetric)
const Gates = z.array(FixedGate)
const Conditions = z.array(
  z.object({ metric: z.string(), bound: z.enum(['min', 'max']), threshold: DecimalString, value: DecimalString.nullable(), met: z.boolean(), entry: z.number().nullable() }),
)

/** The model registry: versions, the gates they must pass, and who let them through. */
export class Registry {
  readonly #db: Database
  readonly #ledger: Ledger
  readonly #orchestrator: Signer
  readonly #clock: () => number
  readonly #nameOf: (person: string) => string

  constructor({ db, ledger, orchestrator, clock, nameOf }: RegistryDependencies) {
    this.#db = db
    this.#ledger = ledger
    this.#orchestrator = orchestrator
    this.#clock = clock
    this.#nameOf = nameOf
  }

  /** Registers a run's model output as the next version, inside the commit that records the stage's success. */
  register(tx: LedgerTransaction, version: NewVersion): number {
    const { project, model } = version
    const last = this.#db
      .prepare<[string, string], number | null>('SELECT max(version) FROM model_versions WHERE project = ? AND model = ?')
      .pluck()
      .get(project, model)
    const number = (last ?? 0) + 1
    const { seq } = tx.append(this.#orchestrator, {
      action: 'model.version.registered',
      subject: [{ name: `${model} ${number}`, digest: { sha256: version.artifact } }],
      detail: {
        project,
        model,
        version: number,
        run: version.run,
        stage: version.stage,
        author: version.author,
        artifact: version.artifact,
        bytes: version.bytes,
        format: version.format,
        metrics: Object.fromEntries(Object.entries(version.metrics).map(([name, { value }]) => [name, value])),
      },
    })
    this.#db
      .prepare(
        `INSERT INTO model_versions (project, model, version, stage, run, run_stage, author, artifact, bytes, format, metrics, gates, gate_entry, registered_at, entry)
         VALUES (?, ?, ?, 'experiment', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        project,
        model,
        number,
        version.run,
        version.stage,
        version.author,
        version.artifact,
        version.bytes,
        version.format,
        JSON.stringify(version.metrics),
        JSON.stringify(version.gates),
        version.gateEntry,
        this.#now(),
        seq,
      )
    return number
  }

  versions(project: ProjectId): VersionSummary[] {
    return this.#db
      .prepare<[string], VersionRow>('SELECT * FROM model_versions WHERE project = ? ORDER BY model, version DESC')
      .all(project)
      .map((row) => this.#summarise(row))
  }

  version(key: VersionKey): VersionSummary {
    return this.#summarise(this.#row(key))
  }

  /** The model file of every version there is, with the entry that registered it. */
  artifacts(): { sha256: string; name: string; entry: number }[] {
    return this.#db
      .prepare<[], { sha256: string; name: string; entry: number }>("SELECT artifact AS sha256, model || ' ' || version AS name, entry FROM model_versions ORDER BY entry")
      .all()
  }

  /** What stands between the version and each stage, compared with what its run recorded. */
  gates(key: VersionKey): Gate[] {
    const row = this.#row(key)
    const metrics = Metrics.parse(JSON.parse(row.metrics))
    const fixed = Gates.parse(JSON.parse(row.gates))
    return (['staging', 'production'] as const).flatMap((to) => {
      const gate = gateTo(fixed, to)
      if (!gate) return []
      const conditions = evaluateConditions(gate, metrics)
      return [{ to, conditions, approvalsNeeded: gate.approvals, met: conditions.every(({ met }) => met), fixedByEntry: row.gate_entry }]
    })
  }

  promotions(key: VersionKey): Promotion[] {
    return this.#db
      .prepare<[string, string, number], PromotionRow>('SELECT * FROM promotions WHERE project = ? AND model = ? AND version = ? ORDER BY id DESC')
      .all(key.project, key.model, key.version)
      .map((row) => this.#describePromotion(row))
  }

  /**
   * Asks for a stage, signed by `actor`. When a condition of the gate is not met the refusal itself is recorded, and `gate-not-met` thrown
   * with every unmet condition.
   */
  requestPromotion(actor: Actor, key: VersionKey, to: ModelStage): Promotion {
    const row = this.#row(key)
    const from = ModelStage.parse(row.stage)
    const gate = gateTo(Gates.parse(JSON.parse(row.gates)), to)
    if (!gate || !mayPromote(from, to)) {
      throw new RequestError('conflict', `${key.model} ${key.version} is in ${from}; it cannot be promoted to ${to} from there.`)
    }
    if (this.#openPromotion(key)) {
      throw new RequestError('conflict', `A promotion of ${key.model} ${key.version} is open already. Decide on it first.`)
    }
    const conditions = evaluateConditions(gate, Metrics.parse(JSON.parse(row.metrics)))
    const unmet = conditions.filter(({ met }) => !met)
    const promotion = this.#ledger.commit((tx) => {
      const facts = { ...key, from, to, gateEntry: row.gate_entry, conditions: conditions.map(toRecordedCondition) }
      const subject = [this.#subjectOf(row)]
      const { seq } =
        unmet.length > 0
          ? tx.append(actor.signer, { action: 'model.promotion.refused', subject, detail: facts })
          : tx.append(actor.signer, { action: 'model.promotion.requested', subject, detail: { ...facts, approvals: gate.approvals } })
      return this.#db
        .prepare<unknown[], PromotionRow>(
          `INSERT INTO promotions (project, model, version, target, state, requested_by, requested_at, request_entry, approvals_needed, conditions)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
        )
        .get(key.project, key.model, key.version, to, unmet.length > 0 ? 'refused' : 'open', actor.person, this.#now(), seq, gate.approvals, JSON.stringify(conditions))
    })
    if (!promotion) throw new Error('the inserted promotion was not returned')
    if (unmet.length > 0) {
      throw new RequestError('gate-not-met', `${key.model} ${key.version} does not pass the gate to ${to}: ${unmet.map(explainUnmet).join('; ')}.`)
    }
    return this.#describePromotion(promotion)
  }

  /**
   * The exact words that a decision on the open promotion signs, naming the ledger's size at which the evidence was read. Throws `conflict`
   * for a size that cannot have shown the request.
   */
  statement(key: VersionKey, decision: Decision['decision'], treeSize: number): { meaning: string; statement: string } {
    const open = this.#requireOpen(key)
    if (treeSize <= open.request_entry || treeSize > this.#ledger.size) {
      throw new RequestError('conflict', `The statement of ledger size ${treeSize} is not about the promotion that is open now. Read it again.`)
    }
    const read = `I have read the evidence for ${key.model} ${key.version} as it stood at ledger size ${treeSize}`
    const verdict = decision === 'approved' ? `approve it for ${open.target}` : `reject it for ${open.target}`
    return { meaning: MEANING[decision], statement: `${read} and ${verdict}.` }
  }

  /** Whether somebody may decide on the open promotion, with the reason. */
  mayDecide(person: PersonId, holdsPermission: boolean, key: VersionKey): { allowed: boolean; reason: string } {
    const row = this.#row(key)
    const open = this.#openPromotion(key)
    if (!open) return { allowed: false, reason: 'Nobody asked for a promotion of this version.' }
    if (!holdsPermission) return { allowed: false, reason: 'Only an approver can decide. Ask one.' }
    if (row.author === person) return { allowed: false, reason: 'You started the run that made this version. Only a second person can approve.' }
    if (open.requested_by === person) return { allowed: false, reason: 'You asked for this promotion. Only a second person can approve.' }
    if (this.#decisions(open.id).some((decision) => decision.person === person)) return { allowed: false, reason: 'You have signed a decision on this promotion already.' }
    return { allowed: true, reason: 'Four eyes hold: you neither trained nor submitted this version.' }
  }

  /** Records a decision signed by `signer`, made from the passphrase just typed; moves the version once enough approvals are in. */
  decide(actor: Actor, signer: Signer, key: VersionKey, { decision, comment, treeSize }: NewDecision): void {
    const may = this.mayDecide(actor.person, true, key)
    if (!may.allowed) throw new RequestError('four-eyes', may.reason)
    const row = this.#row(key)
    const open = this.#requireOpen(key)
    const to = ModelStage.parse(open.target)
    const { meaning, statement } = this.statement(key, decision, treeSize)
    this.#ledger.commit((tx) => {
      const action = decision === 'approved' ? 'model.promotion.approved' : 'model.promotion.rejected'
      const { seq } = tx.append(signer, {
        action,
        subject: [this.#subjectOf(row)],
        detail: { ...key, to, request: open.request_entry, meaning, statement, comment },
      })
      this.#db
        .prepare('INSERT INTO decisions (promotion, person, decision, decided_at, meaning, statement, comment, entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(open.id, actor.person, decision, this.#now(), meaning, statement, comment, seq)
      if (decision === 'rejected') {
        this.#db.prepare("UPDATE promotions SET state = 'rejected' WHERE id = ?").run(open.id)
        return
      }
      const approvals = this.#decisions(open.id).filter((each) => each.decision === 'approved').length
      if (approvals < open.approvals_needed) return
      this.#db.prepare("UPDATE promotions SET state = 'approved' WHERE id = ?").run(open.id)
      if (to === 'production') this.#retireCurrent(tx, key)
      this.#move(tx, this.#orchestrator, row, to, `approved in entry ${seq}`)
    })
  }

  archive(signer: Signer, key: VersionKey, comment: string): void {
    const row = this.#row(key)
    if (row.stage === 'archived') throw new RequestError('conflict', `${key.model} ${key.version} is archived already.`)
    if (this.#openPromotion(key)) throw new RequestError('conflict', `A promotion of ${key.model} ${key.version} is open. Decide on it first.`)
    this.#ledger.commit((tx) => this.#move(tx, signer, row, 'archived', comment === '' ? MEANING.archived : `${MEANING.archived}: ${comment}`))
  }

  #retireCurrent(tx: LedgerTransaction, next: VersionKey): void {
    const current = this.#db
      .prepare<[string, string], VersionRow>("SELECT * FROM model_versions WHERE project = ? AND model = ? AND stage = 'production'")
      .all(next.project, next.model)
    for (const row of current) this.#move(tx, this.#orchestrator, row, 'archived', `superseded by version ${next.version}`)
  }

  #move(tx: LedgerTransaction, signer: Signer, row: VersionRow, to: ModelStage, cause: string): void {
    const { project, model, version } = row
    const from = ModelStage.parse(row.stage)
    tx.append(signer, { action: 'model.stage.changed', subject: [this.#subjectOf(row)], detail: { project, model, version, from, to, cause } })
    this.#db.prepare('UPDATE model_versions SET stage = ? WHERE project = ? AND model = ? AND version = ?').run(to, project, model, version)
  }

  #subjectOf(row: VersionRow): { name: string; digest: { sha256: string } } {
    return { name: `${row.model} ${row.version}`, digest: { sha256: row.artifact } }
  }

  #row({ project, model, version }: VersionKey): VersionRow {
    const row = this.#db
      .prepare<[string, string, number], VersionRow>('SELECT * FROM model_versions WHERE project = ? AND model = ? AND version = ?')
      .get(project, model, version)
    if (!row) throw new RequestError('not-found', `There is no version ${version} of a model ${model} in project ${project}.`)
    return row
  }

  #openPromotion({ project, model, version }: VersionKey): PromotionRow | undefined {
    return this.#db
      .prepare<[string, string, number], PromotionRow>("SELECT * FROM promotions WHERE project = ? AND model = ? AND version = ? AND state = 'open'")
      .get(project, model, version)
  }

  #requireOpen(key: VersionKey): PromotionRow {
    const open = this.#openPromotion(key)
    if (!open) throw new RequestError('conflict', `Nobody asked for a promotion of ${key.model} ${key.version}. Ask for one first.`)
    return open
  }

  #decisions(promotion: number): DecisionRow[] {
    return this.#db.prepare<[number], DecisionRow>('SELECT * FROM decisions WHERE promotion = ? ORDER BY entry').all(promotion)
  }

  #describePromotion(row: PromotionRow): Promotion {
    return {
      id: row.id,
      to: ModelStage.parse(row.target),
      state: row.state,
      requestedBy: this.#nameOf(row.requested_by),
      requestedAt: row.requested_at,
      requestEntry: row.request_entry,
      approvalsNeeded: row.approvals_needed,
      conditions: Conditions.parse(JSON.parse(row.conditions)),
      decisions: this.#decisions(row.id).map((decision) => ({
        decision: decision.decision,
        by: this.#nameOf(decision.person),
        byPerson: decision.person,
        at: decision.decided_at,
        meaning: decision.meaning,
        statement: decision.statement,
        comment: decision.comment,
        entry: decision.entry,
      })),
    }
  }

  #summarise(row: VersionRow): VersionSummary {
    const key = { project: ProjectId.parse(row.project), model: row.model, version: row.version }
    const open = this.#openPromotion(key)
    const metrics = Metrics.parse(JSON.parse(row.metrics))
    return {
      ...key,
      stage: ModelStage.parse(row.stage),
      run: RunId.parse(row.run),
      artifact: row.artifact,
      bytes: row.bytes,
      format: row.format,
      registeredAt: row.registered_at,
      author: this.#nameOf(row.author),
      authorPerson: row.author,
      entry: row.entry,
      metrics: Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value])),
      openPromotion: open ? this.#describePromotion(open) : null,
    }
  }

  #now(): string {
    return new Date(this.#clock()).toISOString()
  }
}

function toRecordedCondition({ metric, bound, threshold, value, met }: Condition) {
  return { metric, bound, threshold, value: value ?? ('not recorded' as const), met: met ? ('yes' as const) : ('no' as const) }
}
