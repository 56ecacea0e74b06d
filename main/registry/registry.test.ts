import fc from 'fast-check'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProjectId, RequestError, RunId, type ActionName, type DetailOf, type PersonId, type Role } from '../../shared/contract/index.ts'
import { People, Roles, Sessions, type Actor } from '../identity/index.ts'
import { createLedger, type LedgerFixture } from '../ledger/fixtures.ts'
import type { JsonValue } from '../ledger/index.ts'
import { evaluateConditions, explainUnmet, nameMeasurements, Registry, type FixedGate, type NewVersion } from './index.ts'

const project = ProjectId.parse('credit')
const key = { project, model: 'scores', version: 1 }
let fixture: LedgerFixture
let registry: Registry
let people: People
let now = Date.UTC(2026, 10, 23)
let admin: Actor
let actors: Record<'erin' | 'paul' | 'petra' | 'anna', Actor>

beforeEach(async () => {
  now = Date.UTC(2026, 10, 23)
  fixture = createLedger()
  const { db, ledger, orchestrator } = fixture
  people = new People({ db, ledger, orchestrator, personKeys: join(fixture.folder, 'keys'), scrypt: { cost: 1 << 10, blockSize: 8, parallelization: 1 } })
  const sessions = new Sessions({ people, ledger, orchestrator, clock: Date.now })
  await people.enrolFirst({ handle: 'admin', displayName: 'Asta', passphrase: 'a passphrase' })
  const signIn = async (handle: string) => {
    const client = handle.padEnd(64, '0')
    await sessions.open(client, handle, 'a passphrase')
    return sessions.actor(client)
  }
  admin = await signIn('admin')
  const enrol = async (handle: string, role: Role) => {
    await people.enrol(admin, { handle, displayName: handle, passphrase: 'a passphrase', roles: [role] })
    return signIn(handle)
  }
  actors = { erin: await enrol('erin', 'engineer'), paul: await enrol('paul', 'approver'), petra: await enrol('petra', 'approver'), anna: await enrol('anna', 'auditor') }
  db.prepare("INSERT INTO projects VALUES ('credit', '/nowhere', 'Credit', 'x', '[]', '', '2026-11-23T09:00:00.000Z', 0)").run()
  registry = new Registry({ db, ledger, orchestrator, clock: () => now, nameOf: (person) => people.nameOf(person), authority: people.authority })
})

afterEach(() => {
  fixture.highWater.close()
  fixture.db.close()
})

const STAGING = { to: 'staging' as const, conditions: [{ metric: 'auc', bound: 'min' as const, threshold: '0.7' }], approvals: 1 }
const PRODUCTION = { to: 'production' as const, conditions: [{ metric: 'auc', bound: 'min' as const, threshold: '0.75' }], approvals: 2 }

interface Story {
  readonly author?: PersonId
  readonly artifact?: string
  /** What the run's start fixes, for each stage that registers the model. */
  readonly gates?: readonly (readonly FixedGate[])[]
  readonly metrics?: Readonly<Record<string, string>>
  /** What stages measure after the registration. */
  readonly later?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly isGoing?: boolean
  /** Kinds of evidence that the stage train leaves. */
  readonly evidence?: readonly string[]
}

/** A run that makes a version, entry by entry as training records it. */
function register({ author = actors.erin.person, artifact = 'a'.repeat(64), gates = [[STAGING, PRODUCTION]], metrics = { auc: '0.8' }, later = {}, isGoing = false, evidence = [] }: Story = {}): number {
  const { ledger, orchestrator } = fixture
  const run = RunId.parse(ledger.size)
  const record = <A extends ActionName>(action: A, detail: DetailOf<A> & { readonly [key: string]: JsonValue }) => ledger.commit((tx) => tx.append(orchestrator, { action, subject: [], detail })).seq
  const code = { commit: 'unknown' as const, dirty: 'unknown' as const, diff: '' as const, reason: 'there is none' }
  const fixed = gates.map((each) => ({ model: key.model, gates: each.map((gate) => ({ ...gate, conditions: [...gate.conditions] })) }))
  const runEntry = record('run.started', { run, project, pipeline: 'b'.repeat(64), stages: ['train'], parameters: {}, snapshots: [], code, gates: fixed })
  const succeed = (stage: string, measured: Readonly<Record<string, string>>) =>
    record('stage.succeeded', { run, stage, attempt: 1, outs: [], metrics: { ...measured }, evidence: evidence.map((kind) => ({ kind, path: kind, sha256: 'e'.repeat(64), obligations: [] })), environment: 'c'.repeat(64), recording: 'd'.repeat(64), durationMs: 1 })
  succeed('train', metrics)
  const version: NewVersion = { project, model: 'scores', run, stage: 'train', author, artifact, bytes: 10, format: 'onnx', metrics, runEntry }
  const number = ledger.commit((tx) => registry.register(tx, version))
  for (const [stage, measured] of Object.entries(later)) succeed(stage, measured)
  if (!isGoing) record('run.finished', { run, state: 'succeeded' })
  return number
}

