import type { StageAttempt } from '../../shared/contract/index.ts'
import { durationSeconds, type StageMeta } from '../../shared/graph/pipeline.ts'
import type { AttemptEnd } from './attempt-watch.ts'
import type { Again } from './run-journal.ts'

/** After so many interruptions of one stage something else is wrong than the power. */
const MOST_INTERRUPTIONS = 20
/** The longest wait between two attempts, milliseconds: a day. */
const LONGEST_WAIT = 86_400_000

/** An attempt as far as its end decides about another. `preemptedFor`: what it was asked to make room for. */
export interface EarlierAttempt extends Pick<StageAttempt, 'attempt' | 'state'> {
  readonly preemptedFor: string | null
}

/**
 * Whether another attempt follows the end of one, and when: after a preemption always; after an interruption where the stage has a checkpoint to go on
 * from; after a failure with an exit code that `retry` names, so many times, each wait twice the one before. `attempts`: those of the stage, in order, the one that ended last.
 */
export function nextAttempt({ checkpoint, retry }: StageMeta, attempts: readonly EarlierAttempt[], end: AttemptEnd, now: Date): Again | undefined {
  const resume = checkpoint === undefined ? 'no' : 'yes'
  const count = (state: EarlierAttempt['state']): number => attempts.filter((each) => each.state === state).length
  if ('lost' in end) {
    const goesOn = checkpoint !== undefined && count('interrupted') < MOST_INTERRUPTIONS
    return goesOn ? { cause: 'interrupted', notBefore: '', resume } : undefined
  }
  const { outcome, exitCode } = end.result
  if (outcome === 'cancelled') return (attempts.at(-1)?.preemptedFor ?? null) === null ? undefined : { cause: 'preempted', notBefore: '', resume }
  if (outcome !== 'failed' || !retry?.exit_codes.includes(exitCode)) return undefined
  const failures = count('failed')
  if (failures >= retry.limit) return undefined
  const wait = Math.min(LONGEST_WAIT, durationSeconds(retry.backoff) * 1000 * 2 ** failures)
  return { cause: 'retry', notBefore: new Date(now.getTime() + wait).toISOString(), resume }
}
