import { namesOfMetric, type EvidenceFact, type FactSubject } from './fact.ts'
import type { EvidenceKind, FrameworkRow } from './frameworks.ts'

/** A sentence about a row and the facts that it names; empty where there is nothing more to say than what was recorded. */
export interface Sentence {
  readonly text: string
  readonly facts: readonly EvidenceFact[]
}

type Facts = readonly EvidenceFact[]
type About<T extends FactSubject['topic']> = EvidenceFact & { readonly about: Extract<FactSubject, { topic: T }> }

const NOTHING: Sentence = { text: '', facts: [] }

/** Metrics named in one sentence; the rest stand among the facts. */
const MOST_METRICS = 6

/** What is said of a row beyond the list of what was recorded, by row and else by chapter. */
export function sentenceFor(row: FrameworkRow, facts: Facts): Sentence {
  return (BY_ROW[row.id] ?? BY_CHAPTER[row.chapter])?.(facts) ?? NOTHING
}

const BY_ROW: Readonly<Record<string, (facts: Facts) => Sentence>> = {
  'EUAIA-Art9-8': sayThresholds,
  'EUAIA-Art9-6': sayMetrics,
  'EUAIA-Art10-1': sayData,
  'EUAIA-Art10-2-e': sayData,
  'EUAIA-Art10-2-f': sayBias,
  'EUAIA-Art10-2-g': sayBias,
  'EUAIA-Art10-3': sayData,
  'EUAIA-AnxIV-1-a': sayPurpose,
  'EUAIA-AnxIV-2-d': sayData,
  'EUAIA-AnxIV-2-g': sayMetrics,
  'EUAIA-AnxIV-6': sayApprovals,
  'EUAIA-Art13-3-b-i': sayPurpose,
  'EUAIA-Art13-3-b-ii': sayMetrics,
  'EUAIA-Art13-3-b-v': sayBias,
  'EUAIA-Art15-1': sayMetrics,
  'EUAIA-Art15-3': sayMetrics,
  'EUAIA-Art16-a': sayApprovals,
  'AIRMF-MAP-1.1': sayPurpose,
  'AIRMF-MEASURE-2.3': sayMetrics,
  'AIRMF-MEASURE-2.5': sayMetrics,
  'AIRMF-MEASURE-2.11': sayBias,
  'AIRMF-MANAGE-1.1': sayApprovals,
}

const BY_CHAPTER: Readonly<Record<string, (facts: Facts) => Sentence>> = {
  'Art. 12': sayLogs,
  'Art. 19': sayLogs,
  'Art. 14': sayOversight,
}

/** What was recorded and what was not, by kind: `Recorded: model version (entry 31). Not recorded: risk register.` */
export function describeEvidence(facts: Facts, kinds: readonly EvidenceKind[], missing: readonly EvidenceKind[]): string {
  const recorded = kinds.flatMap((kind) => {
    const entries = [...new Set(facts.filter((fact) => fact.kind === kind).map(({ entry }) => entry))]
    return entries.length === 0 ? [] : [`${nameKind(kind)} (${listEntries(entries)})`]
  })
  const parts = []
  if (recorded.length > 0) parts.push(`Recorded: ${recorded.join(', ')}.`)
  if (missing.length > 0) parts.push(`Not recorded: ${missing.map(nameKind).join(', ')}.`)
  return parts.join(' ')
}

/** A kind of evidence in words: `run parameters and metrics`. */
export function nameKind(kind: EvidenceKind): string {
  if (kind === 'run-params-metrics') return 'run parameters and metrics'
  if (kind === 'cost-energy-record') return 'record of cost and energy'
  return kind.replace(/-/g, ' ')
}

function listEntries(entries: readonly number[]): string {
  if (entries.length === 1) return `entry ${entries[0]}`
  if (entries.length <= 4) return `entries ${entries.join(', ')}`
  return `entries ${entries.slice(0, 3).join(', ')} and ${entries.length - 3} more`
}

