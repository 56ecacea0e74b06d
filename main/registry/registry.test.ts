import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProjectId, RequestError, RunId, type Role } from '../../shared/contract/index.ts'
import { People, Sessions, type Actor } from '../identity/index.ts'
import { createLedger, type LedgerFixture } from '../ledger/fixtures.ts'
import { evaluateConditions, Registry, type NewVersion } from './index.ts'

const project = ProjectId.parse('credit')
const key = { project, model: 'scores', version: 1 }
let fixture: LedgerFixture
let registry: Registry
let actors: Record<'erin' | 'paul' | 'petra', Actor>

beforeEach(async () => {
  fixture = createLedger()
  const { db, ledger, orchestrator } = fixture
  const people = new People({ db, ledger, orchestrator, scrypt: { cost: 1 << 10, blockSize: 8, parallelization: 1 } })
  const sessions = new Sessions({ people, ledger, orchestrator, clock: Date.now })
  await people.enrolFirst({ handle: 'admin', displayName: 'Asta', passphrase: 'a passphrase' })
  const signIn = async (handle: string) => {
    const client = handle.padEnd(64, '0')
    await sessions.open(client, handle, 'a passphrase')
    return sessions.actor(client)
  }
  const admin = await signIn('admin')
  const enrol = async (handle: string, role: Role) => {
    await people.enrol(admin, { handle, displayName: handle, passphrase: 'a passphrase', roles: [role] })
    return signIn(handle)
  }
  actors = { erin: await enrol('erin', 'engineer'), paul: await enrol('paul', 'approver'), petra: await enrol('petra', 'approver') }
  db.prepare("INSERT INTO projects VALUES ('credit', '/nowhere', 'Credit', 'x', '[]', '', '2026-11-23T09:00:00.000Z', 0)").run()
  registry = new Registry({ db, ledger, orchestrator, clock: () => Date.UTC(2026, 10, 23), nameOf: (person) => people.nameOf(person) })
})

afterEach(() => {
  fixture.highWater.close()
  fixture.db.close()
})

function register(overrides: Partial<NewVersion> = {}): number {
  return fixture.ledger.commit((tx) =>
    registry.register(tx, {
      project,
      model: 'scores',
      run: RunId.parse(1),
      stage: 'register',
      author: actors.erin.person,
      artifact: 'a'.repeat(64),
      bytes: 10,
      format: 'onnx',
      metrics: { auc: { value: '0.8', entry: 1 } },
      gates: [
        { to: 'staging', conditions: [{ metric: 'auc', bound: 'min', threshold: '0.7' }], approvals: 1 },
        { to: 'production', conditions: [{ metric: 'auc', bound: 'min', threshold: '0.75' }], approvals: 2 },
      ],
      gateEntry: 1,
      ...overrides,
    }),
  )
}

const approve = (actor: Actor, version = key) => registry.decide(actor, actor.signer, version, { decision: 'approved', comment: '', treeSize: fixture.ledger.size })
const actions = () => fixture.ledger.entries({ limit: 100 }).map(({ entry }) => entry.action)

