import type { StageState } from '../../shared/contract/index.ts'
import { predecessors } from '../../shared/graph/traversal.ts'
import type { Ordered } from '../../shared/graph/traversal.ts'

/** The state of each stage of a run, by name. A stage without a state waits. */
export type StageStates = Readonly<Record<string, StageState>>

/** Stages that wait and whose dependencies have all succeeded, in the order of the file. */
export function readyStages(pipeline: Ordered, states: StageStates): string[] {
  const stateOf = (name: string): StageState => (Object.hasOwn(states, name) ? (states[name] ?? 'waiting') : 'waiting')
  return pipeline.stages
    .map((stage) => stage.name)
    .filter((name) => stateOf(name) === 'waiting')
    .filter((name) => predecessors(pipeline, name).every((before) => stateOf(before) === 'succeeded'))
}
