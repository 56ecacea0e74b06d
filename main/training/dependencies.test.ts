import { expect, it } from 'vitest'
import { fixedParameters, readByRun } from './dependencies.ts'

const stage = { name: 'train', params: [{ file: 'params.yaml', keys: ['lr'] }, { file: 'made.yaml', keys: [] }] }
const pipeline = {
  file: 'dvc.yaml',
  sources: ['data'],
  stages: [stage, { ...stage, name: 'other', params: [] }],
  edges: [{ from: 'make', to: 'train', path: 'made.yaml' }, { from: 'make', to: 'other', path: 'params.yaml' }],
  variables: [{ path: 'sub/dvc.yaml', bytes: 1, sha256: 'a'.repeat(64) }],
} as unknown as Parameters<typeof readByRun>[0]

it('parameters that are known before a run are those of files that none of its stages makes', () => {
  expect(fixedParameters(pipeline)).toEqual([{ name: 'train', params: [{ file: 'params.yaml', keys: ['lr'] }] }, { name: 'other', params: [] }])
  expect(readByRun(pipeline)).toEqual(['data', 'params.yaml', 'sub/dvc.yaml'])
})

it('files that the pipeline names at its top count whole, and are read by the run', () => {
  const declaring = { ...pipeline, declared: { params: ['conf.toml'], metrics: [], plots: [], artifacts: [] } }
  expect(fixedParameters(declaring).at(-1)).toEqual({ name: 'dvc.yaml', params: [{ file: 'conf.toml', keys: [] }] })
  expect(readByRun(declaring)).toEqual(['conf.toml', 'data', 'params.yaml', 'sub/dvc.yaml'])
})
