import { RequestError, type ModelStage, type Promotion } from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import { personName, type Ledger } from '../ledger/index.ts'
import { daysAfter } from './approvals.ts'
import { evaluateConditions, evaluateRequirements, explainUnmet, gateOfReturn, gatesTo, IMPORT_REMEDY, onlyGate } from './gate.ts'
import { recordedMoves, recordedRegistration, recordedRetirement, recordedRun } from './recorded-version.ts'
import { toRecordedCondition, toRecordedRequirement, type RequestRows } from './request-rows.ts'
import { mayMove } from './stages.ts'
import { subjectOf, type VersionKey, type VersionRow, type VersionRows } from './version-rows.ts'

export interface PromotionsDependencies {
  readonly ledger: Ledger
  readonly clock: () => number
  readonly nameOf: (person: string) => string
  readonly versions: VersionRows
  readonly rows: RequestRows
}

/** What is asked for versions: promotions through a gate, and rollbacks to what was in production. */
export class Promotions {
  readonly #ledger: Ledger
  readonly #clock: () => number
  readonly #nameOf: (person: string) => string
  readonly #versions: VersionRows
  readonly #rows: RequestRows

  constructor({ ledger, clock, nameOf, versions, rows }: PromotionsDependencies) {
    this.#ledger = ledger
    this.#clock = clock
    this.#nameOf = nameOf
    this.#versions = versions
    this.#rows = rows
  }

  /** Newest first. */
  all(key: VersionKey): Promotion[] {
    return this.#rows.all(key).map((row) => this.#rows.describe(row))
  }

  open(key: VersionKey): Promotion | null {
    const row = this.#rows.open(key)
    return row ? this.#rows.describe(row) : null
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
      return this.#rows.insert(actor, key, 'promotion', to, unmet.length > 0 ? 'refused' : 'open', seq)
    })
    if (unmet.length > 0) {
      throw new RequestError('gate-not-met', `${key.model} ${key.version} does not pass the gate to ${to}: ${unmet.join('; ')}.${run.isImport ? ` ${IMPORT_REMEDY}.` : ''}`)
    }
    return this.#rows.describe(promotion)
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
      return this.#rows.insert(actor, key, 'rollback', 'production', 'open', seq)
    })
    return this.#rows.describe(promotion)
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
    const open = this.#rows.requireOpen(key)
    if (!this.#rows.isSignedBy(actor.person, open.request_entry)) {
      throw new RequestError('not-permitted', `${this.#nameOf(open.requested_by)} asked for this, and nobody else withdraws it. An approver can reject it.`)
    }
    const { to } = this.#rows.request(open)
    this.#ledger.commit((tx) => {
      tx.append(actor.signer, {
        action: 'model.promotion.withdrawn',
        subject: [subjectOf(recordedRegistration(this.#ledger, this.#versions.find(key)))],
        detail: { project: key.project, model: key.model, version: key.version, to, request: open.request_entry, comment },
      })
      this.#rows.settle(open, 'withdrawn')
    })
  }

  /** When, by the version's gate, the approval ends by which it entered production; null for never. */
  approvalEnds(row: VersionRow): string | null {
    const { gates } = recordedRun(this.#ledger, row)
    const days = gatesTo(gates, 'production')[0]?.policy?.expires.production ?? 0
    const entered = days === 0 ? undefined : recordedMoves(this.#ledger, row).find(({ to }) => to === 'production')
    return entered ? daysAfter(this.#ledger.proved(entered.seq).entry.time, days) : null
  }

  /** Throws RequestError `conflict` while a request is open. */
  refuseOpen(key: VersionKey): void {
    if (this.#rows.open(key)) throw new RequestError('conflict', `A promotion of ${key.model} ${key.version} is open. Decide on it first.`)
  }

  #refuseSecond(key: VersionKey): void {
    if (this.#rows.open(key)) throw new RequestError('conflict', `A promotion of ${key.model} ${key.version} is open already. Decide on it first.`)
  }

  #now(): string {
    return new Date(this.#clock()).toISOString()
  }
}
