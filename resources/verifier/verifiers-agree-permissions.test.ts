import { createHash } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { BUILT_IN_ROLES } from '../../shared/contract/index.ts'
import { startVerifiers } from './testing/both-verifiers.ts'
import { cast, inZip, pack, story } from './testing/mjs-workbench.ts'
import { entryFile, jcs, sortFiles, zipFiles, type Files, type Json, type Step, type TestKey } from './testing/pack-builder.ts'

// By which roles, grants and policy the two verifiers judge who decided, who placed a hold and who exported.

const verifiers = await startVerifiers()
afterAll(verifiers.close)

const { admin, approver, engineer, orchestrator } = cast
const PERMISSIONS = 'data/permissions.json'
const credit: Json = { kind: 'project', project: 'credit' }
const scorer: Json = { kind: 'model', project: 'credit', model: 'scorer' }

const step = (action: string, detail: { readonly [name: string]: Json }, by: TestKey = admin): Step => ({ name: `${action} ${jcs(detail)}`, by, action, detail: () => detail })
const grant = (role: string, scope: Json, person = 'p-approver') => step('person.granted', { person, role, scope })
const revoke = (role: string, scope: Json, person = 'p-approver') => step('person.revoked', { person, role, scope })
const define = (role: string, permissions: string[], by?: TestKey) => step('role.defined', { role, sentence: 'Signs.', permissions }, by)
const policy = (administratorsDecide: string, by?: TestKey) => step('policy.changed', { administratorsDecide }, by)

/** The honest story, in which the approver is enrolled with `roles`, and `steps` come before they approve. */
function told(roles: string[], steps: readonly Step[], gate?: (seqOf: (name: string) => number) => { readonly [name: string]: Json }): Step[] {
  return story.flatMap((each) => {
    if (each.name === 'approver') return [{ ...each, detail: (seqOf) => ({ ...each.detail(seqOf), roles }) }]
    if (each.name !== 'approved') return [each]
    return [...steps, { ...each, detail: (seqOf) => ({ ...each.detail(seqOf), ...gate?.(seqOf) }) }]
  })
}

// Of the program itself: what it writes is what both verifiers know.
const BUILT_IN = BUILT_IN_ROLES.map(({ role, sentence, permissions }) => ({ role: role as string, sentence, permissions: permissions as string[] }))

interface Stated {
  readonly at: number
  readonly policy?: string
  readonly own?: Json[]
  readonly held?: string[]
  readonly grants?: Json[]
}

function matrix({ at, policy: says = 'not recorded', own = [], held = ['approver'], grants = [] }: Stated): { [name: string]: Json } {
  return {
    at,
    policy: { administratorsDecide: says },
    roles: [...BUILT_IN, ...own],
    people: [
      { person: 'p-admin', roles: ['administrator', 'auditor'], grants: [] },
      { person: 'p-engineer', roles: ['engineer', 'approver'], grants: [] },
      { person: 'p-approver', roles: held, grants },
    ],
  }
}

async function reportOf(files: Files) {
  const { mjs, py } = await verifiers.judge(inZip(zipFiles(sortFiles(files))))
  expect(py).toEqual(mjs)
  expect(mjs.crashed).toBeUndefined()
  return { findings: mjs.findings?.map(({ code, file }) => `${code} ${file}`), notProved: mjs.notProved }
}

const findingsOf = async (steps: readonly Step[], stated?: Json, exporter?: TestKey) =>
  (await reportOf(pack({ steps, ...(exporter ? { exporter } : {}), edit: (files) => stated === undefined || files.set(PERMISSIONS, Buffer.from(jcs(stated))) }))).findings

/** Of a decision that does not count, and of the move that rests on it. */
const refused = (before: number) => [`authority-invalid ${entryFile(11 + before)}`, `order-invalid ${entryFile(12 + before)}`]

