import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type Database } from '../storage/index.ts'
import { MetricPoints } from './metric-points.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-metrics-'))
const path = join(folder, 'metrics.jsonl')
const key = { run: 1, stage: 's', attempt: 1 }
let db: Database
let points: MetricPoints

beforeEach(() => {
  rmSync(path, { force: true })
  db = openDatabase(join(folder, `${crypto.randomUUID()}.db`))
  db.pragma('foreign_keys = OFF')
  db.exec(`INSERT INTO run_stages (run, stage, position, state) VALUES (1, 's', 0, 'running')`)
  points = new MetricPoints(db, () => new Date('2026-11-23T10:00:00.000Z'))
})
afterEach(() => db.close())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const values = (): [string, number, number][] => points.list(1, { after: 0, limit: 100_000 }).map(({ name, step, value }) => [name, step, value])

describe('metric points', () => {
  it('are none where a stage put a pipe in place of their file, which nobody waits for', () => {
    execFileSync('mkfifo', [path])
    expect(points.ingest(key, path, true)).toBe(0)
  })

  it('are each taken once, wherever a write was cut', () => {
    const text = Array.from({ length: 50 }, (_, step) => `{"name":"größe","step":${step},"value":${step / 8}}\n`).join('')
    const bytes = Buffer.from(text)
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        rmSync(path, { force: true })
        db.exec('DELETE FROM metric_points; UPDATE run_stages SET metrics_offset = 0, metrics_rejected = 0')
        let at = 0
        for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
          appendFileSync(path, bytes.subarray(at, cut))
          at = cut
          points.ingest(key, path)
        }
        expect(values()).toEqual(Array.from({ length: 50 }, (_, step) => ['größe', step, step / 8]))
      }),
      { numRuns: 30 },
    )
  })

  it('leave out and count what is not {name, step, value}, whatever it is', () => {
    const bad = ['', 'x', '[]', 'null', '{"name":"","step":0,"value":1}', '{"name":"a","step":0.5,"value":1}', '{"name":"a","step":0,"value":"NaN"}', '{"name":"a","step":0,"value":1e999}', '{"name":"\\ud800","step":0,"value":1}']
    writeFileSync(path, `${bad.join('\n')}\n{"name":"a","step":0,"value":1}\n${'z'.repeat(3 << 20)}\n{"name":"b","step":0,"value":2}\n`)
    points.ingest(key, path, true)
    expect(values()).toEqual([['a', 0, 1], ['b', 0, 2]])
    expect(db.prepare('SELECT metrics_rejected FROM run_stages').pluck().get()).toBeGreaterThanOrEqual(bad.length)
  })

  it('are records of canonical text, in order, from any of them on', () => {
    for (let size = 1; size <= 5; size++) appendFileSync(path, `{"name":"loss","step":${size},"value":"0.50"}\n`)
    points.ingest(key, path)
    const all = Array.from({ length: 5 }, (_, seq) => `{"name":"loss","seq":${seq},"step":${seq + 1},"value":"0.5"}`)
    expect([...points.records(key, 0)]).toEqual(all)
    expect([...points.records(key, 3)]).toEqual(all.slice(3))
    expect([...points.records({ ...key, attempt: 2 }, 0)]).toEqual([])
  })
})