const approve = (actor: Actor, version = key) => registry.decisions.decide(actor, actor.signer, version, { decision: 'approved', comment: '', treeSize: fixture.ledger.size })
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
    registry.promotions.request(actors.erin, key, 'staging')
    expect(refusal(() => approve(actors.paul)).code).toBe('four-eyes')
    approve(actors.petra)
    expect(registry.version(key).stage).toBe('staging')
  })

  it('is not approved by whoever brought the same file in as another version', () => {
    register({ author: actors.paul.person, artifact: 'f'.repeat(64) })
    register({ author: actors.paul.person })
    const copy = { ...key, version: register() }
    registry.promotions.request(actors.erin, copy, 'staging')
    expect(refusal(() => approve(actors.paul, copy))).toMatchObject({ code: 'four-eyes', message: expect.stringContaining('the same file as scores 2') as string })
    approve(actors.petra, copy)
    expect(registry.version(copy).stage).toBe('staging')
  })

  it('is not decided by whoever administered accounts since the version was registered, unless the policy lets them', () => {
    people.setRoles(admin, actors.petra.person, ['approver', 'administrator'])
    people.setRoles(admin, actors.petra.person, ['approver'])
    register()
    people.setRoles(admin, actors.paul.person, ['approver', 'administrator'])
    people.setRoles(actors.paul, actors.paul.person, ['approver'])
    registry.promotions.request(actors.erin, key, 'staging')
    expect(refusal(() => approve(actors.paul)).message).toContain('You administered accounts since this version was registered')
    approve(actors.petra)
    registry.promotions.request(actors.erin, key, 'production')
    new Roles({ ledger: fixture.ledger, people }).setPolicy(admin.signer, { administratorsDecide: 'yes', reason: 'we are two' })
    approve(actors.paul)
    expect(registry.promotions.open(key)?.decisions).toHaveLength(1)
  })

  it('needs a second person and moves the version once they sign', () => {
    register()
    registry.promotions.request(actors.erin, key, 'staging')
    expect(refusal(() => approve(actors.erin)).code).toBe('not-permitted')
    approve(actors.paul)
    expect(registry.version(key).stage).toBe('staging')
    expect(actions().slice(-3)).toEqual(['model.promotion.requested', 'model.promotion.approved', 'model.stage.changed'])
  })

  it('is not decided by who asked for it, nor twice by one person', () => {
    register()
    registry.promotions.request(actors.paul, key, 'staging')
    expect(refusal(() => approve(actors.paul)).message).toContain('You asked for this promotion')
    approve(actors.petra)
    registry.promotions.request(actors.erin, key, 'production')
    approve(actors.paul)
    expect(registry.version(key).stage).toBe('staging')
    expect(refusal(() => approve(actors.paul)).code).toBe('four-eyes')
    approve(actors.petra)
    expect(registry.version(key).stage).toBe('production')
  })

  it('fails with every unmet condition, and the refusal is recorded', () => {
    register({ metrics: { auc: '0.6999' }, gates: [[{ ...STAGING, conditions: [...STAGING.conditions, { metric: 'ece', bound: 'max', threshold: '0.02' }] }]] })
    const error = refusal(() => registry.promotions.request(actors.erin, key, 'staging'))
    expect(error.code).toBe('gate-not-met')
    expect(error.message).toContain('auc is 0.6999, the gate asks for at least 0.7')
    expect(error.message).toContain('ece was not recorded')
    expect(actions().at(-1)).toBe('model.promotion.refused')
    expect(registry.promotions.all(key).map(({ state }) => state)).toEqual(['refused'])
  })

  it('that is rejected leaves the version where it is and may be asked for again', () => {
    register()
    registry.promotions.request(actors.erin, key, 'staging')
    registry.decisions.decide(actors.paul, actors.paul.signer, key, { decision: 'rejected', comment: 'not yet', treeSize: fixture.ledger.size })
    expect(registry.version(key).stage).toBe('experiment')
    expect(registry.promotions.request(actors.erin, key, 'staging').state).toBe('open')
  })

  it('is decided under the statement that was read, never under one of another request', () => {
    register()
    const before = fixture.ledger.size
    registry.promotions.request(actors.erin, key, 'staging')
    const decide = (treeSize: number) => registry.decisions.decide(actors.paul, actors.paul.signer, key, { decision: 'approved', comment: '', treeSize })
    expect(refusal(() => decide(before)).code).toBe('conflict')
    expect(refusal(() => decide(fixture.ledger.size + 1)).code).toBe('conflict')
    const read = fixture.ledger.size
    fixture.ledger.commit((tx) => tx.append(fixture.orchestrator, { action: 'orchestrator.stopped', subject: [], detail: { reason: 'meanwhile' } }))
    decide(read)
    expect(registry.promotions.all(key)[0]?.decisions[0]?.statement).toContain(`ledger size ${read} and approve`)
  })

  it('cannot skip staging, nor be open twice', () => {
    register()
    expect(refusal(() => registry.promotions.request(actors.erin, key, 'production')).code).toBe('conflict')
    registry.promotions.request(actors.erin, key, 'staging')
    expect(refusal(() => registry.promotions.request(actors.erin, key, 'staging')).code).toBe('conflict')
  })

  it('to production archives the version that was there', () => {
    for (const version of [1, 2]) {
      register({ gates: [[]] })
      for (const to of ['staging', 'production'] as const) {
        registry.promotions.request(actors.erin, { ...key, version }, to)
        approve(actors.paul, { ...key, version })
      }
    }
    expect(registry.versions(project).map(({ version, stage }) => [version, stage])).toEqual([
      [2, 'production'],
      [1, 'archived'],
    ])
  })
})