describe('a decision counts', () => {
  it('by a role that was granted for the project or the model, and for no other', async () => {
    for (const scope of [credit, scorer]) {
      expect(await findingsOf(told([], [grant('approver', scope)])), jcs(scope)).toEqual([])
      expect(await findingsOf(told([], [grant('approver', scope), revoke('approver', scope)])), jcs(scope)).toEqual(refused(2))
      expect(await findingsOf(told([], [grant('auditor', scope)])), jcs(scope)).toEqual(refused(1))
      expect(await findingsOf(told([], [grant('approver', scope, 'p-engineer')])), jcs(scope)).toEqual(refused(1))
    }
    for (const scope of [{ kind: 'project', project: 'films' }, { kind: 'model', project: 'credit', model: 'other' }, { kind: 'model', project: 'films', model: 'scorer' }]) {
      expect(await findingsOf(told([], [grant('approver', scope)])), jcs(scope)).toEqual(refused(1))
    }
  })

  it('by a role that the workplace defined, by what that lets somebody do at the time', async () => {
    const medical = (...permissions: string[]) => define('medical', permissions)
    expect(await findingsOf(told([], [medical('model.sign', 'model.decide'), grant('medical', scorer)]))).toEqual([])
    expect(await findingsOf(told(['medical'], [medical('model.sign', 'model.decide')]))).toEqual([])
    expect(await findingsOf(told(['medical'], [medical('model.sign')]))).toEqual(refused(1))
    expect(await findingsOf(told(['medical'], []))).toEqual(refused(0))
    expect(await findingsOf(told(['medical'], [medical('model.decide'), medical('model.read')]))).toEqual(refused(2))
    expect(await findingsOf(told(['medical'], [medical('model.decide'), step('role.removed', { role: 'medical' })]))).toEqual(refused(2))
  })

  it('by a policy that says why, in words or not at all', async () => {
    const changed = (detail: Json) => told(['approver'], [step('policy.changed', { administratorsDecide: 'yes', ...(detail as object) })])
    const stated = matrix({ at: 12, policy: 'yes' })
    expect(await findingsOf(changed({ reason: 'we are two' }), stated)).toEqual([])
    for (const detail of [{ reason: '' }, { reason: 1 }, { why: 'x' }] as Json[]) expect((await findingsOf(changed(detail), stated))?.filter((each) => each.startsWith('entry-invalid')), jcs(detail)).toHaveLength(1)
  })

  it('by nobody who administers accounts, from the first entry of the policy on, unless that says otherwise', async () => {
    const both = ['approver', 'administrator']
    const stated = (before: number, says: string) => matrix({ at: 11 + before, policy: says, held: both })
    expect(await findingsOf(told(both, []))).toEqual([])
    expect(await findingsOf(told(both, [policy('no', orchestrator), policy('yes')]), stated(2, 'yes'))).toEqual([])
    for (const steps of [[policy('no', orchestrator)], [policy('yes'), policy('no')]]) {
      const found = await findingsOf(told(both, steps), matrix({ at: story.length + steps.length, policy: 'no', held: both }))
      expect(found).toEqual(refused(steps.length))
    }
  })

  it('by nobody who ceased to administer accounts after the version was registered', async () => {
    const both = ['approver', 'administrator']
    const stepDown = step('person.roles.changed', { person: 'p-approver', roles: ['approver'] }, approver)
    const policyFirst = (steps: readonly Step[]) => steps.flatMap((each) => (each.name === 'session' ? [policy('no', orchestrator), each] : [each]))
    const says = async (steps: readonly Step[], stated?: Json) => {
      const { findings, notProved } = await reportOf(pack({ steps, edit: (files) => stated === undefined || files.set(PERMISSIONS, Buffer.from(jcs(stated))) }))
      return { findings, isApart: !notProved?.includes('duties-apart') }
    }
    const late = policyFirst(told(both, [stepDown]))
    expect((await says(late, matrix({ at: late.length, policy: 'no' }))).findings).toEqual(refused(2))
    const early = policyFirst(told(both, [])).flatMap((each) => (each.name === 'registered' ? [stepDown, each] : [each]))
    expect(await says(early, matrix({ at: 13, policy: 'no' }))).toEqual({ findings: [], isApart: true })
    expect(await says(told(both, [stepDown]))).toEqual({ findings: [], isApart: false })
    const comeAndGone = [step('person.roles.changed', { person: 'p-approver', roles: both }), stepDown]
    expect(await says(told(['approver'], [policy('yes'), ...comeAndGone]), matrix({ at: 14, policy: 'yes' }))).toEqual({ findings: [], isApart: false })
  })

  it('by nobody who brought in the same file, as whatever version of whatever model', async () => {
    const artifact = createHash('sha256').update('model').digest('hex')
    const registers = (detail: { readonly [name: string]: Json }) => step('model.version.registered', { project: 'credit', model: 'other', version: 1, run: 'r-0', author: 'p-approver', artifact, ...detail }, orchestrator)
    expect(await findingsOf(told(['approver'], [registers({})]))).toEqual(refused(1))
    expect(await findingsOf(told(['approver'], [registers({ project: 'films' })]))).toEqual(refused(1))
    expect(await findingsOf(told(['approver'], [registers({ author: 'p-engineer' }), registers({ artifact: 'f'.repeat(64) }), registers({ artifact: 1 }), registers({ author: 1 })]))).toEqual([])
    expect(await findingsOf([...told(['approver'], []), registers({})])).toEqual([])
  })

  it('and where an administrator decided, the pack says that duties were not apart', async () => {
    const says = async (roles: string[]) => (await reportOf(pack({ steps: told(roles, []) }))).notProved?.includes('duties-apart')
    expect([await says(['approver']), await says(['approver', 'administrator'])]).toEqual([false, true])
  })
})

