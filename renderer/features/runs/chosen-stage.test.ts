import { describe, expect, it } from 'vitest'
import type { StageRun } from '../../../shared/contract/index.ts'
import { chooseStage } from './chosen-stage.ts'

function stage(name: string, state: StageRun['state'], endedAt: string | null = null): StageRun {
  return { stage: name, state, attempt: 1, startedAt: null, endedAt, exitCode: null, reason: null, entry: null, outs: [], metrics: {}, recording: null, environment: null }
}

const done = [stage('load', 'succeeded', '2026-11-23T10:00:01.000Z'), stage('check', 'succeeded', '2026-11-23T10:00:09.000Z'), stage('train', 'succeeded', '2026-11-23T10:00:05.000Z')]

describe('the stage to look at', () => {
  it('is the one that the address names', () => {
    expect(chooseStage(done, 'load')?.stage).toBe('load')
  })

  it('is what runs, then what failed, then what ended last', () => {
    expect(chooseStage([...done, stage('b', 'failed'), stage('c', 'running')], undefined)?.stage).toBe('c')
    expect(chooseStage([...done, stage('b', 'failed'), stage('c', 'skipped')], undefined)?.stage).toBe('b')
    expect(chooseStage(done, 'gone')?.stage).toBe('check')
  })

  it('is the first while nothing has begun', () => {
    expect(chooseStage([stage('a', 'waiting'), stage('b', 'waiting')], undefined)?.stage).toBe('a')
    expect(chooseStage([], undefined)).toBeUndefined()
  })
})
