import { PersonId, type StageRun } from '../../shared/contract/index.ts'
import type { LedgerTransaction } from '../ledger/index.ts'
import type { RecordedMetric, Registry } from '../registry/index.ts'
import { fixGates, type StageSuccess } from '../training/index.ts'

/** A stage that says `register` makes its model output a version, in the commit that records the stage's success. */
export function registerModel(registry: Registry, tx: LedgerTransaction, success: StageSuccess, stages: readonly StageRun[]): void {
  const { register } = success.stage.meta
  if (!register || !success.artifact) return
  registry.register(tx, {
    project: success.project,
    model: register.model,
    run: success.run,
    stage: success.stage.name,
    author: PersonId.parse(success.author),
    artifact: success.artifact.sha256,
    bytes: success.artifact.bytes,
    format: register.format,
    metrics: collectMetrics(stages),
    gates: fixGates(success.stage.meta),
    gateEntry: success.runEntry,
  })
}

/** The metrics of a run with the entries that recorded them. A name that several stages use has its stage's name before it. */
export function collectMetrics(stages: readonly StageRun[]): Record<string, RecordedMetric> {
  const metrics: Record<string, RecordedMetric> = {}
  for (const { stage, entry, metrics: own } of stages) {
    for (const [name, value] of Object.entries(own)) {
      const shared = stages.some((other) => other.stage !== stage && name in other.metrics)
      if (entry !== null) metrics[shared ? `${stage}.${name}` : name] = { value, entry }
    }
  }
  return metrics
}