describe('an entry about roles', () => {
  const first = (...steps: Step[]) => findingsOf(told(['approver'], steps))
  const invalid = (before = 0) => [`authority-invalid ${entryFile(11 + before)}`]
  const malformed = [`entry-invalid ${entryFile(11)}`]

  it('is signed by an administrator, and the first policy by the orchestrator', async () => {
    for (const each of [grant('auditor', credit), define('medical', ['model.read']), policy('yes'), policy('no')]) {
      expect(await first({ ...each, by: approver }), each.name).toEqual(invalid())
    }
    for (const each of [grant('auditor', credit), define('medical', ['model.read']), policy('yes')]) {
      expect(await first({ ...each, by: orchestrator }), each.name).toEqual(invalid())
    }
    expect(await findingsOf(told(['approver'], [policy('no', orchestrator), policy('no', orchestrator)]), matrix({ at: 13, policy: 'no' }))).toEqual(invalid(1))
  })

  it('makes no built-in role another, gives none what is an administrator’s, and makes no administrator of a part', async () => {
    for (const role of ['engineer', 'approver', 'auditor', 'administrator']) {
      expect(await first(define(role, ['model.decide'])), role).toEqual(invalid())
      expect(await first(step('role.removed', { role })), role).toEqual(invalid())
    }
    for (const permission of ['people.manage', 'keys.manage']) expect(await first(define('medical', ['model.read', permission]))).toEqual(invalid())
    expect(await first(grant('administrator', credit))).toEqual(invalid())
    expect(await first(grant('approver', credit, 'p-nobody'))).toEqual(invalid())
    expect(await first(step('role.removed', { role: 'medical' }))).toEqual(invalid())
  })

  it('has the members of the format', async () => {
    for (const scope of [null, {}, 'credit', { kind: 'project' }, { kind: 'project', project: '' }, { kind: 'project', project: 1 }, { kind: 'project', project: 'credit', model: 'scorer' }, { kind: 'model', project: 'credit' }, { kind: 'endpoint', project: 'credit' }, { kind: ['project'], project: 'credit' }]) {
      expect(await first(grant('auditor', scope)), jcs(scope)).toEqual(malformed)
    }
    for (const each of [define('', ['x']), define('medical', ['']), step('role.defined', { role: 'medical', permissions: [] }), step('role.removed', {}), policy('maybe'), step('policy.changed', {})]) {
      expect(await first(each), each.name).toEqual(malformed)
    }
  })
})

