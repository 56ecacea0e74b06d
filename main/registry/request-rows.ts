import { PersonId, ProjectId, RequestError, type Condition, type Decision, type DetailOf, type ModelStage, type Promotion, type Requirement } from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import { personName, type Ledger } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'
import { gateOfReturn, onlyGate, policyOf, type FixedGate } from './gate.ts'
import { measurementsCalled, type Measurement } from './measurement.ts'
import { disagreement, recordedDetail, recordedMoves, recordedRun } from './recorded-version.ts'
import type { VersionKey, VersionRows } from './version-rows.ts'

/** What was asked for a version: a row, which finds the entry of the request and says nothing that this does not. */
export interface PromotionRow {
  readonly id: number
  readonly project: string
  readonly model: string
  readonly version: number
  readonly kind: Promotion['kind']
  readonly target: string
  readonly state: Promotion['state']
  readonly requested_by: string
  readonly requested_at: string
  readonly request_entry: number
}

export interface DecisionRow {
  readonly person: string
  readonly decision: Decision['decision']
  readonly decided_at: string
  readonly entry: number
}

interface RecordedRequest {
  readonly to: ModelStage
  readonly approvals: number
  readonly conditions: readonly RecordedCondition[]
  readonly requirements: readonly RecordedRequirement[]
  readonly reason: string
  /** Undefined for a return that was asked for under an earlier release, which one approver was enough for. */
  readonly gateEntry?: number
}

export interface RequestRowsDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly clock: () => number
  readonly nameOf: (person: string) => string
  readonly versions: VersionRows
}

/** The rows of requests and of the decisions on them, each held to its entry. */
export class RequestRows {
  readonly #db: Database
  readonly #ledger: Ledger
  readonly #clock: () => number
  readonly #nameOf: (person: string) => string
  readonly #versions: VersionRows

  constructor({ db, ledger, clock, nameOf, versions }: RequestRowsDependencies) {
    this.#db = db
    this.#ledger = ledger
    this.#clock = clock
    this.#nameOf = nameOf
    this.#versions = versions
  }

  /** Newest first. */
  all({ project, model, version }: VersionKey): PromotionRow[] {
    return this.#db
      .prepare<[string, string, number], PromotionRow>('SELECT * FROM promotions WHERE project = ? AND model = ? AND version = ? ORDER BY id DESC')
      .all(project, model, version)
  }

  /** The request that waits for decisions. Throws LedgerError where an entry ended it: a rejection, a withdrawal, or the move that it asked for. */
  open({ project, model, version }: VersionKey): PromotionRow | undefined {
    const row = this.#db
      .prepare<[string, string, number], PromotionRow>("SELECT * FROM promotions WHERE project = ? AND model = ? AND version = ? AND state = 'open'")
      .get(project, model, version)
    if (row) this.#refuseEnded(row)
    return row
  }

