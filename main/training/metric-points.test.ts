import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type Database } from '../storage/index.ts'
import { MetricPoints } from './metric-points.ts'
import { MetricSeals, SEAL_EVERY } from './metric-seals.ts'
import { openTestWorkplace } from './test-workplace.ts'

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

  it('of a stage that writes faster than they can be taken in wait in its file, and all are taken in the end', async () => {
    const patient = new MetricPoints(db, () => new Date(), 0)
    const text = (from: number): string => Array.from({ length: 10_000 }, (_, index) => `{"name":"loss","step":${from + index},"value":1}\n`).join('')
    writeFileSync(path, `${text(0)}${text(10_000)}`)
    const first = patient.ingest(key, path)
    expect(first).toBeGreaterThan(1000)
    expect(first).toBeLessThan(10_000)
    expect(patient.ingest(key, path)).toBeGreaterThan(1000)
    appendFileSync(path, `${text(20_000)}{"name":"loss","step":30000,"value":1}`)
    let turns = 0
    const others = setInterval(() => (turns += 1), 0)
    await patient.ingestAll(key, path)
    clearInterval(others)
    expect(values().map(([, step]) => step)).toEqual(Array.from({ length: 30_001 }, (_, step) => step))
    expect(turns).toBeGreaterThan(0)
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

describe('the seals of very many points', () => {
  it('come in turns, each of all before it, and the last one in the commit that ends the attempt', async () => {
    const workplace = await openTestWorkplace(mkdtempSync(join(folder, 'workplace-')))
    workplace.db.pragma('foreign_keys = OFF')
    workplace.db.exec(`INSERT INTO run_stages (run, stage, position, state) VALUES (1, 's', 0, 'running')`)
    const many = new MetricPoints(workplace.db, () => new Date())
    writeFileSync(path, Array.from({ length: 2 * SEAL_EVERY + 10 }, (_, step) => `{"name":"loss","step":${step},"value":1}\n`).join(''))
    await many.ingestAll(key, path)
    const seals = new MetricSeals({ ledger: workplace.ledger, orchestrator: workplace.actor.signer, points: many, startOf: () => 0, turnMs: 0 })
    const sealed = (): unknown[] => workplace.facts().filter(({ action }) => action === 'stage.metrics.sealed').map(({ detail }) => detail.records)
    seals.sealIfDue(key)
    expect(sealed()).toEqual([])
    await seals.catchUp(key)
    expect(sealed()).toEqual([SEAL_EVERY, 2 * SEAL_EVERY])
    workplace.ledger.commit((tx) => seals.sealLast(tx, key))
    expect(sealed()).toEqual([SEAL_EVERY, 2 * SEAL_EVERY, 2 * SEAL_EVERY + 10])
    await workplace.close()
  })
})