describe('holds and packs', () => {
  const version = { project: 'credit', model: 'scorer', version: 1 }
  it('are of who may place or export them for the model', async () => {
    const exporting = (scope: Json) => [...told([], [grant('approver', scorer), define('exporter', ['evidence.export']), grant('exporter', scope)]), revoke('approver', scorer)]
    const hold = step('model.hold.placed', version, approver)
    expect(await findingsOf([...told([], [grant('approver', scorer)]), hold])).toEqual([])
    expect(await findingsOf([...told([], [grant('approver', scorer)]), revoke('approver', scorer), hold])).toEqual([`authority-invalid ${entryFile(16)}`])
    for (const scope of [credit, scorer]) expect(await findingsOf(exporting(scope), undefined, approver)).toEqual([])
    expect(await findingsOf(exporting({ kind: 'model', project: 'credit', model: 'other' }), undefined, approver)).toEqual(['pack-signature-invalid signature.dsse.json'])
    expect(await findingsOf(told(['approver'], []), undefined, engineer)).toEqual([])
  })
})

describe('data/permissions.json', () => {
  const steps = told(['approver'], [policy('no', orchestrator), define('medical', ['model.sign']), grant('medical', scorer)])
  const own = [{ role: 'medical', sentence: 'Signs.', permissions: ['model.sign'] }]
  const right = matrix({ at: 14, policy: 'no', own, grants: [{ role: 'medical', scope: scorer }] })

  it('says what the entries before the last decision say', async () => {
    expect(await findingsOf(steps, right)).toEqual([])
    expect(await findingsOf([...steps, policy('yes'), step('person.roles.changed', { person: 'p-approver', roles: [] })], right)).toEqual([])
    const undecided = told(['approver'], [policy('no', orchestrator)]).map((each) => (each.name === 'approved' || each.name === 'changed' ? { ...each, action: 'model.remarked' } : each))
    expect(await findingsOf(undecided, matrix({ at: undecided.length, policy: 'no' }))).toEqual([])
    expect(await findingsOf(told(['approver'], []), matrix({ at: 11 }))).toEqual([])
  })

  it('is in every pack of a ledger with a policy', async () => {
    expect(await findingsOf(steps)).toEqual([`file-missing ${PERMISSIONS}`])
    expect(await findingsOf([...told(['approver'], []), policy('no', orchestrator)])).toEqual([`file-missing ${PERMISSIONS}`])
    expect(await findingsOf([...told(['approver'], []), policy('no', orchestrator)], matrix({ at: 11 }))).toEqual([])
  })

  it('is refused for every word that is another', async () => {
    const people = right.people as { [name: string]: Json }[]
    const roles = right.roles as { [name: string]: Json }[]
    const others: { [name: string]: Json }[] = [
      { at: 13 }, { policy: { administratorsDecide: 'yes' } }, { policy: { administratorsDecide: 'not recorded' } }, { people: people.slice(1) }, { people: [...people, ...people] }, { people: people.toReversed() },
      { people: people.map((each) => ({ ...each, grants: [] })) }, { people: people.map((each) => ({ ...each, roles: ['approver'] })) },
      { roles: roles.slice(0, 4) }, { roles: roles.slice(1) }, { roles: [...roles, ...own] }, { roles: roles.slice(0, 2) },
      ...['engineer', 'approver', 'auditor', 'administrator'].flatMap((role) => [
        { roles: roles.map((each) => (each.role === role ? { ...each, permissions: [...(each.permissions as string[]), 'keys.rule'] } : each)) },
        { roles: roles.map((each) => (each.role === role ? { ...each, permissions: (each.permissions as string[]).slice(1) } : each)) },
      ]),
      { roles: roles.map((each) => (each.role === 'engineer' ? { ...each, permissions: ['model.decide'] } : each)) },
      { roles: roles.map((each) => (each.role === 'medical' ? { ...each, permissions: ['model.sign', 'model.read'] } : each)) },
    ]
    for (const other of others) expect(await findingsOf(steps, { ...right, ...other }), jcs(other)).toEqual([`permissions-invalid ${PERMISSIONS}`])
    for (const other of [{ at: -1 }, { more: 1 }, { policy: {} }, { people: [{ person: 'p-admin' }] }, { roles: {} }]) expect(await findingsOf(steps, { ...right, ...other }), jcs(other)).toEqual([`format-invalid ${PERMISSIONS}`])
  })
})