  #refuseEnded(row: PromotionRow): void {
    const { kind, request_entry: request } = row
    const answers = [...this.#ledger.history([`model.${kind}.rejected`, 'model.promotion.withdrawn'], { from: request })]
    const { to } = this.request(row)
    const moves = recordedMoves(this.#ledger, this.#versions.find({ ...row, project: ProjectId.parse(row.project) }))
    const end = answers.find(({ entry }) => entry.detail.request === request) ?? moves.find((move) => move.seq > request && move.to === to)
    if (end) throw disagreement(`entry ${end.seq} ended the request in entry ${request}, which the registry says is open`)
  }

  /** Throws RequestError `conflict` where nothing is asked for. */
  requireOpen(key: VersionKey): PromotionRow {
    const open = this.open(key)
    if (!open) throw new RequestError('conflict', `Nobody asked for a promotion of ${key.model} ${key.version}. Ask for one first.`)
    return open
  }

  insert(actor: Actor, { project, model, version }: VersionKey, kind: Promotion['kind'], to: ModelStage, state: Promotion['state'], entry: number): PromotionRow {
    const row = this.#db
      .prepare<unknown[], PromotionRow>(
        `INSERT INTO promotions (project, model, version, kind, target, state, requested_by, requested_at, request_entry)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
      )
      .get(project, model, version, kind, to, state, actor.person, this.#now(), entry)
    if (!row) throw new Error('the inserted promotion was not returned')
    return row
  }

  /** How a request ended. */
  settle({ id }: PromotionRow, state: Promotion['state']): void {
    this.#db.prepare('UPDATE promotions SET state = ? WHERE id = ?').run(state, id)
  }

  insertDecision({ id }: PromotionRow, person: PersonId, decision: DecisionRow['decision'], entry: number): void {
    this.#db.prepare('INSERT INTO decisions (promotion, person, decision, decided_at, entry) VALUES (?, ?, ?, ?, ?)').run(id, person, decision, this.#now(), entry)
  }

  /** Each decision on a request, held to the entry that its row names. */
  decisions({ id, kind, request_entry: request }: PromotionRow): (DecisionRow & DetailOf<'model.promotion.approved'>)[] {
    const rows = this.#db.prepare<[number], DecisionRow>('SELECT person, decision, decided_at, entry FROM decisions WHERE promotion = ? ORDER BY entry').all(id)
    return rows.map((row) => {
      const detail = recordedDetail(this.#ledger, row.entry, `model.${kind}.${row.decision}`)
      if (detail.request !== request || !this.isSignedBy(row.person, row.entry)) {
        throw disagreement(`entry ${row.entry} is not the decision of ${row.person} on the request in entry ${request}`)
      }
      return { ...row, ...detail }
    })
  }

  /** The gate that a request was judged by, with what it asks of those who approve; null for a rollback of an earlier release, which any approver decided. */
  gateOf(open: PromotionRow): FixedGate | null {
    const { to, gateEntry } = this.request(open)
    if (gateEntry === undefined) return null
    const key = { ...open, project: ProjectId.parse(open.project) }
    const gate = onlyGate(recordedRun(this.#ledger, this.#versions.find(key)), key, to)
    return open.kind === 'rollback' ? gateOfReturn(gate) : gate
  }

  isSignedBy(person: string, seq: number): boolean {
    return this.#ledger.proved(seq).entry.actor === personName(this.#ledger.origin, person)
  }

  describe(row: PromotionRow): Promotion {
    const request = this.request(row)
    const key = { ...row, project: ProjectId.parse(row.project) }
    const measured = request.conditions.length === 0 ? [] : recordedRun(this.#ledger, this.#versions.find(key)).measured.filter(({ entry }) => entry < row.request_entry)
    return {
      id: row.id,
      kind: row.kind,
      to: request.to,
      state: row.state,
      requestedBy: this.#nameOf(row.requested_by),
      requestedByPerson: PersonId.parse(row.requested_by),
      requestedAt: row.requested_at,
      requestEntry: row.request_entry,
      reason: request.reason,
      approvalsNeeded: request.approvals,
      conditions: request.conditions.map((condition) => toCondition(condition, measured)),
      requirements: request.requirements.map(toRequirement),
      policy: this.#policyOf(row),
      decisions: this.decisions(row).map(({ decision, person, decided_at: at, meaning, statement, comment, entry }) => ({
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

  /** Of a request that was judged by one gate. */
  #policyOf(row: PromotionRow): Promotion['policy'] {
    const gate = this.gateOf(row)
    return gate && policyOf(gate)
  }

  /** What was asked for, from its entry. A request that its gate refused waits for nobody. */
  request(row: PromotionRow): RecordedRequest {
    const { project, model, version, request_entry: seq } = row
    const request = this.#recordedRequest(row)
    if (request.project === project && request.model === model && request.version === version) return request
    throw disagreement(`entry ${seq} asks for a promotion of ${request.model} ${request.version}, not of ${model} ${version}`)
  }

  #recordedRequest({ kind, state, request_entry: seq }: PromotionRow): RecordedRequest & { readonly project: string; readonly model: string; readonly version: number } {
    if (kind === 'rollback') return { ...recordedDetail(this.#ledger, seq, 'model.rollback.requested'), conditions: [], requirements: [] }
    const request = state === 'refused' ? { ...recordedDetail(this.#ledger, seq, 'model.promotion.refused'), approvals: 0 } : recordedDetail(this.#ledger, seq, 'model.promotion.requested')
    return { ...request, requirements: request.requirements ?? [], reason: '' }
  }

  #now(): string {
    return new Date(this.#clock()).toISOString()
  }
}

type RecordedRequirement = NonNullable<DetailOf<'model.promotion.requested'>['requirements']>[number]

export function toRecordedRequirement({ what, name, entry, met }: Requirement): RecordedRequirement {
  return { what, name, entry: entry ?? 'not recorded', met: met ? 'yes' : 'no' }
}

function toRequirement({ what, name, entry, met }: RecordedRequirement): Requirement {
  const isMet = met === 'yes'
  const at = entry === 'not recorded' ? null : entry
  return { what, name, met: isMet, entry: at, reason: isMet ? '' : at === null ? 'not recorded' : `too old in entry ${at}` }
}

type RecordedCondition = DetailOf<'model.promotion.requested'>['conditions'][number]

export function toRecordedCondition({ metric, bound, threshold, value, met }: Condition): RecordedCondition {
  return { metric, bound, threshold, value: value ?? 'not recorded', met: met ? 'yes' : 'no' }
}

/** `entry`: where the value that was judged had been recorded. */
function toCondition({ metric, bound, threshold, value, met }: RecordedCondition, measured: readonly Measurement[]): Condition {
  const isKnown = value !== 'not recorded'
  const entry = measurementsCalled(metric, measured).find((each) => each.value === value)?.entry ?? null
  return { metric, bound, threshold, value: isKnown ? value : null, met: met === 'yes', entry }
}
