import { PersonId, type StageRun } from '../../shared/contract/index.ts'
import type { Gate, StageMeta } from '../../shared/graph/pipeline.ts'
import type { LedgerTransaction } from '../ledger/index.ts'
import type { FixedGate, RecordedMetric, Registry } from '../registry/index.ts'
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

/** The gates of a stage in the form that the run's start entry records. */
export function fixGates({ gates }: StageMeta): FixedGate[] {
  return (['staging', 'production'] as const).flatMap((to) => {
    const gate: Gate | undefined = gates?.[to]
    if (!gate) return []
    const conditions = gate.metrics.flatMap(({ name, min, max }) => [
      ...(min === undefined ? [] : [{ metric: name, bound: 'min' as const, threshold: min }]),
      ...(max === undefined ? [] : [{ metric: name, bound: 'max' as const, threshold: max }]),
    ])
    return [{ to, conditions, approvals: gate.approvals }]
  })
}
