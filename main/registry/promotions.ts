import {
  mayDo,
  PersonId,
  ProjectId,
  RequestError,
  rolesFor,
  type Condition,
  type Decision,
  type DetailOf,
  type ModelStage,
  type Promotion,
  type Requirement,
} from '../../shared/contract/index.ts'
import type { Actor, Authority, Standing } from '../identity/index.ts'
import { canonicalJson, personName, type Ledger, type Signer } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'
import type { Annotations } from './annotations.ts'
import { daysAfter, isWithin, suffice, type Approval } from './approvals.ts'
import { evaluateConditions, evaluateRequirements, explainUnmet, gateOfReturn, gateTo, IMPORT_REMEDY, policyOf, type FixedGate } from './gate.ts'
import { measurementsCalled, type Measurement } from './measurement.ts'
import { broughtInBy, disagreement, recordedDetail, recordedMoves, recordedRegistration, recordedRetirement, recordedRun, type RecordedRun } from './recorded-version.ts'
import { mayMove } from './stages.ts'
import { subjectOf, type VersionKey, type VersionRow, type VersionRows } from './version-rows.ts'

export interface NewDecision {
  readonly decision: Decision['decision']
  readonly comment: string
  /** The ledger's size that the statement named which the person read. */
  readonly treeSize: number
}

interface PromotionRow {
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

interface DecisionRow {
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

/** 21 CFR 11.50 asks that a signature states its meaning. */
const MEANING = { approved: 'approval', rejected: 'rejection' } as const

/** What a decision says of each kind of request. */
const VERDICTS = {
  promotion: { approved: (to: string) => `approve it for ${to}`, rejected: (to: string) => `reject it for ${to}` },
  rollback: { approved: (to: string) => `approve its return to ${to}`, rejected: (to: string) => `reject its return to ${to}` },
} as const

export interface PromotionsDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly orchestrator: Signer
  readonly clock: () => number
  readonly nameOf: (person: string) => string
  readonly authority: Authority
  readonly versions: VersionRows
  readonly annotations: Annotations
}

/** What was asked for versions, and decided: promotions through a gate, and rollbacks to what was in production. */
export class Promotions {
  readonly #db: Database
  readonly #ledger: Ledger
  readonly #orchestrator: Signer
  readonly #clock: () => number
  readonly #nameOf: (person: string) => string
  readonly #authority: Authority
  readonly #versions: VersionRows
  readonly #annotations: Annotations

  constructor({ db, ledger, orchestrator, clock, nameOf, authority, versions, annotations }: PromotionsDependencies) {
    this.#db = db
    this.#ledger = ledger
    this.#orchestrator = orchestrator
    this.#clock = clock
    this.#nameOf = nameOf
    this.#authority = authority
    this.#versions = versions
    this.#annotations = annotations
  }

