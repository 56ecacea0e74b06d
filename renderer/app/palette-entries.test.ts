import { describe, expect, it } from 'vitest'
import { permissionsOf, ProjectId, RunId, type Project, type RunSummary } from '../../shared/contract/index.ts'
import { findEntries, type PaletteSources } from './palette-entries.ts'

const project = ProjectId.parse('credit-risk')
const time = '2026-11-23T10:00:00.000Z'
const described: Project = {
  id: project,
  name: 'Retail credit scoring',
  intendedPurpose: 'scores',
  roles: ['provider'],
  annexIII: '5(b)',
  folder: '/data/credit-risk',
  createdAt: time,
  createdEntry: 13,
}
const run: RunSummary = { id: RunId.parse(12), project, state: 'failed', startedAt: time, endedAt: time, startedBy: 'Erin', stagesDone: 3, stagesTotal: 7, startedEntry: 30, priority: 0 }
const sources: PaletteSources = { project, projects: [described], runs: [run], versions: [], entries: [], holdings: [{ role: 'engineer', scope: null, permissions: permissionsOf('engineer') }], isDark: true }

const labels = (text: string, from = sources) => findEntries(text, from).flatMap(({ entries }) => entries.map(({ label }) => label))

describe('the palette', () => {
  it('offers views and acts before anything is typed, and no single runs', () => {
    expect(labels('')).toContain('Pipeline')
    expect(labels('')).toContain('Run the pipeline of Retail credit scoring')
    expect(labels('')).not.toContain('Run 12')
  })

  it('offers no run while one is active', () => {
    expect(labels('', { ...sources, runs: [{ ...run, state: 'running', endedAt: null }] })).not.toContain('Run the pipeline of Retail credit scoring')
  })

  it('finds a run by its number', () => {
    expect(labels('run 12')).toEqual(['Run 12'])
  })

  it('finds no run by the time at which it started, and the exact number first', () => {
    const runs = [{ ...run, id: RunId.parse(21) }, { ...run, id: RunId.parse(2) }]
    expect(labels('2', { ...sources, runs })).toEqual(['Run 2', 'Run 21'])
    expect(labels('2026', { ...sources, runs })).toEqual([])
  })

  it('finds by every word, in any order and case', () => {
    expect(labels('SCORING retail')).toContain('Retail credit scoring')
    expect(labels('scoring wholesale')).toEqual([])
  })

  it('leaves out what the person may not do', () => {
    const elsewhere = { kind: 'project', project: ProjectId.parse('another') } as const
    const scoped = { ...sources, holdings: [{ role: 'engineer', scope: elsewhere, permissions: ['project.read', 'run.read', 'run.start'] as const }] }
    expect(labels('', scoped)).not.toContain('Run the pipeline of Retail credit scoring')
    expect(labels('', scoped)).not.toContain('Runs')
    expect(labels('', scoped)).not.toContain('People')
    const here = { ...scoped, project: elsewhere.project, projects: [{ ...described, id: elsewhere.project }], runs: [] }
    expect(labels('', here)).toEqual(expect.arrayContaining(['Runs', 'Run the pipeline of Retail credit scoring']))
    expect(labels('', here)).not.toContain('Datasets')
  })

  it('names only the workplace while there is no project', () => {
    expect(labels('', { ...sources, project: undefined, projects: [] })).not.toContain('Overview')
  })
})