function sayThresholds(facts: Facts): Sentence {
  const thresholds = pick(facts, 'threshold')
  const [first] = thresholds
  if (first === undefined) return { text: 'No threshold was recorded beforehand.', facts: [] }
  const measured: About<'metric'>[] = []
  const judged: About<'judged'>[] = []
  const lines = thresholds.map(({ about, value }) => {
    const asked = `${about.metric} at ${about.bound === 'min' ? 'least' : 'most'} ${value} for ${about.to}`
    const called = pick(facts, 'metric').filter((fact) => namesOfMetric(fact.about).includes(about.metric))
    const request = pick(facts, 'judged').findLast((fact) => isJudgedBy(fact, about, value))
    const metric = request ? called.find((fact) => fact.value === request.value) : called.length === 1 ? called[0] : undefined
    if (request) judged.push(request)
    if (metric) measured.push(metric)
    if (!metric) return called.length > 1 ? `${asked}, measured more than once under that name (${listEntries(called.map(({ entry }) => entry))})` : `${asked}, not measured`
    return `${asked}, measured ${metric.value} in entry ${metric.entry}${request ? `, by which the request in entry ${request.entry} was judged` : ''}`
  })
  const tested = Math.min(...measured.map(({ about }) => about.first))
  const order = measured.length === 0 ? '' : first.entry < tested ? `, before the test in entry ${tested}` : `, after the test in entry ${tested}, whose result an earlier run had recorded`
  const approvals = pick(facts, 'approval')
  const text = `Thresholds were recorded in entry ${first.entry}${order}: ${lines.join('; ')}.`
  return { text, facts: [...thresholds, ...measured, ...judged, ...approvals] }
}

function isJudgedBy({ about }: About<'judged'>, { metric, bound, to }: About<'threshold'>['about'], threshold: EvidenceFact['value']): boolean {
  return about.metric === metric && about.bound === bound && about.to === to && about.threshold === threshold
}

function sayMetrics(facts: Facts): Sentence {
  const gated = new Set(pick(facts, 'threshold').map(({ about }) => about.metric))
  const all = pick(facts, 'metric')
  const isGated = (metric: About<'metric'>) => namesOfMetric(metric.about).some((name) => gated.has(name))
  const chosen = [...all.filter(isGated), ...all.filter((metric) => !isGated(metric))].slice(0, MOST_METRICS)
  if (chosen.length === 0) return { text: 'No metric was recorded.', facts: [] }
  const rest = all.length > chosen.length ? `, and ${all.length - chosen.length} more` : ''
  const named = chosen.map(({ about, value, entry }) => `${about.metric} ${value} (entry ${entry})`)
  return { text: `Measured: ${named.join(', ')}${rest}.`, facts: chosen }
}

function sayBias(facts: Facts): Sentence {
  const impacts = pick(facts, 'disparate-impact')
  if (impacts.length === 0) return NOTHING
  const used: EvidenceFact[] = [...impacts]
  const lines = impacts.map(({ about, value, document }) => {
    const rule = pick(facts, 'four-fifths').find((fact) => fact.about.attribute === about.attribute && fact.document === document)
    if (rule) used.push(rule)
    const verdict = rule ? `, four-fifths rule ${rule.value === 'true' ? 'met' : 'not met'}` : ''
    return `${about.attribute} ${value} (${about.lowest} against ${about.highest}${verdict})`
  })
  return { text: `Bias was examined; disparate impact: ${lines.join('; ')}. The figures are stated here, not judged.`, facts: used }
}

function sayData(facts: Facts): Sentence {
  const found = pick(facts, 'expectations')
  const checked = found.filter(({ about }) => about.part === 'checked')
  if (checked.length === 0) return NOTHING
  const total = (part: 'checked' | 'failed') => {
    return found.filter(({ about }) => about.part === part).reduce((sum, { value }) => sum + Number(value), 0)
  }
  return { text: `${total('checked')} expectations about the data were checked, ${total('failed')} not met.`, facts: found }
}

function sayPurpose(facts: Facts): Sentence {
  const purpose = pick(facts, 'purpose').at(-1)
  return purpose ? { text: `Intended purpose, as recorded in entry ${purpose.entry}: ${purpose.value}`, facts: [purpose] } : NOTHING
}

function sayApprovals(facts: Facts): Sentence {
  const decisions = [...pick(facts, 'approval'), ...pick(facts, 'rejection')].sort((a, b) => a.entry - b.entry)
  if (decisions.length === 0) return { text: 'Nobody has decided on this version.', facts: [] }
  const verb = { approval: 'approved', rejection: 'rejected' } as const
  const lines = decisions.map(({ about, entry }) => `${verb[about.topic]} for ${about.to} in entry ${entry}`)
  return { text: `The version was ${lines.join(', ')}.`, facts: decisions }
}

function sayOversight(facts: Facts): Sentence {
  const approvals = pick(facts, 'approval')
  if (approvals.length === 0) return NOTHING
  const entries = listEntries(approvals.map(({ entry }) => entry))
  const text = `A second person approved the release (${entries}): that is oversight of the release, not of the system in use.`
  return { text, facts: approvals }
}

function sayLogs(): Sentence {
  const text = 'The ledger records how the system was made, not what it does in use: import its logs, or digests of them, for this row.'
  return { text, facts: [] }
}

function pick<T extends FactSubject['topic']>(facts: Facts, topic: T): About<T>[] {
  return facts.filter((fact): fact is About<T> => fact.about.topic === topic)
}
