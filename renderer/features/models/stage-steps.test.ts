import { describe, expect, it } from 'vitest'
import { PersonId, ProjectId, RunId, type Gate, type Promotion, type VersionSummary } from '../../../shared/contract/index.ts'
import { gateInView, keyMetrics, stageSteps, versionInProduction } from './stage-steps.ts'

const approval = {
  decision: 'approved' as const,
  by: 'Paul',
  byPerson: 'p-00000002',
  at: '2026-11-20T10:41:00.000Z',
  meaning: 'approval',
  statement: '',
  comment: '',
  entry: 40,
}
const promotion: Promotion = {
  id: 1,
  kind: 'promotion',
  reason: '',
  to: 'staging',
  state: 'approved',
  requestedBy: 'Erin',
  requestedByPerson: PersonId.parse('p-0000000e'),
  requestedAt: '2026-11-20T10:00:00.000Z',
  requestEntry: 39,
  approvalsNeeded: 1,
  conditions: [],
  requirements: [],
  policy: null,
  decisions: [approval],
}
const registered = { registeredAt: '2026-11-19T16:20:00.000Z', author: 'Erin', promotions: [], openPromotion: null, aliases: [], tags: {}, holds: [], approvalEnds: null }
const gate: Gate = {
  to: 'production',
  conditions: [{ metric: 'disparate_impact', bound: 'min', threshold: '0.8', value: '0.84', met: true, entry: 12 }],
  requirements: [],
  policy: null,
  approvalsNeeded: 1,
  rollback: null,
  met: true,
  fixedByEntry: 7,
}
const summary: VersionSummary = {
  ...registered,
  project: ProjectId.parse('credit-risk'),
  model: 'scorer',
  version: 1,
  stage: 'production',
  run: RunId.parse(4), imported: null, signed: null,
  artifact: 'a'.repeat(64),
  bytes: 10,
  format: 'onnx',
  authorPerson: 'p-00000001',
  entry: 30,
  metrics: { auc: '0.8', disparate_impact: '0.84', accuracy: '0.75' },
}

describe('the way of a version', () => {
  it('starts at the experiment with its registration and knows nothing of the stages ahead', () => {
    const steps = stageSteps({ ...registered, stage: 'experiment' })
    expect(steps.map(({ state }) => state)).toEqual(['now', 'ahead', 'ahead', 'ahead'])
    expect(steps[0]).toMatchObject({ time: registered.registeredAt, by: 'Erin' })
  })

  it('dates a stage by the approval that led there and counts the signatures', () => {
    const steps = stageSteps({ ...registered, stage: 'staging', promotions: [promotion] })
    expect(steps[1]).toMatchObject({ state: 'now', time: approval.at, by: 'Paul', signatures: 1 })
  })

  it('shows a stage that is asked for with the signatures still needed', () => {
    const open: Promotion = { ...promotion, to: 'production', state: 'open', approvalsNeeded: 2 }
    const steps = stageSteps({ ...registered, stage: 'staging', promotions: [open, promotion], openPromotion: open })
    expect(steps[2]).toMatchObject({ state: 'asked', signatures: 1, needed: 2, time: open.requestedAt })
  })

  it('marks stages that an archived version never reached as skipped', () => {
    const steps = stageSteps({ ...registered, stage: 'archived', promotions: [promotion] })
    expect(steps.map(({ state }) => state)).toEqual(['done', 'done', 'skipped', 'now'])
  })
})

describe('what is shown of a version', () => {
  it('is the gate that is asked for, and none once archived', () => {
    expect(gateInView({ gates: [gate], openPromotion: null, stage: 'staging' })).toBe(gate)
    expect(gateInView({ gates: [gate], openPromotion: null, stage: 'experiment' })).toBeNull()
    expect(gateInView({ gates: [gate], openPromotion: null, stage: 'archived' })).toBeNull()
  })

  it('puts the metrics that a gate asks for before the others', () => {
    expect(keyMetrics(summary, [gate], 2)).toEqual([
      ['disparate_impact', '0.84'],
      ['accuracy', '0.75'],
    ])
  })

  it('takes no name that only the language knows for a metric', () => {
    const odd = { ...gate, conditions: gate.conditions.map((condition) => ({ ...condition, metric: 'constructor' })) }
    expect(keyMetrics(summary, [odd], 1)).toEqual([['accuracy', '0.75']])
  })

  it('names the version of the same model that would leave production', () => {
    expect(versionInProduction([summary], { model: 'scorer', version: 2 })).toBe(1)
    expect(versionInProduction([summary], { model: 'other', version: 2 })).toBeNull()
    expect(versionInProduction([summary], { model: 'scorer', version: 1 })).toBeNull()
  })
})
