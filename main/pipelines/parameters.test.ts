import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StageMeta } from '../../shared/graph/pipeline.ts'
import type { Stage } from '../../shared/graph/pipeline.ts'
import { parameterText, readParameters } from './parameters.ts'

let project: string

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'strongroom-parameters-'))
})
afterEach(() => rmSync(project, { recursive: true, force: true }))

function stageWith(params: Stage['params'], wdir = '.'): Stage {
  const rest = { cmd: ['x'], desc: null, deps: [], outs: [], frozen: false, alwaysChanged: false }
  return { name: 'fit', ...rest, wdir, params, meta: StageMeta.parse({}) }
}

async function read(text: string, keys: string[], file = 'params.yaml'): Promise<unknown> {
  writeFileSync(join(project, file), text)
  const outcome = await readParameters(project, [stageWith([{ file, keys }])])
  if (outcome.ok) return { ...outcome.value.values }
  return outcome.problems.map((problem) => `${problem.code} ${problem.file}:${problem.line}:${problem.column} ${problem.stage ?? ''}`)
}

describe('readParameters', () => {
  it('reads the named keys and no others', async () => {
    expect(await read('lr: 0.10\nseed: 7\nother: x\n', ['lr', 'seed'])).toEqual({ lr: 0.1, seed: 7 })
  })

  it('reads nested keys, and everything below a key that names a map', async () => {
    const text = 'train: {lr: 0.1, net: {depth: 3, layers: [8, 4]}}\nname: m\n'
    expect(await read(text, ['train.net.depth', 'name'])).toEqual({ 'train.net.depth': 3, name: 'm' })
    expect(await read(text, ['train'])).toEqual({ 'train.lr': 0.1, 'train.net.depth': 3, 'train.net.layers': [8, 4] })
  })

  it('reads a key that has a dot of its own', async () => {
    expect(await read('a.b: {c: 1}\n', ['a.b.c'])).toEqual({ 'a.b.c': 1 })
  })

  it('reads all of a file where no key is named, under the name of the file', async () => {
    const all = { 'conf.json:a.b': true, 'conf.json:c': null, 'conf.json:d': {} }
    expect(await read('{"a": {"b": true}, "c": null, "d": {}}', [], 'conf.json')).toEqual(all)
  })

  it('names parameters of one name in several files by their file, and those of the project itself without', async () => {
    for (const folder of ['a', 'b']) mkdirSync(join(project, folder))
    const files = ['params.yaml', 'a/params.yaml', 'b/params.yaml', 'other.yaml']
    for (const [index, file] of files.entries()) writeFileSync(join(project, file), `lr: ${index}`)
    const stages = files.map((file) => stageWith([{ file, keys: ['lr'] }], dirname(file)))
    const outcome = await readParameters(project, stages)
    expect(outcome.ok && { ...outcome.value.values }).toEqual({ lr: 0, 'a/params.yaml:lr': 1, 'b/params.yaml:lr': 2, 'other.yaml:lr': 3 })
    const digest = (file: string) => createHash('sha256').update(readFileSync(join(project, file))).digest('hex')
    expect(outcome.ok && outcome.value.files).toEqual(files.map((path) => ({ path, bytes: 5, sha256: digest(path) })))
  })

  it('refuses two values for one name, in one file or in two, and takes one that two stages read', async () => {
    expect(await read('a.b: 1\na: {b: 2}', [])).toEqual(['duplicate-key params.yaml:2:8 fit'])
    writeFileSync(join(project, 'params.yaml'), 'x.yaml:lr: 1')
    writeFileSync(join(project, 'x.yaml'), 'lr: 2')
    const clash = await readParameters(project, [stageWith([{ file: 'x.yaml', keys: [] }, { file: 'params.yaml', keys: [] }])])
    expect(clash).toMatchObject({ ok: false, problems: [{ code: 'duplicate-key', file: 'params.yaml', line: 1 }] })
    const same = await readParameters(project, [stageWith([{ file: 'x.yaml', keys: ['lr'] }]), stageWith([{ file: 'x.yaml', keys: [] }])])
    expect(same.ok && { ...same.value.values }).toEqual({ 'x.yaml:lr': 2 })
  })

  it('reads TOML and Python as it reads YAML', async () => {
    expect(await read('seed = 7\n[train]\nlr = 1e-3\nnames = ["a"]\n', ['seed', 'train'], 'params.toml')).toEqual({ 'params.toml:seed': 7, 'params.toml:train.lr': 0.001, 'params.toml:train.names': ['a'] })
    expect(await read('SEED = 7\nclass Train:\n    LR = 1e-3\n    def __init__(self):\n        self.names = ["a"]\n', ['SEED', 'Train'], 'params.py')).toEqual({ 'params.py:SEED': 7, 'params.py:Train.LR': 0.001, 'params.py:Train.names': ['a'] })
  })

  it('takes an item of a list by its index', async () => {
    expect(await read('a: [1, {b: 2}]', ['a.0', 'a.1.b'])).toEqual({ 'a.0': 1, 'a.1.b': 2 })
    expect(await read('a: [1]', ['a.1'])).toEqual(['missing-parameter params.yaml:1:1 fit'])
  })

  it('takes an empty file for one without parameters', async () => {
    expect(await read('', [])).toEqual({})
    expect(await read('', ['lr'])).toEqual(['missing-parameter params.yaml:1:1 fit'])
  })

  it.each([
    ['a key that is not there', 'a: 1', ['lr'], 'params.yaml', 'missing-parameter params.yaml:1:1 fit'],
    ['a duplicate key', 'a: 1\na: 2', ['a'], 'params.yaml', 'duplicate-key params.yaml:2:1 fit'],
    ['a key that a TOML file does not have', 'a = 1', ['b'], 'params.toml', 'missing-parameter params.toml:1:1 fit'],
    ['TOML that is none', 'a = 1\nb =', ['a'], 'params.toml', 'file-syntax params.toml:2:4 fit'],
    ['a name that a Python file gives no literal', 'a = f()', ['a'], 'params.py', 'missing-parameter params.py:1:1 fit'],
    ['CSV', 'a,1', ['a'], 'params.csv', 'unsupported params.csv:1:1 fit'],
    ['a list', '- 1', [], 'params.yaml', 'wrong-type params.yaml:1:1 fit'],
    ['an integer beyond exact doubles', 'a: 1\nseed: 9007199254740993', ['seed'], 'params.yaml', 'not-finite params.yaml:2:7 fit'],
    ['infinity', 'a: .inf', ['a'], 'params.yaml', 'not-finite params.yaml:1:4 fit'],
  ])('refuses %s', async (_, text, keys, file, problem) => {
    expect(await read(text, keys, file)).toEqual([problem])
  })

  it('refuses a parameter file that is a link out of the project, and one that is missing', async () => {
    symlinkSync('/etc/hostname', join(project, 'away.yaml'))
    const outcome = await readParameters(project, [stageWith([{ file: 'away.yaml', keys: [] }, { file: 'gone.yaml', keys: [] }])])
    const problems = [{ code: 'path-outside', file: 'away.yaml' }, { code: 'file-missing', file: 'gone.yaml' }]
    expect(outcome).toMatchObject({ ok: false, problems })
  })
})

describe('parameterText', () => {
  it('writes text bare and all else as JSON', () => {
    expect(['a b', 0.1, true, null, [1, 'x']].map(parameterText)).toEqual(['a b', '0.1', 'true', 'null', '[1,"x"]'])
  })
})
