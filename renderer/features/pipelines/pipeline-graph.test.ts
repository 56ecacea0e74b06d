import { describe, expect, it } from 'vitest'
import type { Stage } from '../../../shared/graph/pipeline.ts'
import { evidenceLine, sourceWidth, stageWidth } from './pipeline-graph.ts'

type Kind = Stage['meta']['evidence'][number]['kind']

function stage(name: string, ...kinds: Kind[]): Pick<Stage, 'name' | 'meta'> {
  const evidence = kinds.map((kind, index) => ({ kind, path: `reports/${index}.json`, obligations: [] }))
  return { name, meta: { resources: { cpus: 1 }, evidence } }
}

describe('what a stage is evidence of, in one line', () => {
  it('is its first kind and how many more there are, each counted once', () => {
    expect(evidenceLine(stage('generate', 'dataset-snapshot', 'data-lineage', 'dataset-snapshot', 'policy-document'))).toEqual({
      text: 'dataset-snapshot',
      more: '+2',
      all: 'dataset-snapshot, data-lineage, policy-document',
    })
    expect(evidenceLine(stage('validate', 'data-validation'))?.more).toBe('')
    expect(evidenceLine(stage('split'))).toBeNull()
  })
})

describe('the width of nodes', () => {
  it('has room for the longest name and the longest kind, within limits', () => {
    const plain = stageWidth([stage('a')])
    expect(stageWidth([stage('a'), stage('explain_predictions')])).toBeGreaterThan(plain)
    expect(stageWidth([stage('a'), stage('b', 'human-oversight-record')])).toBeGreaterThan(plain)
    expect(stageWidth([stage('a'.repeat(200))])).toBe(208)
  })

  it('counts of data the name of its file alone', () => {
    expect(sourceWidth(['data/a/long/way/down/expectations.yaml'])).toBe(sourceWidth(['expectations.yaml']))
    expect(sourceWidth(['expectations.yaml'])).toBeGreaterThan(sourceWidth(['a.csv']))
  })
})