/** A version in production, by way of staging. */
function promote(version = registerFree()): typeof key {
  const of = { ...key, version }
  for (const to of ['staging', 'production'] as const) {
    registry.promotions.request(actors.erin, of, to)
    approve(actors.paul, of)
  }
  return of
}
const registerFree = () => register({ gates: [[]] })
const stages = () => registry.versions(project).map(({ version, stage }) => [version, stage])

describe('a request', () => {
  it('is withdrawn by who made it and by nobody else, and can then be made again', () => {
    register()
    registry.promotions.request(actors.erin, key, 'staging')
    expect(refusal(() => registry.promotions.withdraw(actors.paul, key, '')).code).toBe('not-permitted')
    registry.promotions.withdraw(actors.erin, key, 'too early')
    expect(registry.promotions.all(key).map(({ state }) => state)).toEqual(['withdrawn'])
    expect(refusal(() => approve(actors.paul)).message).toContain('Nobody asked')
    expect(registry.promotions.request(actors.erin, key, 'staging').state).toBe('open')
  })

  it('that an entry ended is decided on no more, whatever the database says', () => {
    const first = promote()
    promote()
    const reject = (version: typeof key) => registry.decisions.decide(actors.paul, actors.paul.signer, version, { decision: 'rejected', comment: '', treeSize: fixture.ledger.size })
    const ends: (() => void)[] = [() => reject(first), () => registry.promotions.withdraw(actors.erin, first, '')]
    for (const end of ends) {
      const { id } = registry.promotions.requestRollback(actors.erin, first, 'it drifts')
      end()
      fixture.db.prepare("UPDATE promotions SET state = 'open' WHERE id = ?").run(id)
      const size = fixture.ledger.size
      expect(() => approve(actors.petra, first)).toThrow(`entry ${size - 1} ended the request`)
      expect(fixture.ledger.size).toBe(size)
      fixture.db.prepare("UPDATE promotions SET state = 'rejected' WHERE id = ?").run(id)
    }
    const third = { ...key, version: registerFree() }
    const { id } = registry.promotions.request(actors.erin, third, 'staging')
    reject(third)
    fixture.db.prepare("UPDATE promotions SET state = 'open' WHERE id = ?").run(id)
    expect(() => approve(actors.petra, third)).toThrow('ended the request')
    registry.annotations.hold(actors.anna.signer, { ...key, version: 2 }, 'an incident')
    promote()
    fixture.db.prepare("UPDATE promotions SET state = 'open' WHERE version = 2 AND target = 'production'").run()
    expect(() => approve(actors.petra, { ...key, version: 2 })).toThrow('ended the request')
  })
})

