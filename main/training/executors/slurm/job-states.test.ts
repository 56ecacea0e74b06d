import { describe, expect, it } from 'vitest'
import { jobOf, noteOf, parseSacct, parseSqueue, verdictOf, type EndedJob, type JobView } from './job-states.ts'

const view = (state: string, more: Partial<JobView> = {}): JobView => ({ id: '12', name: 'train', index: null, state, reason: '', usedSeconds: 5, limitSeconds: 3600, ...more })
const verdict = (state: string | null, more: Partial<EndedJob> = {}) =>
  verdictOf({ id: '12', view: state === null ? null : view(state), cancelled: false, began: true, result: null, lastLine: '', warningSeconds: 25, ...more })

describe('what Slurm says of jobs', () => {
  it('is read from squeue: tasks of arrays, times, reasons, and names with the separator in them', () => {
    expect(parseSqueue('12_3|PENDING|0:00|1-02:03:04|ReqNodeNotAvail,_UnavailableNodes:n1|a|b\n13|RUNNING|1:05|UNLIMITED|None|c\n\n')).toEqual([
      { id: '12_3', name: 'a|b', index: 3, state: 'PENDING', reason: 'ReqNodeNotAvail, UnavailableNodes:n1', usedSeconds: 0, limitSeconds: 93_784 },
      { id: '13', name: 'c', index: null, state: 'RUNNING', reason: '', usedSeconds: 65, limitSeconds: null },
    ])
  })

  it('is read from sacct, which says who cancelled one', () => {
    expect(parseSacct('12_3|CANCELLED by 1000|00:01:00|00:10:00|a\n')).toEqual([{ id: '12_3', name: 'a', index: 3, state: 'CANCELLED', reason: '', usedSeconds: 60, limitSeconds: 600 }])
  })

  it('is told apart by name and task; one that goes on speaks for one that came late, and the whole for tasks that are not listed', () => {
    const views = [view('COMPLETED', { id: '1' }), view('RUNNING', { id: '2' }), view('COMPLETED', { id: '3' }), view('RUNNING', { id: '9_0', name: 'tune', index: 0 }), view('CANCELLED', { id: '9', name: 'tune' })]
    expect([jobOf(views, 'train', null)?.id, jobOf(views, 'tune', 0)?.id, jobOf(views, 'tune', 1)?.id, jobOf(views, 'other', null)]).toEqual(['2', '9_0', '9', undefined])
    expect(jobOf(views.slice(0, 4), 'tune', 1)).toBeUndefined()
  })

  it('is said while they wait, and not while they run', () => {
    expect([view('PENDING', { reason: 'Priority' }), view('PENDING'), view('CONFIGURING'), view('SUSPENDED'), view('RUNNING'), view('A_STATE_TO_COME')].map(noteOf)).toEqual([
      'Job 12 waits in Slurm: Priority.', 'Job 12 waits in Slurm.', 'The nodes of job 12 are being started by Slurm.', 'Job 12 is held by Slurm (SUSPENDED).', undefined, undefined,
    ])
  })
})

describe('an attempt whose job ended', () => {
  it('is lost where the node, the queue or somebody ended it, whatever its runner could still say', () => {
    for (const state of ['NODE_FAIL', 'PREEMPTED', 'CANCELLED', 'TIMEOUT', 'BOOT_FAIL', 'DEADLINE', 'REVOKED']) {
      for (const result of [null, { outcome: 'failed', reason: 'signal 15' }, { outcome: 'cancelled', reason: '' }] as const) {
        expect(verdict(state, { result })).toEqual({ as: 'lost', reason: expect.stringContaining(state) as string })
      }
    }
    expect(verdict(null)).toMatchObject({ as: 'lost', reason: expect.stringContaining('knows its job 12 no more') as string })
  })

  it('has failed where it asked for too little memory, which is not a crash', () => {
    const result = { outcome: 'failed', reason: 'The command was ended by signal 9.' } as const
    expect(verdict('OUT_OF_MEMORY', { result })).toMatchObject({ as: 'out-of-memory', reason: expect.stringContaining('resources.memory') as string })
    expect(verdict('COMPLETED', { result })).toEqual({ as: 'failed', reason: result.reason })
    expect(verdict(null, { result })).toEqual({ as: 'failed', reason: result.reason })
  })

  it('was cancelled only where Strongroom asked for that', () => {
    const result = { outcome: 'cancelled', reason: 'The run was cancelled.' } as const
    expect(verdict('COMPLETED', { result, cancelled: true }).as).toBe('cancelled')
    expect(verdict('CANCELLED', { cancelled: true }).as).toBe('cancelled')
    expect(verdict('COMPLETED', { result })).toMatchObject({ as: 'lost', reason: expect.stringContaining('somebody else') as string })
    const late = view('COMPLETED', { usedSeconds: 30, limitSeconds: 60 })
    expect(verdict('COMPLETED', { result, view: late })).toMatchObject({ as: 'lost', reason: expect.stringContaining('time limit') as string })
  })

  it('has failed where nothing of it began, with what the job wrote', () => {
    expect(verdict('FAILED', { began: false, lastLine: 'There is no node.' })).toEqual({ as: 'failed', reason: 'Its job 12 ended before its runner began: There is no node.' })
    expect(verdict('FAILED', { began: false })).toMatchObject({ as: 'failed', reason: expect.stringContaining('under the same path') as string })
    expect(verdict('FAILED', { began: true, lastLine: 'Killed' })).toEqual({ as: 'lost', reason: 'Its job 12 ended (FAILED) and left no result. Killed' })
    expect(verdict('FAILED', { began: false, view: view('FAILED', { reason: 'BadConstraints' }) })).toMatchObject({ as: 'failed', reason: expect.stringContaining('no node') as string })
  })
})
