import { RequestError, type Condition, type DetailOf, type GatePolicy, type ModelStage, type Requirement, type ReturnRule } from '../../shared/contract/index.ts'
import { canonicalJson } from '../ledger/index.ts'
import { compareDecimals, shortenDecimal } from '../../shared/graph/decimal.ts'
import { isWithin } from './approvals.ts'
import { measurementsCalled, type Measurement } from './measurement.ts'
import type { RecordedRun, Success } from './recorded-version.ts'
import type { VersionKey } from './version-rows.ts'

/** A gate as a run's start entry fixed it: what must hold before a version enters `to`. */
export type FixedGate = DetailOf<'run.started'>['gates'][number]['gates'][number]

/** The gate to a stage. A pipeline that says nothing still asks for one approval. */
export function gateTo(gates: readonly FixedGate[], to: ModelStage): FixedGate | null {
  if (to !== 'staging' && to !== 'production') return null
  return gates.find((gate) => gate.to === to) ?? { to, conditions: [], approvals: 1 }
}

/** The different gates to a stage that a run's start fixes for one model: one, but where an old pipeline registered the model twice. */
export function gatesTo(gates: RecordedRun['gates'], to: ModelStage): FixedGate[] {
  const found = gates.flatMap((each) => gateTo(each, to) ?? [])
  return [...new Map(found.map((gate) => [canonicalJson(gate), gate])).values()]
}

/** The one gate to a stage. Throws RequestError `conflict` where the run fixed several, or none. */
export function onlyGate({ gates }: RecordedRun, { model, version }: VersionKey, to: ModelStage): FixedGate {
  const [gate, another] = gatesTo(gates, to)
  if (gate && !another) return gate
  const why = gate ? 'fixed different gates for it, since two of its stages registered that model' : 'fixed no gate for it'
  throw new RequestError('conflict', `The run that made ${model} ${version} ${why}: nothing says by which to judge it. Register each model in one stage, and run again.`)
}

/** By whom it is approved that a version which passed this gate goes back: what the gate states for that, else what it asks for. Null where nothing goes back to its stage. */
export function returnRule({ to, approvals, policy }: FixedGate): ReturnRule | null {
  if (to !== 'production') return null
  return policy?.rollback ? { ...policy.rollback, isStated: true } : { approvals, roles: policy?.roles ?? {}, isStated: false }
}

/** A gate as it is asked for a return: its conditions, evidence and tests were met when it was passed, and the run has measured nothing since. */
export function gateOfReturn(gate: FixedGate): FixedGate {
  const { approvals, roles } = returnRule(gate) ?? { approvals: gate.approvals, roles: gate.policy?.roles ?? {} }
  return { ...gate, conditions: [], approvals, ...(gate.policy ? { policy: { ...gate.policy, evidence: [], tests: [], roles } } : {}) }
}

/** Compares every condition with what the run measured, in exact decimals. What was not measured, or more than once, does not meet its condition. */
export function evaluateConditions(gate: FixedGate, measured: readonly Measurement[]): Condition[] {
  return gate.conditions.map(({ metric, bound, threshold }) => {
    const [only, second] = measurementsCalled(metric, measured)
    if (!only || second) return { metric, bound, threshold, value: null, met: false, entry: null }
    const order = compareDecimals(only.value, threshold)
    return { metric, bound, threshold, value: only.value, met: bound === 'min' ? order >= 0 : order <= 0, entry: only.entry }
  })
}

/** What would meet a gate that asks a version from outside for what only a run here records. */
export const IMPORT_REMEDY = 'It was imported, so no run here measured or tested it. Let a pipeline read its file, test it and register it (meta.strongroom.register in dvc.yaml), and ask for the version that this run makes'

/** Looks for each kind of evidence and each test that the gate asks for, at `now`. The latest success counts. */
export function evaluateRequirements({ policy }: FixedGate, successes: readonly Success[], now: string): Requirement[] {
  if (!policy) return []
  const days = policy.expires.evidence
  const find = (what: Requirement['what'], name: string, isIt: (success: Success) => boolean): Requirement => {
    const found = successes.findLast(isIt)
    if (!found) return { what, name, met: false, entry: null, reason: what === 'evidence' ? `no stage of the run left a file of the kind ${name}` : `stage ${name} did not succeed in the run` }
    const met = isWithin(days, found.time, now)
    const noun = what === 'evidence' ? `the ${name}` : `the success of stage ${name}`
    return { what, name, met, entry: found.entry, reason: met ? '' : `${noun} of ${found.time.slice(0, 10)} (entry ${found.entry}) is older than the ${days} days for which the gate lets it count` }
  }
  return [
    ...policy.evidence.map((kind) => find('evidence', kind, ({ evidence }) => evidence.includes(kind))),
    ...policy.tests.map((test) => find('test', test, ({ stage }) => stage === test)),
  ]
}

/** What of a gate's policy is not looked for in the run. */
export function policyOf({ policy }: FixedGate): GatePolicy | null {
  if (!policy) return null
  const { path, sha256, roles, expires } = policy
  return { path, sha256, roles, expires }
}

/** An unmet condition in words: `auc is 0.71, the gate asks for at least 0.78`. Its exact value stands in the ledger. */
export function explainUnmet({ metric, bound, threshold, value }: Condition, measured: readonly Measurement[]): string {
  const asks = `the gate asks for at ${bound === 'min' ? 'least' : 'most'} ${threshold}`
  if (value !== null) return `${metric} is ${shortenDecimal(value, threshold)}, ${asks}`
  const several = measurementsCalled(metric, measured)
  if (several.length === 0) return `${metric} was not recorded, ${asks}`
  const found = several.map((each) => `${each.name} of stage ${each.stage} is ${shortenDecimal(each.value)}`).join(', ')
  const alone = several.map((each) => `${each.stage}.${each.name}`).find((name) => measurementsCalled(name, measured).length === 1)
  const remedy = alone === undefined ? 'rename all but one' : `name one in the gate with its stage, as in ${alone}, or rename all but one`
  return `${metric} may be any of several metrics of the run (${found}), ${asks}: ${remedy}, and run again`
}
