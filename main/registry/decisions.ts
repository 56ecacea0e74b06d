import { mayDo, ProjectId, RequestError, rolesFor, type Decision, type PersonId } from '../../shared/contract/index.ts'
import type { Actor, Authority, Standing } from '../identity/index.ts'
import type { Ledger, Signer } from '../ledger/index.ts'
import type { Annotations } from './annotations.ts'
import { isWithin, suffice, type Approval } from './approvals.ts'
import type { FixedGate } from './gate.ts'
import type { Promotions } from './promotions.ts'
import { broughtInBy, recordedRegistration } from './recorded-version.ts'
import type { DecisionRow, PromotionRow, RequestRows } from './request-rows.ts'
import { subjectOf, type VersionKey, type VersionRow, type VersionRows } from './version-rows.ts'

export interface NewDecision {
  readonly decision: Decision['decision']
  readonly comment: string
  /** The ledger's size that the statement named which the person read. */
  readonly treeSize: number
}

/** 21 CFR 11.50 asks that a signature states its meaning. */
const MEANING = { approved: 'approval', rejected: 'rejection' } as const

/** What a decision says of each kind of request. */
const VERDICTS = {
  promotion: { approved: (to: string) => `approve it for ${to}`, rejected: (to: string) => `reject it for ${to}` },
  rollback: { approved: (to: string) => `approve its return to ${to}`, rejected: (to: string) => `reject its return to ${to}` },
} as const

export interface DecisionsDependencies {
  readonly ledger: Ledger
  readonly orchestrator: Signer
  readonly clock: () => number
  readonly authority: Authority
  readonly versions: VersionRows
  readonly annotations: Annotations
  readonly rows: RequestRows
  readonly promotions: Pick<Promotions, 'whyNoReturn'>
}

/** Who may decide on what was asked for a version, what they sign, and what follows once enough people did. */
export class Decisions {
  readonly #ledger: Ledger
  readonly #orchestrator: Signer
  readonly #clock: () => number
  readonly #authority: Authority
  readonly #versions: VersionRows
  readonly #annotations: Annotations
  readonly #rows: RequestRows
  readonly #promotions: Pick<Promotions, 'whyNoReturn'>

  constructor({ ledger, orchestrator, clock, authority, versions, annotations, rows, promotions }: DecisionsDependencies) {
    this.#ledger = ledger
    this.#orchestrator = orchestrator
    this.#clock = clock
    this.#authority = authority
    this.#versions = versions
    this.#annotations = annotations
    this.#rows = rows
    this.#promotions = promotions
  }

  /**
   * The exact words that a decision on the open request signs, naming the ledger's size at which the evidence was read. Throws `conflict`
   * for a size that cannot have shown the request.
   */
  statement(key: VersionKey, decision: Decision['decision'], treeSize: number): { meaning: string; statement: string } {
    const open = this.#rows.requireOpen(key)
    if (treeSize <= open.request_entry || treeSize > this.#ledger.size) {
      throw new RequestError('conflict', `The statement of ledger size ${treeSize} is not about the promotion that is open now. Read it again.`)
    }
    const read = `I have read the evidence for ${key.model} ${key.version} as it stood at ledger size ${treeSize}`
    return { meaning: MEANING[decision], statement: `${read} and ${VERDICTS[open.kind][decision](this.#rows.request(open).to)}.` }
  }