describe('a rollback', () => {
  it('brings back a version that was in production, once a second person approves, and archives the other', () => {
    const [first, second] = [promote(), promote()]
    const asked = registry.promotions.requestRollback(actors.erin, first, 'it drifts')
    expect(asked).toMatchObject({ kind: 'rollback', to: 'production', reason: 'it drifts', approvalsNeeded: 1, state: 'open' })
    expect(refusal(() => approve(actors.erin, first)).code).toBe('not-permitted')
    expect(registry.decisions.statement(first, 'approved', fixture.ledger.size).statement).toContain('approve its return to production')
    approve(actors.paul, first)
    expect(stages()).toEqual([[second.version, 'archived'], [first.version, 'production']])
    expect(actions().slice(-4)).toEqual(['model.rollback.requested', 'model.rollback.approved', 'model.stage.changed', 'model.stage.changed'])
    expect(fixture.ledger.entry(fixture.ledger.size - 2).entry.detail).toMatchObject({ version: 2, to: 'archived', cause: 'rolled back to version 1' })
  })

  it('is refused for a version that never was in production, or that is', () => {
    const inUse = promote()
    const other = { ...key, version: registerFree() }
    expect(refusal(() => registry.promotions.requestRollback(actors.erin, other, 'x')).message).toContain('was never in production')
    registry.archive(actors.paul.signer, other, '')
    expect(refusal(() => registry.promotions.requestRollback(actors.erin, other, 'x')).message).toContain('was never in production')
    expect(refusal(() => registry.promotions.requestRollback(actors.erin, inUse, 'x')).message).toContain('is in production')
  })

  it('takes as many people in the same roles as the gate of the version asks for, from the entry that fixed it', () => {
    const policy = { path: '', sha256: '' as const, evidence: [], tests: [], roles: { approver: 1, auditor: 1 }, expires: { approvals: 0, evidence: 0, production: 0 } }
    const first = { ...key, version: register({ gates: [[{ ...PRODUCTION, policy }]] }) }
    registry.promotions.request(actors.erin, first, 'staging')
    approve(actors.paul, first)
    registry.promotions.request(actors.erin, first, 'production')
    approve(actors.paul, first)
    approve(actors.anna, first)
    promote()
    expect(registry.gates(first)[1]?.rollback).toEqual({ approvals: 2, roles: { approver: 1, auditor: 1 }, isStated: false })
    expect(registry.promotions.requestRollback(actors.erin, first, 'it drifts')).toMatchObject({ approvalsNeeded: 2, policy: { roles: policy.roles } })
    expect(fixture.ledger.entry(fixture.ledger.size - 1).entry.detail).toMatchObject({ approvals: 2, gateEntry: registry.gates(first)[1]?.fixedByEntry })
    approve(actors.paul, first)
    approve(actors.petra, first)
    expect(registry.version(first).stage).toBe('archived')
    approve(actors.anna, first)
    expect(registry.version(first).stage).toBe('production')
  })

  it('takes fewer where the gate states that before the run', () => {
    const policy = { path: '', sha256: '' as const, evidence: [], tests: [], roles: {}, expires: { approvals: 0, evidence: 0, production: 0 }, rollback: { approvals: 1, roles: { auditor: 1 } } }
    const first = promote(register({ gates: [[{ ...PRODUCTION, approvals: 1, policy }]] }))
    promote()
    registry.promotions.requestRollback(actors.erin, first, 'it drifts')
    expect(refusal(() => approve(actors.paul, first)).message).toContain('Only an auditor can decide')
    approve(actors.anna, first)
    expect(registry.version(first).stage).toBe('production')
  })

  it('does not bring back what somebody archived, in production or once it was superseded', () => {
    const first = promote()
    const second = promote()
    registry.archive(actors.paul.signer, first, 'it discriminates')
    const said = refusal(() => registry.promotions.requestRollback(actors.erin, first, 'x')).message
    expect(said).toContain(`scores 1 was taken out of use by paul in entry ${fixture.ledger.size - 1} (retirement: it discriminates)`)
    expect(registry.promotions.whyNoReturn(first)).toBe(said)
    expect(refusal(() => registry.archive(actors.paul.signer, first, '')).message).toContain('already')
    registry.archive(actors.paul.signer, second, '')
    expect(refusal(() => registry.promotions.requestRollback(actors.erin, second, 'x')).message).toContain('does not come back')
  })

  it('that was asked for under an earlier release is rejected or withdrawn, not approved by one where the gate asks for more', () => {
    const first = promote()
    promote()
    const asked = registry.promotions.requestRollback(actors.erin, first, 'x')
    registry.promotions.withdraw(actors.erin, first, '')
    const detail = Object.fromEntries(Object.entries(fixture.ledger.entry(asked.requestEntry).entry.detail).filter(([name]) => name !== 'gateEntry'))
    const { seq } = fixture.ledger.commit((tx) => tx.append(actors.erin.signer, { action: 'model.rollback.requested', subject: [], detail }))
    fixture.db.prepare("INSERT INTO promotions (project, model, version, kind, target, state, requested_by, requested_at, request_entry) VALUES ('credit', 'scores', 1, 'rollback', 'production', 'open', ?, '2026-11-23T09:00:00.000Z', ?)").run(actors.erin.person, seq)
    expect(refusal(() => approve(actors.paul, first)).message).toContain('Reject it, or have it withdrawn')
    registry.decisions.decide(actors.paul, actors.paul.signer, first, { decision: 'rejected', comment: '', treeSize: fixture.ledger.size })
    expect(registry.promotions.all(first)[0]?.state).toBe('rejected')
  })
})

