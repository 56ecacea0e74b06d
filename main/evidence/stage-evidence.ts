import { evidenceKinds, isLedgerKind } from '../../shared/graph/pipeline.ts'
import type { JsonValue } from '../ledger/index.ts'
import type { EvidenceKind } from './frameworks.ts'

/** What a file that a stage left counts as: its kind, or nothing and why. */
export interface Weighed {
  readonly kind: EvidenceKind | null
  /** Empty for what counts. */
  readonly why: string
}

/** What only a system in use gives rise to. */
export const AFTER_RELEASE: ReadonlySet<EvidenceKind> = new Set(['prediction-log', 'drift-report', 'incident', 'deployment-record'])

/** Kinds of which Strongroom's own steps write a report that can be read: a file of another form says nothing that could be checked. */
const OWN_REPORTS: ReadonlySet<EvidenceKind> = new Set(['fairness-report', 'data-validation'])

/**
 * Weighs a file that is called a `kind` of evidence. `states`: whether a report of our own form gave at least one figure of this kind.
 * `afterRelease`: whether the version had entered production when the file was recorded.
 */
export function weighEvidence(called: JsonValue | undefined, { states, afterRelease }: { states: (kind: EvidenceKind) => boolean; afterRelease: boolean }): Weighed {
  const kind = evidenceKinds.find((known) => known === called)
  if (kind === undefined) return { kind: null, why: 'That is no kind of evidence.' }
  if (isLedgerKind(kind)) return { kind: null, why: 'The ledger records that itself, so the file counts for nothing.' }
  if (OWN_REPORTS.has(kind) && !states(kind)) return { kind: null, why: 'No figure can be read from it as from a report of that kind, so it counts for nothing.' }
  if (AFTER_RELEASE.has(kind) && !afterRelease) return { kind: null, why: 'The version was not in production yet, so it counts for nothing.' }
  return { kind, why: '' }
}