  /** Newest first. */
  all(key: VersionKey): Promotion[] {
    return this.#db
      .prepare<[string, string, number], PromotionRow>('SELECT * FROM promotions WHERE project = ? AND model = ? AND version = ? ORDER BY id DESC')
      .all(key.project, key.model, key.version)
      .map((row) => this.#describe(row))
  }

  open(key: VersionKey): Promotion | null {
    const row = this.#openRow(key)
    return row ? this.#describe(row) : null
  }

  /**
   * Asks for a stage, signed by `actor`, judged by all that the run measured. When a condition of the gate is not met the refusal itself is
   * recorded, and `gate-not-met` thrown with every unmet condition. Throws `conflict` while the run is still going, and where the stage
   * cannot be asked for; LedgerError where row and ledger disagree.
   */
  request(actor: Actor, key: VersionKey, to: ModelStage): Promotion {
    const row = this.#versions.find(key)
    const from = this.#versions.stageOf(row)
    if (!mayMove(from, to, 'promotion')) {
      throw new RequestError('conflict', `${key.model} ${key.version} is in ${from}; it cannot be promoted to ${to} from there.`)
    }
    this.#refuseSecond(key)
    const run = recordedRun(this.#ledger, row)
    if (run.isGoing) {
      throw new RequestError('conflict', `The run that made ${key.model} ${key.version} is still going: what it measures yet counts too. Ask again when it has ended.`)
    }
    const gate = onlyGate(run, key, to)
    const conditions = evaluateConditions(gate, run.measured)
    const requirements = evaluateRequirements(gate, run.successes, this.#now())
    const unmet = [
      ...conditions.filter(({ met }) => !met).map((each) => explainUnmet(each, run.measured)),
      ...requirements.filter(({ met }) => !met).map(({ reason }) => reason),
    ]
    const promotion = this.#ledger.commit((tx) => {
      const recorded = gate.policy ? { requirements: requirements.map(toRecordedRequirement) } : {}
      const facts = { ...key, from, to, gateEntry: row.gate_entry, conditions: conditions.map(toRecordedCondition), ...recorded }
      const subject = [subjectOf(recordedRegistration(this.#ledger, row))]
      const { seq } =
        unmet.length > 0
          ? tx.append(actor.signer, { action: 'model.promotion.refused', subject, detail: { ...facts, unmet } })
          : tx.append(actor.signer, { action: 'model.promotion.requested', subject, detail: { ...facts, approvals: gate.approvals } })
      return this.#insert(actor, key, 'promotion', to, unmet.length > 0 ? 'refused' : 'open', seq)
    })
    if (unmet.length > 0) {
      throw new RequestError('gate-not-met', `${key.model} ${key.version} does not pass the gate to ${to}: ${unmet.join('; ')}.${run.isImport ? ` ${IMPORT_REMEDY}.` : ''}`)
    }
    return this.#describe(promotion)
  }

  /**
   * Asks that a version which was in production goes back there, signed by `actor`. What its gate measures was met when it was promoted and the run has
   * measured nothing since; second people approve it, as many and in those roles as the gate asks for, or states for a rollback. Throws RequestError
   * `conflict` for one that cannot go back.
   */
  requestRollback(actor: Actor, key: VersionKey, reason: string): Promotion {
    const row = this.#versions.find(key)
    const { project, model, version } = key
    const from = this.#versions.stageOf(row)
    const refusal = this.whyNoReturn(key)
    if (refusal !== null) throw new RequestError('conflict', refusal)
    this.#refuseSecond(key)
    const entered = recordedMoves(this.#ledger, row).findLast(({ to }) => to === 'production')
    if (!entered) throw new Error('a version that can go back was in production')
    const { approvals } = gateOfReturn(onlyGate(recordedRun(this.#ledger, row), key, 'production'))
    const promotion = this.#ledger.commit((tx) => {
      const replaces = this.#versions.inProduction(row)[0]?.version ?? 0
      const { seq } = tx.append(actor.signer, {
        action: 'model.rollback.requested',
        subject: [subjectOf(recordedRegistration(this.#ledger, row))],
        detail: { project, model, version, from, to: 'production', replaces, entered: entered.seq, reason, gateEntry: row.gate_entry, approvals },
      })
      return this.#insert(actor, key, 'rollback', 'production', 'open', seq)
    })
    return this.#describe(promotion)
  }

  /** Why a version cannot go back to production, in a sentence that says what to do; null where it can. */
  whyNoReturn(key: VersionKey): string | null {
    const row = this.#versions.find(key)
    const name = `${key.model} ${key.version}`
    const from = this.#versions.stageOf(row)
    if (!mayMove(from, 'production', 'rollback') || !recordedMoves(this.#ledger, row).some(({ to }) => to === 'production')) {
      const why = from === 'production' ? 'is in production' : 'was never in production'
      return `${name} ${why}: it cannot go back there. Choose a version that was, or ask for a promotion.`
    }
    const retired = recordedRetirement(this.#ledger, row)
    if (retired) {
      const by = this.#nameOf(retired.actor.slice(personName(this.#ledger.origin, '').length))
      return `${name} was taken out of use by ${by} in entry ${retired.seq} (${retired.cause}), and does not come back. Choose a version that was superseded, or bring the model in again as a new version, by a run or an import, and let that pass the gate.`
    }
    const ends = this.approvalEnds(row)
    if (ends === null || ends >= this.#now()) return null
    return `The approval of ${name} for production ended at ${ends}, as its gate says. Choose another version, or ask for a promotion of a new one.`
  }

  /** Takes back the open request. Throws RequestError `four-eyes` for anybody but who made it: others reject it. */
  withdraw(actor: Actor, key: VersionKey, comment: string): void {
    const open = this.#requireOpen(key)
    if (!this.#isSignedBy(actor.person, open.request_entry)) {
      throw new RequestError('not-permitted', `${this.#nameOf(open.requested_by)} asked for this, and nobody else withdraws it. An approver can reject it.`)
    }
    const { to } = this.#request(open)
    this.#ledger.commit((tx) => {
      tx.append(actor.signer, {
        action: 'model.promotion.withdrawn',
        subject: [subjectOf(recordedRegistration(this.#ledger, this.#versions.find(key)))],
        detail: { project: key.project, model: key.model, version: key.version, to, request: open.request_entry, comment },
      })
      this.#db.prepare("UPDATE promotions SET state = 'withdrawn' WHERE id = ?").run(open.id)
    })
  }

  /**
   * The exact words that a decision on the open request signs, naming the ledger's size at which the evidence was read. Throws `conflict`
   * for a size that cannot have shown the request.
   */
  statement(key: VersionKey, decision: Decision['decision'], treeSize: number): { meaning: string; statement: string } {
    const open = this.#requireOpen(key)
    if (treeSize <= open.request_entry || treeSize > this.#ledger.size) {
      throw new RequestError('conflict', `The statement of ledger size ${treeSize} is not about the promotion that is open now. Read it again.`)
    }
    const read = `I have read the evidence for ${key.model} ${key.version} as it stood at ledger size ${treeSize}`
    return { meaning: MEANING[decision], statement: `${read} and ${VERDICTS[open.kind][decision](this.#request(open).to)}.` }
  }

  /** Whether somebody may decide on the open request, with the reason. */
  mayDecide(person: PersonId, key: VersionKey): { allowed: boolean; reason: string } {
    const row = this.#versions.find(key)
    const open = this.#openRow(key)
    if (!open) return { allowed: false, reason: 'Nobody asked for a promotion of this version.' }
    const refusal = this.#refusal(open, person)
    if (refusal !== undefined) return { allowed: false, reason: refusal }
    const { author, artifact, imported } = recordedRegistration(this.#ledger, row)
    if (author === person) return { allowed: false, reason: `You ${imported ? 'imported this version' : 'started the run that made this version'}. Only a second person can approve.` }
    const own = broughtInBy(this.#ledger, person, artifact)
    if (own) return { allowed: false, reason: `You brought in the same file as ${own.model} ${own.version} of ${own.project}. Only a second person can approve.` }
    if (this.#isSignedBy(person, open.request_entry)) return { allowed: false, reason: 'You asked for this promotion. Only a second person can approve.' }
    if (this.#decisions(open).some((decision) => decision.person === person)) return { allowed: false, reason: 'You have signed a decision on this promotion already.' }
    return { allowed: true, reason: `Four eyes hold: you neither ${imported ? 'imported' : 'trained'} nor submitted this version.` }
  }

  /** Records a decision signed by `signer`, made from the passphrase just typed; moves the version once enough approvals are in. */
  decide(actor: Actor, signer: Signer, key: VersionKey, { decision, comment, treeSize }: NewDecision): void {
    // Asked anew: a role may have been taken away while the passphrase was checked.
    const asked = this.#openRow(key)
    const refusal = asked && this.#refusal(asked, actor.person)
    if (refusal !== undefined) throw new RequestError('not-permitted', `${refusal} Nothing was recorded.`)
    const may = this.mayDecide(actor.person, key)
    if (!may.allowed) throw new RequestError('four-eyes', may.reason)
    const row = this.#versions.find(key)
    const open = this.#requireOpen(key)
    const { to, approvals: needed } = this.#request(open)
    const { meaning, statement } = this.statement(key, decision, treeSize)
    const gate = this.#gateOf(open)
    if (decision === 'approved' && open.kind === 'rollback') this.#refuseReturn(key, gate)
    const approvals = this.#decisions(open).flatMap((each) => (each.decision === 'approved' ? [this.#approvalOf(each, key)] : []))
    const now = this.#now()
    const counted = [...approvals.filter(({ time }) => isWithin(gate?.policy?.expires.approvals ?? 0, time, now)), { person: actor.person, roles: rolesFor(this.#authority.at().holdings(actor.person), key), time: now }]
    // Looked at before the commit: annotations are read of what is committed.
    const outgoing = to === 'production' ? this.#versions.inProduction(row).map((each) => ({ each, hold: this.#holdOf(each) })) : []
    this.#ledger.commit((tx) => {
      const { seq } = tx.append(signer, {
        action: `model.${open.kind}.${decision}`,
        subject: [subjectOf(recordedRegistration(this.#ledger, row))],
        detail: { ...key, to, request: open.request_entry, meaning, statement, comment },
      })
      this.#db
        .prepare('INSERT INTO decisions (promotion, person, decision, decided_at, entry) VALUES (?, ?, ?, ?, ?)')
        .run(open.id, actor.person, decision, this.#now(), seq)
      if (decision === 'rejected') {
        this.#db.prepare("UPDATE promotions SET state = 'rejected' WHERE id = ?").run(open.id)
        return
      }
      if (!suffice(counted, needed, gate?.policy?.roles ?? {})) return
      this.#db.prepare("UPDATE promotions SET state = 'approved' WHERE id = ?").run(open.id)
      const cause = open.kind === 'rollback' ? `rolled back to version ${key.version}` : `superseded by version ${key.version}`
      for (const { each, hold } of outgoing) {
        if (hold === undefined) this.#versions.move(tx, this.#orchestrator, each, 'archived', 'superseded', cause)
        else this.#versions.move(tx, this.#orchestrator, each, 'staging', 'superseded-on-hold', `${cause}; not archived, as the legal hold of entry ${hold} keeps it`)
      }
      this.#versions.move(tx, this.#orchestrator, row, to, open.kind, open.kind === 'rollback' ? `rollback approved in entry ${seq}` : `approved in entry ${seq}`)
    })
  }

  /** When, by the version's gate, the approval ends by which it entered production; null for never. */
  approvalEnds(row: VersionRow): string | null {
    const { gates } = recordedRun(this.#ledger, row)
    const days = gatesTo(gates, 'production')[0]?.policy?.expires.production ?? 0
    const entered = days === 0 ? undefined : recordedMoves(this.#ledger, row).find(({ to }) => to === 'production')
    return entered ? daysAfter(this.#ledger.entry(entered.seq).entry.time, days) : null
  }

  /** Throws RequestError `conflict` while a request is open. */
  refuseOpen(key: VersionKey): void {
    if (this.#openRow(key)) throw new RequestError('conflict', `A promotion of ${key.model} ${key.version} is open. Decide on it first.`)
  }

  /** A request may have waited long, and be of an earlier release. */
  #refuseReturn(key: VersionKey, gate: FixedGate | null): void {
    const refusal = this.whyNoReturn(key)
    if (refusal !== null) throw new RequestError('conflict', refusal)
    if (!gate) throw new RequestError('conflict', `The return of ${key.model} ${key.version} was asked for when one approver was enough for it, whatever its gate asks. Reject it, or have it withdrawn, and ask again.`)
  }

  #refuseSecond(key: VersionKey): void {
    if (this.#openRow(key)) throw new RequestError('conflict', `A promotion of ${key.model} ${key.version} is open already. Decide on it first.`)
  }

  #holdOf({ project, model, version }: VersionRow): number | undefined {
    return this.#annotations.holds({ project: ProjectId.parse(project), model, version })[0]?.entry
  }

  #insert(actor: Actor, { project, model, version }: VersionKey, kind: Promotion['kind'], to: ModelStage, state: Promotion['state'], entry: number): PromotionRow {
    const row = this.#db
      .prepare<unknown[], PromotionRow>(
        `INSERT INTO promotions (project, model, version, kind, target, state, requested_by, requested_at, request_entry)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
      )
      .get(project, model, version, kind, to, state, actor.person, this.#now(), entry)
    if (!row) throw new Error('the inserted promotion was not returned')
    return row
  }

  #openRow({ project, model, version }: VersionKey): PromotionRow | undefined {
    return this.#db
      .prepare<[string, string, number], PromotionRow>("SELECT * FROM promotions WHERE project = ? AND model = ? AND version = ? AND state = 'open'")
      .get(project, model, version)
  }

  #requireOpen(key: VersionKey): PromotionRow {
    const open = this.#openRow(key)
    if (!open) throw new RequestError('conflict', `Nobody asked for a promotion of ${key.model} ${key.version}. Ask for one first.`)
    return open
  }

  /** Each decision on a request, held to the entry that its row names. */
  #decisions({ id, kind, request_entry: request }: PromotionRow): (DecisionRow & DetailOf<'model.promotion.approved'>)[] {
    const rows = this.#db.prepare<[number], DecisionRow>('SELECT person, decision, decided_at, entry FROM decisions WHERE promotion = ? ORDER BY entry').all(id)
    return rows.map((row) => {
      const detail = recordedDetail(this.#ledger, row.entry, `model.${kind}.${row.decision}`)
      if (detail.request !== request || !this.#isSignedBy(row.person, row.entry)) {
        throw disagreement(`entry ${row.entry} is not the decision of ${row.person} on the request in entry ${request}`)
      }
      return { ...row, ...detail }
    })
  }

  /** Why somebody's decision cannot count, by what they hold for the model now; undefined where it can. */
  #refusal(open: PromotionRow, person: PersonId): string | undefined {
    const standing = this.#authority.at()
    const asked = Object.keys(this.#gateOf(open)?.policy?.roles ?? {})
    if (mayCount(standing, person, open, asked)) {
      const { entry } = this.#versions.find({ ...open, project: ProjectId.parse(open.project) })
      if (standing.policy.administratorsDecide === 'yes' || !standing.administeredSince(person, entry)) return undefined
      return 'You administered accounts since this version was registered, and the policy of this workplace keeps that apart from deciding on it. Ask somebody who did not.'
    }
    if (standing.isKeptApart(person)) return 'You administer accounts, and the policy of this workplace keeps that apart from deciding on models. Ask somebody who does not, or change the policy.'
    return `Only ${asked.length > 0 ? listRoles(asked) : 'an approver'} can decide. Ask one.`
  }

  /** The gate that a request was judged by, with what it asks of those who approve; null for a rollback of an earlier release, which any approver decided. */
  #gateOf(open: PromotionRow): FixedGate | null {
    const { to, gateEntry } = this.#request(open)
    if (gateEntry === undefined) return null
    const key = { ...open, project: ProjectId.parse(open.project) }
    const gate = onlyGate(recordedRun(this.#ledger, this.#versions.find(key)), key, to)
    return open.kind === 'rollback' ? gateOfReturn(gate) : gate
  }

  #approvalOf({ person, entry }: DecisionRow, key: VersionKey): Approval {
    return { person, roles: rolesFor(this.#authority.at(entry).holdings(person), key), time: this.#ledger.entry(entry).entry.time }
  }

  #isSignedBy(person: string, seq: number): boolean {
    return this.#ledger.entry(seq).entry.actor === personName(this.#ledger.origin, person)
  }

  #describe(row: PromotionRow): Promotion {
    const request = this.#request(row)
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

  /** Of a request that was judged by one gate. */
  #policyOf(row: PromotionRow): Promotion['policy'] {
    const gate = this.#gateOf(row)
    return gate && policyOf(gate)
  }

  /** What was asked for, from its entry. A request that its gate refused waits for nobody. */
  #request(row: PromotionRow): RecordedRequest {
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

/** The different gates to a stage that a run's start fixes for one model: one, but where an old pipeline registered the model twice. */
export function gatesTo(gates: RecordedRun['gates'], to: ModelStage): FixedGate[] {
  const found = gates.flatMap((each) => gateTo(each, to) ?? [])
  return [...new Map(found.map((gate) => [canonicalJson(gate), gate])).values()]
}

function onlyGate({ gates }: RecordedRun, { model, version }: VersionKey, to: ModelStage): FixedGate {
  const [gate, another] = gatesTo(gates, to)
  if (gate && !another) return gate
  const why = gate ? 'fixed different gates for it, since two of its stages registered that model' : 'fixed no gate for it'
  throw new RequestError('conflict', `The run that made ${model} ${version} ${why}: nothing says by which to judge it. Register each model in one stage, and run again.`)
}

/** Whether a decision counts: of whom the gate asks for, where it names roles and they may sign; else of whoever may decide. */
function mayCount(standing: Standing, person: PersonId, target: { readonly project: string; readonly model: string }, asked: readonly string[]): boolean {
  const holdings = standing.holdings(person)
  if (asked.length === 0) return mayDo(holdings, 'model.decide', target)
  return mayDo(holdings, 'model.sign', target) && rolesFor(holdings, target).some((role) => asked.includes(role))
}

function listRoles(roles: readonly string[]): string {
  return roles.map((role) => `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`).join(' or ')
}

type RecordedRequirement = NonNullable<DetailOf<'model.promotion.requested'>['requirements']>[number]

function toRecordedRequirement({ what, name, entry, met }: Requirement): RecordedRequirement {
  return { what, name, entry: entry ?? 'not recorded', met: met ? 'yes' : 'no' }
}

function toRequirement({ what, name, entry, met }: RecordedRequirement): Requirement {
  const isMet = met === 'yes'
  const at = entry === 'not recorded' ? null : entry
  return { what, name, met: isMet, entry: at, reason: isMet ? '' : at === null ? 'not recorded' : `too old in entry ${at}` }
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
