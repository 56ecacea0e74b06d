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
  readonly cpus: number
  /** Milliseconds since 1970 before which it is not started. */
  readonly notBefore: number
}

export interface ScheduledRun<Id = number> {
  readonly id: Id
  readonly stages: readonly ScheduledStage[]
}

/**
 * The stages to start now, oldest run first and in the pipeline's order: those whose needs have all succeeded, as long as the CPUs of
 * everything that runs stay within `cpus`. A stage that must wait for CPUs lets smaller ones of its own run pass, but not later runs:
 * a wide stage always gets its turn. `now`: milliseconds since 1970.
 */
export function nextStages<Id>(runs: readonly ScheduledRun<Id>[], cpus: number, now: number): { run: Id; stage: string }[] {
  let free = cpus - sum(runs.flatMap((run) => run.stages).filter((stage) => stage.state === 'running').map((stage) => stage.cpus))
  const chosen: { run: Id; stage: string }[] = []
  for (const run of runs) {
    const states = new Map(run.stages.map((stage) => [stage.name, stage.state]))
    let held = false
    for (const stage of run.stages) {
      if (stage.state !== 'waiting' || stage.notBefore > now || !stage.needs.every((need) => states.get(need) === 'succeeded')) continue
      if (stage.cpus > free) {
        held = true
        continue
      }
      free -= stage.cpus
      chosen.push({ run: run.id, stage: stage.name })
    }
    if (held) break
  }
  return chosen
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
