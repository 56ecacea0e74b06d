import { parseDecimal } from '../../../shared/graph/decimal.ts'

const WORD = 'STRONGROOM_METRIC'
const MARK = Buffer.from(`${WORD} `)
const LINE = new RegExp(`^${WORD}((?:[ \\t]+[^\\s=]{1,200}=[^\\s=]{1,64})+)\\s*$`)
/** A longer line is none of these. */
const LONGEST = 2048
const NEWLINE = 0x0a
const RETURN = 0x0d

/** A metric point as a line of $STRONGROOM_METRICS: `{"name", "step", "value"}`, the value exact. */
export function metricLine(name: string, step: number, value: string): string {
  return `${JSON.stringify({ name, step, value })}\n`
}

/**
 * The metric points in a stage's output: lines `STRONGROOM_METRIC name=value [name=value ...] [step=n]`. A point without a step has that of the name's
 * last one and one more, from 0. What is between line ends or carriage returns is a line, as progress bars write them. What only looks like one is
 * output and nothing else.
 */
export class TerminalMetrics {
  readonly #steps = new Map<string, number>()
  /** The beginning of a line whose end has not come. */
  #rest = ''
  /** The line that has not ended is longer than any of ours. */
  #isTooLong = false

  /** Takes output in and returns the lines of the points that it completes. */
  take(bytes: Buffer): string[] {
    const first = lineEnd(bytes, 0)
    if (first === -1) {
      this.#keep(bytes)
      return []
    }
    const points: string[] = []
    const head = this.#rest + bytes.toString('latin1', 0, Math.min(first, LONGEST))
    if (!this.#isTooLong && head.startsWith(WORD)) points.push(...this.#read(Buffer.from(head, 'latin1').toString()))
    for (let at = bytes.indexOf(MARK, first + 1); at !== -1; ) {
      const end = lineEnd(bytes, at)
      if (end === -1) break
      const isLine = bytes[at - 1] === NEWLINE || bytes[at - 1] === RETURN
      if (isLine && end - at <= LONGEST) points.push(...this.#read(bytes.toString('utf8', at, end)))
      at = bytes.indexOf(MARK, end)
    }
    this.#isTooLong = false
    this.#rest = ''
    this.#keep(bytes.subarray(1 + Math.max(bytes.lastIndexOf(NEWLINE), bytes.lastIndexOf(RETURN))))
    return points
  }

  #keep(more: Buffer): void {
    this.#isTooLong ||= this.#rest.length + more.length > LONGEST
    this.#rest = this.#isTooLong ? '' : this.#rest + more.toString('latin1')
  }

  #read(line: string): string[] {
    const pairs = LINE.exec(line)?.[1]?.trim().split(/\s+/).map((pair) => pair.split('=', 2)) ?? []
    const told = pairs.find(([name]) => name === 'step')?.[1]
    const step = told === undefined ? null : /^\d+$/.test(told) ? Number(told) : Number.NaN
    if (step !== null && !Number.isSafeInteger(step)) return []
    return pairs.flatMap(([name = '', text = '']) => {
      const value = parseDecimal(text)
      if (name === 'step' || value === null) return []
      const at = step ?? (this.#steps.get(name) ?? -1) + 1
      this.#steps.set(name, at)
      return [metricLine(name, at, value)]
    })
  }
}

/** Where the line ends that begins at `from`; -1 where its end has not come. */
function lineEnd(bytes: Buffer, from: number): number {
  const [newline, carriage] = [bytes.indexOf(NEWLINE, from), bytes.indexOf(RETURN, from)]
  if (newline === -1 || carriage === -1) return Math.max(newline, carriage)
  return Math.min(newline, carriage)
}
