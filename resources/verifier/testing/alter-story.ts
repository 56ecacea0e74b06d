import { alterJson, isMembers, type Altered } from './alter-json.ts'
import { continuation, CONTINUED_ORIGIN, honestStory, JUDGED, nameKey, newKey, ORIGIN, STAGING_GATE, type Cast, type Json, type Step, type TestKey } from './pack-builder.ts'
import type { Random } from './random.ts'

// Stories that did not happen, or not like this, each signed by whoever it says: what somebody with all keys of a ledger could write.

/** The log key of the long story, which goes on after a loss. */
export const continuedLog = newKey(CONTINUED_ORIGIN, Buffer.alloc(32, 7))

/**
 * The honest story, with a guest who comes, changes roles and goes, a second promotion that is rejected, a third that is withdrawn, and a
 * fourth to production, from where the version is taken and to where it goes back; a hold on it is placed and released. Before the third, entries were
 * lost, and the ledger goes on under another origin.
 */
export function longStory(cast: Cast, guest: TestKey): Step[] {
  const { admin, engineer, approver, orchestrator } = cast
  const version = { project: 'credit', model: 'scorer', version: 1 }
  const requirement = (what: string, name: string, entry: number) => ({ what, name, entry, met: 'yes' })
  const toProduction: Step['detail'] = (seqOf) => ({
    ...version, from: 'staging', to: 'production', gateEntry: seqOf('run'), conditions: [], approvals: 1,
    requirements: [requirement('evidence', 'model-card', seqOf('trained')), requirement('test', 'train', seqOf('trained'))],
  })
  const policy = { path: '', sha256: '', evidence: ['model-card'], tests: ['train'], roles: { approver: 1 }, expires: { approvals: 30, evidence: 0, production: 365 }, rollback: { approvals: 1, roles: { approver: 1 } } }
  const withPolicy = (step: Step): Step => {
    if (step.name === 'run') return { ...step, detail: (seqOf) => ({ ...step.detail(seqOf), gates: [{ model: 'scorer', gates: [STAGING_GATE, { to: 'production', conditions: [], approvals: 1, policy }] }] }) }
    if (step.name === 'trained') return { ...step, detail: (seqOf) => ({ ...step.detail(seqOf), evidence: [{ kind: 'model-card', path: 'CARD.md' }] }) }
    return step
  }
  const [before, after] = [honestStory(cast).slice(0, 4), honestStory(cast).slice(4).map(withPolicy)]
  const second = newKey(guest.name, Buffer.alloc(32, 5))
  const third = newKey(guest.name, Buffer.alloc(32, 6))
  const steps: Step[] = [
    ...before,
    { name: 'guest', by: admin, action: 'person.enrolled', detail: () => ({ person: 'p-guest', roles: ['engineer'], key: guest.verifierKey }) },
    { name: 'changed-roles', by: admin, action: 'person.roles.changed', detail: () => ({ person: 'p-guest', roles: ['auditor', 'approver'] }) },
    { name: 'defined', by: admin, action: 'role.defined', detail: () => ({ role: 'medical', sentence: 'Signs.', permissions: ['model.sign', 'model.decide'] }) },
    { name: 'granted', by: admin, action: 'person.granted', detail: () => ({ person: 'p-guest', role: 'medical', scope: { kind: 'model', project: 'credit', model: 'scorer' } }) },
    { name: 'revoked', by: admin, action: 'person.revoked', detail: () => ({ person: 'p-guest', role: 'medical', scope: { kind: 'project', project: 'credit' } }) },
    { name: 'rotated', by: guest, action: 'person.key.rotated', detail: () => ({ person: 'p-guest', key: second.verifierKey }), cosigners: [second] },
    { name: 'recovered', by: admin, action: 'person.key.recovered', detail: () => ({ person: 'p-guest', key: third.verifierKey, reason: 'lost' }), cosigners: [third] },
    ...after,
    { name: 'second-request', by: engineer, action: 'model.promotion.requested', detail: toProduction },
    { name: 'rejected', by: third, action: 'model.promotion.rejected', detail: (seqOf) => ({ ...version, to: 'production', request: seqOf('second-request') }) },
    { name: 'third-request', by: engineer, action: 'model.promotion.requested', detail: toProduction },
    { name: 'withdrawn', by: engineer, action: 'model.promotion.withdrawn', detail: (seqOf) => ({ ...version, to: 'production', request: seqOf('third-request') }) },
    { name: 'fourth-request', by: engineer, action: 'model.promotion.requested', detail: toProduction },
    { name: 'released', by: approver, action: 'model.promotion.approved', detail: (seqOf) => ({ ...version, to: 'production', request: seqOf('fourth-request') }) },
    { name: 'entered', by: orchestrator, action: 'model.stage.changed', detail: () => ({ ...version, from: 'staging', to: 'production' }) },
    { name: 'held', by: approver, action: 'model.hold.placed', detail: () => ({ ...version, reason: 'An incident.' }) },
    { name: 'let-go', by: admin, action: 'model.hold.released', detail: (seqOf) => ({ ...version, hold: seqOf('held'), reason: 'Examined.' }) },
    { name: 'superseded', by: orchestrator, action: 'model.stage.changed', detail: () => ({ ...version, from: 'production', to: 'archived' }) },
    { name: 'rollback', by: engineer, action: 'model.rollback.requested', detail: (seqOf) => ({ ...version, to: 'production', entered: seqOf('entered'), gateEntry: seqOf('run'), approvals: 1 }) },
    { name: 'rolled-back', by: approver, action: 'model.rollback.approved', detail: (seqOf) => ({ ...version, to: 'production', request: seqOf('rollback') }) },
    { name: 'returned', by: orchestrator, action: 'model.stage.changed', detail: () => ({ ...version, from: 'archived', to: 'production' }) },
    { name: 'gone', by: admin, action: 'person.deactivated', detail: () => ({ person: 'p-guest' }) },
    { name: 'archived', by: approver, action: 'model.stage.changed', detail: () => ({ ...version, from: 'production', to: 'archived' }) },
    { name: 'last', by: approver, action: 'session.closed', detail: () => ({ person: 'p-approver' }), omitted: 'session' },
  ]
  const at = steps.findIndex(({ name }) => name === 'third-request')
  const since = steps.slice(at).map((step): Step => ({ ...step, payload: { origin: CONTINUED_ORIGIN } }))
  return [...steps.slice(0, at), continuation(cast, continuedLog), ...since]
}

