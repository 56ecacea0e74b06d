import { isJsonObject, type JsonValue, type SignedEntry } from '../ledger/index.ts'
import { objects } from './documents.ts'
import { pointerTo, recordedText, type FactSubject, type NewFact } from './fact.ts'
import type { EvidenceKind } from './frameworks.ts'

/** What the environment document says that a reader asks for first. */
const ENVIRONMENT_MEMBERS = {
  os: 'system',
  arch: 'architecture',
  cpuModel: 'processor',
  memoryBytes: 'a machine whose memory in bytes is',
  node: 'Node',
} as const

/** Facts inside the documents that a stage's success names: the reports of the built-in steps, and the environment. */
export class DocumentFacts {
  readonly facts: NewFact[] = []
  readonly #signed: SignedEntry
  readonly #json: ReadonlyMap<string, unknown>

  /** @param carried digests of the documents in the pack; @param json the parsed ones among them. */
  constructor(signed: SignedEntry, carried: ReadonlySet<string>, json: ReadonlyMap<string, unknown>) {
    this.#signed = signed
    this.#json = json
    const { evidence, environment, stage } = signed.entry.detail
    for (const { kind, sha256 } of objects(evidence)) {
      if (typeof sha256 !== 'string' || !carried.has(sha256)) continue
      if (kind === 'fairness-report') this.#readFairness(sha256)
      if (kind === 'data-validation') this.#readValidation(sha256)
    }
    if (typeof environment === 'string' && carried.has(environment)) this.#readEnvironment(environment, recordedText(stage))
  }

  #readFairness(sha256: string): void {
    const report = this.#json.get(sha256)
    if (!isRecord(report) || report.type !== 'strongroom.dev/fairness-report/v1' || !Array.isArray(report.attributes)) return
    report.attributes.forEach((each: unknown, index) => {
      if (!isRecord(each) || typeof each.attribute !== 'string' || !isRecord(each.comparison)) return
      const { attribute, comparison } = each
      const at = ['attributes', index, 'comparison']
      const lowest = recordedText(comparison.lowest)
      const highest = recordedText(comparison.highest)
      this.#add(sha256, [...at, 'disparateImpact'], comparison.disparateImpact, 'fairness-report', (value) => {
        return `Disparate impact for ${attribute}, ${lowest} against ${highest}: ${value}.`
      }, { topic: 'disparate-impact', attribute, lowest, highest })
      this.#add(sha256, [...at, 'fourFifthsMet'], comparison.fourFifthsMet, 'fairness-report', (value) => {
        return `The four-fifths rule for ${attribute} is ${value === 'true' ? 'met' : 'not met'}.`
      }, { topic: 'four-fifths', attribute })
      this.#add(sha256, [...at, 'equalizedOddsDifference'], comparison.equalizedOddsDifference, 'fairness-report', (value) => {
        return `Equalised odds differ by ${value} for ${attribute}.`
      })
    })
  }

  #readValidation(sha256: string): void {
    const report = this.#json.get(sha256)
    if (!isRecord(report) || report.type !== 'strongroom.dev/validation-report/v1') return
    this.#add(sha256, ['checked'], report.checked, 'data-validation', (value) => `${value} expectations about the data were checked.`, {
      topic: 'expectations',
      part: 'checked',
    })
    this.#add(sha256, ['failed'], report.failed, 'data-validation', (value) => `${value} of them were not met.`, {
      topic: 'expectations',
      part: 'failed',
    })
    const rows = isRecord(report.data) ? report.data.rows : undefined
    this.#add(sha256, ['data', 'rows'], rows, 'data-validation', (value) => `The data have ${value} rows.`)
  }

  #readEnvironment(sha256: string, stage: string): void {
    const environment = this.#json.get(sha256)
    if (!isRecord(environment)) return
    for (const [member, name] of Object.entries(ENVIRONMENT_MEMBERS)) {
      this.#add(sha256, [member], environment[member], 'environment', (value) => `Stage ${stage} ran on ${name} ${value}.`)
    }
  }

  #add(
    document: string,
    path: readonly (string | number)[],
    found: unknown,
    kind: EvidenceKind,
    text: (value: string | number) => string,
    about: FactSubject = { topic: 'other' },
  ): void {
    const value = statedValue(found)
    if (value === undefined || value === '') return
    this.facts.push({ entry: this.#signed.seq, document, pointer: pointerTo(path), value, text: text(value), kind, about })
  }
}

/**
 * How a fact states a document's value: strings and exact integers as they are, any other number and booleans as their canonical text
 * (RFC 8785, which is JavaScript's own for numbers). Undefined for what is none of these, or not exact.
 */
function statedValue(value: unknown): string | number | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'number') return undefined
  if (Number.isInteger(value)) return Number.isSafeInteger(value) ? value : undefined
  return String(value)
}

function isRecord(value: unknown): value is { readonly [key: string]: JsonValue } {
  return isJsonObject(value as JsonValue)
}
