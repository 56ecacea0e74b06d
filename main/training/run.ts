import type { RunState, StageState } from '../../shared/contract/index.ts'

/** Which state may follow which. A state without successors is final. */
export const STAGE_TRANSITIONS: Readonly<Record<StageState, readonly StageState[]>> = {
  // What was made before need not run; what ended may be queued again.
  waiting: ['running', 'succeeded', 'failed', 'skipped', 'cancelled'],
  running: ['succeeded', 'failed', 'cancelled', 'interrupted', 'waiting'],
  succeeded: [],
  failed: [],
  cancelled: [],
  interrupted: [],
  skipped: [],
}

export const RUN_TRANSITIONS: Readonly<Record<RunState, readonly RunState[]>> = {
  queued: ['running', 'failed', 'cancelled'],
  running: ['succeeded', 'failed', 'cancelled', 'interrupted'],
  succeeded: [],
  failed: [],
  cancelled: [],
  interrupted: [],
}

export function isFinal(state: StageState | RunState): boolean {
  return state !== 'waiting' && state !== 'queued' && state !== 'running'
}

export interface ScheduledStage {
  readonly name: string
  readonly state: StageState
  /** Stages of the same run that produce what this one reads. */
  readonly needs: readonly string[]
  /** Milliseconds since 1970 before which it is not started; 0 for none. */
  readonly notBefore: number
  /** Milliseconds since 1970, of the latest attempt. */
  readonly startedAt: number | null
  readonly endedAt: number | null
}

/** The stages that could run now: they wait, and all that they need has succeeded. `since`: when that came about, at the earliest when the run began. */
export function readyStages(stages: readonly ScheduledStage[], begun: number): (ScheduledStage & { since: number })[] {
  const byName = new Map(stages.map((stage) => [stage.name, stage]))
  return stages.flatMap((stage) => {
    if (stage.state !== 'waiting') return []
    const needs = stage.needs.map((need) => byName.get(need))
    if (!needs.every((need) => need?.state === 'succeeded')) return []
    return [{ ...stage, since: Math.max(begun, ...needs.map((need) => need?.endedAt ?? begun)) }]
  })
}

/** The waiting stages that can no longer run because one that they need, directly or not, did not succeed; each with that stage. */
export function stagesToSkip(stages: readonly ScheduledStage[]): { stage: string; because: string }[] {
  const lost = new Map<string, string>()
  for (const stage of stages) if (isFinal(stage.state) && stage.state !== 'succeeded') lost.set(stage.name, stage.name)
  const skipped: { stage: string; because: string }[] = []
  for (let grew = true; grew; ) {
    grew = false
    for (const stage of stages) {
      if (stage.state !== 'waiting' || lost.has(stage.name)) continue
      const because = stage.needs.map((need) => lost.get(need)).find((cause) => cause !== undefined)
      if (because === undefined) continue
      lost.set(stage.name, because)
      skipped.push({ stage: stage.name, because })
      grew = true
    }
  }
  return skipped
}

/** How a run ended, by how its stages did; null while one may still change. The gravest counts: failed, interrupted, cancelled. */
export function runOutcome(states: readonly StageState[]): 'succeeded' | 'failed' | 'cancelled' | 'interrupted' | null {
  if (!states.every(isFinal)) return null
  return (['failed', 'interrupted', 'cancelled'] as const).find((state) => states.includes(state)) ?? 'succeeded'
}