describe('a legal hold', () => {
  it('keeps a version from the archive until a second person releases it', () => {
    register()
    registry.annotations.hold(actors.anna.signer, key, 'an incident')
    const [hold] = registry.version(key).holds
    expect(hold).toMatchObject({ reason: 'an incident', by: 'anna' })
    expect(refusal(() => registry.archive(actors.paul.signer, key, '')).message).toContain(`legal hold of entry ${hold?.entry}`)
    const release = (actor: Actor) => registry.annotations.release(actor, actor.signer, key, hold?.entry ?? -1, 'examined')
    expect(refusal(() => release(actors.anna)).code).toBe('four-eyes')
    release(actors.paul)
    expect(refusal(() => release(actors.paul)).code).toBe('not-found')
    registry.archive(actors.paul.signer, key, '')
    expect(stages()).toEqual([[1, 'archived']])
  })

  it('lets a version leave production without the archive', () => {
    const held = promote()
    registry.annotations.hold(actors.paul.signer, held, 'an incident')
    const next = promote()
    expect(stages()).toEqual([[next.version, 'production'], [held.version, 'staging']])
    registry.promotions.requestRollback(actors.erin, held, 'it was not the model')
    approve(actors.paul, held)
    expect(stages()).toEqual([[next.version, 'archived'], [held.version, 'production']])
  })

  it('and without one, no row of a version, its requests, runs or packs can be deleted', () => {
    promote()
    for (const table of ['model_versions', 'promotions', 'decisions']) {
      expect(() => fixture.db.exec(`DELETE FROM ${table}`)).toThrow('nothing recorded is deleted')
    }
    expect(fixture.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '%_kept' ORDER BY name").pluck().all()).toEqual(
      ['decisions_kept', 'model_versions_kept', 'packs_kept', 'promotions_kept', 'runs_kept'],
    )
  })
})

