import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ModelName, ProjectId, RequestError, type Permission, type Person, type Scope } from '../../shared/contract/index.ts'
import { createLedger, type LedgerFixture } from '../ledger/fixtures.ts'
import { Authority, People, Roles, Sessions, type Actor } from './index.ts'

const passphrase = 'correct horse battery'
const client = 'c'.repeat(64)
const credit: Scope = { kind: 'project', project: ProjectId.parse('credit') }
const scores: Scope = { kind: 'model', project: ProjectId.parse('credit'), model: ModelName.parse('scores') }
const reader: Permission[] = ['project.read', 'model.read', 'model.sign', 'model.decide']

let fixture: LedgerFixture
let people: People
let roles: Roles
let admin: Actor
let erin: Person

beforeEach(async () => {
  fixture = createLedger()
  const { db, ledger, orchestrator, folder } = fixture
  people = new People({ db, ledger, orchestrator, personKeys: join(folder, 'keys'), scrypt: { cost: 1 << 10, blockSize: 8, parallelization: 1 } })
  roles = new Roles({ ledger, people })
  const sessions = new Sessions({ people, ledger, orchestrator, clock: Date.now })
  await people.enrolFirst({ handle: 'admin', displayName: 'Asta', passphrase })
  await sessions.open(client, 'admin', passphrase)
  admin = sessions.actor(client)
  erin = await people.enrol(admin, { handle: 'erin', displayName: 'Erin', passphrase, roles: [] })
})
afterEach(() => {
  fixture.highWater.close()
  fixture.db.close()
})

function refusal(work: () => unknown): RequestError {
  try {
    work()
  } catch (error) {
    if (error instanceof RequestError) return error
    throw error
  }
  throw new Error('it was not refused')
}

const define = (role: string, permissions: Permission[]) => roles.define(admin, { role, sentence: 'Signs for medical devices.', permissions })

describe('a role of the workplace', () => {
  it('is what its last definition says, and gives its holders that', () => {
    define('medical-officer', ['project.read', 'model.read'])
    people.setRoles(admin, erin.id, ['medical-officer'])
    const { entry } = define('medical-officer', reader)
    expect(roles.list().at(-1)).toEqual({ role: 'medical-officer', sentence: 'Signs for medical devices.', permissions: reader, entry })
    expect(people.authority.at().holdings(erin.id)).toEqual([{ role: 'medical-officer', scope: null, permissions: reader }])
    expect(people.authority.at(entry ?? 0).holdings(erin.id)).toEqual([{ role: 'medical-officer', scope: null, permissions: ['project.read', 'model.read'] }])
  })

  it('is never a built-in one, nor one that could give itself others, nor one that could not do what it may', () => {
    const { size } = fixture.ledger
    expect(refusal(() => define('approver', reader)).code).toBe('conflict')
    for (const reserved of ['people.manage', 'keys.manage'] as const) expect(refusal(() => define('helper', ['people.read', reserved])).message).toContain(`${reserved} stays with the role administrator`)
    expect(refusal(() => define('signer', ['model.decide'])).message).toContain('need project.read, model.read, model.sign too')
    expect(refusal(() => define('starter', ['project.read', 'run.read', 'run.start'])).message).toContain('dataset.read, dataset.snapshot')
    expect(fixture.ledger.size).toBe(size)
  })

  it('goes when nobody holds it any more, for the organisation or a part of it', () => {
    define('medical-officer', reader)
    roles.grant(admin, erin.id, { role: 'medical-officer', scope: scores })
    expect(refusal(() => roles.remove(admin, 'medical-officer')).message).toContain('erin holds the role medical-officer')
    roles.revoke(admin, erin.id, { role: 'medical-officer', scope: scores })
    roles.remove(admin, 'medical-officer')
    expect(refusal(() => people.setRoles(admin, erin.id, ['medical-officer'])).message).toContain('There is no role medical-officer')
    expect(refusal(() => roles.remove(admin, 'engineer')).code).toBe('conflict')
  })
})

describe('a removed role', () => {
  it('is given to nobody who was being enrolled meanwhile', async () => {
    define('medical-officer', reader)
    const enrolling = people.enrol(admin, { handle: 'mo', displayName: 'Mo', passphrase, roles: ['medical-officer'] })
    roles.remove(admin, 'medical-officer')
    await expect(enrolling).rejects.toMatchObject({ code: 'not-found' })
    expect(people.credentials('mo')).toBeUndefined()
  })
})

