import type { JsonValue } from '../ledger/index.ts'
import type { EvidenceKind } from './frameworks.ts'

/** A value that an entry, or a document which the entry names, holds at a place (RFC 6901), with a sentence about it. */
export interface EvidenceFact {
  /** `F0001`, `F0002`, ... in the order of the ledger. */
  readonly id: string
  readonly entry: number
  /** SHA-256 of the document that holds the value; without it, the entry's payload does. */
  readonly document?: string
  readonly pointer: string
  readonly value: string | number
  readonly text: string
  /** What it is evidence of; null for what only describes. */
  readonly kind: EvidenceKind | null
  readonly about: FactSubject
}

/** What sentences are built from, beside the value. */
export type FactSubject =
  | { readonly topic: 'other' }
  | { readonly topic: 'purpose' }
  /** Where a model comes from that no run here made, as its importer states it. */
  | { readonly topic: 'source' }
  /** A file that a stage left as evidence, and the citations that it answers as its pipeline names them. */
  | { readonly topic: 'evidence'; readonly obligations: readonly string[] }
  | { readonly topic: 'moved'; readonly to: string }
  | { readonly topic: 'approval'; readonly to: string }
  | { readonly topic: 'rejection'; readonly to: string }
  /** `isLate`: what it limits had been measured before it was set. */
  | { readonly topic: 'threshold'; readonly metric: string; readonly bound: 'min' | 'max'; readonly to: string; readonly isLate: boolean }
  /** A value that a request for promotion was judged by, and the limit that it was held to. */
  | { readonly topic: 'judged'; readonly metric: string; readonly bound: 'min' | 'max'; readonly threshold: string; readonly to: string }
  /** `first`: the entry that recorded it when it was measured, another than the fact's where a later run took it over. */
  | { readonly topic: 'metric'; readonly stage: string; readonly metric: string; readonly first: number }
  | { readonly topic: 'disparate-impact'; readonly attribute: string; readonly lowest: string; readonly highest: string }
  | { readonly topic: 'four-fifths'; readonly attribute: string }
  | { readonly topic: 'expectations'; readonly part: 'checked' | 'failed' }

/** A gate names a metric alone or, where several stages measure one of that name, with its stage before it. */
export function namesOfMetric({ stage, metric }: { readonly stage: string; readonly metric: string }): string[] {
  return [metric, `${stage}.${metric}`]
}

export type NewFact = Omit<EvidenceFact, 'id'>

/** A JSON pointer (RFC 6901). */
export function pointerTo(path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('')
}

/** A recorded string or number as text; a question mark for what is neither, which no checked entry holds in such a place. */
export function recordedText(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?'
}
