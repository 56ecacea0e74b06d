import { z } from 'zod'
import { DecimalString, type Condition, type ModelStage } from '../../shared/contract/index.ts'
import { compareDecimals, shortenDecimal } from '../../shared/graph/decimal.ts'

/** A gate as a run's start entry fixed it: what must hold before a version enters `to`. */
export const FixedGate = z.strictObject({
  to: z.enum(['staging', 'production']),
  conditions: z.array(z.strictObject({ metric: z.string(), bound: z.enum(['min', 'max']), threshold: DecimalString })),
  approvals: z.number().int().positive(),
})
export type FixedGate = z.infer<typeof FixedGate>

/** A metric of the version's run: its value and the ledger entry that recorded it. */
export const RecordedMetric = z.strictObject({ value: DecimalString, entry: z.number().int() })
export type RecordedMetric = z.infer<typeof RecordedMetric>

/** The gate to a stage. A pipeline that says nothing still asks for one approval. */
export function gateTo(gates: readonly FixedGate[], to: ModelStage): FixedGate | null {
  if (to !== 'staging' && to !== 'production') return null
  return gates.find((gate) => gate.to === to) ?? { to, conditions: [], approvals: 1 }
}

/** Compares every condition with the recorded metrics, in exact decimals. A metric that was not recorded does not meet its condition. */
export function evaluateConditions(gate: FixedGate, metrics: Readonly<Record<string, RecordedMetric>>): Condition[] {
  return gate.conditions.map(({ metric, bound, threshold }) => {
    const recorded = metrics[metric]
    if (!recorded) return { metric, bound, threshold, value: null, met: false, entry: null }
    const order = compareDecimals(recorded.value, threshold)
    return { metric, bound, threshold, value: recorded.value, met: bound === 'min' ? order >= 0 : order <= 0, entry: recorded.entry }
  })
}

/** An unmet condition in words: `auc is 0.71, the gate asks for at least 0.78`. Its exact value stands in the ledger. */
export function explainUnmet({ metric, bound, threshold, value }: Condition): string {
  const asks = `the gate asks for at ${bound === 'min' ? 'least' : 'most'} ${threshold}`
  return value === null ? `${metric} was not recorded, ${asks}` : `${metric} is ${shortenDecimal(value, threshold)}, ${asks}`
}
