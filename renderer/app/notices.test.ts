import { describe, expect, it } from 'vitest'
import { ProjectId, RunId, type RunSummary } from '../../shared/contract/index.ts'
import { compareRuns } from './notices.ts'

const time = '2026-11-23T10:00:00.000Z'
const runIn = (state: RunSummary['state'], id = 1): RunSummary => ({
  id: RunId.parse(id),
  project: ProjectId.parse('credit-risk'),
  state,
  startedAt: time,
  priority: 0,
  endedAt: null,
  startedBy: 'Erin',
  stagesDone: 0,
  stagesTotal: 7,
  startedEntry: 30,
})

describe('notices of runs', () => {
  it('say nothing about the first reading', () => {
    expect(compareRuns(undefined, [runIn('failed')])).toEqual([])
  })

  it('tell of a run that ended, with where to look', () => {
    expect(compareRuns([runIn('running')], [runIn('failed')])).toEqual([{ kind: 'failure', title: 'Run 1 failed', href: '#/p/credit-risk/runs/1' }])
  })

  it('do not repeat what had ended before', () => {
    expect(compareRuns([runIn('succeeded')], [runIn('succeeded')])).toEqual([])
  })

  it('do not tell of a run that goes on', () => {
    expect(compareRuns([runIn('queued')], [runIn('running'), runIn('queued', 2)])).toEqual([])
  })
})