  /** Whether somebody may decide on the open request, with the reason. */
  mayDecide(person: PersonId, key: VersionKey): { allowed: boolean; reason: string } {
    const row = this.#versions.find(key)
    const open = this.#rows.open(key)
    if (!open) return { allowed: false, reason: 'Nobody asked for a promotion of this version.' }
    const refusal = this.#refusal(open, person)
    if (refusal !== undefined) return { allowed: false, reason: refusal }
    const { author, artifact, imported } = recordedRegistration(this.#ledger, row)
    if (author === person) return { allowed: false, reason: `You ${imported ? 'imported this version' : 'started the run that made this version'}. Only a second person can approve.` }
    const own = broughtInBy(this.#ledger, person, artifact)
    if (own) return { allowed: false, reason: `You brought in the same file as ${own.model} ${own.version} of ${own.project}. Only a second person can approve.` }
    if (this.#rows.isSignedBy(person, open.request_entry)) return { allowed: false, reason: 'You asked for this promotion. Only a second person can approve.' }
    if (this.#rows.decisions(open).some((decision) => decision.person === person)) return { allowed: false, reason: 'You have signed a decision on this promotion already.' }
    return { allowed: true, reason: `Four eyes hold: you neither ${imported ? 'imported' : 'trained'} nor submitted this version.` }
  }

  /** Records a decision signed by `signer`, made from the passphrase just typed; moves the version once enough approvals are in. */
  decide(actor: Actor, signer: Signer, key: VersionKey, { decision, comment, treeSize }: NewDecision): void {
    // Asked anew: a role may have been taken away while the passphrase was checked.
    const asked = this.#rows.open(key)
    const refusal = asked && this.#refusal(asked, actor.person)
    if (refusal !== undefined) throw new RequestError('not-permitted', `${refusal} Nothing was recorded.`)
    const may = this.mayDecide(actor.person, key)
    if (!may.allowed) throw new RequestError('four-eyes', may.reason)
    const row = this.#versions.find(key)
    const open = this.#rows.requireOpen(key)
    const { to, approvals: needed } = this.#rows.request(open)
    const { meaning, statement } = this.statement(key, decision, treeSize)
    const gate = this.#rows.gateOf(open)
    if (decision === 'approved' && open.kind === 'rollback') this.#refuseReturn(key, gate)
    const approvals = this.#rows.decisions(open).flatMap((each) => (each.decision === 'approved' ? [this.#approvalOf(each, key)] : []))
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
      this.#rows.insertDecision(open, actor.person, decision, seq)
      if (decision === 'rejected') {
        this.#rows.settle(open, 'rejected')
        return
      }
      if (!suffice(counted, needed, gate?.policy?.roles ?? {})) return
      this.#rows.settle(open, 'approved')
      const cause = open.kind === 'rollback' ? `rolled back to version ${key.version}` : `superseded by version ${key.version}`
      for (const { each, hold } of outgoing) {
        if (hold === undefined) this.#versions.move(tx, this.#orchestrator, each, 'archived', 'superseded', cause)
        else this.#versions.move(tx, this.#orchestrator, each, 'staging', 'superseded-on-hold', `${cause}; not archived, as the legal hold of entry ${hold} keeps it`)
      }
      this.#versions.move(tx, this.#orchestrator, row, to, open.kind, open.kind === 'rollback' ? `rollback approved in entry ${seq}` : `approved in entry ${seq}`)
    })
  }

  /** A request may have waited long, and be of an earlier release. */
  #refuseReturn(key: VersionKey, gate: FixedGate | null): void {
    const refusal = this.#promotions.whyNoReturn(key)
    if (refusal !== null) throw new RequestError('conflict', refusal)
    if (!gate) throw new RequestError('conflict', `The return of ${key.model} ${key.version} was asked for when one approver was enough for it, whatever its gate asks. Reject it, or have it withdrawn, and ask again.`)
  }

  #holdOf({ project, model, version }: VersionRow): number | undefined {
    return this.#annotations.holds({ project: ProjectId.parse(project), model, version })[0]?.entry
  }

  /** Why somebody's decision cannot count, by what they hold for the model now; undefined where it can. */
  #refusal(open: PromotionRow, person: PersonId): string | undefined {
    const standing = this.#authority.at()
    const asked = Object.keys(this.#rows.gateOf(open)?.policy?.roles ?? {})
    if (mayCount(standing, person, open, asked)) {
      const { entry } = this.#versions.find({ ...open, project: ProjectId.parse(open.project) })
      if (standing.policy.administratorsDecide === 'yes' || !standing.administeredSince(person, entry)) return undefined
      return 'You administered accounts since this version was registered, and the policy of this workplace keeps that apart from deciding on it. Ask somebody who did not.'
    }
    if (standing.isKeptApart(person)) return 'You administer accounts, and the policy of this workplace keeps that apart from deciding on models. Ask somebody who does not, or change the policy.'
    return `Only ${asked.length > 0 ? listRoles(asked) : 'an approver'} can decide. Ask one.`
  }

  #approvalOf({ person, entry }: DecisionRow, key: VersionKey): Approval {
    return { person, roles: rolesFor(this.#authority.at(entry).holdings(person), key), time: this.#ledger.proved(entry).entry.time }
  }

  #now(): string {
    return new Date(this.#clock()).toISOString()
  }
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
