import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StageMeta } from '../../shared/graph/pipeline.ts'
import type { Stage } from '../../shared/graph/pipeline.ts'
import { readMetrics } from './metrics.ts'

let project: string

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'strongroom-metrics-'))
})
afterEach(() => rmSync(project, { recursive: true, force: true }))

function stageWith(...paths: string[]): Stage {
  const outs = paths.map((path) => ({ path, kind: 'metric' as const, cache: false, persist: false }))
  const rest = { cmd: ['x'], wdir: '.', desc: null, deps: [], params: [], frozen: false, alwaysChanged: false }
  return { name: 'evaluate', ...rest, outs, meta: StageMeta.parse({}) }
}

async function read(files: Record<string, string>): Promise<unknown> {
  for (const [path, text] of Object.entries(files)) writeFileSync(join(project, path), text)
  const outcome = await readMetrics(project, stageWith(...Object.keys(files)))
  if (outcome.ok) return { ...outcome.value }
  return outcome.problems.map(({ code, file, line, column, stage }) => `${code} ${file}:${line}:${column} ${stage ?? ''}`)
}

describe('readMetrics', () => {
  it('flattens nested numbers to dotted names and keeps every digit', async () => {
    const numbers = '"auc": 0.7300, "test": {"ks": 1.5e-7, "n": 12345678901234567890}, "folds": [0.1, 0.20]'
    const text = `{"type": "report/v1", ${numbers}, "ok": true, "none": null}`
    expect(await read({ 'm.json': text })).toEqual({
      auc: '0.73', 'test.ks': '0.00000015', 'test.n': '12345678901234567890', 'folds.0': '0.1', 'folds.1': '0.2',
    })
  })

  it('reads YAML too, and several files together', async () => {
    expect(await read({ 'a.json': '{"auc": 1}', 'b.yaml': 'ks: -0.5\nnote: "0.7"\n' })).toEqual({ auc: '1', ks: '-0.5' })
  })

  it('passes over the outs that are no metrics', async () => {
    const stage = stageWith()
    const outs = [{ path: 'gone', kind: 'out' as const, cache: true, persist: false }]
    expect(await readMetrics(project, { ...stage, outs })).toEqual({ ok: true, value: {} })
  })

  it.each([
    ['NaN as Python writes it', 'm.json', '{"auc": NaN}', 'not-finite m.json:1:9 evaluate'],
    ['Infinity as Python writes it', 'm.json', '{"a": 1,\n "loss": -Infinity}', 'not-finite m.json:2:10 evaluate'],
    ['.nan', 'm.yaml', 'auc: .nan', 'not-finite m.yaml:1:6 evaluate'],
    ['a number beyond every double', 'm.json', '{"a": 1e999}', 'not-finite m.json:1:7 evaluate'],
    ['a bare number', 'm.json', '0.5', 'wrong-type m.json:1:1 evaluate'],
    ['a name twice', 'm.json', '{"a": 1, "a": 2}', 'duplicate-key m.json:1:10 evaluate'],
    ['broken JSON', 'm.json', '{"a": 1', 'yaml-syntax m.json:1:8 evaluate'],
    ['CSV', 'm.csv', 'a,1', 'unsupported m.csv:1:1 evaluate'],
  ])('refuses %s', async (_, path, text, problem) => {
    expect(await read({ [path]: text })).toContain(problem)
  })

  it('refuses one name in two files, and a dotted name that equals a nested one', async () => {
    expect(await read({ 'a.json': '{"x": {"y": 1}}', 'b.json': '{"x.y": 2}' })).toEqual(['duplicate-key b.json:1:9 evaluate'])
  })

  it('keeps a quoted word that looks like a number as text', async () => {
    expect(await read({ 'm.json': '{"a": "NaN", "b": "1"}' })).toEqual({})
  })

  it('refuses a metric file that a stage has replaced by a link out of the project', async () => {
    symlinkSync('/etc/hostname', join(project, 'm.json'))
    expect(await readMetrics(project, stageWith('m.json'))).toMatchObject({ ok: false, problems: [{ code: 'path-outside' }] })
  })

  it('says what is missing where the stage wrote nothing, or a folder', async () => {
    mkdirSync(join(project, 'folder.json'))
    expect(await readMetrics(project, stageWith('m.json', 'folder.json'))).toMatchObject({
      ok: false, problems: [{ code: 'file-missing', file: 'm.json' }, { code: 'file-unreadable', file: 'folder.json' }],
    })
  })
})
