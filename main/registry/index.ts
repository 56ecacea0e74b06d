export { evaluateConditions, explainUnmet, gateTo, type FixedGate } from './gate.ts'
export { measurementsCalled, nameMeasurements, type Measurement } from './measurement.ts'
export { Registry, type NewDecision, type NewVersion, type VersionKey } from './registry.ts'
