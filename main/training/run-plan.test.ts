import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { planRun } from './run-plan.ts'
import { sketchPipeline } from './test-workplace.ts'

const folder = mkdtempSync(join(tmpdir(), 'strongroom-plan-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const pipeline = sketchPipeline(folder, {
  fetch: { cmd: 'x', deps: ['remote.txt'], outs: ['raw.csv'], frozen: true },
  train: { cmd: 'x', deps: ['raw.csv', 'train.py'], outs: ['model'] },
  evaluate: { cmd: 'x', deps: ['model', 'test.csv'], outs: ['report'] },
  draw: { cmd: 'x', deps: ['model'], outs: ['plot'] },
})

describe('the plan of a run', () => {
  it('leaves a frozen stage out and takes what it made as a source', () => {
    const plan = planRun(pipeline, undefined, 8)
    expect(plan.stages.map((stage) => stage.name)).toEqual(['train', 'evaluate', 'draw'])
    expect(plan.sources).toEqual(['raw.csv', 'test.csv', 'train.py'])
  })

  it('takes targets with all that they need, in the order of the file', () => {
    expect(planRun(pipeline, ['draw'], 8).stages.map((stage) => stage.name)).toEqual(['train', 'draw'])
  })

  it('names the stages there are when a target is none of them', () => {
    expect(() => planRun(pipeline, ['deploy'], 8)).toThrow(/no stage 'deploy'.*fetch, train, evaluate, draw/)
  })

  it('is refused when nothing would run', () => {
    expect(() => planRun(pipeline, ['fetch'], 8)).toThrow('nothing to run')
  })
})
