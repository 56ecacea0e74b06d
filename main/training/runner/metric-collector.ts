import { appendFileSync, closeSync, fstatSync, readSync } from 'node:fs'
import { openRegular } from '../../content/index.ts'
import { MetricFiles } from './metric-files.ts'
import { TerminalMetrics } from './terminal-metrics.ts'

/** What waits to be appended, in characters, before it is; and before it no longer waits for a line of the stage's own to end. */
const BATCH = 65_536
const MOST = 1 << 24

/**
 * Brings the metric points that a stage prints or appends to its outs into the file that it may write itself, $STRONGROOM_METRICS: whoever takes them
 * in reads that one. A line of the stage's own that has begun there is left to end first.
 */
export class MetricCollector {
  readonly #path: string
  readonly #terminal = new TerminalMetrics()
  readonly #files: MetricFiles
  #waiting: string[] = []
  #length = 0

  constructor(path: string, project: string, outs: readonly string[]) {
    this.#path = path
    this.#files = new MetricFiles(project, outs)
  }

  output(bytes: Buffer): void {
    for (const line of this.#terminal.take(bytes)) this.#add(line)
    if (this.#length > BATCH) this.#append(this.#length > MOST)
  }

  /** Looks at the files, and appends what waits. With `final`, nothing waits any more. Throws the file system's error; then it still waits. */
  look(final = false): void {
    for (const line of this.#files.look(final)) this.#add(line)
    this.#append(final)
  }

  #add(line: string): void {
    this.#waiting.push(line)
    this.#length += line.length
  }

  #append(anyway: boolean): void {
    if (this.#waiting.length === 0) return
    const isBetween = endsWithLine(this.#path)
    if (!isBetween && !anyway) return
    appendFileSync(this.#path, `${isBetween ? '' : '\n'}${this.#waiting.join('')}`, { mode: 0o600 })
    this.#waiting = []
    this.#length = 0
  }
}

/** Whether a file ends with a whole line, or is empty, or is not there. */
function endsWithLine(path: string): boolean {
  const file = openRegular(path)
  if (file === null) return true
  try {
    const { size } = fstatSync(file)
    const last = Buffer.alloc(1)
    return size === 0 || readSync(file, last, 0, 1, size - 1) === 0 || last[0] === 0x0a
  } finally {
    closeSync(file)
  }
}
