import { describe, expect, it } from 'vitest'
import type { StageRun } from '../../../shared/contract/index.ts'
import { chooseStage } from './chosen-stage.ts'

function stage(name: string, state: StageRun['state'], endedAt: string | null = null, metrics: StageRun['metrics'] = {}): StageRun {
  const startedAt = state === 'waiting' || state === 'skipped' ? null : '2026-11-23T10:00:00.000Z'
  return { stage: name, state, attempt: 1, attempts: [], cached: null, startedAt, endedAt, exitCode: null, reason: null, entry: null, outs: [], metrics, recording: null, environment: null }
}

const done = [stage('load', 'succeeded', '2026-11-23T10:00:01.000Z'), stage('check', 'succeeded', '2026-11-23T10:00:09.000Z'), stage('train', 'succeeded', '2026-11-23T10:00:05.000Z')]
const nobody = new Set<string>()

describe('the stage to look at', () => {
  it('is the one that the address names', () => {
    expect(chooseStage(done, 'load', nobody)?.stage).toBe('load')
  })

  it('is what runs, then what went wrong', () => {
    expect(chooseStage([...done, stage('b', 'failed'), stage('c', 'running')], undefined, new Set(['train']))?.stage).toBe('c')
    expect(chooseStage([...done, stage('b', 'failed'), stage('c', 'skipped')], undefined, new Set(['train']))?.stage).toBe('b')
    expect(chooseStage([...done, stage('b', 'cancelled'), { ...stage('c', 'cancelled'), startedAt: null }], undefined, nobody)?.stage).toBe('b')
  })

  it('is of a run that went well the last with something to show: a course, then final metrics, then a terminal', () => {
    const measured = [...done, stage('evaluate', 'succeeded', '2026-11-23T10:00:07.000Z', { auc: '0.8' })]
    expect(chooseStage(measured, undefined, new Set(['load', 'train']))?.stage).toBe('train')
    expect(chooseStage(measured, undefined, nobody)?.stage).toBe('evaluate')
    expect(chooseStage(done, 'gone', nobody)?.stage).toBe('check')
  })

  it('is the first while nothing has begun', () => {
    expect(chooseStage([stage('a', 'waiting'), stage('b', 'waiting')], undefined, nobody)?.stage).toBe('a')
    expect(chooseStage([], undefined, nobody)).toBeUndefined()
  })
})
