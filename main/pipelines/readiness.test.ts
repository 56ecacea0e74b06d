import { describe, expect, it } from 'vitest'
import { readyStages } from './readiness.ts'

const pipeline = {
  stages: ['a', 'b', 'join', 'alone'].map((name) => ({ name })),
  edges: [
    { from: 'a', to: 'join' },
    { from: 'b', to: 'join' },
  ],
}

describe('readyStages', () => {
  it('names at first what depends on nothing, in the order of the file', () => {
    expect(readyStages(pipeline, {})).toEqual(['a', 'b', 'alone'])
  })

  it('waits for every dependency', () => {
    expect(readyStages(pipeline, { a: 'succeeded', b: 'running', alone: 'succeeded' })).toEqual([])
    expect(readyStages(pipeline, { a: 'succeeded', b: 'succeeded', alone: 'running' })).toEqual(['join'])
  })

  it.each(['failed', 'cancelled', 'interrupted', 'skipped'] as const)('never frees what stands behind a %s stage', (state) => {
    expect(readyStages(pipeline, { a: 'succeeded', b: state, alone: 'succeeded' })).toEqual([])
  })
})
