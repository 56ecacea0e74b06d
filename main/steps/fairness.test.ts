import { describe, expect, it } from 'vitest'
import { fairness } from './fairness.ts'
import { createWorkspace } from './testing/workspace.ts'

const OPTIONS = { predictions: 'p.csv', label: 'defaulted=0', decision: 'approved', group: ['sex'], out: 'out/fairness.json' }

/** `n` records each of (sex, defaulted, approved). */
function predictions(...groups: readonly (readonly [n: number, sex: string, defaulted: number, approved: number])[]): string {
  const lines = groups.flatMap(([n, sex, defaulted, approved]) => Array.from({ length: n }, () => `${sex},${defaulted},${approved},0.25`))
  return `sex,defaulted,approved,score\n${lines.join('\n')}\n`
}

const MEN = [[60, 'm', 0, 1], [20, 'm', 1, 1], [15, 'm', 0, 0], [105, 'm', 1, 0]] as const
const WOMEN = [[30, 'f', 0, 1], [15, 'f', 1, 1], [20, 'f', 0, 0], [85, 'f', 1, 0]] as const
const TWO_GROUPS = predictions(...MEN, ...WOMEN)

describe('strongroom step fairness', () => {
  it('reports each group and their comparison, from the favourable values that it is told', async () => {
    const workspace = createWorkspace({ 'p.csv': TWO_GROUPS })
    const { code, output } = await workspace.run(fairness, { ...OPTIONS, score: 'score', metrics: 'out/metrics.json' })
    expect(code, output).toBe(0)
    expect(workspace.json('out/fairness.json')).toMatchObject({
      type: 'strongroom.dev/fairness-report/v1',
      predictions: { path: 'p.csv', rows: 350 },
      label: { column: 'defaulted', value: '0' },
      decision: { column: 'approved', value: '1' },
      attributes: [
        {
          attribute: 'sex',
          groups: [
            { group: 'f', n: 150, tpr: 0.6, compared: true },
            { group: 'm', n: 200, tpr: 0.8, compared: true },
          ],
          comparison: { lowest: 'f', highest: 'm', disparateImpact: 0.75, fourFifthsMet: false },
        },
      ],
    })
    expect(workspace.json('out/metrics.json')).toMatchObject({ fairness: { sex: { disparate_impact: 0.75, four_fifths_met: 0 } } })
    expect(output).toContain('disparate impact 0.750 (f / m), four fifths not met')
  })

  it('compares only groups that are large enough, and lists the others', async () => {
    const workspace = createWorkspace({ 'p.csv': predictions(...MEN, ...WOMEN, [5, 'x', 0, 0]) })
    expect((await workspace.run(fairness, { ...OPTIONS, minimum: '6' })).code).toBe(0)
    expect(workspace.json('out/fairness.json')).toMatchObject({
      attributes: [
        { groups: [{ compared: true }, { compared: true }, { group: 'x', n: 5, compared: false }], comparison: { lowest: 'f' } },
      ],
    })
  })

  it('fails, with its report, when fewer than two groups can be compared', async () => {
    const workspace = createWorkspace({ 'p.csv': TWO_GROUPS })
    const { code, output } = await workspace.run(fairness, { ...OPTIONS, minimum: '160', metrics: 'm.json' })
    expect(code).toBe(1)
    expect(output).toContain('fewer than two groups are large enough')
    expect(workspace.json('out/fairness.json')).toMatchObject({ attributes: [{ comparison: null }] })
    expect(workspace.json('m.json')).toEqual({ fairness: { sex: {} } })
  })

  it.each([
    ['a column that is not there', { group: ['age'] }, /p\.csv has no column "age"\. It has: sex, defaulted, approved, score/],
    ['a group given twice', { group: ['sex', 'sex'] }, /--group sex is given twice/],
    ['a missing option', { label: undefined }, /--label is missing/],
    ['a criterion without a column', { label: '=0' }, /"=0" is not COLUMN or COLUMN=VALUE/],
    ['a minimum that is no number', { minimum: 'few' }, /--minimum few is not a whole number/],
    ['an option that it does not have', { threshold: '0.8' }, /--threshold is no option of "fairness"/],
    ['a file that is not there', { predictions: 'q.csv' }, /q\.csv cannot be read: there is no such file/],
  ])('refuses %s', async (_, change, message) => {
    const workspace = createWorkspace({ 'p.csv': TWO_GROUPS })
    const { code, output } = await workspace.run(fairness, { ...OPTIONS, ...change })
    expect(code).toBe(2)
    expect(output).toMatch(message)
  })

  it.each([
    ['an empty value', 'sex,defaulted,approved,score\nm,,1,0.5\n', /line 2: column "defaulted" is empty/],
    ['a score outside 0 and 1', 'sex,defaulted,approved,score\nm,0,1,1.5\n', /line 2: column "score" is "1\.5", not a probability/],
    ['no records', 'sex,defaulted,approved,score\n', /has no records/],
    [
      'a grouping column with a value for everyone',
      `sex,defaulted,approved,score\n${Array.from({ length: 60 }, (_, i) => `p${i},0,1,0.5`).join('\n')}\n`,
      /more than 50 values/,
    ],
  ])('refuses %s in the predictions', async (_, content, message) => {
    const workspace = createWorkspace({ 'p.csv': content })
    const { code, output } = await workspace.run(fairness, { ...OPTIONS, score: 'score' })
    expect(code).toBe(2)
    expect(output).toMatch(message)
  })
})
