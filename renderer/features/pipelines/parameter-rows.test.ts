import { describe, expect, it } from 'vitest'
import { parameterRows } from './parameter-rows.ts'

const recorded = { 'train.rate': '0.01', 'train.epochs': '40', trainer: 'x', seed: '7' }

describe('the parameters of a stage', () => {
  it('unfolds a key that names a branch, and no other that begins alike', () => {
    const rows = parameterRows({ params: [{ file: 'params.yaml', keys: ['train', 'seed'] }] }, recorded)
    expect(rows.map(({ name, value }) => [name, value])).toEqual([['train.rate', '0.01'], ['train.epochs', '40'], ['seed', '7']])
  })

  it('keeps a key that no run has recorded', () => {
    expect(parameterRows({ params: [{ file: 'params.yaml', keys: ['gone'] }] }, recorded)).toEqual([{ name: 'gone', value: null }])
  })

  it('takes all for a file without keys', () => {
    expect(parameterRows({ params: [{ file: 'params.yaml', keys: [] }] }, recorded)).toHaveLength(4)
  })
})
