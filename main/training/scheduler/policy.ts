const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** How much may be held at once; null for no limit. */
export interface Quota {
  readonly cpus: number | null
  readonly gpus: number | null
}

/** For each of the people, or of the projects: what applies unless they are named, and to those who are. */
export interface Terms {
  readonly quota: Quota
  readonly quotas: Readonly<Record<string, Quota>>
  /** Of the machine in the long run, in proportion to those of the others; 1 unless named. */
  readonly shares: Readonly<Record<string, number>>
}

/** The knobs of the queue. docs/scheduling.md says what each one does. */
export interface Policy {
  /** Points of a job's rank: for each class of priority, for a whole share that nobody has used (0 to 1), for each `ageMs` of waiting. */
  readonly weights: { readonly priority: number; readonly fairShare: number; readonly age: number }
  readonly ageMs: number
  /** After which what somebody used counts half. */
  readonly halfLifeMs: number
  readonly people: Terms
  readonly projects: Terms
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number
  /** No attempt is preempted before it has run as long as this. */
  readonly exemptMs: number
  /** How many of the first jobs that must wait have the time kept free at which they can start; at least 1. */
  readonly reservations: number
  /** Once a job for which a time is kept free has waited as long as this, others pass it by their time limits alone, and no longer by what they are expected to take. */
  readonly patienceMs: number
  /** After how long an attempt is expected to end of which neither is known. */
  readonly unknownMs: number
  /** After which the queue is looked at again where a job waits for the sake of another. */
  readonly reviewMs: number
}

const NO_TERMS: Terms = { quota: { cpus: null, gpus: null }, quotas: {}, shares: {} }

/** A class outweighs any fair share, and two weeks of waiting outweigh a class. */
export const DEFAULT_POLICY: Policy = {
  weights: { priority: 2000, fairShare: 1000, age: 1000 },
  ageMs: 7 * DAY,
  halfLifeMs: 7 * DAY,
  people: NO_TERMS,
  projects: NO_TERMS,
  graceMs: 10_000,
  exemptMs: 10 * MINUTE,
  reservations: 8,
  patienceMs: 30 * DAY,
  unknownMs: DAY,
  reviewMs: MINUTE,
}

/** The quota of a person or project. */
export function quotaOf(terms: Terms, name: string): Quota {
  return named(terms.quotas, name) ?? terms.quota
}

export function sharesOf(terms: Terms, name: string): number {
  return named(terms.shares, name) ?? 1
}

/** A name may be that of a property that every object has. */
function named<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  const value = values[name]
  return value !== undefined && Object.hasOwn(values, name) ? value : undefined
}
