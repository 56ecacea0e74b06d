import { describe, expect, it } from 'vitest'
import { enrol, findingsAfter, findingsOf, findingsOfStory, judgeFiles, next } from './testing/agreement.ts'
import { at, bytesAt, cast, entryOf, pack, seqOf, story, storyWith, type Members } from './testing/mjs-workbench.ts'
import {
  bag,
  entryFile,
  jcs,
  JUDGED,
  METRICS,
  newKey,
  ORIGIN,
  proofFile,
  RUN_GATES,
  sha256,
  STAGING_GATE,
  type Files,
  type Json,
  type Step,
  type TestKey,
} from './testing/pack-builder.ts'

// What entries say, by themselves and of one another: what the two verifiers once read in two ways, each settled in docs/pack-format.md.

describe('entry 0', () => {
  it('that is damaged or listed and missing leaves open whose the ledger is', async () => {
    expect(await findingsOf(pack().set(entryFile(0), Buffer.from('x')))).toEqual([`digest-mismatch ${entryFile(0)}`])
    const files = pack()
    files.delete(entryFile(0))
    expect(await findingsOf(files)).toEqual([`file-missing ${entryFile(0)}`, 'omissions-invalid data/omissions.json'])
  })

  it('that the exporter left out leaves nothing to believe', async () => {
    const leftOut = await findingsOfStory(storyWith('created', { omitted: 'not-in-scope' }))
    expect(leftOut).toContain('omissions-invalid data/omissions.json')
    expect(leftOut).toContain('checkpoint-invalid data/checkpoint.txt')
    expect(leftOut).toContain('pack-signature-invalid signature.dsse.json')
    expect(leftOut?.filter((finding) => finding.startsWith('key-unknown'))).toHaveLength(11)
  })
})

