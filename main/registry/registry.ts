import {
  ModelStage,
  PersonId,
  ProjectId,
  RequestError,
  type RunId,
  type Condition,
  type Decision,
  type DetailOf,
  type Gate,
  type Promotion,
  type VersionSummary,
} from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import { canonicalJson, personName, type Ledger, type LedgerTransaction, type Signer } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'
import { evaluateConditions, explainUnmet, gateTo, type FixedGate } from './gate.ts'
import { measurementsCalled, type Measurement } from './measurement.ts'
import { disagreement, recordedDetail, recordedRegistration, recordedRun, recordedStage, type RecordedRun } from './recorded-version.ts'
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
  /** What the run measured until now. */
  readonly metrics: Readonly<Record<string, string>>
  /** The `run.started` entry, which fixed the gates. */
  readonly runEntry: number
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
}

interface DecisionRow {
  person: string
  decision: Decision['decision']
  decided_at: string
  entry: number
}

/** 21 CFR 11.50 asks that a signature states its meaning. */
export const MEANING = { approved: 'approval', rejected: 'rejection', archived: 'retirement' } as const

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
        metrics: version.metrics,
      },
    })
    this.#db
      .prepare(
        `INSERT INTO model_versions (project, model, version, stage, run, run_stage, author, artifact, bytes, format, gate_entry, registered_at, entry)
         VALUES (?, ?, ?, 'experiment', ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
        version.runEntry,
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

  /** What stands between the version and each stage, compared with what its run measured so far. Throws LedgerError where row and ledger disagree. */
  gates(key: VersionKey): Gate[] {
    const row = this.#row(key)
    const { gates, measured } = recordedRun(this.#ledger, row)
    return (['staging', 'production'] as const).map((to) => {
      const choices = gatesTo(gates, to)
      const conditions = choices.flatMap((gate) => evaluateConditions(gate, measured))
      const met = choices.length === 1 && conditions.every((condition) => condition.met)
      return { to, conditions, approvalsNeeded: Math.max(1, ...choices.map(({ approvals }) => approvals)), met, fixedByEntry: row.gate_entry }
    })
  }

  promotions(key: VersionKey): Promotion[] {
    return this.#db
      .prepare<[string, string, number], PromotionRow>('SELECT * FROM promotions WHERE project = ? AND model = ? AND version = ? ORDER BY id DESC')
      .all(key.project, key.model, key.version)
      .map((row) => this.#describePromotion(row))
  }

  /**
   * Asks for a stage, signed by `actor`, judged by all that the run measured. When a condition of the gate is not met the refusal itself is
   * recorded, and `gate-not-met` thrown with every unmet condition. Throws `conflict` while the run is still going, and where the stage
   * cannot be asked for; LedgerError where row and ledger disagree.
   */
  requestPromotion(actor: Actor, key: VersionKey, to: ModelStage): Promotion {
    const row = this.#row(key)
    const from = this.#stageOf(row)
    if (!mayPromote(from, to)) {
      throw new RequestError('conflict', `${key.model} ${key.version} is in ${from}; it cannot be promoted to ${to} from there.`)
    }
    if (this.#openPromotion(key)) {
      throw new RequestError('conflict', `A promotion of ${key.model} ${key.version} is open already. Decide on it first.`)
    }
    const run = recordedRun(this.#ledger, row)
    if (run.isGoing) {
      throw new RequestError('conflict', `The run that made ${key.model} ${key.version} is still going: what it measures yet counts too. Ask again when it has ended.`)
    }
    const gate = onlyGate(run, key, to)
    const conditions = evaluateConditions(gate, run.measured)
    const unmet = conditions.filter(({ met }) => !met)
    const promotion = this.#ledger.commit((tx) => {
      const facts = { ...key, from, to, gateEntry: row.gate_entry, conditions: conditions.map(toRecordedCondition) }
      const subject = [subjectOf(recordedRegistration(this.#ledger, row))]
      const { seq } =
        unmet.length > 0
          ? tx.append(actor.signer, { action: 'model.promotion.refused', subject, detail: facts })
          : tx.append(actor.signer, { action: 'model.promotion.requested', subject, detail: { ...facts, approvals: gate.approvals } })
      return this.#db
        .prepare<unknown[], PromotionRow>(
          `INSERT INTO promotions (project, model, version, target, state, requested_by, requested_at, request_entry)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
        )
        .get(key.project, key.model, key.version, to, unmet.length > 0 ? 'refused' : 'open', actor.person, this.#now(), seq)
    })
    if (!promotion) throw new Error('the inserted promotion was not returned')
    if (unmet.length > 0) {
      throw new RequestError('gate-not-met', `${key.model} ${key.version} does not pass the gate to ${to}: ${unmet.map((each) => explainUnmet(each, run.measured)).join('; ')}.`)
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
    const { to } = this.#request(open)
    const verdict = decision === 'approved' ? `approve it for ${to}` : `reject it for ${to}`
    return { meaning: MEANING[decision], statement: `${read} and ${verdict}.` }
  }

  /** Whether somebody may decide on the open promotion, with the reason. */
  mayDecide(person: PersonId, holdsPermission: boolean, key: VersionKey): { allowed: boolean; reason: string } {
    const row = this.#row(key)
    const open = this.#openPromotion(key)
    if (!open) return { allowed: false, reason: 'Nobody asked for a promotion of this version.' }
    if (!holdsPermission) return { allowed: false, reason: 'Only an approver can decide. Ask one.' }
    if (recordedRegistration(this.#ledger, row).author === person) return { allowed: false, reason: 'You started the run that made this version. Only a second person can approve.' }
    if (this.#isSignedBy(person, open.request_entry)) return { allowed: false, reason: 'You asked for this promotion. Only a second person can approve.' }
    if (this.#decisions(open).some((decision) => decision.person === person)) return { allowed: false, reason: 'You have signed a decision on this promotion already.' }
    return { allowed: true, reason: 'Four eyes hold: you neither trained nor submitted this version.' }
  }

  /** Records a decision signed by `signer`, made from the passphrase just typed; moves the version once enough approvals are in. */
  decide(actor: Actor, signer: Signer, key: VersionKey, { decision, comment, treeSize }: NewDecision): void {
    const may = this.mayDecide(actor.person, true, key)
    if (!may.allowed) throw new RequestError('four-eyes', may.reason)
    const row = this.#row(key)
    const open = this.#requireOpen(key)
    const { to, approvals: needed } = this.#request(open)
    const { meaning, statement } = this.statement(key, decision, treeSize)
    const before = this.#decisions(open).filter((each) => each.decision === 'approved').length
    this.#ledger.commit((tx) => {
      const action = decision === 'approved' ? 'model.promotion.approved' : 'model.promotion.rejected'
      const { seq } = tx.append(signer, {
        action,
        subject: [subjectOf(recordedRegistration(this.#ledger, row))],
        detail: { ...key, to, request: open.request_entry, meaning, statement, comment },
      })
      this.#db
        .prepare('INSERT INTO decisions (promotion, person, decision, decided_at, meaning, statement, comment, entry) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .run(open.id, actor.person, decision, this.#now(), meaning, statement, comment, seq)
      if (decision === 'rejected') {
        this.#db.prepare("UPDATE promotions SET state = 'rejected' WHERE id = ?").run(open.id)
        return
      }
      if (before + 1 < needed) return
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
    const from = this.#stageOf(row)
    tx.append(signer, { action: 'model.stage.changed', subject: [subjectOf(recordedRegistration(this.#ledger, row))], detail: { project, model, version, from, to, cause } })
    this.#db.prepare('UPDATE model_versions SET stage = ? WHERE project = ? AND model = ? AND version = ?').run(to, project, model, version)
  }

  #row({ project, model, version }: VersionKey): VersionRow {
    const row = this.#db
      .prepare<[string, string, number], VersionRow>('SELECT * FROM model_versions WHERE project = ? AND model = ? AND version = ?')
      .get(project, model, version)
    if (!row) throw new RequestError('not-found', `There is no version ${version} of a model ${model} in project ${project}.`)
    return row
  }

  #stageOf(row: VersionRow): ModelStage {
    const stage = recordedStage(this.#ledger, row)
    if (stage !== row.stage) throw disagreement(`no entry moved ${row.model} ${row.version} to ${row.stage}, it is in ${stage}`)
    return stage
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

  /** Each decision on a promotion, held to the entry that its row names. */
  #decisions({ id, request_entry: request }: PromotionRow): (DecisionRow & DetailOf<'model.promotion.approved'>)[] {
    const rows = this.#db.prepare<[number], DecisionRow>('SELECT person, decision, decided_at, entry FROM decisions WHERE promotion = ? ORDER BY entry').all(id)
    return rows.map((row) => {
      const detail = recordedDetail(this.#ledger, row.entry, `model.promotion.${row.decision}`)
      if (detail.request !== request || !this.#isSignedBy(row.person, row.entry)) {
        throw disagreement(`entry ${row.entry} is not the decision of ${row.person} on the request in entry ${request}`)
      }
      return { ...row, ...detail }
    })
  }

  #isSignedBy(person: string, seq: number): boolean {
    return this.#ledger.entry(seq).entry.actor === personName(this.#ledger.origin, person)
  }

  #describePromotion(row: PromotionRow): Promotion {
    const request = this.#request(row)
    const measured = recordedRun(this.#ledger, this.#row({ ...row, project: ProjectId.parse(row.project) })).measured.filter(({ entry }) => entry < row.request_entry)
    return {
      id: row.id,
      to: request.to,
      state: row.state,
      requestedBy: this.#nameOf(row.requested_by),
      requestedByPerson: PersonId.parse(row.requested_by),
      requestedAt: row.requested_at,
      requestEntry: row.request_entry,
      approvalsNeeded: request.approvals,
      conditions: request.conditions.map((condition) => toCondition(condition, measured)),
      decisions: this.#decisions(row).map(({ decision, person, decided_at: at, meaning, statement, comment, entry }) => ({
        decision,
        by: this.#nameOf(person),
        byPerson: person,
        at,
        meaning,
        statement,
        comment,
        entry,
      })),
    }
  }

  /** What was asked for, from its entry. A request that its gate refused waits for nobody. */
  #request({ project, model, version, state, request_entry: seq }: PromotionRow): { to: ModelStage; approvals: number; conditions: RecordedCondition[] } {
    const request =
      state === 'refused'
        ? { ...recordedDetail(this.#ledger, seq, 'model.promotion.refused'), approvals: 0 }
        : recordedDetail(this.#ledger, seq, 'model.promotion.requested')
    if (request.project === project && request.model === model && request.version === version) return request
    throw disagreement(`entry ${seq} asks for a promotion of ${request.model} ${request.version}, not of ${model} ${version}`)
  }

  #summarise(row: VersionRow): VersionSummary {
    const { run, artifact, bytes, format, author, metrics } = recordedRegistration(this.#ledger, row)
    const key = { project: ProjectId.parse(row.project), model: row.model, version: row.version }
    const open = this.#openPromotion(key)
    return {
      ...key,
      stage: ModelStage.parse(row.stage),
      run,
      artifact,
      bytes,
      format,
      registeredAt: row.registered_at,
      author: this.#nameOf(author),
      authorPerson: author,
      entry: row.entry,
      metrics,
      openPromotion: open ? this.#describePromotion(open) : null,
    }
  }

  #now(): string {
    return new Date(this.#clock()).toISOString()
  }
}

/** The different gates to a stage that a run's start fixes for one model: one, but where an old pipeline registered the model twice. */
function gatesTo(gates: RecordedRun['gates'], to: ModelStage): FixedGate[] {
  const found = gates.flatMap((each) => gateTo(each, to) ?? [])
  return [...new Map(found.map((gate) => [canonicalJson(gate), gate])).values()]
}

function onlyGate({ gates }: RecordedRun, { model, version }: VersionKey, to: ModelStage): FixedGate {
  const [gate, another] = gatesTo(gates, to)
  if (gate && !another) return gate
  const why = gate ? 'fixed different gates for it, since two of its stages registered that model' : 'fixed no gate for it'
  throw new RequestError('conflict', `The run that made ${model} ${version} ${why}: nothing says by which to judge it. Register each model in one stage, and run again.`)
}

function subjectOf({ model, version, artifact }: DetailOf<'model.version.registered'>): { name: string; digest: { sha256: string } } {
  return { name: `${model} ${version}`, digest: { sha256: artifact } }
}

type RecordedCondition = DetailOf<'model.promotion.requested'>['conditions'][number]

function toRecordedCondition({ metric, bound, threshold, value, met }: Condition): RecordedCondition {
  return { metric, bound, threshold, value: value ?? 'not recorded', met: met ? 'yes' : 'no' }
}

/** `entry`: where the value that was judged had been recorded. */
function toCondition({ metric, bound, threshold, value, met }: RecordedCondition, measured: readonly Measurement[]): Condition {
  const isKnown = value !== 'not recorded'
  const entry = measurementsCalled(metric, measured).find((each) => each.value === value)?.entry ?? null
  return { metric, bound, threshold, value: isKnown ? value : null, met: met === 'yes', entry }
}
