import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { plannedGates, planRun } from './run-plan.ts'
import { sketchPipeline } from './test-workplace.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-plan-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const pipeline = sketchPipeline(folder, {
  fetch: { cmd: 'x', deps: ['remote.txt'], outs: ['raw.csv'], frozen: true },
  train: { cmd: 'x', deps: ['raw.csv', 'train.py'], outs: ['model'] },
  evaluate: { cmd: 'x', deps: ['model', 'test.csv'], outs: ['report'] },
  draw: { cmd: 'x', deps: ['model'], outs: ['plot'] },
})

describe('the gates of a run', () => {
  it('are those of the stages that register a model, each limit a condition', () => {
    const gates = { staging: { metrics: [{ name: 'auc', min: '0.7', max: '0.99' }, { name: 'loss', max: '1' }], approvals: 2 }, production: {} }
    const { stages } = sketchPipeline(folder, { plain: { cmd: 'x' }, train: { cmd: 'x', meta: { register: { model: 'score', path: 'm.onnx', format: 'onnx' }, gates } } })
    expect(plannedGates(stages)).toEqual([
      {
        model: 'score',
        gates: [
          {
            to: 'staging',
            conditions: [{ metric: 'auc', bound: 'min', threshold: '0.7' }, { metric: 'auc', bound: 'max', threshold: '0.99' }, { metric: 'loss', bound: 'max', threshold: '1' }],
            approvals: 2,
          },
          { to: 'production', conditions: [], approvals: 1 },
        ],
      },
    ])
  })
})

describe('the plan of a run', () => {
  it('leaves a frozen stage out and takes what it made as a source', () => {
    const plan = planRun(pipeline, undefined)
    expect(plan.stages.map((stage) => stage.name)).toEqual(['train', 'evaluate', 'draw'])
    expect(plan.sources).toEqual(['raw.csv', 'test.csv', 'train.py'])
  })

  it('takes targets with all that they need, in the order of the file', () => {
    expect(planRun(pipeline, ['draw']).stages.map((stage) => stage.name)).toEqual(['train', 'draw'])
  })

  it('takes the name of a foreach or matrix for all its stages', () => {
    const fan = sketchPipeline(folder, { 'fit@a': { cmd: 'x', outs: ['a'] }, 'fit@b': { cmd: 'x', outs: ['b'] }, fitness: { cmd: 'x' }, pick: { cmd: 'x', deps: ['a', 'b'] } })
    expect(planRun(fan, ['fit']).stages.map((stage) => stage.name)).toEqual(['fit@a', 'fit@b'])
    expect(planRun(fan, ['fit@b']).stages.map((stage) => stage.name)).toEqual(['fit@b'])
  })

  it('names the stages there are when a target is none of them', () => {
    expect(() => planRun(pipeline, ['deploy'])).toThrow(/no stage 'deploy'.*fetch, train, evaluate, draw/)
  })

  it('is refused when nothing would run', () => {
    expect(() => planRun(pipeline, ['fetch'])).toThrow('nothing to run')
  })
})
