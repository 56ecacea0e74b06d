import { resolve } from 'node:path'
import { ColumnProfile, within, type ExpectationResult } from './column-profile.ts'
import { readCsv, type CsvFacts } from './csv.ts'
import { parseExpectations, type Expectations } from './expectations.ts'
import { readWhole, sha256Hex, writeJson } from './files.ts'
import { defineStep, requiredText } from './step.ts'

/** Largest expectations file, in bytes. */
const EXPECTATIONS_LIMIT = 1024 * 1024

/** Holds a CSV file against expectations that were written down before; the report lists each with what was seen. */
export const validate = defineStep({
  name: 'validate',
  summary: 'Check a CSV file against an expectations file',
  options: [
    { flag: '--data <file>', description: 'CSV file with a header line', required: true },
    { flag: '--expectations <file>', description: 'expectations, YAML', required: true },
    { flag: '--out <file>', description: 'report to write, JSON', required: true },
  ],
  async check(options, io) {
    const data = requiredText(options, 'data')
    const expectationsPath = requiredText(options, 'expectations')
    const out = requiredText(options, 'out')
    const bytes = await readWhole(resolve(io.cwd, expectationsPath), expectationsPath, EXPECTATIONS_LIMIT)
    const expectations = parseExpectations(bytes.toString('utf8'), expectationsPath)

    const { facts, results } = await validateTable(resolve(io.cwd, data), data, expectations)
    const failed = results.filter((result) => !result.met)
    await writeJson(resolve(io.cwd, out), out, {
      type: 'strongroom.dev/validation-report/v1',
      met: failed.length === 0,
      data: { path: data, ...facts },
      expectations: { path: expectationsPath, sha256: sha256Hex(bytes) },
      checked: results.length,
      failed: failed.length,
      results,
    })
    io.stdout(`${data}: ${facts.rows} rows, ${facts.columns.length} columns, sha256 ${facts.sha256.slice(0, 16)}`)
    for (const result of failed) io.stdout(`  not met: ${describe(result)}`)
    io.stdout(`${results.length - failed.length} of ${results.length} expectations met; report in ${out}`)
    return failed.length === 0
  },
})

/** Reads the table once and answers every expectation, in the order of the file. */
export async function validateTable(
  path: string,
  shown: string,
  expectations: Expectations,
): Promise<{ facts: CsvFacts; results: ExpectationResult[] }> {
  const profiles: ColumnProfile[] = []
  const results: ExpectationResult[] = []
  const facts = await readCsv(path, shown, (columns) => {
    results.push(...columnResults(columns, expectations))
    const at: { index: number; profile: ColumnProfile }[] = []
    for (const [name, expected] of Object.entries(expectations.columns)) {
      const index = columns.indexOf(name)
      if (index < 0) continue
      const profile = new ColumnProfile(name, expected)
      profiles.push(profile)
      at.push({ index, profile })
    }
    return (fields, line) => {
      for (const { index, profile } of at) profile.add(fields[index] ?? '', line)
    }
  })
  const { rows } = expectations
  if (rows !== undefined) {
    results.push({ column: null, expectation: 'rows', expected: rows, observed: facts.rows, met: within(facts.rows, rows) })
  }
  return { facts, results: [...results, ...profiles.flatMap((profile) => profile.results())] }
}

function columnResults(columns: readonly string[], { columns: expected, other_columns: others }: Expectations): ExpectationResult[] {
  const names = Object.keys(expected)
  const absent = names.filter((name) => !columns.includes(name))
  const results: ExpectationResult[] = [
    { column: null, expectation: 'columns', expected: names, observed: { absent }, met: absent.length === 0 },
  ]
  if (others === 'refuse') {
    const extra = columns.filter((name) => !Object.hasOwn(expected, name))
    results.push({ column: null, expectation: 'other_columns', expected: 'refuse', observed: { extra }, met: extra.length === 0 })
  }
  return results
}

function describe(result: ExpectationResult): string {
  const where = result.column === null ? 'table' : `column "${result.column}"`
  return `${where}, ${result.expectation} ${JSON.stringify(result.expected)}: ${JSON.stringify(result.observed)}`
}