export function alterStory(random: Random, steps: readonly Step[], cast: Cast, guest: TestKey): Altered<Step[]> {
  const people = { ...cast, guest }
  const at = random.int(steps.length)
  const step = steps[at]
  if (step === undefined) throw new Error('the story is empty')
  const others = steps.filter((_, i) => i !== at)
  const to = random.int(steps.length)
  const changed = (change: Partial<Step>): Step[] => steps.map((each, i) => (i === at ? { ...each, ...change } : each))
  const signer = random.pick(Object.values(people))
  const added = addedStep(random, cast, people, steps)
  return random.pick([
    () => ({ value: others, how: `without ${step.name}` }),
    () => ({ value: [...others.slice(0, to), step, ...others.slice(to)], how: `${step.name} moved to ${to}` }),
    () => ({ value: [...steps.slice(0, to), { ...step, name: `${step.name}-again` }, ...steps.slice(to)], how: `${step.name} again at ${to}` }),
    () => ({ value: changed({ cosigners: random.pick([[], [signer], [signer, ...(step.cosigners ?? [])], [...(step.cosigners ?? [])].reverse()]) }), how: `${step.name} signed by others too, or not` }),
    () => {
      const origin = random.pick([ORIGIN, CONTINUED_ORIGIN, `${ORIGIN}/continued/x`, `${CONTINUED_ORIGIN}/x`])
      return { value: changed({ payload: { ...step.payload, origin } }), how: `${step.name} of ${origin}` }
    },
    () => ({ value: changed({ by: signer }), how: `${step.name} signed by ${signer.name}` }),
    () => ({ value: changed({ omitted: step.omitted === undefined ? 'not-in-scope' : undefined } as Partial<Step>), how: `${step.name} ${step.omitted === undefined ? 'left out' : 'in the pack'}` }),
    () => {
      const action = random.pick(steps).action
      return { value: changed({ action }), how: `${step.name} called ${action}` }
    },
    () => {
      const { value, how } = alterJson(random, step.detail((name) => steps.findIndex((each) => each.name === name)))
      return { value: changed({ detail: () => (isMembers(value) ? value : {}) }), how: `detail of ${step.name} ${how}` }
    },
    () => ({ value: [...steps.slice(0, to), added, ...steps.slice(to)], how: `${added.name} (${added.action}) by ${added.by.name} at ${to}` }),
    ...Array<() => Altered<Step[]>>(3).fill(() => ({ value: [...steps, added], how: `${added.name} (${added.action}) by ${added.by.name} at the end` })),
  ])()
}

