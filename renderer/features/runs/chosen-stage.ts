import type { StageRun } from '../../../shared/contract/index.ts'

/**
 * The stage to look at: the one that the address names, else what runs, else what failed, else what was done last, else the first.
 * Undefined only where there are no stages.
 */
export function chooseStage(stages: readonly StageRun[], named: string | undefined): StageRun | undefined {
  const last = stages.filter(({ endedAt }) => endedAt !== null).toSorted((a, b) => (a.endedAt ?? '').localeCompare(b.endedAt ?? '')).at(-1)
  return (
    stages.find(({ stage }) => stage === named) ??
    stages.find(({ state }) => state === 'running') ??
    stages.find(({ state }) => state === 'failed') ??
    last ??
    stages[0]
  )
}
