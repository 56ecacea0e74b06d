import { closeSync, fstatSync, readSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { MetricPoint } from '../../shared/contract/index.ts'
import { formatDecimal, parseDecimal } from '../../shared/graph/decimal.ts'
import { canonicalJson } from '../ledger/index.ts'
import { openRegular } from '../content/index.ts'
import { transact, type Database } from '../storage/index.ts'

/** Bytes taken in one transaction, some five thousand points. A line longer than this is no metric. */
const CHUNK = 1 << 18
/** After how many milliseconds nothing more is taken in one go: everything else that this process does waits meanwhile. */
const TURN_MS = 100

export interface AttemptKey {
  readonly run: number
  readonly stage: string
  readonly attempt: number
}

export interface PointsQuery {
  /** The id of the last point already known; 0 for all. */
  readonly after: number
  readonly limit: number
  readonly stage?: string | null | undefined
  readonly name?: string | null | undefined
}

interface PointRow {
  readonly id: number
  readonly stage: string
  readonly attempt: number
  readonly seq: number
  readonly name: string
  readonly step: number
  readonly value: string
  readonly time: string
}

/** The metric points that stages append to STRONGROOM_METRICS, one JSON object `{name, step, value}` a line, as they come. */
export class MetricPoints {
  readonly #db: Database
  readonly #clock: () => Date
  readonly #turnMs: number

  /** `turnMs`: how long it takes points in without a pause, about, in milliseconds. */
  constructor(db: Database, clock: () => Date, turnMs = TURN_MS) {
    this.#db = db
    this.#clock = clock
    this.#turnMs = turnMs
  }

  /**
   * Takes in what a stage has appended since the last call; the place in the file moves in the same transaction as the rows, so no line
   * is lost or taken twice. With `final`, a last line without its newline counts too. Bad lines are counted, never fatal; what is no regular
   * file holds none. Returns the number of new points. What a stage writes faster than it can be taken in waits in its file for the next call, or for
   * `ingestAll`, unless it is `final`.
   */
  ingest(key: AttemptKey, path: string, final = false): number {
    return this.#take(key, path, final, final ? Infinity : this.#turnMs).points
  }

  /** Takes in all that is there, to the last line, in turns with everything else that this process does. Resolves to the number of new points. */
  async ingestAll(key: AttemptKey, path: string): Promise<number> {
    let points = 0
    for (;;) {
      const taken = this.#take(key, path, true, this.#turnMs)
      points += taken.points
      if (!taken.more) return points
      await setImmediate()
    }
  }

  /** The records of an attempt from a number on, in order: the JCS text of `{name, seq, step, value}`. */
  *records(key: AttemptKey, from: number): Generator<string> {
    const rows = this.#db
      .prepare<[number, string, number, number], PointRow>('SELECT * FROM metric_points WHERE run = ? AND stage = ? AND attempt = ? AND seq >= ? ORDER BY seq')
      .iterate(key.run, key.stage, key.attempt, from)
    for (const { name, seq, step, value } of rows) yield canonicalJson({ name, seq, step, value })
  }

  /** Points of a run after a given one, oldest first. */
  list(run: number, { after, limit, stage = null, name = null }: PointsQuery): MetricPoint[] {
    return this.#db
      .prepare<unknown[], PointRow>(
        `SELECT * FROM metric_points WHERE run = ? AND id > ? AND (? IS NULL OR stage = ?) AND (? IS NULL OR name = ?) ORDER BY id LIMIT ?`,
      )
      .all(run, after, stage, stage, name, name, limit)
      .map((row) => ({ id: row.id, stage: row.stage, attempt: row.attempt, record: row.seq, name: row.name, step: row.step, value: Number(row.value), time: row.time }))
  }

  #take(key: AttemptKey, path: string, final: boolean, turnMs: number): { points: number; more: boolean } {
    const file = openRegular(path)
    if (file === null) return { points: 0, more: false }
    const end = performance.now() + turnMs
    let points = 0
    try {
      for (;;) {
        const taken = this.#takeChunk(key, file, final)
        points += taken.points
        if (!taken.more || performance.now() >= end) return { points, more: taken.more }
      }
    } finally {
      closeSync(file)
    }
  }

  #takeChunk({ run, stage, attempt }: AttemptKey, file: number, final: boolean): { points: number; more: boolean } {
    const place = 'SELECT metrics_offset FROM run_stages WHERE run = ? AND stage = ?'
    const readOffset = this.#db.prepare<[number, string], number>(place).pluck()
    const offset = readOffset.get(run, stage) ?? 0
    const buffer = Buffer.alloc(Math.max(0, Math.min(CHUNK, fstatSync(file).size - offset)))
    const bytes = buffer.subarray(0, readSync(file, buffer, 0, buffer.length, offset))
    const full = bytes.length === CHUNK
    let end = bytes.lastIndexOf(0x0a) + 1
    if (end === 0 && (full || final)) end = bytes.length
    if (final && !full) end = bytes.length
    if (end === 0) return { points: 0, more: false }
    const lines = bytes.toString('utf8', 0, end).split('\n').filter((line) => line.trim() !== '')
    const parsed = lines.map(parseLine)
    const points = parsed.filter((point) => point !== null)
    const time = this.#clock().toISOString()
    transact(this.#db, () => {
      const columns = 'run, stage, attempt, seq, name, step, value, time'
      const insert = this.#db.prepare(`INSERT INTO metric_points (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
      const next = this.#db
        .prepare<[number, string, number], number>(
          'SELECT coalesce(max(seq) + 1, 0) FROM metric_points WHERE run = ? AND stage = ? AND attempt = ?',
        )
        .pluck()
      let seq = next.get(run, stage, attempt) ?? 0
      for (const point of points) insert.run(run, stage, attempt, seq++, point.name, point.step, point.value, time)
      this.#db
        .prepare('UPDATE run_stages SET metrics_offset = ?, metrics_rejected = metrics_rejected + ? WHERE run = ? AND stage = ?')
        .run(offset + end, parsed.length - points.length, run, stage)
    })
    return { points: points.length, more: full }
  }
}

/** By hand: a schema took as long as the database does. */
function parseLine(line: string): { name: string; step: number; value: string } | null {
  let read: unknown
  try {
    read = JSON.parse(line)
  } catch {
    return null
  }
  if (typeof read !== 'object' || read === null || !('name' in read) || !('step' in read) || !('value' in read)) return null
  const { name, step, value } = read
  if (typeof name !== 'string' || name === '' || name.length > LONGEST_NAME || !name.isWellFormed()) return null
  if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 0) return null
  const decimal = decimalOf(value)
  return decimal === null ? null : { name, step, value: decimal }
}

const LONGEST_NAME = 200
const LONGEST_VALUE = 64

function decimalOf(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? formatDecimal(value) : null
  return typeof value === 'string' && value.length <= LONGEST_VALUE ? parseDecimal(value) : null
}
