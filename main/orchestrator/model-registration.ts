import { PersonId, type StageRun } from '../../shared/contract/index.ts'
import type { StageMeta } from '../../shared/graph/pipeline.ts'
import type { LedgerTransaction } from '../ledger/index.ts'
import { nameMeasurements, type Registry, type VersionKey } from '../registry/index.ts'
import type { StageSuccess } from '../training/index.ts'

/** A stage that says `register` makes its model output a version, in the commit that records the stage's success: which, or null. */
export function registerModel(registry: Registry, tx: LedgerTransaction, success: StageSuccess, stages: readonly StageRun[]): VersionKey | null {
  const { register } = success.stage.meta
  if (!register || !success.artifact) return null
  const { project } = success
  const version = registry.register(tx, {
    project,
    model: register.model,
    run: success.run,
    stage: success.stage.name,
    author: PersonId.parse(success.author),
    artifact: success.artifact.sha256,
    bytes: success.artifact.bytes,
    format: register.format,
    metrics: choose(nameMeasurements(stages.flatMap(measurementsOf)), success.stage.meta),
    runEntry: success.runEntry,
  })
  return { project, model: register.model, version }
}

/** Of the room in the entry of a registration; each metric stands in the entry of its stage as well. */
const MOST_METRICS_BYTES = 32_768

/** The metrics for the entry of a registration: all, or if that is too much those that the gates of the model name. */
function choose(metrics: Readonly<Record<string, string>>, { gates }: StageMeta): Record<string, string> {
  const all = Object.entries(metrics)
  if (Buffer.byteLength(JSON.stringify(metrics)) <= MOST_METRICS_BYTES) return Object.fromEntries(all)
  const named = new Set([gates?.staging, gates?.production].flatMap((gate) => gate?.metrics.map(({ name }) => name) ?? []))
  return Object.fromEntries(all.filter(([name]) => named.has(name)))
}

function measurementsOf({ stage, entry, metrics }: StageRun) {
  return entry === null ? [] : Object.entries(metrics).map(([name, value]) => ({ stage, name, value, entry }))
}
