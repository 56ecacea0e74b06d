import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StageState } from '../../shared/contract/index.ts'
import { isFinal, nextStages, runOutcome, STAGE_TRANSITIONS, stagesToSkip, type ScheduledStage } from './run.ts'

/** A random acyclic graph: each stage needs only earlier ones. */
const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, index) =>
      fc.record({ needs: fc.subarray(Array.from({ length: index }, (_, before) => `s${before}`)), cpus: fc.integer({ min: 1, max: 4 }) }).map(
        ({ needs, cpus }): ScheduledStage => ({ name: `s${index}`, state: 'waiting', needs, cpus, notBefore: 0 }),
      ),
    ),
  ),
)

function change(stages: readonly ScheduledStage[], name: string, state: StageState): ScheduledStage[] {
  return stages.map((stage) => {
    if (stage.name !== name) return stage
    expect(STAGE_TRANSITIONS[stage.state]).toContain(state)
    return { ...stage, state }
  })
}

describe('scheduling', () => {
  it('brings every graph to an end, whatever fails, within the CPUs and with every need met', () => {
    fc.assert(
      fc.property(graph, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (initial, fails) => {
        let stages: ScheduledStage[] = [...initial]
        const luck = [...fails]
        for (let step = 0; runOutcome(stages.map((stage) => stage.state)) === null; step++) {
          expect(step).toBeLessThan(100)
          for (const { stage } of nextStages([{ id: 1, stages }], 4, 0)) {
            const needs = stages.find(({ name }) => name === stage)?.needs ?? []
            expect(needs.every((need) => stages.find(({ name }) => name === need)?.state === 'succeeded')).toBe(true)
            stages = change(stages, stage, 'running')
          }
          const running = stages.filter((stage) => stage.state === 'running')
          expect(running.reduce((total, stage) => total + stage.cpus, 0)).toBeLessThanOrEqual(4)
          const [first] = running
          if (!first) throw new Error('nothing runs and nothing is over')
          stages = change(stages, first.name, luck.pop() ? 'failed' : 'succeeded')
          for (const { stage } of stagesToSkip(stages)) stages = change(stages, stage, 'skipped')
        }
      }),
    )
  })

  it('skips exactly what needs a failed stage, directly or not', () => {
    fc.assert(
      fc.property(graph, fc.nat(), (initial, pick) => {
        const failed = initial[pick % initial.length]?.name ?? ''
        const stages = initial.map((stage): ScheduledStage => ({ ...stage, state: stage.name === failed ? 'failed' : 'waiting' }))
        const reaches = (name: string): boolean => initial.find((stage) => stage.name === name)?.needs.some((need) => need === failed || reaches(need)) ?? false
        expect(stagesToSkip(stages).map(({ stage }) => stage).sort()).toEqual(initial.map(({ name }) => name).filter(reaches).sort())
      }),
    )
  })

  it('keeps later runs from starving a wide stage', () => {
    const stage = (name: string, state: StageState, cpus: number): ScheduledStage => ({ name, state, cpus, needs: [], notBefore: 0 })
    const runs = [
      { id: 1, stages: [stage('busy', 'running', 1), stage('wide', 'waiting', 2), stage('small', 'waiting', 1)] },
      { id: 2, stages: [stage('late', 'waiting', 1)] },
    ]
    expect(nextStages(runs, 2, 0)).toEqual([{ run: 1, stage: 'small' }])
    expect(nextStages([{ id: 1, stages: [stage('busy', 'running', 1), stage('wide', 'waiting', 2)] }, { id: 2, stages: [stage('late', 'waiting', 1)] }], 2, 0)).toEqual([])
  })

  it('knows no way out of a final state', () => {
    for (const state of StageState.options) expect(STAGE_TRANSITIONS[state].length === 0).toBe(isFinal(state))
  })
})

describe('the outcome of a run', () => {
  it('is the gravest of its stages, once all are over', () => {
    expect(runOutcome(['succeeded', 'running'])).toBeNull()
    expect(runOutcome(['succeeded', 'succeeded'])).toBe('succeeded')
    expect(runOutcome(['succeeded', 'failed', 'skipped', 'interrupted'])).toBe('failed')
    expect(runOutcome(['interrupted', 'cancelled', 'skipped'])).toBe('interrupted')
    expect(runOutcome(['cancelled', 'succeeded'])).toBe('cancelled')
  })
})
