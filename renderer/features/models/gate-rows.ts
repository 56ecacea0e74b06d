import type { Condition, Gate, GatePolicy, Requirement, VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { formatMetric } from '../../state/index.ts'
import { approvalsOf } from './stage-steps.ts'

/** One thing that a gate asks for, in words, and whether it is there. */
export interface GateRow {
  readonly id: string
  readonly isMet: boolean
  readonly name: string
  /** What is asked for. */
  readonly asked: string
  /** What there is, as it is shown and as it is recorded. */
  readonly value: string
  readonly exact: string
  /** The entry that recorded it. */
  readonly entry: number | null
  /** Why it is not met, or what to do; null where it is. */
  readonly reason: string | null
  /** Something that the person here can do about it. */
  readonly note: string | null
}

/** Everything that a gate asks for, metrics first, then evidence and tests, then signatures. */
export function gateRows(gate: Gate, detail: Pick<VersionDetail, 'imported' | 'promotions' | 'openPromotion' | 'mayDecide'>): GateRow[] {
  const isImport = detail.imported !== null
  return [...gate.conditions.map((condition) => conditionRow(condition, isImport)), ...gate.requirements.map(requirementRow), signatureRow(gate, detail)]
}

/** What a gate asks for besides people's signatures that is not met. */
export function unmetOf({ conditions, requirements }: Pick<Gate, 'conditions' | 'requirements'>): string[] {
  return [...conditions.filter(({ met }) => !met).map(({ metric }) => metric), ...requirements.filter(({ met }) => !met).map(({ name }) => name)]
}

/** What a policy says of time, in words; null where nothing ever ends. */
export function describeExpiry({ expires: { approvals, evidence, production } }: GatePolicy): string | null {
  const parts = [
    approvals > 0 && words.expires.approvals(approvals),
    evidence > 0 && words.expires.evidence(evidence),
    production > 0 && words.expires.production(production),
  ].filter((part) => part !== false)
  return parts.length === 0 ? null : parts.join(' ')
}

function conditionRow({ metric, bound, threshold, value, met, entry }: Condition, isImport: boolean): GateRow {
  return {
    id: `${metric} ${bound}`,
    isMet: met,
    name: metric,
    asked: words.bounds[bound](threshold),
    value: value === null ? words.notRecorded : formatMetric(value),
    exact: value ?? '',
    entry,
    reason: met ? null : value === null ? (isImport ? words.whyImported : words.whyNotRecorded) : words.whyUnmet,
    note: null,
  }
}

function requirementRow({ what, name, met, entry, reason }: Requirement): GateRow {
  const there = words.requirements[what]
  const value = met ? there.met : there.unmet
  return { id: `${what} ${name}`, isMet: met, name, asked: there.asked, value, exact: value, entry, reason: met ? null : reason, note: null }
}

function signatureRow({ to, approvalsNeeded: needed, policy }: Gate, { promotions, openPromotion, mayDecide }: Pick<VersionDetail, 'promotions' | 'openPromotion' | 'mayDecide'>): GateRow {
  const promotion = openPromotion ?? promotions.find((each) => each.to === to && each.state === 'approved')
  const signed = promotion ? approvalsOf(promotion).length : 0
  const isMet = signed >= needed && openPromotion === null
  const value = words.signedOf(signed, needed)
  return {
    id: 'signature',
    isMet,
    name: words.secondSignature,
    asked: words.approvers(needed, Object.entries(policy?.roles ?? {})),
    value,
    exact: value,
    entry: null,
    reason: openPromotion && !mayDecide.allowed ? mayDecide.reason : null,
    note: openPromotion && mayDecide.allowed ? words.youCanSign : null,
  }
}
