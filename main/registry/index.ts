export { evaluateConditions, explainUnmet, FixedGate, gateTo, RecordedMetric } from './gate.ts'
export { Registry, type NewDecision, type NewVersion, type VersionKey } from './registry.ts'
export { mayPromote, nextStage } from './stages.ts'
