import { expect, it } from 'vitest'
import type { Gate } from '../../../shared/contract/index.ts'
import { describeExpiry, gateRows, unmetOf } from './gate-rows.ts'

const expires = { approvals: 30, evidence: 0, production: 365 }
const gate: Gate = {
  to: 'production',
  conditions: [
    { metric: 'auc', bound: 'min', threshold: '0.7', value: '0.71', met: true, entry: 5 },
    { metric: 'ece', bound: 'max', threshold: '0.04', value: null, met: false, entry: null },
  ],
  requirements: [
    { what: 'evidence', name: 'model-card', met: false, entry: null, reason: 'no stage of the run left one' },
    { what: 'test', name: 'fairness', met: true, entry: 9, reason: '' },
  ],
  policy: { path: 'gates/production.yaml', sha256: '', roles: { approver: 2, auditor: 1 }, expires },
  approvalsNeeded: 3,
  rollback: null,
  met: false,
  fixedByEntry: 4,
}
const nobody = { imported: null, promotions: [], openPromotion: null, mayDecide: { allowed: false, reason: 'Nobody asked.' } }

it('all that a gate asks for stands in its rows, met or with the reason', () => {
  const rows = gateRows(gate, nobody)
  expect(rows.map(({ name, isMet, entry }) => [name, isMet, entry])).toEqual([
    ['auc', true, 5],
    ['ece', false, null],
    ['model-card', false, null],
    ['fairness', true, 9],
    ['Second signature, not by the author', false, null],
  ])
  expect(rows[2]?.reason).toBe('no stage of the run left one')
  expect(rows[4]).toMatchObject({ asked: '3 people, of them 2 as approver and 1 as auditor', value: '0 of 3', reason: null })
  expect(unmetOf(gate)).toEqual(['ece', 'model-card'])
})

it('a metric that a version from outside cannot have says what would supply it', () => {
  const imported = { kind: 'file' as const, files: 1, hash: 'given' as const, source: 'x', licence: 'MIT', runsCode: 'no' as const, code: [], gatesFrom: 4, signedBy: null, bundle: null, known: null, statement: '' }
  expect(gateRows(gate, { ...nobody, imported })[1]?.reason).toContain('Let a pipeline read its file')
  expect(gateRows(gate, nobody)[1]?.reason).toContain('Add it to a metrics file')
})

it('what ends after some days is said, and only that', () => {
  expect(gate.policy && describeExpiry(gate.policy)).toBe('An approval counts for 30 days. Approved for production for 365 days.')
  expect(gate.policy && describeExpiry({ ...gate.policy, expires: { approvals: 0, evidence: 0, production: 0 } })).toBeNull()
})
