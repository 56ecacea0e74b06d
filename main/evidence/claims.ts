import type { ClaimStatus } from '../../shared/contract/index.ts'
import { decideApplicability, type System } from './applicability.ts'
import type { EvidenceFact } from './fact.ts'
import { isNamedBy, type EvidenceKind, type Framework, type FrameworkRow } from './frameworks.ts'
import { describeEvidence, nameKind, sentenceFor } from './sentences.ts'
import { AFTER_RELEASE } from './stage-evidence.ts'

/** What is said about one row, and the facts that it rests on. `supported` never means that the law is met. */
export interface Claim {
  readonly framework: string
  readonly obligation: string
  readonly status: ClaimStatus
  readonly text: string
  /** Ids of facts, in their order. */
  readonly facts: readonly string[]
  readonly missing: readonly EvidenceKind[]
  /** `YYYY-MM-DD`, or null where nothing is law. */
  readonly appliesFrom: string | null
}

export interface Assessment {
  readonly row: FrameworkRow
  readonly claim: Claim
}

/** What a row that a person must answer rests on. It can be about anything: it counts for the rows that it is said to answer, and no others. */
const PERSONS_WORD: readonly EvidenceKind[] = ['policy-document', 'attestation']

/**
 * One claim for each assessable row, in the frameworks' order; none is left out. `asOf` is a date `YYYY-MM-DD`. Pure: the same rows, facts
 * and system give the same claims.
 */
export function assessRows(frameworks: readonly Framework[], facts: readonly EvidenceFact[], system: System, asOf: string): Assessment[] {
  return frameworks.flatMap(({ id, rows }) => rows.map((row) => ({ row, claim: assessRow(id, row, facts, system, asOf) })))
}

function assessRow(framework: string, row: FrameworkRow, facts: readonly EvidenceFact[], system: System, asOf: string): Claim {
  const base = { framework, obligation: row.id, appliesFrom: row.appliesFrom }
  const applicability = decideApplicability(row, system)
  if (applicability.verdict === 'not-applicable') {
    return { ...base, status: 'not-applicable', text: `Not applicable. ${applicability.reason}`, facts: [], missing: [] }
  }
  const counting = facts.filter((fact) => countsFor(row, fact))
  const { status, missing } = judge(row, counting, applicability.verdict === 'open')
  const wanted = new Set(row.evidenceKinds)
  const sentence = sentenceFor(row, facts)
  const cited = new Set(sentence.facts)
  const named = counting.filter((fact) => cited.has(fact) || (fact.kind !== null && wanted.has(fact.kind)))
  const parts = [sentence.text, status === 'not-yet' ? explainNotYet(row) : describeEvidence(named, row.evidenceKinds, missing)]
  if (status === 'supported' && row.automatable === 'assisted') parts.push('A person adds the judgement that the row asks for.')
  if (applicability.verdict === 'open') parts.push(applicability.reason)
  if (row.appliesFrom !== null && row.appliesFrom > asOf) parts.push(`The row applies from ${row.appliesFrom}.`)
  return { ...base, status, text: parts.filter((part) => part !== '').join(' '), facts: named.map((fact) => fact.id), missing }
}

/** Whether a fact may count for a row, if the row asks for its kind. */
function countsFor(row: FrameworkRow, { kind, about }: EvidenceFact): boolean {
  if (kind === null || !PERSONS_WORD.includes(kind)) return true
  return about.topic === 'evidence' && about.obligations.some((named) => isNamedBy(row.citation, named))
}

/** @param open whether somebody must first say that the row concerns the system at all. */
function judge(row: FrameworkRow, facts: readonly EvidenceFact[], open: boolean): { status: ClaimStatus; missing: EvidenceKind[] } {
  const recorded = new Set(facts.map(({ kind }) => kind))
  const present = row.evidenceKinds.filter((kind) => recorded.has(kind))
  const missing = row.evidenceKinds.filter((kind) => !recorded.has(kind))
  // Facts alone never answer what only a person can say.
  const unanswered = row.automatable === 'manual' && !present.some((kind) => PERSONS_WORD.includes(kind))
  if (missing.length === 0 && (unanswered || (open && !recorded.has('attestation')))) missing.push('attestation')
  // Art. 9(8) asks for thresholds defined beforehand: results that nothing was set for do not support it.
  if (row.id === 'EUAIA-Art9-8' && !facts.some(({ about }) => about.topic === 'threshold' && !about.isLate) && !missing.includes('run-params-metrics')) {
    missing.push('run-params-metrics')
  }
  if (present.length > 0) return { status: missing.length === 0 ? 'supported' : 'partial', missing }
  const onlyLater = row.evidenceKinds.length > 0 && row.evidenceKinds.every((kind) => AFTER_RELEASE.has(kind))
  const inUse = facts.some(({ about }) => about.topic === 'moved' && about.to === 'production')
  return { status: onlyLater && !inUse ? 'not-yet' : 'missing', missing }
}

function explainNotYet(row: FrameworkRow): string {
  return `Nothing can be recorded for it before the system is in use: ${row.evidenceKinds.map(nameKind).join(', ')}.`
}
