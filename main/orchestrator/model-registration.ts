import { PersonId, type StageRun } from '../../shared/contract/index.ts'
import type { LedgerTransaction } from '../ledger/index.ts'
import { nameMeasurements, type Registry } from '../registry/index.ts'
import type { StageSuccess } from '../training/index.ts'

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
    metrics: nameMeasurements(stages.flatMap(measurementsOf)),
    runEntry: success.runEntry,
  })
}

function measurementsOf({ stage, entry, metrics }: StageRun) {
  return entry === null ? [] : Object.entries(metrics).map(([name, value]) => ({ stage, name, value, entry }))
}
