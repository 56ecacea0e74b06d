import type { StageRun } from '../../../shared/contract/index.ts'

/** A stage that ended otherwise than well, and not before it began. */
const ENDED_BADLY: readonly StageRun['state'][] = ['failed', 'interrupted', 'cancelled']

/**
 * The stage to look at: the one that the address names, else what runs, else what went wrong, else of those that `reported` metrics as they
 * ran the one that ended last, else of those with final metrics, else of all, else the first. Undefined only where there are no stages.
 */
export function chooseStage(stages: readonly StageRun[], named: string | undefined, reported: ReadonlySet<string>): StageRun | undefined {
  const ended = stages.filter(({ endedAt }) => endedAt !== null).toSorted((a, b) => (a.endedAt ?? '').localeCompare(b.endedAt ?? ''))
  return (
    stages.find(({ stage }) => stage === named) ??
    stages.find(({ state }) => state === 'running') ??
    stages.find(({ state, startedAt }) => startedAt !== null && ENDED_BADLY.includes(state)) ??
    ended.findLast(({ stage }) => reported.has(stage)) ??
    ended.findLast(({ metrics }) => Object.keys(metrics).length > 0) ??
    ended.at(-1) ??
    stages[0]
  )
}
