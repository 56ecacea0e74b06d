import { describe, expect, it } from 'vitest'
import { permissionsOf, PersonId, ProjectId, RunId, type Person, type Project, type Role, type RunSummary, type Session, type VersionSummary } from '../../../shared/contract/index.ts'
import { findWaiting, type WaitingSources } from './waiting.ts'

const time = '2026-11-23T10:00:00.000Z'
const id = ProjectId.parse('credit-risk')
const project: Project = { id, name: 'Scoring', intendedPurpose: 'scores', roles: ['provider'], annexIII: '5(b)', folder: '/p', createdAt: time, createdEntry: 1 }
const erin = PersonId.parse('p-00000001')
const paul = PersonId.parse('p-00000002')

function sessionOf(role: Role, person: PersonId): Session {
  const who: Person = { id: person, handle: 'x', displayName: 'X', roles: [role], grants: [], active: true, keyId: 'k', enrolledEntry: 1, passphraseBy: 'self', erased: false }
  return { person: who, holdings: [{ role, scope: null, permissions: permissionsOf(role) }], openedAt: time }
}

const asked = { id: 1, kind: 'promotion', reason: '', to: 'staging', state: 'open', requestedBy: 'Erin', requestedByPerson: PersonId.parse('p-0000000e'), requestedAt: time, requestEntry: 9, approvalsNeeded: 1, conditions: [], requirements: [], policy: null, decisions: [] } as const
const version: VersionSummary = {
  project: id,
  model: 'scoring',
  version: 1,
  stage: 'experiment',
  run: RunId.parse(1), imported: null, signed: null,
  artifact: 'a'.repeat(64),
  bytes: 1,
  format: 'onnx',
  registeredAt: time,
  author: 'Erin',
  authorPerson: erin,
  entry: 8,
  metrics: {},
  openPromotion: null,
  aliases: [],
  tags: {},
  holds: [],
  approvalEnds: null,
}
const run: RunSummary = { id: RunId.parse(1), project: id, state: 'failed', startedAt: time, endedAt: time, startedBy: 'Erin', stagesDone: 1, stagesTotal: 2, startedEntry: 3, priority: 0 }
const sources: WaitingSources = { project, session: sessionOf('engineer', erin), people: [], pipeline: undefined, runs: [], versions: [], packs: [], backups: undefined }
const titles = (of: Partial<WaitingSources>) => findWaiting({ ...sources, ...of }).map(({ title }) => title)

describe('what waits', () => {
  it('asks an approver to decide, but not on a version of their own', () => {
    const versions = [{ ...version, openPromotion: { ...asked, conditions: [], requirements: [], decisions: [] } }]
    expect(titles({ session: sessionOf('approver', paul), versions })).toEqual(['Decide on scoring 1 for staging'])
    expect(titles({ session: sessionOf('approver', erin), versions })).toEqual(['scoring 1 waits for approval for staging'])
  })

  it('shows the failure of the latest run to an engineer alone', () => {
    expect(titles({ runs: [run] })).toEqual(['Run 1 failed'])
    expect(titles({ runs: [run], session: sessionOf('approver', paul) })).toEqual([])
  })

  it('forgets a failure that a later run made good', () => {
    expect(titles({ runs: [{ ...run, id: RunId.parse(2), state: 'succeeded' }, run] })).toEqual([])
  })

  it('proposes the first run only once it is known that there is none', () => {
    expect(titles({ runs: undefined })).toEqual([])
    expect(titles({})).toEqual(['Run the pipeline for the first time'])
  })

  it('asks whoever exports packs for one of each version in production', () => {
    const versions = [{ ...version, stage: 'production' as const }]
    expect(titles({ session: sessionOf('auditor', paul), versions })).toEqual(['Export an evidence pack of scoring 1'])
    expect(titles({ session: sessionOf('auditor', paul), versions, packs: undefined })).toEqual([])
  })

  it('tells whoever makes backups first that the last one failed, and nobody else', () => {
    const backups = { schedule: null, running: false, last: null, dueAt: null, failing: { at: time, folder: '/mnt/usb', reason: 'the disk is full', entry: 4 } }
    const paulsTasks = findWaiting({ ...sources, session: sessionOf('administrator', paul), backups })
    expect(paulsTasks[0]).toMatchObject({ tone: 'danger', text: '/mnt/usb: the disk is full', href: '#/ledger/backups' })
    expect(titles({ session: sessionOf('approver', paul), backups })).toEqual([])
  })

  it('tells an administrator who is missing for four eyes', () => {
    const session = sessionOf('administrator', paul)
    expect(titles({ session })).toEqual(['Enrol an engineer', 'Enrol an approver'])
    // Who holds the role here is there, and who holds it elsewhere is not.
    const { person } = sessionOf('auditor', erin)
    const granted = (role: Role, of: string): Person => ({ ...person, roles: [], grants: [{ role, scope: { kind: 'project', project: ProjectId.parse(of) } }] })
    expect(titles({ session, people: [granted('engineer', id), { ...person, grants: [{ role: 'approver', scope: { kind: 'model', project: id, model: 'scoring' } }] }] })).toEqual([])
    expect(titles({ session, people: [granted('engineer', 'other'), { ...granted('approver', id), active: false }] })).toEqual(['Enrol an engineer', 'Enrol an approver'])
  })
})
