import { createHash } from 'node:crypto'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stagesNamed } from '../../shared/graph/pipeline.ts'
import { findPipelines, SEARCH_LIMIT } from './pipeline-search.ts'
import { TestProject } from './test-project.ts'

let project: TestProject
beforeEach(() => {
  project = new TestProject()
})
afterEach(() => project.remove())

const STAGE = 'stages: {s: {cmd: x}}\n'

describe('a pipeline of several files', () => {
  it('has the stages of all, each by the path of its file, with paths and variables relative to that', async () => {
    project.write({
      'dvc.yaml': 'stages:\n  prepare: {cmd: prepare, outs: [data/clean.csv]}\n',
      'models/big/dvc.yaml': 'stages:\n  train:\n    foreach: ${seeds}\n    do: {cmd: "train ${item}", deps: [../../data/clean.csv], outs: ["m${item}.onnx"], params: [seeds]}\n',
      'models/big/params.yaml': 'seeds: [1, 2]\n',
      'report/dvc.yaml': 'stages:\n  show: {cmd: show, wdir: inner, deps: [../../models/big/m1.onnx]}\n',
      'report/inner/x': '',
    })
    const { stages, edges, variables } = await project.pipeline()
    expect(stages.map(({ name, wdir }) => [name, wdir])).toEqual([['prepare', '.'], ['report/dvc.yaml:show', 'report/inner'], ['models/big/dvc.yaml:train@1', 'models/big'], ['models/big/dvc.yaml:train@2', 'models/big']])
    expect(edges.map(({ from, to }) => `${from} -> ${to}`)).toEqual(['models/big/dvc.yaml:train@1 -> report/dvc.yaml:show', 'prepare -> models/big/dvc.yaml:train@1', 'prepare -> models/big/dvc.yaml:train@2'])
    expect(stages.at(-1)?.params).toEqual([{ file: 'models/big/params.yaml', keys: ['seeds', 'seeds.1'] }])
    const digest = createHash('sha256').update('seeds: [1, 2]\n').digest('hex')
    expect(variables.map(({ path }) => path)).toEqual(['models/big/params.yaml', 'report/dvc.yaml', 'models/big/dvc.yaml'])
    expect(variables[0]?.sha256).toBe(digest)
    const names = stages.map(({ name }) => name)
    expect(stagesNamed('models/big/dvc.yaml:train', names)).toEqual(names.slice(2))
    expect(stagesNamed('models/big/dvc.yaml', names)).toEqual(names.slice(2))
    expect(stagesNamed('dvc.yaml', names)).toEqual(['prepare'])
    expect(stagesNamed('dvc.yaml:prepare', names)).toEqual(['prepare'])
    expect(stagesNamed('train', names)).toEqual([])
  })

  it('says of each problem in which file it stands', async () => {
    project.write({
      'dvc.yaml': 'stages:\n  a: {cmd: x, outs: [one], deps: [gone]}\n',
      'sub/dvc.yaml': 'stages:\n  b: {cmd: x, outs: [../one, /etc/x], deps: [gone]}\n  c: {cmd: x, outs: [dvc.yaml]}\n',
      'broken/dvc.yaml': 'stages: [',
    })
    expect(await project.places()).toEqual(['dvc.yaml:2:35 missing-dep', 'broken/dvc.yaml:1:10 yaml-syntax', 'sub/dvc.yaml:2:22 duplicate-out', 'sub/dvc.yaml:2:30 path-outside', 'sub/dvc.yaml:2:46 missing-dep', 'sub/dvc.yaml:3:22 path-reserved'])
    expect((await project.problems()).find(({ code }) => code === 'duplicate-out')?.message).toContain("stage 'a' on line 2 of dvc.yaml")
  })

  it('has gates whose tests may be all stages of a foreach, of the same file or another, and records each', async () => {
    const gated = (tests: string) => `stages:\n  check: {foreach: [a, b], do: {cmd: x}}\n  train:\n    cmd: x\n    outs: [m]\n    meta: {strongroom: {register: {model: m, path: m, format: other}, gates: {staging: {tests: [${tests}]}}}}\n`
    project.write({ 'dvc.yaml': 'stages:\n  check: {cmd: x}\n', 'sub/dvc.yaml': gated('check, "dvc.yaml:check", "sub/dvc.yaml:check"') })
    const train = (await project.pipeline()).stages.find(({ name }) => name === 'sub/dvc.yaml:train')
    expect(train?.meta.gates?.staging?.tests).toEqual(['sub/dvc.yaml:check@a', 'sub/dvc.yaml:check@b', 'check'])
    project.write({ 'sub/dvc.yaml': gated('chekc') })
    expect(await project.places()).toEqual(['sub/dvc.yaml:6:97 invalid-meta'])
  })
})

describe('the search for further files', () => {
  const found = async (): Promise<string[]> => (await project.pipeline()).variables.map(({ path }) => path)

  it('leaves out what .dvcignore and .gitignore name, hidden folders, links, packages of others and virtual environments', async () => {
    const folders = ['kept', 'ignored', 'kept/deep', 'kept/not', 'kept/back', '.hidden', 'node_modules/p', 'venv', 'git']
    project.write(Object.fromEntries(folders.map((folder) => [`${folder}/dvc.yaml`, STAGE])))
    project.write({ 'dvc.yaml': STAGE, '.dvcignore': '# data\n/ignored\nback/\n', '.gitignore': 'git\n', 'kept/.dvcignore': 'not\n!back/\n', 'venv/pyvenv.cfg': '' })
    symlinkSync('kept', join(project.folder, 'link'))
    expect(await found()).toEqual(['kept/dvc.yaml', 'kept/back/dvc.yaml', 'kept/deep/dvc.yaml'])
  })

  it('does not enter outs, and of data looks at the folder alone', async () => {
    const folders = ['out', 'out/deep', 'data', 'data/deep', 'sub/made', 'later']
    project.write(Object.fromEntries(folders.map((folder) => [`${folder}/dvc.yaml`, STAGE])))
    project.write({ 'dvc.yaml': 'stages: {s: {cmd: x, deps: [data], outs: [out]}}\n', 'data/dvc.yaml': 'stages: {s: {cmd: x, outs: [../later]}}\n', 'sub/dvc.yaml': 'stages: {s: {cmd: x, outs: [made]}}\n' })
    expect(await found()).toEqual(['data/dvc.yaml', 'sub/dvc.yaml'])
  })

  it('ends where there is too much to look at, but does not count what stages read and write', async () => {
    const files = Array.from({ length: 20 }, (_, index) => `f${index}`)
    project.write(Object.fromEntries(files.map((file) => [`many/${file}`, ''])))
    const search = async (limit: number, used: boolean): Promise<string> => {
      const seen: string[] = []
      try {
        for await (const file of findPipelines(project.folder, (path) => (used && path.includes('/f') ? 'data' : 'other'), limit)) seen.push(file)
      } catch (error) {
        return error instanceof Error ? error.constructor.name : ''
      }
      return seen.join()
    }
    expect(SEARCH_LIMIT).toBeGreaterThan(10_000)
    expect([await search(21, false), await search(20, false), await search(1, true)]).toEqual(['', 'SearchLimit', ''])
  })
})
