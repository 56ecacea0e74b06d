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

  it('tells parameters of one name in two files apart', () => {
    const both = { lr: '1', 'a/params.yaml:lr': '2', 'b/params.yaml:lr': '3', 'b/params.yaml:net.depth': '4' }
    const rowsOf = (file: string, keys: string[]) => parameterRows({ params: [{ file, keys }] }, both).map(({ name, value }) => [name, value])
    expect(rowsOf('params.yaml', ['lr'])).toEqual([['lr', '1']])
    expect(rowsOf('a/params.yaml', ['lr'])).toEqual([['a/params.yaml:lr', '2']])
    expect(rowsOf('b/params.yaml', [])).toEqual([['b/params.yaml:lr', '3'], ['b/params.yaml:net.depth', '4']])
    expect(rowsOf('params.yaml', [])).toEqual([['lr', '1']])
    expect(rowsOf('c/params.yaml', ['lr'])).toEqual([['c/params.yaml:lr', null]])
  })

  it('takes all for a file without keys', () => {
    expect(parameterRows({ params: [{ file: 'params.yaml', keys: [] }] }, recorded)).toHaveLength(4)
  })
})
