import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createWorkspace } from './testing/workspace.ts'
import { validate } from './validate.ts'

const OPTIONS = { data: 'd.csv', expectations: 'e.yaml', out: 'r/validation.json' }

const EXPECTATIONS = `
rows: {min: 2, max: 10}
columns:
  id: {type: text, unique: true}
  day: {type: date}
  age: {type: integer, min: 18, max: 99, mean: {min: 20, max: 60}}
  rate: {type: number, missing_max: 0.5}
  sex: {type: text, values: [f, m]}
`

const HEADER = 'id,day,age,rate,sex'
const GOOD = [HEADER, 'a,2026-02-28,30,0.5,f', 'b,2024-02-29,40,,m', 'c,2026-01-01,50,1e-3,f', ''].join('\n')

async function validated(data: string, expectations = EXPECTATIONS) {
  const workspace = createWorkspace({ 'd.csv': data, 'e.yaml': expectations })
  return { ...(await workspace.run(validate, OPTIONS)), workspace }
}

describe('strongroom step validate', () => {
  it('lists every expectation with what it saw, and the digests of both files', async () => {
    const { code, output, workspace } = await validated(GOOD)
    expect(code, output).toBe(0)
    const digest = (text: string) => createHash('sha256').update(text).digest('hex')
    expect(workspace.json('r/validation.json')).toMatchObject({
      type: 'strongroom.dev/validation-report/v1',
      met: true,
      data: { path: 'd.csv', rows: 3, sha256: digest(GOOD) },
      expectations: { path: 'e.yaml', sha256: digest(EXPECTATIONS) },
      checked: 17,
      failed: 0,
    })
    expect(workspace.json('r/validation.json')).toMatchObject({
      results: expect.arrayContaining([
        { column: 'age', expectation: 'mean', expected: { min: 20, max: 60 }, observed: 40, met: true },
        { column: 'rate', expectation: 'missing_max', expected: 0.5, observed: { share: 1 / 3, count: 1 }, met: true },
      ]) as unknown,
    })
  })

  it.each([
    ['a repeated id', GOOD.replace('b,2024', 'a,2024'), 'id', 'unique', { repeated: { count: 1, first: [{ line: 3, value: 'a' }] } }],
    ['a day that no calendar has', GOOD.replace('2026-02-28', '2026-02-29'), 'day', 'type', { not: { count: 1 } }],
    ['a fraction among integers', GOOD.replace(',30,', ',30.5,'), 'age', 'type', { not: { first: [{ line: 2, value: '30.5' }] } }],
    ['a word among numbers', GOOD.replace('1e-3', 'NaN'), 'rate', 'type', { not: { first: [{ line: 4, value: 'NaN' }] } }],
    ['a value below the range', GOOD.replace(',30,', ',17,'), 'age', 'range', { min: 17, max: 50, outside: { count: 1 } }],
    ['a mean outside its range', GOOD.replace(',30,', ',99,').replace(',40,', ',99,'), 'age', 'mean', (99 + 99 + 50) / 3],
    ['too many empty fields', GOOD.replace('0.5', ''), 'rate', 'missing_max', { share: 2 / 3 }],
    ['a value that is not allowed', GOOD.replace(',m', ',M'), 'sex', 'values', { other: { first: [{ line: 3, value: 'M' }] } }],
    ['too few rows', `${HEADER}\na,2026-02-28,30,0.5,f\n`, null, 'rows', 1],
    ['a missing column', 'id,day,age,rate\na,2026-02-28,30,0.5\nb,2026-02-28,30,0.5\n', null, 'columns', { absent: ['sex'] }],
    ['a column too many', GOOD.replaceAll(/\n(?=.)/g, ',x\n').replace('1e-3,f', '1e-3,f,x'), null, 'other_columns', { extra: ['x'] }],
  ])('fails for %s, and says where', async (_, data, column, expectation, observed) => {
    const { code, output, workspace } = await validated(data)
    expect(code, output).toBe(1)
    const report = workspace.json('r/validation.json') as { met: boolean; results: Record<string, unknown>[] }
    const broken = report.results.filter((result) => result.met === false)
    expect(report.met).toBe(false)
    expect(broken).toHaveLength(1)
    const result = broken[0]
    expect(result).toMatchObject({ column, expectation })
    if (typeof observed === 'object') expect(result?.observed).toMatchObject(observed)
    else expect(result?.observed).toBeCloseTo(observed, 12)
    expect(output).toContain('not met')
  })

  it.each([
    ['a key that it does not know', 'columns: {id: {type: text, uniq: true}}', /e\.yaml, columns\.id: .*uniq/],
    ['broken YAML', 'columns:\n  id: {type: text', /e\.yaml, line 2/],
    ['a key given twice', 'columns: {id: {type: text}}\ncolumns: {}\n', /e\.yaml, line 2: Map keys must be unique/],
    ['no columns', 'columns: {}', /name at least one column/],
    ['limits of a text', 'columns: {id: {type: text, min: 1}}', /columns\.id: min, max and mean need type number/],
    ['limits the wrong way round', 'columns: {id: {type: number, min: 2, max: 1}}', /min 2 is above max 1/],
    [
      'aliases that multiply',
      `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(9)}]\nc: &c [${'*b,'.repeat(9)}]\nd: &d [${'*c,'.repeat(9)}]\ncolumns: *d\n`,
      /e\.yaml: .*alias/i,
    ],
  ])('refuses expectations with %s', async (_, expectations, message) => {
    const { code, output } = await validated(GOOD, expectations)
    expect(code).toBe(2)
    expect(output).toMatch(message)
  })

  it('says when the report cannot be written', async () => {
    const workspace = createWorkspace({ 'd.csv': GOOD, 'e.yaml': EXPECTATIONS, r: 'a file where the folder should be' })
    const { code, output } = await workspace.run(validate, OPTIONS)
    expect(code).toBe(2)
    expect(output).toMatch(/r\/validation\.json cannot be written/)
  })
})