function refusal(work: () => unknown): RequestError {
  try {
    work()
  } catch (error) {
    if (error instanceof RequestError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a promotion', () => {
  it('is not approved by whoever trained the version, also where somebody else asked for it', () => {
    register({ author: actors.paul.person })
    registry.requestPromotion(actors.erin, key, 'staging')
    expect(refusal(() => approve(actors.paul)).code).toBe('four-eyes')
    approve(actors.petra)
    expect(registry.version(key).stage).toBe('staging')
  })

  it('needs a second person and moves the version once they sign', () => {
    register()
    registry.requestPromotion(actors.erin, key, 'staging')
    expect(refusal(() => approve(actors.erin)).code).toBe('four-eyes')
    approve(actors.paul)
    expect(registry.version(key).stage).toBe('staging')
    expect(actions().slice(-3)).toEqual(['model.promotion.requested', 'model.promotion.approved', 'model.stage.changed'])
  })

  it('is not decided by who asked for it, nor twice by one person', () => {
    register()
    registry.requestPromotion(actors.paul, key, 'staging')
    expect(refusal(() => approve(actors.paul)).message).toContain('You asked for this promotion')
    approve(actors.petra)
    registry.requestPromotion(actors.erin, key, 'production')
    approve(actors.paul)
    expect(registry.version(key).stage).toBe('staging')
    expect(refusal(() => approve(actors.paul)).code).toBe('four-eyes')
    approve(actors.petra)
    expect(registry.version(key).stage).toBe('production')
  })

  it('fails with every unmet condition, and the refusal is recorded', () => {
    register({ metrics: { auc: { value: '0.6999', entry: 1 } }, gates: [{ to: 'staging', conditions: [{ metric: 'auc', bound: 'min', threshold: '0.7' }, { metric: 'ece', bound: 'max', threshold: '0.02' }], approvals: 1 }] })
    const error = refusal(() => registry.requestPromotion(actors.erin, key, 'staging'))
    expect(error.code).toBe('gate-not-met')
    expect(error.message).toContain('auc is 0.6999, the gate asks for at least 0.7')
    expect(error.message).toContain('ece was not recorded')
    expect(actions().at(-1)).toBe('model.promotion.refused')
    expect(registry.promotions(key).map(({ state }) => state)).toEqual(['refused'])
  })

  it('that is rejected leaves the version where it is and may be asked for again', () => {
    register()
    registry.requestPromotion(actors.erin, key, 'staging')
    registry.decide(actors.paul, actors.paul.signer, key, { decision: 'rejected', comment: 'not yet', treeSize: fixture.ledger.size })
    expect(registry.version(key).stage).toBe('experiment')
    expect(registry.requestPromotion(actors.erin, key, 'staging').state).toBe('open')
  })

  it('is decided under the statement that was read, never under one of another request', () => {
    register()
    const before = fixture.ledger.size
    registry.requestPromotion(actors.erin, key, 'staging')
    const decide = (treeSize: number) => registry.decide(actors.paul, actors.paul.signer, key, { decision: 'approved', comment: '', treeSize })
    expect(refusal(() => decide(before)).code).toBe('conflict')
    expect(refusal(() => decide(fixture.ledger.size + 1)).code).toBe('conflict')
    const read = fixture.ledger.size
    fixture.ledger.commit((tx) => tx.append(fixture.orchestrator, { action: 'orchestrator.stopped', subject: [], detail: { reason: 'meanwhile' } }))
    decide(read)
    expect(registry.promotions(key)[0]?.decisions[0]?.statement).toContain(`ledger size ${read} and approve`)
  })

  it('cannot skip staging, nor be open twice', () => {
    register()
    expect(refusal(() => registry.requestPromotion(actors.erin, key, 'production')).code).toBe('conflict')
    registry.requestPromotion(actors.erin, key, 'staging')
    expect(refusal(() => registry.requestPromotion(actors.erin, key, 'staging')).code).toBe('conflict')
  })

  it('to production archives the version that was there', () => {
    for (const version of [1, 2]) {
      register({ gates: [] })
      for (const to of ['staging', 'production'] as const) {
        registry.requestPromotion(actors.erin, { ...key, version }, to)
        approve(actors.paul, { ...key, version })
      }
    }
    expect(registry.versions(project).map(({ version, stage }) => [version, stage])).toEqual([
      [2, 'production'],
      [1, 'archived'],
    ])
  })
})

describe('a gate', () => {
  it('compares decimals exactly: sixteen of twenty-five is four fifths', () => {
    const gate = { to: 'staging' as const, conditions: [{ metric: 'ratio', bound: 'min' as const, threshold: '0.8' }], approvals: 1 }
    expect(evaluateConditions(gate, { ratio: { value: '0.8', entry: 1 } })[0]?.met).toBe(true)
    expect(evaluateConditions(gate, { ratio: { value: '0.79999999999999999999', entry: 1 } })[0]?.met).toBe(false)
  })

  it('meets exactly one of two strict bounds around a value', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1000, max: 1000 }), (value, threshold) => {
        const condition = (bound: 'min' | 'max') => ({ to: 'staging' as const, conditions: [{ metric: 'm', bound, threshold: String(threshold) }], approvals: 1 })
        const met = (bound: 'min' | 'max') => evaluateConditions(condition(bound), { m: { value: String(value), entry: 0 } })[0]?.met
        return met('min') === value >= threshold && met('max') === value <= threshold
      }),
    )
  })
})