describe('an entry', () => {
  it('that nobody is known to have signed is held to nothing else', async () => {
    const early = storyWith('stage', { by: cast.stranger, detail: () => ({ run: 'r-9' }) })
    expect(await findingsOfStory(early)).toEqual([`key-unknown ${entryOf('stage')}`])
  })

  it('that starts a run or names a version without saying which starts and names none', async () => {
    const unnamed: Step[] = [
      { name: 'start', by: cast.engineer, action: 'run.started', detail: () => ({}) },
      { name: 'of null', by: cast.orchestrator, action: 'stage.started', detail: () => ({ run: null }) },
    ]
    expect(await findingsOfStory([...story, ...unnamed])).toEqual([`order-invalid ${entryFile(story.length + 1)}`])
    const ofNull: Step[] = [
      { name: 'start', by: cast.engineer, action: 'run.started', detail: () => ({ run: null }) },
      { name: 'unnamed', by: cast.orchestrator, action: 'stage.started', detail: () => ({}) },
    ]
    expect(await findingsOfStory([...story, ...ofNull])).toEqual([`order-invalid ${entryFile(story.length + 1)}`])
    const nameless = { project: 'credit', model: 'scorer' }
    const decided: Step[] = [
      { name: 'register', by: cast.orchestrator, action: 'model.version.registered', detail: () => ({ ...nameless, author: 'p-engineer' }) },
      { name: 'request', by: cast.engineer, action: 'model.promotion.requested', detail: () => ({ ...nameless, to: 'staging' }) },
      { name: 'approve', by: cast.approver, action: 'model.promotion.approved', detail: (seq) => ({ ...nameless, to: 'staging', request: seq('request') }) },
      { name: 'change', by: cast.orchestrator, action: 'model.stage.changed', detail: () => ({ ...nameless, to: 'staging' }) },
    ]
    expect(await findingsOfStory([...story, ...decided])).toEqual([`gate-invalid ${entryFile(story.length + 1)}`, `authority-invalid ${entryFile(story.length + 2)}`, `order-invalid ${entryFile(story.length + 3)}`])
  })

  it('that takes over a success names one that was made of the same and left the same', async () => {
    const [outs, cacheKey, run] = [[{ path: 'metrics.json', sha256: '1'.repeat(64) }, { path: 'm.bin', sha256: '2'.repeat(64) }] as Json, 'a'.repeat(64), 'r-1']
    const made = (detail: Members): Step => ({ name: 'made', by: cast.orchestrator, action: 'stage.succeeded', detail: () => ({ run, stage: 'train', metrics: {}, outs, cacheKey, ...detail }) })
    const first = story.length
    const taking = (source: Members, detail: Members) => findingsOfStory([...story, made(source), { ...made(detail), name: 'taken' }])
    const from = { entry: first, run, attempt: 1 }
    expect(await taking({}, { from })).toEqual([])
    expect(await taking({}, { from, metrics: { auc: '1' }, outs: [...(outs as Json[])].reverse() })).toEqual([])
    const invalid = [`order-invalid ${entryFile(first + 1)}`]
    const dishonest: [Members, Members][] = [
      [{}, { from: { ...from, entry: first + 1 } }], [{}, { from: { ...from, entry: seqOf('run') } }], [{}, { from: { ...from, entry: -1 } }], [{}, { from: { ...from, entry: String(first) } }],
      [{}, { from: null }], [{}, { from: [] }], [{}, { from: {} }], [{}, { from, cacheKey: 'b'.repeat(64) }], [{ cacheKey: null }, { from, cacheKey: null }], [{ cacheKey: 1 }, { from, cacheKey: 1 }],
      [{}, { from, outs: [] }], [{}, { from, outs: {} }], [{ outs: 'x' }, { from, outs: 'x' }], [{}, { from, outs: [...(outs as Json[]), { path: 'z', sha256: '3' }] }], [{}, { from, outs: [{ path: 'm.bin' }] }],
    ]
    for (const [source, detail] of dishonest) expect(await taking(source, detail), jcs([source, detail])).toEqual(invalid)
    const twice = [...story, made({}), { ...made({ from }), name: 'taken' }, { ...made({ from: { ...from, entry: first + 1 } }), name: 'again' }]
    expect(await findingsOfStory(twice)).toEqual([`order-invalid ${entryFile(first + 2)}`])
  })

  it('that asks for a promotion was judged by the gate and the metrics that its run recorded', async () => {
    const [auc, ece] = [at(JUDGED, 0), at(JUDGED, 1)]
    const request = { project: 'credit', model: 'scorer', version: 1, to: 'staging', gateEntry: seqOf('run'), conditions: JUDGED, approvals: 1 }
    const undecided = (at: number) => [`gate-invalid ${entryFile(at)}`, `authority-invalid ${entryFile(at + 1)}`, `order-invalid ${entryFile(at + 2)}`]
    const judged = (change: Members) => findingsOfStory(storyWith('requested', { detail: () => ({ ...request, ...change }) }))
    const dishonest: Members[] = [
      { conditions: [] }, { conditions: [auc] }, { conditions: [ece, auc] }, { conditions: 'none' }, { conditions: [{ ...auc, note: '' }, ece] }, { conditions: [...JUDGED, { ...auc, metric: 'f1' }] },
      { conditions: [{ ...auc, threshold: '0.1' }, ece] }, { conditions: [{ ...auc, bound: 'max' }, ece] }, { conditions: [{ ...auc, metric: 'constructor' }, ece] },
      { conditions: [{ ...auc, value: '0.9' }, ece] }, { conditions: [{ ...auc, value: '0.81250' }, ece] }, { conditions: [{ ...auc, value: 'not recorded', met: 'no' }, ece] }, { conditions: [{ ...auc, met: 'no' }, ece] },
      { approvals: 2 }, { approvals: 0 }, { approvals: '1' }, { approvals: true }, { to: 'production' }, { version: 2 },
      { gateEntry: seqOf('stage') }, { gateEntry: 99 }, { gateEntry: '5' }, { gateEntry: null },
    ]
    for (const change of dishonest) expect(await judged(change), jcs(change)).toEqual(undecided(seqOf('requested')))
    expect(await judged({})).toEqual([])

    const fixed = (gates: Json, conditions: Json = JUDGED, approvals = 1) =>
      findingsOfStory(
        storyWith('run', { detail: () => ({ run: 'r-1', gates }) }).map((step) => (step.name === 'requested' ? { ...step, detail: () => ({ ...request, conditions, approvals }) } : step)),
      )
    const [gate, other] = [RUN_GATES[0], { model: 'scorer', gates: [] }]
    for (const gates of [[gate, other], [other, gate], [{ model: 'scorer', gates: [{ ...STAGING_GATE, to: 'production', conditions: [] }, STAGING_GATE] }]]) expect(await fixed(gates as Json), jcs(gates as Json)).toEqual([])
    for (const gates of [[], null, [other], [{ model: 'decoy', gates: [STAGING_GATE] }], [{ ...gate, more: 1 }], [{ model: 'scorer', gates: [{ ...STAGING_GATE, approvals: 0 }] }]]) {
      expect(await fixed(gates as Json), jcs(gates as Json)).toEqual(undecided(seqOf('requested')))
    }
    expect(await fixed([other], [])).toEqual([])
    expect(await fixed([{ model: 'scorer', gates: [{ ...STAGING_GATE, approvals: 2 }] }], JUDGED, 2)).toEqual([`order-invalid ${entryOf('changed')}`])
    const limit = (threshold: string) => ({ metric: 'auc', bound: 'min', threshold })
    const tight = (threshold: string) => fixed([{ model: 'scorer', gates: [{ to: 'staging', conditions: [limit(threshold)], approvals: 1 }] }], [{ ...limit(threshold), value: '0.8125', met: 'yes' }])
    for (const met of ['0.8125', '-7', `0.81249${'9'.repeat(5000)}`, `-1${'0'.repeat(5000)}`]) expect(await tight(met)).toEqual([])
    for (const unmet of [`0.8125${'0'.repeat(5000)}1`, `1${'0'.repeat(5000)}`, '0.82']) expect(await tight(unmet)).toEqual(undecided(seqOf('requested')))
  })

  it('that asks for a promotion was judged by a metric that the run recorded once', async () => {
    const at = seqOf('requested')
    const found = async (metrics: Json, extra: Members = {}) => {
      const more: Step = { name: 'more', by: cast.orchestrator, action: 'stage.succeeded', detail: () => ({ run: 'r-1', stage: 'holdout', metrics, ...extra }) }
      return (await findingsOfStory([...story.slice(0, at), more, ...story.slice(at)]))?.filter((finding) => finding.startsWith('gate-invalid'))
    }
    for (const metrics of [{ auc: '0.55' }, { auc: '0.8125' }, { auc: 1 }, { 'train.ece': '0.05' }]) expect(await found(metrics), jcs(metrics)).toEqual([`gate-invalid ${entryFile(at + 1)}`])
    for (const metrics of [{ ece: '0.9' }, { 'train.auc': '0.9' }, ['auc'], null]) expect(await found(metrics as Json), jcs(metrics as Json)).toEqual([])
    expect(await found({ auc: '0.55' }, { run: 'r-2' })).toEqual([])
    const unmeasured = storyWith('trained', { detail: () => ({ run: 'r-1', stage: 'train', durationMs: 1200, metrics: { auc: '0.8125' }, outs: [{ sha256: sha256(METRICS) }] }) })
    expect(await findingsOfStory(unmeasured)).toContain(`gate-invalid ${entryOf('requested')}`)
    const ofAnotherRun = storyWith('registered', { detail: () => ({ project: 'credit', model: 'scorer', version: 1, run: 'r-2', author: 'p-engineer', artifact: sha256(Buffer.from('model')) }) })
    expect(await findingsOfStory(ofAnotherRun)).toContain(`gate-invalid ${entryOf('requested')}`)
  })

  it('that moves a version has the approvals of different people that its request asks for', async () => {
    const fixed = storyWith('run', { detail: () => ({ run: 'r-1', gates: [{ model: 'scorer', gates: [{ ...STAGING_GATE, approvals: 2 }] }] }) })
    const judged = fixed.map((step): Step => (step.name === 'requested' ? { ...step, detail: (seq) => ({ ...step.detail(seq), approvals: 2 }) } : step))
    const withMore = (...more: Step[]) => judged.flatMap((step) => (step.name === 'changed' ? [...more, step] : [step]))
    const second = newKey(`${ORIGIN}/person/p-second`)
    const again: Step = { name: 'again', by: cast.approver, action: 'model.promotion.approved', detail: (seq) => ({ project: 'credit', model: 'scorer', version: 1, to: 'staging', request: seq('requested') }) }
    expect(await findingsOfStory(withMore(again))).toEqual([`order-invalid ${entryFile(seqOf('changed') + 1)}`])
    expect(await findingsOfStory(withMore(enrol('p-second', second), { ...again, by: second }))).toEqual([])
  })

  it('that asks for a promotion answers what a policy asks for, by whose roles and how late it counts', async () => {
    const auditor = newKey(`${ORIGIN}/person/p-auditor`)
    const both = newKey(`${ORIGIN}/person/p-both`)
    const policy = { path: 'gates/staging.yaml', sha256: 'a'.repeat(64), evidence: ['model-card'], tests: ['train'], roles: { approver: 1, auditor: 1 }, expires: { approvals: 30, evidence: 90, production: 0 } }
    const requirements = (entry: Json) => [['evidence', 'model-card'], ['test', 'train']].map(([what = '', name = '']): Json => ({ what, name, entry, met: 'yes' }))
    const changes = (altered: { policy?: object; requirements?: (entry: number) => Json; trained?: object }) => (step: Step): Step => {
      if (step.name === 'run') return { ...step, detail: () => ({ run: 'r-1', project: 'credit', gates: [{ model: 'scorer', gates: [{ ...STAGING_GATE, approvals: 2, policy: { ...policy, ...altered.policy } }] }] }) }
      if (step.name === 'trained') return { ...step, detail: (seq) => ({ ...step.detail(seq), evidence: [{ kind: 'model-card', path: 'CARD.md', sha256: 'b'.repeat(64) }], ...altered.trained }) }
      if (step.name === 'requested') return { ...step, detail: (seq) => ({ ...step.detail(seq), approvals: 2, requirements: (altered.requirements ?? requirements)(seq('trained')) }) }
      return step
    }
    const approval = (by: TestKey, time?: string): Step => ({ name: `by-${by.name}`, by, action: 'model.promotion.approved', detail: (seq) => ({ project: 'credit', model: 'scorer', version: 1, to: 'staging', request: seq('requested') }), ...(time === undefined ? {} : { payload: { time } }) })
    const told = (altered: Parameters<typeof changes>[0], ...more: Step[]) => {
      const enrolled = [enrol('p-auditor', auditor), { ...enrol('p-both', both), detail: () => ({ person: 'p-both', roles: ['approver', 'auditor'], key: both.verifierKey }) }]
      const auditors = enrolled.map((step, i): Step => (i === 0 ? { ...step, detail: () => ({ person: 'p-auditor', roles: ['auditor'], key: auditor.verifierKey }) } : step))
      return story.map(changes(altered)).flatMap((step) => (step.name === 'session' ? [...auditors, step] : step.name === 'changed' ? [...more, step] : [step]))
    }
    const findings = async (altered: Parameters<typeof changes>[0], ...more: Step[]) => {
      const steps = told(altered, ...more)
      const named = (found: string) => found.replace(/data\/entries\/0*(\d+)\.json/, (_, seq: string) => steps[Number(seq)]?.name ?? '')
      return (await findingsOfStory(steps))?.map(named)
    }
    expect(await findings({}, approval(auditor))).toEqual([])
    expect(await findings({}, approval(both))).toEqual([])
    expect(await findings({})).toEqual(['order-invalid changed'])
    expect(await findings({ policy: { roles: { approver: 2 } } }, approval(auditor))).toEqual([`authority-invalid by-${auditor.name}`, 'order-invalid changed'])
    expect(await findings({ policy: { roles: { auditor: 2 } } }, approval(auditor), approval(both))).toEqual(['authority-invalid approved'])
    expect(await findings({ policy: { roles: { auditor: 1, approver: 2 } } }, approval(auditor))).toEqual(['order-invalid changed'])
    expect(await findings({}, approval(auditor, '2026-10-23T08:59:59.999Z'))).toEqual(['order-invalid changed'])
    expect(await findings({}, approval(auditor, '2026-10-24T09:00:00.000Z'))).toEqual([])
    const refused = ['authority-invalid approved', 'order-invalid changed']
    expect(await findings({ requirements: () => [] })).toEqual(['gate-invalid requested', ...refused])
    expect(await findings({ trained: { evidence: [] } })).toEqual(['gate-invalid requested', ...refused])
    expect(await findings({ policy: { tests: ['test'] } })).toEqual(['gate-invalid requested', ...refused])
    expect(await findings({ policy: { extra: 1 } })).toEqual(['gate-invalid requested', ...refused])
    expect(await findings({ requirements: (entry) => requirements(entry - 1) })).toEqual(['gate-invalid requested', ...refused])
    const old = told({}, approval(auditor)).map((step) => (step.name === 'trained' ? { ...step, payload: { time: '2026-08-25T08:59:59.000Z' } } : step))
    expect((await findingsOfStory(old))?.[0]).toContain('gate-invalid')
  })

  it('that returns a version to production follows a rollback of its own, after it was in production and left', async () => {
    const version = { project: 'credit', model: 'scorer', version: 1 }
    const by = (name: string, key: TestKey, action: string, detail: Step['detail']): Step => ({ name, by: key, action, detail })
    const move = (name: string, to: string) => by(name, cast.orchestrator, 'model.stage.changed', () => ({ ...version, to }))
    const inUse = [
      ...story.slice(0, -1),
      by('asked', cast.engineer, 'model.promotion.requested', (seq) => ({ ...version, to: 'production', gateEntry: seq('run'), conditions: [], approvals: 1 })),
      by('agreed', cast.approver, 'model.promotion.approved', (seq) => ({ ...version, to: 'production', request: seq('asked') })),
      move('entered', 'production'),
      move('left', 'archived'),
    ]
    const rollback = by('rollback', cast.engineer, 'model.rollback.requested', (seq) => ({ ...version, to: 'production', entered: seq('entered'), approvals: 1 }))
    const agree = (name: string, action: string, key = cast.approver) => by(name, key, action, (seq) => ({ ...version, to: 'production', request: seq('rollback') }))
    const at = (offset: number) => entryFile(inUse.length + offset)
    expect(await findingsOfStory([...inUse, rollback, agree('back', 'model.rollback.approved'), move('returned', 'production')])).toEqual([])
    expect(await findingsOfStory([...inUse, move('returned', 'production')])).toEqual([`order-invalid ${at(0)}`])
    expect(await findingsOfStory([...inUse, rollback, agree('back', 'model.promotion.approved')])).toEqual([`authority-invalid ${at(1)}`])
    expect(await findingsOfStory([...inUse, rollback, agree('back', 'model.rollback.approved', cast.engineer)])).toEqual([`authority-invalid ${at(1)}`])
    expect(await findingsOfStory([...story, { ...rollback, detail: (seq) => ({ ...version, to: 'production', entered: seq('changed'), approvals: 1 }) }])).toEqual([`order-invalid ${entryFile(story.length)}`])
  })

  it('that asks for a rollback is held to what the gate of the version states for that, or asks for entering', async () => {
    const version = { project: 'credit', model: 'scorer', version: 1 }
    const by = (name: string, key: TestKey, action: string, detail: Step['detail']): Step => ({ name, by: key, action, detail })
    const move = (name: string, to: string, key = cast.orchestrator) => by(name, key, 'model.stage.changed', () => ({ ...version, to }))
    const auditor = newKey(`${ORIGIN}/person/p-auditor`)
    const policy = { path: '', sha256: '', evidence: [], tests: [], roles: { approver: 1 }, expires: { approvals: 0, evidence: 0, production: 0 } }
    const gate = (change: Members) => [{ model: 'scorer', gates: [STAGING_GATE, { to: 'production', conditions: [], approvals: 1, policy: { ...policy, ...change } }] }] as Json
    const approve = (key: TestKey, request = 'rollback', kind = 'rollback') => by(`by-${key.name}-${request}`, key, `model.${kind}.approved`, (seq) => ({ ...version, to: 'production', request: seq(request) }))
    const inUse = (gates: Json) => [
      ...storyWith('run', { detail: () => ({ run: 'r-1', project: 'credit', gates }) }).slice(0, -1),
      { ...enrol('p-auditor', auditor), detail: () => ({ person: 'p-auditor', roles: ['auditor'], key: auditor.verifierKey }) },
      by('asked', cast.engineer, 'model.promotion.requested', (seq) => ({ ...version, to: 'production', gateEntry: seq('run'), conditions: [], requirements: [], approvals: 1 })),
      approve(cast.approver, 'asked', 'promotion'),
      move('entered', 'production'),
    ]
    const rollback = (approvals: number, change: Members = {}) => by('rollback', cast.engineer, 'model.rollback.requested', (seq) => ({ ...version, to: 'production', entered: seq('entered'), gateEntry: seq('run'), approvals, ...change }))
    const findings = async (gates: Json, ...more: Step[]) => {
      const steps = [...inUse(gates), ...more]
      return (await findingsOfStory(steps))?.map((found) => found.replace(/data\/entries\/0*(\d+)\.json/, (_, seq: string) => steps[Number(seq)]?.name ?? ''))
    }
    const left = move('left', 'archived')
    const back = move('back', 'production')
    const both = gate({ rollback: { approvals: 2, roles: { auditor: 1 } } })
    expect(await findings(gate({}), left, rollback(1), approve(cast.approver), back)).toEqual([])
    expect(await findings(gate({}), left, rollback(1), approve(auditor), back)).toEqual([`authority-invalid by-${auditor.name}-rollback`, 'order-invalid back'])
    expect(await findings(gate({ rollback: { approvals: 1, roles: { auditor: 1 } } }), left, rollback(1), approve(auditor), back)).toEqual([])
    expect(await findings(both, left, rollback(2), approve(auditor), back)).toEqual(['order-invalid back'])
    const undecided = ['order-invalid rollback', `authority-invalid by-${cast.approver.name}-rollback`]
    expect(await findings(both, left, rollback(1), approve(cast.approver))).toEqual(undecided)
    expect(await findings(gate({}), left, rollback(2), approve(cast.approver))).toEqual(undecided)
    for (const gateEntry of [null, -1, '3', 10_000, 0] as Json[]) expect(await findings(gate({}), left, rollback(1, { gateEntry }), approve(cast.approver))).toEqual(undecided)
    expect(await findings(gate({}), move('left', 'archived', cast.approver), rollback(1), approve(cast.approver))).toEqual(undecided)
    for (const wrong of [null, {}, { approvals: 0, roles: {} }, { approvals: 1, roles: {}, more: 1 }] as Json[]) expect(await findings(gate({ rollback: wrong })), jcs(wrong)).toContain('gate-invalid requested')
    const told = async (request: Step) => (await judgeFiles(pack({ steps: [...inUse(gate({})), left, request, approve(cast.approver), back] }))).notProved?.includes('rollback-gates')
    expect([await told(rollback(1)), await told(by('rollback', cast.engineer, 'model.rollback.requested', (seq) => ({ ...version, to: 'production', entered: seq('entered'), approvals: 1 })))]).toEqual([false, true])
  })

  it('that withdraws a request is by who made it, and nothing is decided on it after', async () => {
    const version = { project: 'credit', model: 'scorer', version: 1, to: 'staging' }
    const withdraw = (key: TestKey): Step => ({ name: 'withdrawn', by: key, action: 'model.promotion.withdrawn', detail: (seq) => ({ ...version, request: seq('requested') }) })
    const before = (step: Step) => story.slice(0, seqOf('approved')).concat(step, story.slice(seqOf('approved')))
    const shifted = (name: string) => entryFile(seqOf(name) + 1)
    expect(await findingsOfStory(before(withdraw(cast.engineer)))).toEqual([`authority-invalid ${shifted('approved')}`, `order-invalid ${shifted('changed')}`])
    expect(await findingsOfStory(before(withdraw(cast.approver)))).toEqual([`authority-invalid ${shifted('requested')}`])
    // Nor is it withdrawn a second time, or after a rejection.
    const reject: Step = { ...withdraw(cast.approver), name: 'rejected', action: 'model.promotion.rejected' }
    const untilThen = story.slice(0, seqOf('approved'))
    const refusedIn = async (steps: readonly Step[]) => (await findingsOfStory(steps))?.filter((each) => each.startsWith('authority-invalid'))
    for (const first of [withdraw(cast.engineer), reject]) {
      expect(await refusedIn([...untilThen, first]), first.name).toEqual([])
      expect(await refusedIn([...untilThen, first, { ...withdraw(cast.engineer), name: 'again' }]), first.name).toEqual([`authority-invalid ${entryFile(untilThen.length + 1)}`])
    }
  })

  it('that rejects a request ends it: nothing is decided on it after, and no version moves by it', async () => {
    const detail = (seq: (name: string) => number) => ({ project: 'credit', model: 'scorer', version: 1, to: 'staging', request: seq('requested') })
    const second = newKey(`${ORIGIN}/person/p-second`)
    const reject: Step = { name: 'rejected', by: second, action: 'model.promotion.rejected', detail }
    const withdraw: Step = { name: 'withdrawn', by: cast.engineer, action: 'model.promotion.withdrawn', detail }
    const enrolled = [...story.slice(0, seqOf('requested')), enrol('p-second', second), ...story.slice(seqOf('requested'))]
    const [approved, changed] = [seqOf('approved') + 1, seqOf('changed') + 1]
    const insert = (at: number, ...steps: Step[]) => findingsOfStory([...enrolled.slice(0, at), ...steps, ...enrolled.slice(at)])
    const moved = `order-invalid ${entryFile(changed + 1)}`
    expect(await insert(approved, reject)).toEqual([`authority-invalid ${entryFile(approved + 1)}`, moved])
    expect(await insert(changed, reject)).toEqual([moved])
    expect(await insert(changed, withdraw)).toEqual([moved])
    // It is over once the version moved by it, too.
    const approve: Step = { name: 'approved again', by: second, action: 'model.promotion.approved', detail }
    for (const late of [reject, withdraw, approve]) expect(await insert(changed + 1, late), late.name).toEqual([`authority-invalid ${entryFile(changed + 1)}`])
    const move = enrolled[changed] ?? reject
    expect(await insert(changed + 1, { ...move, name: 'moved again' })).toEqual([`order-invalid ${entryFile(changed + 1)}`])
    const again: Step[] = ['requested', 'approved', 'changed'].map((name) => enrolled.find((step) => step.name === name) ?? reject)
    expect(await findingsOfStory([...enrolled.slice(0, approved), reject, ...again.map((step) => step.name === 'approved' ? { ...step, detail: (seq: (name: string) => number) => ({ ...detail(seq), request: approved + 1 }) } : step)])).toEqual([])
  })

  it('that puts a key in the place of the one that signs models is an administrator\'s, and that one signs no more', async () => {
    const rotate = (by: TestKey, change: Members = {}): Step => ({ name: 'rotated', by, action: 'model.key.rotated', detail: () => ({ hint: 'b'.repeat(64), key: 'PEM', replaces: 'a'.repeat(64), ...change }) })
    const sign = (hint: Json): Step => ({ name: 'signed', by: cast.orchestrator, action: 'model.version.signed', detail: () => ({ hint }) })
    const at = (offset: number) => entryFile(story.length + offset)
    expect(await findingsOfStory([...story, sign('a'.repeat(64)), rotate(cast.admin), sign('b'.repeat(64)), sign(null)])).toEqual([])
    expect(await findingsOfStory([...story, rotate(cast.admin), sign('a'.repeat(64))])).toEqual([`order-invalid ${at(1)}`])
    expect(await findingsOfStory([...story, rotate(cast.approver), sign('a'.repeat(64))])).toEqual([`authority-invalid ${at(0)}`])
    expect(await findingsOfStory([...story, rotate(cast.orchestrator)])).toEqual([`authority-invalid ${at(0)}`])
    // Of several keys in use the same one takes the place, an entry for each: none of them signs any more.
    const both = [rotate(cast.admin), rotate(cast.admin, { replaces: 'c'.repeat(64) })]
    expect(await findingsOfStory([...story, sign('c'.repeat(64)), ...both, sign('b'.repeat(64))])).toEqual([])
    for (const replaced of ['a', 'c']) expect(await findingsOfStory([...story, ...both, sign(replaced.repeat(64))])).toEqual([`order-invalid ${at(2)}`])
    for (const change of [{ hint: 'b' }, { replaces: null }, { more: 1 }]) expect(await findingsOfStory([...story, rotate(cast.admin, change)])).toEqual([`entry-invalid ${at(0)}`])
    expect(await findingsOfStory([...story, { ...rotate(cast.admin), cosigners: [cast.approver] }])).toEqual([`entry-invalid ${at(0)}`])
  })

  it('that releases a hold is by a second person who may', async () => {
    const version = { project: 'credit', model: 'scorer', version: 1 }
    const held = (by: TestKey): Step => ({ name: 'held', by, action: 'model.hold.placed', detail: () => ({ ...version, reason: 'x' }) })
    const release = (by: TestKey): Step => ({ name: 'released', by, action: 'model.hold.released', detail: (seq) => ({ ...version, hold: seq('held'), reason: 'x' }) })
    const at = (offset: number) => `authority-invalid ${entryFile(story.length + offset)}`
    expect(await findingsOfStory([...story, held(cast.approver), release(cast.admin)])).toEqual([])
    expect(await findingsOfStory([...story, held(cast.approver), release(cast.approver)])).toEqual([at(1)])
    expect(await findingsOfStory([...story, held(cast.orchestrator)])).toEqual([at(0)])
  })

  it('that takes a version from production to staging needs no request where a hold on it stands, and the version comes back by a new one', async () => {
    const version = { project: 'credit', model: 'scorer', version: 1 }
    const by = (name: string, key: TestKey, action: string, detail: Step['detail']): Step => ({ name, by: key, action, detail })
    const move = (name: string, to: string) => by(name, cast.orchestrator, 'model.stage.changed', () => ({ ...version, to }))
    const ask = (name: string) => [
      by(name, cast.engineer, 'model.promotion.requested', (seq) => ({ ...version, to: 'production', gateEntry: seq('run'), conditions: [], approvals: 1 })),
      by(`${name} approved`, cast.approver, 'model.promotion.approved', (seq) => ({ ...version, to: 'production', request: seq(name) })),
      move(`${name} entered`, 'production'),
    ]
    const held = by('held', cast.approver, 'model.hold.placed', () => ({ ...version, reason: 'x' }))
    const other = by('held', cast.approver, 'model.hold.placed', () => ({ ...version, version: 2, reason: 'x' }))
    const released = by('released', cast.admin, 'model.hold.released', (seq) => ({ ...version, hold: seq('held'), reason: 'x' }))
    const inUse = [...story.slice(0, -1), ...ask('asked')]
    const left = move('left', 'staging')
    const at = (offset: number) => [`order-invalid ${entryFile(inUse.length + offset)}`]
    expect(await findingsOfStory([...inUse, held, left, ...ask('again')])).toEqual([])
    expect(await findingsOfStory([...inUse, left])).toEqual(at(0))
    expect(await findingsOfStory([...inUse, other, left])).toEqual(at(1))
    expect(await findingsOfStory([...inUse, held, released, left])).toEqual(at(2))
    // Once alone, and nothing comes back to production by it.
    expect(await findingsOfStory([...inUse, held, left, move('twice', 'staging')])).toEqual(at(2))
    expect(await findingsOfStory([...inUse, held, left, move('returned', 'production')])).toEqual(at(2))
  })

  it('that decides on a version whose registration names no author decides nothing', async () => {
    const artifact = sha256(Buffer.from('model'))
    for (const author of [undefined, null, 1]) {
      const detail = { project: 'credit', model: 'scorer', version: 1, run: 'r-1', artifact, ...(author === undefined ? {} : { author }) }
      expect(await findingsOfStory(storyWith('registered', { detail: () => detail }))).toEqual([`authority-invalid ${entryOf('approved')}`, `order-invalid ${entryOf('changed')}`])
    }
  })

  it('that decides on what can be no request is found even after an entry that was damaged', async () => {
    for (const request of [-1, '11', null, true, seqOf('approved')]) {
      const detail = { project: 'credit', model: 'scorer', version: 1, to: 'staging', request }
      const files = pack({ steps: storyWith('approved', { detail: () => detail }) })
      files.set(entryOf('run'), Buffer.from('damaged'))
      expect(await findingsOf(files), jcs(request)).toEqual([`digest-mismatch ${entryOf('run')}`, `authority-invalid ${entryOf('approved')}`])
    }
  })

  it('that is too large is proved to be in the tree all the same', async () => {
    const large: Step = { name: 'large', by: cast.engineer, action: 'run.started', detail: () => ({ run: 'x'.repeat(65_536) }) }
    expect(await findingsOfStory([...story, large])).toEqual([`entry-invalid ${next}`])
    const edit = (files: Files) => void files.set(proofFile(story.length), bytesAt(files, proofFile(0)))
    expect(await findingsAfter(edit, { steps: [...story, large] })).toEqual([`entry-invalid ${next}`, `proof-invalid ${proofFile(story.length)}`])
  })
})