function addedStep(random: Random, cast: Cast, people: Readonly<Record<string, TestKey>>, steps: readonly Step[]): Step {
  const by = random.pick(Object.values(people))
  const person = random.pick(['p-admin', 'p-engineer', 'p-approver', 'p-guest', 'p-stranger', 'p-new', 'p new', 'p/new', '', 'p\u200bnew', 'p\ufeffnew', 'p\u00a0new', 'p\u0085new', 'pñ'])
  const roles = random.pick([['approver'], ['administrator'], ['administrator', 'approver'], ['engineer'], [], [''], ['x', 'x']])
  const role = random.pick(['approver', 'auditor', 'medical', 'administrator', 'constructor', ''])
  const scope = random.pick<Json>([{ kind: 'project', project: 'credit' }, { kind: 'model', project: 'credit', model: 'scorer' }, { kind: 'model', project: 'credit', model: 'other' }, { kind: 'project', project: 'credit', model: 'scorer' }, { kind: 'constructor' }, {}, null])
  const owner = random.pick(Object.values(people))
  const typed = Buffer.from(owner.verifierKey.split('+').slice(2).join('+'), 'base64')
  const key = random.pick([nameKey(`${ORIGIN}/person/${person}`, typed), newKey(`${ORIGIN}/person/${person}`, Buffer.alloc(32, 9)), owner]).verifierKey
  const version = { project: 'credit', model: 'scorer', version: random.pick<Json>([1, 1, 1, 2, '1', null]) }
  const to = random.pick(['staging', 'production', 'archived'])
  const run = random.pick<Json>(['r-1', 'r-2', 1, null, ['r-1']])
  const request = random.pick(steps).name
  const gateEntry = random.pick(['run', 'run', request])
  const conditions = random.pick<Json>([JUDGED, [], JUDGED.slice(1), JUDGED.map((each) => ({ ...each, metric: 'constructor' })), JUDGED.map((each) => ({ ...each, threshold: '-0.5' }))])
  const approvals = random.pick<Json>([1, 1, 2, 0, true])
  const metrics = random.pick<Json>([{ auc: '0.8125' }, { 'train.ece': '0.9' }, { ece: '0.05' }, { auc: 1 }, ['auc'], {}])
  const choices: readonly (readonly [string, Step['detail']])[] = [
    ...Array<readonly [string, Step['detail']]>(4).fill(['person.enrolled', () => ({ person, roles, key })]),
    ['person.roles.changed', () => ({ person, roles })],
    ['person.granted', () => ({ person, role, scope })],
    ['person.revoked', () => ({ person, role, scope })],
    ['role.defined', () => ({ role, sentence: random.pick(['Signs.', '']), permissions: random.pick<Json>([['model.decide', 'model.sign'], ['model.hold'], ['people.manage'], [], [''], null]) })],
    ['role.removed', () => ({ role })],
    ['policy.changed', () => ({ administratorsDecide: random.pick<Json>(['yes', 'no', 'no', 'maybe', true]), ...random.pick<{ reason?: Json }>([{}, { reason: 'we are two' }, { reason: '' }, { reason: 1 }]) })],
    ['person.deactivated', () => ({ person })],
    ['person.key.rotated', () => ({ person, key })],
    ['person.key.recovered', () => ({ person, key, reason: '' })],
    ['orchestrator.key.rotated', () => ({ key })],
    ['ledger.key.rotated', () => ({ key })],
    ['ledger.continued', () => continuation(cast, random.pick([continuedLog, newKey(`${ORIGIN}/continued/x`, Buffer.alloc(32, 8)), owner]), random.pick<Readonly<Record<string, Json>>>([{ size: steps.length }, { size: steps.length, predecessor: CONTINUED_ORIGIN }, { size: steps.length, orchestratorKey: random.pick<Json>([key, owner.verifierKey, newKey(`${ORIGIN}/orchestrator`, Buffer.alloc(32, 9)).verifierKey, null]) }, { size: random.int(steps.length), anchor: 'x' }])).detail(() => 0)],
    ['model.key.rotated', () => ({ hint: 'b'.repeat(64), key: 'x', replaces: random.pick(['a'.repeat(64), 'x']) })],
    ['model.version.signed', () => ({ ...version, hint: random.pick(['a'.repeat(64), 'b'.repeat(64)]) })],
    ['run.started', () => ({ run })],
    ['run.started', () => ({})],
    ['stage.succeeded', () => ({ run })],
    ['stage.succeeded', () => ({ run, stage: random.pick<Json>(['train', 'test', null]), metrics })],
    ['stage.failed', () => ({})],
    ['model.version.registered', () => ({ ...version, run, author: random.pick<Json>(['p-engineer', 'p-approver', 'p-guest', null, 1]), artifact: random.pick(['0'.repeat(64), 'x']) })],
    ['model.version.imported', () => ({ ...version, author: random.pick<Json>(['p-engineer', 'p-engineer', 'p-guest', null, 1]), artifact: random.pick(['0'.repeat(64), 'x']), gates: random.pick<Json>([[], [{ model: 'scorer', gates: [] }], [{ model: 'scorer', gates: [STAGING_GATE] }], null]), gatesFrom: random.pick<Json>(['none', steps.findIndex(({ name }) => name === 'run'), 0, 10_000, null]), ...random.pick<{ known?: Json }>([{}, {}, { known: { model: random.pick<Json>(['scorer', 'x', null]) } }, { known: null }]) })],
    ...Array<readonly [string, Step['detail']]>(3).fill(['model.promotion.requested', (seqOf) => ({ ...version, to, gateEntry: seqOf(gateEntry), conditions, approvals })]),
    ['model.promotion.requested', () => ({ ...version, to })],
    ['model.rollback.requested', (seqOf) => ({ ...version, to: random.pick<Json>(['production', 'production', to]), entered: random.pick<Json>([seqOf('entered'), seqOf(request), '1']), approvals, ...random.pick<Readonly<Record<string, Json>>>([{}, { gateEntry: seqOf(gateEntry) }, { gateEntry: '1' }]) })],
    [random.pick(['model.rollback.approved', 'model.rollback.rejected', 'model.promotion.withdrawn']), (seqOf) => ({ ...version, to, request: random.pick<Json>([seqOf(request), seqOf('rollback'), seqOf('fourth-request')]) })],
    [random.pick(['model.hold.placed', 'model.hold.released']), (seqOf) => ({ ...version, hold: random.pick<Json>([seqOf('held'), seqOf(request), -1]) })],
    ['model.promotion.approved', (seqOf) => ({ ...version, to, request: seqOf(request) })],
    ['model.promotion.rejected', (seqOf) => ({ ...version, to, request: seqOf(request) })],
    ['model.promotion.approved', (seqOf) => ({ ...version, to, request: seqOf('requested') })],
    ['model.stage.changed', () => ({ ...version, to })],
    ['ledger.created', () => ({})],
  ]
  const [action, detail] = random.pick(choices)
  // Chosen once: a step may be sealed more than once.
  const fixed = detail((name) => steps.findIndex((each) => each.name === name))
  const cosigners = random.pick<readonly TestKey[]>([[], [owner], [continuedLog, newKey(`${ORIGIN}/orchestrator`, Buffer.alloc(32, 9))], [people.log ?? by, owner], [people.orchestrator ?? by, owner]])
  const origin = random.pick([ORIGIN, CONTINUED_ORIGIN, CONTINUED_ORIGIN, `${ORIGIN}/continued/x`])
  return { name: 'added', by, action, detail: () => fixed, payload: { origin }, ...(action.includes('.key.') || action === 'ledger.continued' ? { cosigners } : {}) }
}
