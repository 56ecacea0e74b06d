import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Segment } from '../main/ledger/index.ts'
import { openDatabase, type Database } from '../main/storage/index.ts'
import { MetricPoints } from '../main/training/metric-points.ts'

const POINTS = 200_000
const ROUNDS = 5
const TRANSACTION = 5_000
const KEY = { run: 1, stage: 'train', attempt: 1 }
const COLUMNS = 'run, stage, attempt, seq, name, step, value, time'
const TIME = '2026-11-27T00:00:00.000Z'

interface Row {
  readonly name: string
  readonly step: number
  readonly value: string
}

/**
 * `metrics`: points/s from the lines that a stage has appended to $STRONGROOM_METRICS into the database, committed as they are while it runs; ratio to
 * bare better-sqlite3 inserts of the same rows, parsed before, into the same table of the same kind of database, in transactions of 5,000, which is about what ours are.
 * `metrics-sealed`: points/s that the database gives back and their Merkle tree takes, which is what a seal of them costs before it is signed.
 */
export async function run(print: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-metrics-'))
  try {
    const rows = Array.from({ length: POINTS }, (_, index): Row => ({ name: `train/loss_${index % 8}`, step: Math.floor(index / 8), value: String(1 / (index + 1)) }))
    const path = join(folder, 'metrics.jsonl')
    writeFileSync(path, rows.map(({ name, step, value }) => `{"name":"${name}","step":${step},"value":${value}}\n`).join(''))
    const ratios: number[] = []
    const rates: number[] = []
    const sealed: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const bareDb = open(folder, `bare-${round}.db`)
      const bare = seconds(() => insertBare(bareDb, rows))
      bareDb.close()
      const db = open(folder, `ours-${round}.db`)
      const points = new MetricPoints(db, () => new Date(TIME))
      const ours = seconds(() => points.ingest(KEY, path, true))
      const count = db.prepare('SELECT count(*) FROM metric_points').pluck().get()
      if (count !== POINTS) throw new Error(`${String(count)} of ${POINTS} points are there.`)
      const seal = seconds(() => {
        const segment = new Segment()
        for (const record of points.records(KEY, 0)) segment.add(record)
        segment.seal()
      })
      db.close()
      rates.push(POINTS / ours)
      ratios.push(bare / ours)
      sealed.push(POINTS / seal)
    }
    print(`metrics: ${median(rates).toFixed(0)} points/s (ratio ${median(ratios).toFixed(2)})`)
    print(`metrics-sealed: ${median(sealed).toFixed(0)} points/s`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function open(folder: string, name: string): Database {
  const db = openDatabase(join(folder, name))
  db.pragma('foreign_keys = OFF')
  db.exec(`INSERT INTO run_stages (run, stage, position, state) VALUES (1, 'train', 0, 'running')`)
  return db
}

function insertBare(db: Database, rows: readonly Row[]): void {
  const insert = db.prepare(`INSERT INTO metric_points (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  for (let from = 0; from < rows.length; from += TRANSACTION) {
    db.transaction(() => {
      rows.slice(from, from + TRANSACTION).forEach(({ name, step, value }, index) => insert.run(KEY.run, KEY.stage, KEY.attempt, from + index, name, step, value, TIME))
    })()
  }
}

function seconds(work: () => unknown): number {
  const began = performance.now()
  work()
  return (performance.now() - began) / 1000
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
