import { closeSync, fstatSync, readdirSync, readSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import { parseDecimal } from '../../../shared/graph/decimal.ts'
import { openRegular } from '../../content/index.ts'
import { metricLine } from './terminal-metrics.ts'

/** What is read at a look, bytes; the rest at the next ones. */
const LOOK_BYTES = 1 << 20
/** A longer line is none of ours. */
const LONGEST = 65_536
const MOST_FILES = 1000

/** A file that grows by a line a point. */
interface Followed {
  readonly path: string
  /** Of the point in a line: `{"name", "step", "value"}`; null for what is none. */
  readonly read: (line: string) => string | null
  offset: number
}

/**
 * The metric points that a stage appends to files among its outs: `metrics.jsonl` of lines `{"name", "step", "value"}`, and the histories of DVCLive,
 * `plots/metrics/NAME.tsv` in its folder, of columns `step`, the metric, and perhaps `timestamp` (doc.dvc.org/dvclive/live/log_metric). An out that is
 * such a file, `plots` or `plots/metrics` counts as well.
 */
export class MetricFiles {
  readonly #outs: readonly string[]
  readonly #project: string
  readonly #followed = new Map<string, Followed>()

  /** `outs`: paths relative to the project, POSIX. */
  constructor(project: string, outs: readonly string[]) {
    this.#project = project
    this.#outs = outs
  }

  /** The lines of the points that have come since the last look; with `final`, all that there are, to a last line without its end. Never throws. */
  look(final = false): string[] {
    for (const out of this.#outs) this.#find(out)
    const lines: string[] = []
    let left = final ? Infinity : LOOK_BYTES
    for (const file of this.#followed.values()) {
      if (left <= 0) break
      left -= follow(file, left, final, lines)
    }
    return lines
  }

  #find(out: string): void {
    if (posix.basename(out) === 'metrics.jsonl') return this.#add(out, () => readJsonLine)
    if (out.endsWith('.tsv')) return this.#add(out, () => readHistory(nameOf(out)))
    const folders = ['metrics', 'plots/metrics'].map((each) => posix.join(out, each)).filter((folder) => folder.endsWith('plots/metrics'))
    for (const folder of out.endsWith('plots/metrics') ? [out] : folders) {
      for (const name of listHistories(join(this.#project, folder))) this.#add(posix.join(folder, name), () => readHistory(name.slice(0, -'.tsv'.length)))
    }
    this.#add(posix.join(out, 'metrics.jsonl'), () => readJsonLine)
  }

  #add(path: string, read: () => Followed['read']): void {
    if (this.#followed.has(path) || this.#followed.size >= MOST_FILES) return
    this.#followed.set(path, { path: join(this.#project, path), read: read(), offset: 0 })
  }
}

/** Reads on in a file, at most `limit` bytes, and returns how many that were. One that became shorter was begun anew. */
function follow(file: Followed, limit: number, final: boolean, lines: string[]): number {
  let opened: number | null = null
  try {
    opened = openRegular(file.path)
    if (opened === null) return 0
    const { size } = fstatSync(opened)
    if (size < file.offset) file.offset = 0
    const buffer = Buffer.alloc(Math.min(size - file.offset, limit, LOOK_BYTES))
    const bytes = buffer.subarray(0, readSync(opened, buffer, 0, buffer.length, file.offset))
    const isLast = final && file.offset + bytes.length === size
    let end = isLast ? bytes.length : bytes.lastIndexOf(0x0a) + 1
    if (end === 0 && bytes.length >= LONGEST) end = bytes.length
    for (const line of bytes.toString('utf8', 0, end).split(/\r?\n/)) {
      const point = line === '' ? null : file.read(line)
      if (point !== null) lines.push(point)
    }
    file.offset += end
    return final && !isLast && end > 0 ? end + follow(file, limit, final, lines) : end
  } catch {
    return 0
  } finally {
    if (opened !== null) closeSync(opened)
  }
}

function listHistories(folder: string): string[] {
  try {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.tsv'))
    return names.map((entry) => posix.join(entry.parentPath.slice(folder.length).split('\\').join('/').replace(/^\//, ''), entry.name)).sort()
  } catch {
    return []
  }
}

function nameOf(path: string): string {
  const [, inside] = /(?:^|\/)plots\/metrics\/(.*)$/.exec(path) ?? []
  return (inside ?? basename(path)).slice(0, -'.tsv'.length)
}

function readJsonLine(line: string): string | null {
  try {
    const point: unknown = JSON.parse(line)
    return typeof point === 'object' && point !== null && 'name' in point && 'step' in point && 'value' in point ? `${line}\n` : null
  } catch {
    return null
  }
}

/** The reader of a history's lines; the first one names the columns, of which one that is neither is the metric. */
function readHistory(name: string): Followed['read'] {
  let columns: { step: number; value: number } | null = null
  return (line) => {
    const cells = line.split('\t')
    const step = cells.indexOf('step')
    if (step !== -1) {
      columns = { step, value: cells.findIndex((cell) => cell !== 'step' && cell !== 'timestamp') }
      return null
    }
    if (columns === null) return null
    const [at, value] = [Number(cells[columns.step]), parseDecimal(cells[columns.value] ?? '')]
    return value === null || !Number.isSafeInteger(at) || at < 0 ? null : metricLine(name, at, value)
  }
}
