import { describe, expect, it } from 'vitest'
import { StageMeta } from '../../shared/graph/pipeline.ts'
import { nextAttempt, type EarlierAttempt } from './again.ts'
import type { AttemptEnd } from './attempt-watch.ts'

const now = new Date('2026-11-27T12:00:00.000Z')
const attempts = (...states: EarlierAttempt['state'][]): EarlierAttempt[] => [...states, 'running' as const].map((state, index) => ({ attempt: index + 1, state, preemptedFor: null }))
const ended = (outcome: 'failed' | 'cancelled', exitCode: number): AttemptEnd => ({ result: { outcome, exitCode } }) as AttemptEnd
const retrying = StageMeta.parse({ retry: { exit_codes: [75], limit: 2, backoff: '30s' } })
const checkpointed = StageMeta.parse({ checkpoint: 'ckpt' })

describe('another attempt', () => {
  it('follows a failure with an exit code that is named, each time after twice as long, as often as is said', () => {
    const at = (...before: EarlierAttempt['state'][]) => nextAttempt(retrying, attempts(...before), ended('failed', 75), now)
    expect(at()).toEqual({ cause: 'retry', notBefore: '2026-11-27T12:00:30.000Z', resume: 'no' })
    expect(at('failed')).toMatchObject({ notBefore: '2026-11-27T12:01:00.000Z' })
    expect(at('failed', 'failed')).toBeUndefined()
    // What was preempted or interrupted in between did not fail.
    expect(at('preempted', 'interrupted')).toMatchObject({ notBefore: '2026-11-27T12:00:30.000Z' })
    expect(nextAttempt(retrying, attempts(), ended('failed', 1), now)).toBeUndefined()
    expect(nextAttempt(StageMeta.parse({}), attempts(), ended('failed', 75), now)).toBeUndefined()
  })

  it('follows an interruption where there is a checkpoint to go on from', () => {
    expect(nextAttempt(checkpointed, attempts(), { lost: 'gone' }, now)).toEqual({ cause: 'interrupted', notBefore: '', resume: 'yes' })
    expect(nextAttempt(StageMeta.parse({}), attempts(), { lost: 'gone' }, now)).toBeUndefined()
    expect(nextAttempt(checkpointed, attempts(...Array<'interrupted'>(20).fill('interrupted')), { lost: 'gone' }, now)).toBeUndefined()
  })

  it('follows a preemption, and no wish of a person', () => {
    const preempted = [{ attempt: 1, state: 'running' as const, preemptedFor: '7/train' }]
    expect(nextAttempt(StageMeta.parse({}), preempted, ended('cancelled', 143), now)).toEqual({ cause: 'preempted', notBefore: '', resume: 'no' })
    expect(nextAttempt(checkpointed, attempts(), ended('cancelled', 143), now)).toBeUndefined()
  })
})