describe('a gate with a policy', () => {
  const DAY = 86_400_000
  const policy = { path: 'gates/staging.yaml', sha256: 'f'.repeat(64), evidence: ['model-card'], tests: ['train'], roles: {}, expires: { approvals: 0, evidence: 0, production: 0 } }
  const gated = (altered: Partial<typeof policy> & { readonly roles?: Record<string, number> } = {}, gate = STAGING) => [[{ ...gate, approvals: 1, policy: { ...policy, ...altered } }]]
  const ask = () => registry.promotions.request(actors.erin, key, 'staging')

  it('answers with everything that is not met at once, and records it in words', () => {
    register({ metrics: { auc: '0.6' }, gates: gated({ evidence: ['model-card', 'fairness-report'], tests: ['train', 'check'] }), evidence: ['model-card'] })
    const words = ['auc is 0.6, the gate asks for at least 0.7', 'no stage of the run left a file of the kind fairness-report', 'stage check did not succeed in the run']
    expect(refusal(ask).message).toBe(`scores 1 does not pass the gate to staging: ${words.join('; ')}.`)
    expect(fixture.ledger.entry(fixture.ledger.size - 1).entry.detail).toMatchObject({ unmet: words, requirements: [{ name: 'model-card', met: 'yes' }, { name: 'fairness-report', entry: 'not recorded', met: 'no' }, { name: 'train', met: 'yes' }, { name: 'check', met: 'no' }] })
    expect(registry.gates(key)[0]).toMatchObject({ met: false, policy: { path: 'gates/staging.yaml' } })
  })

  it('counts approvals by the roles that people held, nobody twice, and takes one from who holds none of them from nobody', () => {
    register({ gates: [[{ ...STAGING, approvals: 3, policy: { ...policy, roles: { approver: 2, auditor: 1 } } }]], evidence: ['model-card'] })
    ask()
    approve(actors.anna)
    approve(actors.paul)
    expect(registry.version(key).stage).toBe('experiment')
    expect(registry.decisions.mayDecide(actors.erin.person, key).reason).toContain('Only an approver or an auditor can decide')
    approve(actors.petra)
    expect(registry.version(key).stage).toBe('staging')
  })

  it('takes no auditor for an approver', () => {
    register({ gates: gated({ roles: {} }), evidence: ['model-card'] })
    ask()
    expect(refusal(() => approve(actors.anna)).message).toContain('Only an approver')
  })

  it('counts nothing that is older than it says', () => {
    now = Date.parse(fixture.ledger.entry(0).entry.time)
    register({ gates: [[{ ...STAGING, approvals: 2, policy: { ...policy, expires: { approvals: 30, evidence: 90, production: 0 } } }]], evidence: ['model-card'] })
    now += 91 * DAY
    expect(refusal(ask).message).toMatch(/the model-card of \d{4}-\d\d-\d\d \(entry \d+\) is older than the 90 days/)
    now -= 91 * DAY
    ask()
    approve(actors.paul)
    now += 31 * DAY
    approve(actors.petra)
    expect(registry.version(key).stage).toBe('experiment')
    now -= 31 * DAY
    approve(actors.petra, { ...key, version: registerAsked() })
    function registerAsked(): number {
      const version = register({ gates: [[{ ...STAGING, policy: { ...policy, expires: { approvals: 30, evidence: 90, production: 0 } } }]], evidence: ['model-card'] })
      registry.promotions.request(actors.erin, { ...key, version }, 'staging')
      return version
    }
    expect(registry.version({ ...key, version: 2 }).stage).toBe('staging')
  })

  it('lets the approval for production end, says when, and takes no rollback there after', () => {
    now = Date.parse(fixture.ledger.entry(0).entry.time)
    const gates = [[{ ...PRODUCTION, approvals: 1, policy: { ...policy, evidence: [], tests: [], expires: { approvals: 0, evidence: 0, production: 365 } } }]]
    const first = promote(register({ gates }))
    const ends = registry.version(first).approvalEnds
    expect(Math.abs(Date.parse(ends ?? '') - now - 365 * DAY)).toBeLessThan(60_000)
    promote(register({ gates }))
    expect(registry.version(first).approvalEnds).toBeNull()
    now += 366 * DAY
    expect(refusal(() => registry.promotions.requestRollback(actors.erin, first, 'x')).message).toContain('ended at')
  })
})

