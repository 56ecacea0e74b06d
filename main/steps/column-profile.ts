import type { ColumnExpectation, Range } from './expectations.ts'

/** One expectation held against what was seen. */
export interface ExpectationResult {
  /** Null for an expectation of the whole table. */
  readonly column: string | null
  readonly expectation: string
  readonly expected: unknown
  readonly observed: unknown
  readonly met: boolean
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/
const INTEGER = /^[+-]?\d+$/
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const EXAMPLES = 5

/** Values that broke an expectation: how many, and the first few with their line. */
class Offenders {
  count = 0
  readonly first: { line: number; value: string }[] = []

  add(line: number, value: string): void {
    this.count += 1
    if (this.first.length < EXAMPLES) this.first.push({ line, value: value.slice(0, 200) })
  }

  observed(): { count: number; first: readonly { line: number; value: string }[] } {
    return { count: this.count, first: this.first }
  }
}

/**
 * What one column of a table holds, gathered value by value, against what is expected of it.
 * Memory is constant, except for `unique`, which keeps every distinct value.
 */
export class ColumnProfile {
  private readonly name: string
  private readonly expected: ColumnExpectation
  private rows = 0
  private missing = 0
  private readonly wrongType = new Offenders()
  private readonly outside = new Offenders()
  private readonly notAllowed = new Offenders()
  private readonly repeated = new Offenders()
  private readonly allowed: ReadonlySet<string>
  private readonly seen = new Set<string>()
  private numbers = 0
  private mean = 0
  private smallest = Infinity
  private largest = -Infinity

  constructor(name: string, expected: ColumnExpectation) {
    this.name = name
    this.expected = expected
    this.allowed = new Set(expected.values ?? [])
  }

  add(value: string, line: number): void {
    this.rows += 1
    if (value === '') {
      this.missing += 1
      return
    }
    if (this.expected.unique) {
      if (this.seen.has(value)) this.repeated.add(line, value)
      else this.seen.add(value)
    }
    if (this.expected.values !== undefined && !this.allowed.has(value)) this.notAllowed.add(line, value)
    this.addTyped(value, line)
  }

  results(): ExpectationResult[] {
    const { expected, name } = this
    const one = (expectation: string, wanted: unknown, observed: unknown, met: boolean): ExpectationResult => {
      return { column: name, expectation, expected: wanted, observed, met }
    }
    const share = this.rows === 0 ? 0 : this.missing / this.rows
    const results = [
      one('type', expected.type, { of: expected.type, not: this.wrongType.observed() }, this.wrongType.count === 0),
      one('missing_max', expected.missing_max, { share, count: this.missing }, share <= expected.missing_max),
    ]
    if (expected.unique) {
      const seen = { distinct: this.seen.size, repeated: this.repeated.observed() }
      results.push(one('unique', true, seen, this.repeated.count === 0))
    }
    if (expected.values !== undefined) {
      results.push(one('values', expected.values, { other: this.notAllowed.observed() }, this.notAllowed.count === 0))
    }
    if (expected.min !== undefined || expected.max !== undefined) {
      const seen = this.numbers === 0 ? { min: null, max: null } : { min: this.smallest, max: this.largest }
      results.push(one('range', wanted(expected), { ...seen, outside: this.outside.observed() }, this.outside.count === 0))
    }
    if (expected.mean !== undefined) {
      const mean = this.numbers === 0 ? null : this.mean
      results.push(one('mean', wanted(expected.mean), mean, mean !== null && within(mean, expected.mean)))
    }
    return results
  }

  private addTyped(value: string, line: number): void {
    const { type } = this.expected
    if (type === 'text') return
    if (type === 'date') {
      if (!isDate(value)) this.wrongType.add(line, value)
      return
    }
    const number = Number(value)
    if (!(type === 'integer' ? INTEGER : NUMBER).test(value) || !Number.isFinite(number)) {
      this.wrongType.add(line, value)
      return
    }
    this.numbers += 1
    this.mean += (number - this.mean) / this.numbers
    this.smallest = Math.min(this.smallest, number)
    this.largest = Math.max(this.largest, number)
    if (!within(number, this.expected)) this.outside.add(line, value)
  }
}

/** Whether a value lies within inclusive limits. */
export function within(value: number, range: Range): boolean {
  return (range.min === undefined || value >= range.min) && (range.max === undefined || value <= range.max)
}

function wanted({ min, max }: Range): Range {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
}

/** A day that the calendar has, as `2026-02-28`. */
function isDate(value: string): boolean {
  const parts = DATE.exec(value)
  if (parts === null) return false
  const day = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value)
}
