import { expect, it } from 'vitest'
import { PersonId, ProjectId, RunId, type StageRun } from '../../shared/contract/index.ts'
import { Stage } from '../../shared/graph/pipeline.ts'
import { createLedger } from '../ledger/fixtures.ts'
import { Authority } from '../identity/index.ts'
import { Registry } from '../registry/index.ts'
import { registerModel } from './model-registration.ts'

const sha256 = 'a'.repeat(64)

function registeredMetrics(measured: Readonly<Record<string, Readonly<Record<string, string>>>>): unknown {
  const { db, ledger, orchestrator, highWater } = createLedger()
  db.exec(`INSERT INTO projects VALUES ('credit', '/nowhere', 'Credit', 'x', '[]', '', '2026-11-23T09:00:00.000Z', 0)`)
  db.pragma('foreign_keys = OFF')
  const registry = new Registry({ db, ledger, orchestrator, clock: Date.now, nameOf: (person) => person, authority: new Authority(ledger) })
  const gates = { staging: { metrics: [{ name: 'auc', min: 0.7 }], approvals: 1 } }
  const stage = Stage.parse({
    name: 'train', cmd: ['x'], wdir: '.', desc: null, deps: [], outs: [], params: [], frozen: false, alwaysChanged: false,
    meta: { register: { model: 'scores', path: 'm.onnx', format: 'onnx' }, gates },
  })
  const stages = Object.entries(measured).map(([name, metrics], entry): StageRun => {
    return { stage: name, state: 'succeeded', attempt: 1, attempts: [], cached: null, startedAt: null, endedAt: null, exitCode: 0, reason: null, entry, outs: [], metrics, recording: null, environment: null }
  })
  const artifact = { path: 'm.onnx', sha256, bytes: 1 }
  const success = { run: RunId.parse(1), project: ProjectId.parse('credit'), author: PersonId.parse('p-00000001'), stage, runEntry: 0, stageEntry: 1, outs: [], artifact }
  ledger.commit((tx) => registerModel(registry, tx, success, stages))
  const metrics = ledger.entry(ledger.size - 1).entry.detail['metrics']
  highWater.close()
  db.close()
  return metrics
}

it('a version is registered with what its run measured, a name of two stages with its stage', () => {
  expect(registeredMetrics({ train: { auc: '0.8', loss: '1' }, holdout: { auc: '0.7' } })).toEqual({ 'train.auc': '0.8', 'holdout.auc': '0.7', loss: '1' })
})

it('a version of a run that measured more than an entry holds is registered with what its gates name', () => {
  const many = (name: string) => Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`${name}_of_class_${index}`, '0.12345678901']))
  expect(registeredMetrics({ train: { ...many('loss'), auc: '0.8' }, holdout: many('error') })).toEqual({ auc: '0.8' })
})