describe('aliases and tags', () => {
  it('are what their last entry says, also for who opens the ledger anew', () => {
    const [one, two] = [{ ...key, version: register() }, { ...key, version: register() }]
    const { annotations } = registry
    annotations.setAlias(actors.erin, one, 'champion')
    annotations.setAlias(actors.erin, two, 'champion')
    annotations.setAlias(actors.erin, two, 'shadow')
    annotations.setTag(actors.erin, one, 'team', 'risk')
    annotations.setTag(actors.erin, one, 'team', 'fraud')
    annotations.setTag(actors.erin, one, 'ticket', 'R-1')
    annotations.removeTag(actors.erin, one, 'ticket')
    annotations.removeAlias(actors.erin, two, 'shadow')
    const { size } = fixture.ledger
    annotations.setAlias(actors.erin, two, 'champion')
    annotations.setTag(actors.erin, one, 'team', 'fraud')
    expect(fixture.ledger.size).toBe(size)
    expect(refusal(() => annotations.removeAlias(actors.erin, one, 'champion')).code).toBe('not-found')
    const { db, ledger, orchestrator } = fixture
    for (const each of [registry, new Registry({ db, ledger, orchestrator, clock: Date.now, nameOf: String, authority: people.authority })]) {
      expect(each.versions(project).map(({ aliases, tags }) => [aliases, tags])).toEqual([[['champion'], {}], [[], { team: 'fraud' }]])
    }
  })
})