describe('a granted role', () => {
  it('gives what of the role is about its scope, until it is revoked or the account ends', () => {
    roles.grant(admin, erin.id, { role: 'engineer', scope: credit })
    const [held] = people.authority.at().holdings(erin.id)
    expect(held?.permissions).toContain('run.start')
    expect(held?.permissions).not.toContain('ledger.read')
    expect(people.get(erin.id).grants).toEqual([{ role: 'engineer', scope: credit }])
    roles.revoke(admin, erin.id, { role: 'engineer', scope: credit })
    expect(people.authority.at().holdings(erin.id)).toEqual([])
    roles.grant(admin, erin.id, { role: 'engineer', scope: credit })
    people.deactivate(admin, erin.id)
    expect(people.authority.at().holdings(erin.id)).toEqual([])
  })

  it('is refused where it would say nothing new, or nothing at all', () => {
    define('ledger-keeper', ['ledger.read', 'ledger.anchor'])
    roles.grant(admin, erin.id, { role: 'approver', scope: scores })
    people.setRoles(admin, erin.id, ['auditor'])
    expect(refusal(() => roles.grant(admin, erin.id, { role: 'approver', scope: scores })).code).toBe('already-exists')
    expect(refusal(() => roles.grant(admin, erin.id, { role: 'auditor', scope: scores })).code).toBe('already-exists')
    expect(refusal(() => roles.grant(admin, erin.id, { role: 'administrator', scope: credit })).code).toBe('invalid-request')
    expect(refusal(() => roles.grant(admin, erin.id, { role: 'ledger-keeper', scope: credit })).message).toContain('is about a project')
    expect(refusal(() => roles.grant(admin, erin.id, { role: 'aprover', scope: credit })).message).toContain('There is no role aprover')
    expect(refusal(() => roles.revoke(admin, erin.id, { role: 'approver', scope: credit })).code).toBe('not-found')
  })
})

describe('the policy', () => {
  it('keeps deciding on models from who administers accounts, in whatever scope, until it is changed', () => {
    people.setRoles(admin, erin.id, ['administrator'])
    roles.grant(admin, erin.id, { role: 'approver', scope: scores })
    const decides = () => people.authority.at().holdings(erin.id).some(({ permissions }) => permissions.includes('model.sign') || permissions.includes('model.decide'))
    expect([decides(), people.authority.at().isKeptApart(erin.id)]).toEqual([false, true])
    const { entry } = roles.setPolicy(admin.signer, { administratorsDecide: 'yes', reason: 'we are two' })
    expect([decides(), people.authority.at().isKeptApart(erin.id)]).toEqual([true, false])
    expect([roles.policy(), fixture.ledger.entry(entry ?? -1).entry.detail]).toEqual([{ administratorsDecide: 'yes', entry, reason: 'we are two' }, { administratorsDecide: 'yes', reason: 'we are two' }])
    expect(refusal(() => roles.setPolicy(admin.signer, { administratorsDecide: 'yes', reason: 'we are two' })).message).toContain(`entry ${entry}`)
  })

  it('knows until when somebody administered accounts', () => {
    const at = () => people.authority.at()
    const { size } = fixture.ledger
    expect(at().administeredSince(erin.id, 0)).toBe(false)
    people.setRoles(admin, erin.id, ['administrator'])
    expect(at().administeredSince(erin.id, size + 100)).toBe(true)
    people.setRoles(admin, erin.id, ['approver'])
    people.setRoles(admin, erin.id, ['approver', 'auditor'])
    expect([size + 1, size + 2].map((position) => at().administeredSince(erin.id, position))).toEqual([true, false])
    expect(people.authority.at(size + 2).administeredSince(erin.id, size + 1)).toBe(true)
  })

  it('is read from the entries alone, by whoever reads them', () => {
    define('medical-officer', reader)
    roles.grant(admin, erin.id, { role: 'medical-officer', scope: credit })
    roles.setPolicy(admin.signer, { administratorsDecide: 'yes', reason: 'we are two' })
    fixture.db.prepare("UPDATE people SET roles = '[\"administrator\"]' WHERE id = ?").run(erin.id)
    const read = new Authority(fixture.ledger).at()
    expect([read.holdings(erin.id), read.roles, read.policy]).toEqual([people.authority.at().holdings(erin.id), roles.list(), roles.policy()])
    expect(read.holdings(erin.id).map(({ role }) => role)).toEqual(['medical-officer'])
  })
})
