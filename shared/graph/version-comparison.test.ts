import { expect, it } from 'vitest'
import { compareVersions, isSame, type ComparedVersion } from './version-comparison.ts'

const gates = (threshold: string): ComparedVersion['version']['gates'] => [
  {
    to: 'staging',
    conditions: [{ metric: 'auc', bound: 'min', threshold, value: null, met: false, entry: null }],
    requirements: [],
    policy: null,
    approvalsNeeded: 1,
    rollback: null,
    met: false,
    fixedByEntry: 1,
  },
]
const older: ComparedVersion = {
  version: { metrics: { auc: '0.1', old: '1' }, artifact: 'a', bytes: 10, format: 'onnx', gates: gates('0.7') },
  run: { parameters: { 'train.lr': '0.1', 'train.seed': '7' }, snapshots: [{ path: 'data', manifest: 'm1', entry: 1 }], code: { commit: 'c1', dirty: 'no', diff: '', reason: '' }, pipeline: 'p', stages: [] },
}
const newer: ComparedVersion = {
  version: { metrics: { auc: '0.3', fresh: '2' }, artifact: 'b', bytes: 12, format: 'onnx', gates: gates('0.75') },
  run: { parameters: { 'train.lr': '0.2', 'train.seed': '7' }, snapshots: [{ path: 'data', manifest: 'm2', entry: 9 }], code: { commit: 'c1', dirty: 'yes', diff: '', reason: '' }, pipeline: 'p', stages: [] },
}

it('two versions are compared by name, with exact differences of numbers', () => {
  const { metrics, thresholds, parameters, data, code, file } = compareVersions(older, newer)
  expect(metrics).toEqual([
    { name: 'auc', before: '0.1', after: '0.3', difference: '0.2' },
    { name: 'fresh', before: null, after: '2', difference: null },
    { name: 'old', before: '1', after: null, difference: null },
  ])
  expect(thresholds).toEqual([{ name: 'staging: auc min', before: '0.7', after: '0.75', difference: '0.05' }])
  expect(parameters.filter((each) => !isSame(each)).map(({ name }) => name)).toEqual(['train.lr'])
  expect(data).toEqual([{ name: 'data', before: 'm1', after: 'm2', difference: null }])
  expect(code.filter((each) => !isSame(each)).map(({ name }) => name)).toEqual(['changed'])
  expect(file.find(({ name }) => name === 'bytes')?.difference).toBe('2')
})

it('a version that no run made has nothing where the other has its run', () => {
  expect(compareVersions({ ...older, run: null }, newer).parameters[0]).toEqual({ name: 'train.lr', before: null, after: '0.2', difference: null })
})