describe('a version that was imported', () => {
  const { engineer, approver, admin, orchestrator } = cast
  const version = { project: 'credit', model: 'scorer', version: 1 }
  const artifact = sha256(Buffer.from('model'))
  const detail = { ...version, author: 'p-engineer', artifact, gates: [{ model: 'scorer', gates: [] }] as Json, gatesFrom: 'none' }
  const imported = (change: Partial<Step> = {}, request: { readonly [name: string]: Json } = {}) =>
    story.map((step): Step => {
      if (step.name === 'registered') return { ...step, name: 'imported', by: engineer, action: 'model.version.imported', detail: () => detail, ...change }
      if (step.name !== 'requested') return step
      return { ...step, detail: (at) => ({ ...version, from: 'experiment', to: 'staging', gateEntry: at('imported'), conditions: [], approvals: 1, ...request }) }
    })
  const [at, asked, decided, moved] = ['registered', 'requested', 'approved', 'changed'].map((name) => entryFile(seqOf(name)))
  const unasked = [`authority-invalid ${decided}`, `order-invalid ${moved}`]

  it('is judged by the gates that its import says, without any run, and is not said to have met those of a run', async () => {
    const { ok, proved, notProved } = await judgeFiles(pack({ steps: imported() }))
    expect([ok, proved?.includes('gates-met'), notProved?.at(-1)]).toEqual([true, false, 'import-gates'])
    const policy = { path: '', sha256: '', evidence: [], tests: [], roles: { approver: 1 }, expires: { approvals: 30, evidence: 0, production: 0 } }
    const held = { ...detail, gates: [{ model: 'scorer', gates: [{ to: 'staging', conditions: [], approvals: 2, policy }] }] as Json }
    expect(await findingsOfStory(imported({ detail: () => held }))).toEqual([`gate-invalid ${asked}`, ...unasked])
    expect(await findingsOfStory(imported({ detail: () => held }, { approvals: 2 }))).toEqual([`order-invalid ${moved}`])
    for (const gates of [null, [], 'x', [{ model: 'scorer' }]] as Json[]) expect(await findingsOfStory(imported({ detail: () => ({ ...detail, gates }) }))).toEqual([`gate-invalid ${asked}`, ...unasked])
  })

  it('has the gates of the entry that it says they are from, where that is in the pack', async () => {
    const from = (gates: Json, change: Partial<Step> = {}) => imported({ detail: (seq) => ({ ...detail, gates, gatesFrom: seq('run') }), ...change }, { approvals: 2, conditions: [] })
    const stated = [{ model: 'scorer', gates: [{ to: 'staging', conditions: [], approvals: 2 }] }] as Json
    const fixedBy = (gates: Json) => from(stated).map((step): Step => (step.name === 'run' ? { ...step, detail: () => ({ run: 'r-1', project: 'credit', gates }) } : step))
    const unimported = [`authority-invalid ${at}`, `gate-invalid ${asked}`, ...unasked, 'format-invalid data/pack.json']
    // Two approvals, of which the story has one: the import itself is as it must be.
    expect(await findingsOfStory(fixedBy(stated))).toEqual([`order-invalid ${moved}`])
    expect(await findingsOfStory(fixedBy([{ model: 'other', gates: [] }, ...(stated as Json[])]))).toEqual([`order-invalid ${moved}`])
    for (const gates of [[], null, 'x', [null], [{ model: 'scorer', gates: [] }], [...(stated as Json[]), { model: 'scorer', gates: [] }]] as Json[]) {
      expect((await findingsOfStory(fixedBy(gates)))?.filter((each) => each.includes(at ?? '')), jcs(gates)).toEqual([unimported[0]])
    }
    expect((await findingsOfStory(imported({ detail: () => ({ ...detail, gatesFrom: 10_000 }) })))?.[0]).toBe(unimported[0])
    for (const name of ['created', 'trained']) expect(await findingsOfStory(imported({ detail: (seq) => ({ ...detail, gatesFrom: seq(name) }) })), name).toEqual(unimported)
    // What no entry of the pack shows is not known to be anything else.
    const files = pack({ steps: imported({ detail: (seq) => ({ ...detail, gatesFrom: seq('trained') }) }) })
    files.set(entryOf('trained'), Buffer.from('damaged'))
    expect(await findingsOf(files)).toEqual([`digest-mismatch ${entryOf('trained')}`])
  })

  it('has those of the model that its content was made as, under its own name, where the start says none for it', async () => {
    const stated = [{ model: 'scorer', gates: [{ to: 'staging', conditions: [], approvals: 2 }] }] as Json
    const made = [{ model: 'maker', gates: [{ to: 'staging', conditions: [], approvals: 2 }] }] as Json[]
    const judge = async (known: Json | undefined, gates: Json) =>
      (await findingsOfStory(imported({ detail: (seq) => ({ ...detail, gates: stated, gatesFrom: seq('run'), ...(known === undefined ? {} : { known }) }) }, { approvals: 2 }).map((step): Step => (step.name === 'run' ? { ...step, detail: () => ({ run: 'r-1', project: 'credit', gates }) } : step))))?.filter((each) => each.includes(at ?? ''))
    expect(await judge({ model: 'maker' }, made)).toEqual([])
    for (const known of [undefined, null, { model: 'other' }, { model: 1 }, []] as (Json | undefined)[]) expect(await judge(known, made), jcs(known ?? null)).toEqual([`authority-invalid ${at}`])
    // Its own count, where the start says any.
    expect(await judge({ model: 'maker' }, [...made, { model: 'scorer', gates: [] }])).toEqual([`authority-invalid ${at}`])
  })

  it('meets no condition and no requirement, whatever a run of somebody else measured', async () => {
    const gated = { ...detail, gates: RUN_GATES as Json }
    expect(await findingsOfStory(imported({ detail: () => gated }, { conditions: JUDGED }))).toEqual([`gate-invalid ${asked}`, ...unasked])
    expect(await findingsOfStory(imported({ detail: () => gated }, { conditions: JUDGED, gateEntry: seqOf('run') }))).toEqual([`gate-invalid ${asked}`, ...unasked])
    const policy = { path: '', sha256: '', evidence: [], tests: ['train'], roles: {}, expires: { approvals: 0, evidence: 0, production: 0 } }
    const tested = { ...detail, gates: [{ model: 'scorer', gates: [{ to: 'staging', conditions: [], approvals: 1, policy }] }] as Json }
    const requirements = [{ what: 'test', name: 'train', entry: seqOf('trained'), met: 'yes' }]
    expect(await findingsOfStory(imported({ detail: () => tested }, { requirements }))).toEqual([`gate-invalid ${asked}`, ...unasked])
  })

  it('is signed by its author, who does not decide on it', async () => {
    for (const by of [approver, admin, orchestrator]) expect(await findingsOfStory(imported({ by }))).toContain(`authority-invalid ${at}`)
    for (const author of ['p-approver', '', null, 1] as Json[]) expect(await findingsOfStory(imported({ detail: () => ({ ...detail, author }) }))).toContain(`authority-invalid ${at}`)
    expect(await findingsOfStory(imported().map((step) => (step.name === 'approved' ? { ...step, by: engineer } : step)))).toEqual(expect.arrayContaining(unasked))
  })

  it('is the one that the pack names, and was not registered beside', async () => {
    expect(await findingsOfStory(imported({ detail: () => ({ ...detail, artifact: '0'.repeat(64) }) }))).toEqual(['format-invalid data/pack.json'])
    const registered = story.filter(({ name }) => name === 'registered')
    const both = imported().flatMap((step) => (step.name === 'imported' ? [step, ...registered] : [step]))
    expect(await findingsOfStory(both)).toContain(`gate-invalid ${entryFile(seqOf('requested') + 1)}`)
  })
})

describe('the proofs of damaged entries', () => {
  it('are looked at as far as they can be', async () => {
    const files = pack()
    files.set(proofFile(seqOf('run')), bytesAt(files, proofFile(0)))
    bag(files, cast.admin)
    files.set(entryOf('run'), Buffer.from('damaged'))
    expect(await findingsOf(files)).toEqual([`digest-mismatch ${entryOf('run')}`, `proof-invalid ${proofFile(seqOf('run'))}`])
  })
})
