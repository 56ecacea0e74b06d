import { describe, expect, it } from 'vitest'
import { ProjectId, RunId, type RunSummary } from '../../../shared/contract/index.ts'
import { filterRuns } from './filter-runs.ts'

function run(id: number, state: RunSummary['state'], startedBy: string): RunSummary {
  const project = ProjectId.parse('credit')
  return { id: RunId.parse(id), project, state, startedBy, startedAt: '2026-11-23T10:00:00.000Z', endedAt: null, stagesDone: 0, stagesTotal: 7, startedEntry: null, priority: 0 }
}

const runs = [run(12, 'running', 'p-1'), run(2, 'failed', 'p-2'), run(1, 'succeeded', 'p-1')]
const names: Record<string, string> = { 'p-1': 'Erin Engineer', 'p-2': 'Olga' }
const ids = (filter: string) => filterRuns(runs, filter, (person) => names[person] ?? person).map(({ id }) => Number(id))

describe('filtering runs', () => {
  it('keeps all without a filter', () => {
    expect(ids('  ')).toEqual([12, 2, 1])
  })

  it('finds by whole number, by state and by name', () => {
    expect(ids('2')).toEqual([2])
    expect(ids('fail')).toEqual([2])
    expect(ids('erin')).toEqual([12, 1])
  })

  it('wants every word to fit', () => {
    expect(ids('erin running')).toEqual([12])
    expect(ids('olga running')).toEqual([])
  })
})
