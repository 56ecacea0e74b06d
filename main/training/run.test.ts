import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StageState } from '../../shared/contract/index.ts'
import { isFinal, readyStages, runOutcome, STAGE_TRANSITIONS, stagesToSkip, type ScheduledStage } from './run.ts'

/** A random acyclic graph: each stage needs only earlier ones. */
const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.tuple(
    ...Array.from({ length: size }, (_, index) =>
      fc.subarray(Array.from({ length: index }, (_, before) => `s${before}`)).map((needs): ScheduledStage => ({ name: `s${index}`, state: 'waiting', needs, notBefore: 0, startedAt: null, endedAt: null })),
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

describe('the stages of a run', () => {
  it('come to an end in every graph, whatever fails, with every need met', () => {
    fc.assert(
      fc.property(graph, fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (initial, fails) => {
        let stages: ScheduledStage[] = [...initial]
        const luck = [...fails]
        for (let step = 0; runOutcome(stages.map((stage) => stage.state)) === null; step++) {
          expect(step).toBeLessThan(100)
          for (const { name, needs } of readyStages(stages, 0)) {
            expect(needs.every((need) => stages.find(({ name }) => name === need)?.state === 'succeeded')).toBe(true)
            stages = change(stages, name, 'running')
          }
          const [first] = stages.filter((stage) => stage.state === 'running')
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

  it('can run since the last of what they need has ended, and not before the run began', () => {
    const stage = (name: string, state: StageState, needs: string[] = [], endedAt: number | null = null): ScheduledStage => ({ name, state, needs, notBefore: 0, startedAt: null, endedAt })
    const stages = [stage('a', 'succeeded', [], 20), stage('b', 'succeeded', [], 30), stage('c', 'waiting', ['a', 'b']), stage('d', 'waiting'), stage('e', 'waiting', ['c'])]
    expect(readyStages(stages, 10).map(({ name, since }) => [name, since])).toEqual([['c', 30], ['d', 10]])
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
