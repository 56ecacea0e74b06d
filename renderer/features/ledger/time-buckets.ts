/** The answer to `ledger.histogram`: how many entries fell into each of equal spans of time, oldest first. */
export interface Histogram {
  readonly from: string | null
  readonly to: string | null
  readonly counts: readonly number[]
}

/** Bars `first` to `last`, both included. */
export interface BarRange {
  readonly first: number
  readonly last: number
}

/** Entries with numbers of `from` to `until` - 1. */
export interface SeqRange {
  readonly from: number
  readonly until: number
}

/** Length of time of a bar in ms; 0 for a histogram without a span. */
export function barWidth({ from, to, counts }: Histogram): number {
  if (from === null || to === null || counts.length === 0) return 0
  return (Date.parse(to) - Date.parse(from)) / counts.length
}

/** When bar `index` begins, in ms since 1970; `counts.length` gives the end of the last. */
export function barStart(histogram: Histogram, index: number): number {
  return histogram.from === null ? 0 : Date.parse(histogram.from) + index * barWidth(histogram)
}

/** The numbers of the entries in some bars: times and numbers rise together, so counting gives the bounds exactly. */
export function entriesIn({ counts }: Histogram, { first, last }: BarRange): SeqRange {
  const sum = (end: number) => counts.slice(0, end).reduce((total, count) => total + count, 0)
  return { from: sum(first), until: sum(last + 1) }
}

/** The bar at a share of 0 to 1 of the width, kept inside. */
export function barAt(share: number, bars: number): number {
  return Math.min(Math.max(Math.floor(share * bars), 0), Math.max(bars - 1, 0))
}

/** Heights of 0 to 1. The root keeps quiet hours visible beside busy ones; a bar that holds anything is never invisible. */
export function barHeights(counts: readonly number[]): number[] {
  const most = Math.max(1, ...counts)
  return counts.map((count) => (count === 0 ? 0 : Math.max(0.08, Math.sqrt(count / most))))
}

/** Where an edge of the range goes on a key, or null when the key is not for it. */
export function edgeAfterKey(key: string, edge: 'first' | 'last', range: BarRange, bars: number): BarRange | null {
  const by: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowDown: -1,
    ArrowRight: 1,
    ArrowUp: 1,
    PageDown: -10,
    PageUp: 10,
    Home: -bars,
    End: bars,
  }
  const step = by[key]
  if (step === undefined) return null
  if (edge === 'first') return { first: Math.min(Math.max(range.first + step, 0), range.last), last: range.last }
  return { first: range.first, last: Math.max(Math.min(range.last + step, bars - 1), range.first) }
}