describe('a gate', () => {
  const measured = (metrics: Readonly<Record<string, string>>, stage = 'train') => Object.entries(metrics).map(([name, value]) => ({ stage, name, value, entry: 1 }))
  const ask = () => registry.promotions.request(actors.erin, key, 'staging')

  it('is the one that the run began with, whatever the rows of the database are made to say', () => {
    register({ metrics: { auc: '0.5' } })
    const lax = register({ gates: [[]] })
    const columns = fixture.db.prepare<[], string>("SELECT name FROM pragma_table_info('model_versions') UNION ALL SELECT name FROM pragma_table_info('promotions')").pluck().all()
    expect(columns.filter((name) => ['gates', 'metrics', 'conditions', 'approvals_needed'].includes(name))).toEqual([])
    expect(refusal(ask).code).toBe('gate-not-met')
    fixture.db.prepare('UPDATE model_versions SET gate_entry = (SELECT gate_entry FROM model_versions WHERE version = ?) WHERE version = 1').run(lax)
    expect(ask).toThrow(expect.objectContaining({ name: 'LedgerError', code: 'inconsistent' }))
    fixture.db.prepare('UPDATE model_versions SET entry = (SELECT entry FROM model_versions WHERE version = ?) WHERE version = 1').run(lax)
    expect(ask).toThrow(/does not agree with the ledger.*registers scores 2, not scores 1/)
  })

  it('is not left out by a row that claims a stage', () => {
    register()
    fixture.db.exec("UPDATE model_versions SET stage = 'staging'")
    expect(() => registry.promotions.request(actors.erin, key, 'production')).toThrow(/no entry moved scores 1 to staging/)
  })

  it('lets no version stay in production beside another, since its row claims that it left', () => {
    const first = promote()
    fixture.db.prepare("UPDATE model_versions SET stage = 'archived' WHERE version = ?").run(first.version)
    expect(() => promote()).toThrow(`no entry moved scores ${first.version} to archived, it is in production`)
    fixture.db.prepare("UPDATE model_versions SET stage = 'production' WHERE version = ?").run(first.version)
    approve(actors.paul, { ...key, version: first.version + 1 })
    expect(registry.version(first).stage).toBe('archived')
  })

  it('counts approvals that the ledger holds, and no row that claims one', () => {
    register({ gates: [[{ ...STAGING, approvals: 2 }]] })
    const { requestEntry } = ask()
    fixture.db.prepare("INSERT INTO decisions VALUES (1, ?, 'approved', '', ?)").run(actors.petra.person, requestEntry)
    expect(() => approve(actors.paul)).toThrow(expect.objectContaining({ code: 'inconsistent' }))
  })

  it('judges by all that the run measured, and not before it has ended', () => {
    register({ isGoing: true })
    expect(refusal(ask)).toMatchObject({ code: 'conflict', message: expect.stringContaining('still going') as string })
    register({ later: { holdout: { auc: '0.55' } } })
    const refused = refusal(() => registry.promotions.request(actors.erin, { ...key, version: 2 }, 'staging'))
    expect(refused.code).toBe('gate-not-met')
    expect(refused.message).toContain('auc of stage train is 0.8, auc of stage holdout is 0.55')
    expect(refused.message).toContain('train.auc')
    register({ gates: [[{ ...STAGING, conditions: [{ metric: 'holdout.auc', bound: 'min', threshold: '0.5' }] }]], later: { holdout: { auc: '0.55' } } })
    const asked = registry.promotions.request(actors.erin, { ...key, version: 3 }, 'staging')
    expect(asked.conditions).toMatchObject([{ metric: 'holdout.auc', value: '0.55', met: true }])
    expect(fixture.ledger.entry(asked.conditions[0]?.entry ?? -1).entry.detail).toMatchObject({ stage: 'holdout' })
  })

  it('is none where an old pipeline fixed two for one model', () => {
    register({ gates: [[STAGING], [{ ...STAGING, conditions: [] }]] })
    expect(refusal(ask)).toMatchObject({ code: 'conflict', message: expect.stringContaining('different gates') as string })
    register({ gates: [[STAGING], [STAGING]] })
    expect(registry.promotions.request(actors.erin, { ...key, version: 2 }, 'staging').state).toBe('open')
  })

  it('takes no name for a metric that only the language knows', () => {
    register({ metrics: { auc: '0.8' }, gates: [[{ ...STAGING, conditions: ['constructor', 'valueOf', '__proto__'].map((metric) => ({ metric, bound: 'min' as const, threshold: '1' })) }]] })
    expect(refusal(ask).message).toContain('constructor was not recorded')
  })

  it('compares decimals exactly: sixteen of twenty-five is four fifths', () => {
    const gate = { to: 'staging' as const, conditions: [{ metric: 'ratio', bound: 'min' as const, threshold: '0.8' }], approvals: 1 }
    expect(evaluateConditions(gate, measured({ ratio: '0.8' }))[0]?.met).toBe(true)
    expect(evaluateConditions(gate, measured({ ratio: '0.79999999999999999999' }))[0]?.met).toBe(false)
  })

  it('takes no metric of another stage for one that a gate names with its stage', () => {
    const both = [...measured({ auc: '0.5' }, 'evaluate'), ...measured({ 'evaluate.auc': '0.99', auc: '0.5' }, 'shadow')]
    const gate = { ...STAGING, conditions: [{ metric: 'evaluate.auc', bound: 'min' as const, threshold: '0.4' }] }
    expect(evaluateConditions(gate, both)[0]).toMatchObject({ value: null, met: false })
    const [unmet] = evaluateConditions(gate, both)
    expect(unmet && explainUnmet(unmet, both)).toContain('name one in the gate with its stage, as in shadow.evaluate.auc')
    expect(nameMeasurements(both)).toEqual({ 'shadow.evaluate.auc': '0.99', 'shadow.auc': '0.5' })
  })

  it('meets exactly one of two strict bounds around a value', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1000, max: 1000 }), (value, threshold) => {
        const condition = (bound: 'min' | 'max') => ({ to: 'staging' as const, conditions: [{ metric: 'm', bound, threshold: String(threshold) }], approvals: 1 })
        const met = (bound: 'min' | 'max') => evaluateConditions(condition(bound), measured({ m: String(value) }))[0]?.met
        return met('min') === value >= threshold && met('max') === value <= threshold
      }),
    )
  })
})
