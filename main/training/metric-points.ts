import { closeSync, fstatSync, readSync } from 'node:fs'
import { z } from 'zod'
import type { MetricPoint } from '../../shared/contract/index.ts'
import { formatDecimal, parseDecimal } from '../../shared/graph/decimal.ts'
import { canonicalJson } from '../ledger/index.ts'
import { openRegular } from '../content/index.ts'
import { transact, type Database } from '../storage/index.ts'

/** Bytes taken in one transaction. A line longer than this is no metric. */
const CHUNK = 1 << 20

const MetricLine = z.object({
  name: z.string().min(1).max(200),
  step: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
  value: z.union([z.number(), z.string().max(64)]),
})

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

  constructor(db: Database, clock: () => Date) {
    this.#db = db
    this.#clock = clock
  }

  /**
   * Takes in what a stage has appended since the last call; the place in the file moves in the same transaction as the rows, so no line
   * is lost or taken twice. With `final`, a last line without its newline counts too. Bad lines are counted, never fatal; what is no regular
   * file holds none. Returns the number of new points.
   */
  ingest(key: AttemptKey, path: string, final = false): number {
    const file = openRegular(path)
    if (file === null) return 0
    try {
      let points = 0
      for (let more = true; more; ) {
        const taken = this.#takeChunk(key, file, final)
        points += taken.points
        more = taken.more
      }
      return points
    } finally {
      closeSync(file)
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

function parseLine(line: string): { name: string; step: number; value: string } | null {
  try {
    const { name, step, value } = MetricLine.parse(JSON.parse(line))
    if (!name.isWellFormed()) return null
    const decimal = typeof value === 'number' ? formatDecimal(value) : parseDecimal(value)
    return decimal === null ? null : { name, step, value: decimal }
  } catch {
    return null
  }
}
