import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readMetrics } from './metrics.ts'
import { TestProject } from './test-project.ts'

let project: TestProject
beforeEach(() => {
  project = new TestProject()
})
afterEach(() => project.remove())

const TRAIN = `stages:
  train:
    cmd: python train.py
    outs: [model.onnx, scores.json, live]
    meta:
      strongroom:
        register: {model: scorer, path: model.onnx, format: onnx}
`

describe('what a dvc.yaml says at its top', () => {
  it('counts as metrics and plots of the stage that writes the file, and metrics inside an out are read with it', async () => {
    project.write({
      'dvc.yaml': `vars: [{where: live}]
metrics: [scores.json, "\${where}/metrics.json"]
plots:
  - live/loss.tsv
  - curves:
      x: {live/loss.tsv: step}
      y: {live/loss.tsv: [loss, accuracy]}
      title: Training
${TRAIN}`,
      'scores.json': '{"auc": 0.9}',
      'live/metrics.json': '{"loss": 0.10}',
    })
    const { stages: [train], declared } = await project.pipeline()
    if (!train) throw new Error('no stage')
    expect(train.outs.map(({ path, kind }) => [path, kind])).toEqual([['model.onnx', 'out'], ['scores.json', 'metric'], ['live', 'out']])
    expect(declared?.plots).toEqual([
      { id: 'live/loss.tsv', files: ['live/loss.tsv'], properties: {} },
      { id: 'curves', files: ['live/loss.tsv', 'live/loss.tsv'], properties: { x: { 'live/loss.tsv': 'step' }, y: { 'live/loss.tsv': ['loss', 'accuracy'] }, title: 'Training' } },
    ])
    expect(await readMetrics(project.folder, train)).toEqual({ ok: true, value: { auc: '0.9', loss: '0.1' } })
  })

  it('has artifacts that are related to the stage that writes them and to the model that it registers, and register nothing', async () => {
    project.write({
      'dvc.yaml': `artifacts:
  best: {path: model.onnx, type: model, desc: The scorer, labels: [cv], meta: {framework: onnx, layers: [1, 2]}}
  curve: {path: live/loss.tsv}
  notes: {path: notes.md}
${TRAIN}`,
      'notes.md': '',
    })
    expect((await project.pipeline()).declared?.artifacts).toEqual([
      { name: 'best', path: 'model.onnx', type: 'model', desc: 'The scorer', labels: ['cv'], meta: { framework: 'onnx', layers: [1, 2] }, stage: 'train', model: 'scorer' },
      { name: 'curve', path: 'live/loss.tsv', type: null, desc: null, labels: [], meta: null, stage: 'train', model: null },
      { name: 'notes', path: 'notes.md', type: null, desc: null, labels: [], meta: null, stage: null, model: null },
    ])
  })

  it('names files of parameters, which a run snapshots', async () => {
    project.write({ 'dvc.yaml': `params: [conf.toml]\n${TRAIN}`, 'conf.toml': 'a = 1\n' })
    const { declared, variables } = await project.pipeline()
    expect(declared?.params).toEqual(['conf.toml'])
    expect(variables).toMatchObject([{ path: 'conf.toml', bytes: 6 }])
  })

  it('may be all that there is', async () => {
    project.write({ 'dvc.yaml': 'plots: [a.csv]\ndatasets: []\n', 'a.csv': '' })
    expect(await project.pipeline()).toMatchObject({ stages: [], declared: { plots: [{ id: 'a.csv' }] } })
  })

  it.each([
    ['params that are not there', 'params: [x.yaml]', 'dvc.yaml:1:10 file-missing'],
    ['params that a stage writes', 'params: [live/x.yaml]', 'dvc.yaml:1:10 unsupported'],
    ['metrics that no stage writes', 'metrics: [x.json]', 'dvc.yaml:1:11 unsupported'],
    ['metrics as a map', 'metrics: {x.json: {}}', 'dvc.yaml:1:10 wrong-type'],
    ['metrics outside', 'metrics: [../x.json]', 'dvc.yaml:1:11 path-outside'],
    ['a plot that is nowhere', 'plots: [x.csv]', 'dvc.yaml:1:9 file-missing'],
    ['an unknown key of a plot', 'plots: [{live: {z: 1}}]', 'dvc.yaml:1:17 unknown-key'],
    ['an axis that is a number', 'plots: [{live: {x: 1}}]', 'dvc.yaml:1:20 wrong-type'],
    ['an artifact without a path', 'artifacts: {m: {type: model}}', 'dvc.yaml:1:13 missing-key'],
    ['an artifact that is nowhere', 'artifacts: {m: {path: gone}}', 'dvc.yaml:1:23 file-missing'],
    ['an unknown key of an artifact', 'artifacts: {m: {path: live, lables: []}}', 'dvc.yaml:1:29 unknown-key'],
    ['a template without a variable', 'metrics: ["${gone}"]', 'dvc.yaml:1:11 missing-parameter'],
    ['a dataset', 'datasets: [{name: raw, type: dvc, url: "https://x"}]', 'dvc.yaml:1:12 unsupported'],
  ])('refuses %s', async (_, top, place) => {
    project.write({ 'dvc.yaml': `${top}\n${TRAIN}` })
    expect(await project.places()).toContain(place)
  })

  it('names a dataset that is refused, and its type', async () => {
    project.write({ 'dvc.yaml': `datasets: [{name: raw, type: dvcx}]\n${TRAIN}` })
    expect((await project.problems())[0]?.message).toBe("The dataset 'raw' of type 'dvcx' is fetched from elsewhere, and nothing here uses the network; copy its files into the project and name them in deps.")
  })
})
