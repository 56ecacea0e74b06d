import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { StepInputError } from './step.ts'

const limits = { min: z.number().optional(), max: z.number().optional() }
const range = z.strictObject(limits).refine((r) => r.min !== undefined || r.max !== undefined, 'needs min, max or both')
const share = z.number().min(0).max(1)

const column = z.strictObject({
  type: z.enum(['text', 'number', 'integer', 'date']),
  /** Inclusive limits of each value of a number or integer column. */
  ...limits,
  /** Largest allowed share of empty fields. */
  missing_max: share.default(0),
  unique: z.boolean().default(false),
  /** The only values that may stand there, compared as text. */
  values: z.array(z.union([z.string(), z.number()]).transform(String)).min(1).optional(),
  /** Limits of the mean of the values that are there. */
  mean: range.optional(),
})

const expectations = z.strictObject({
  rows: range.optional(),
  /** Whether columns that are not named here may stand in the file. */
  other_columns: z.enum(['allow', 'refuse']).default('refuse'),
  columns: z.record(z.string(), column).refine((all) => Object.keys(all).length > 0, 'name at least one column'),
})

export type Expectations = z.output<typeof expectations>
export type ColumnExpectation = Expectations['columns'][string]
export type Range = z.output<typeof range>

/** The expectations of a YAML text. Throws StepInputError `expectations-invalid` with the line or the key. */
export function parseExpectations(text: string, shown: string): Expectations {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const problem = document.errors[0]
  if (problem !== undefined) {
    const at = lines.linePos(problem.pos[0])
    throw new StepInputError('expectations-invalid', `${shown}, line ${at.line}: ${problem.message.split('\n', 1)[0] ?? 'not YAML'}`)
  }
  const parsed = expectations.safeParse(toPlain(document, shown))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const key = issue === undefined || issue.path.length === 0 ? 'the file' : issue.path.join('.')
    throw new StepInputError('expectations-invalid', `${shown}, ${key}: ${issue?.message ?? 'not understood'}.`)
  }
  for (const [name, one] of Object.entries(parsed.data.columns)) refuseContradiction(name, one, shown)
  return parsed.data
}

function toPlain(document: ReturnType<typeof parseDocument>, shown: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new StepInputError('expectations-invalid', `${shown}: ${error instanceof Error ? error.message : 'not understood'}.`)
  }
}

function refuseContradiction(name: string, one: ColumnExpectation, shown: string): void {
  const numeric = one.type === 'number' || one.type === 'integer'
  if (!numeric && (one.min !== undefined || one.max !== undefined || one.mean !== undefined)) {
    throw new StepInputError('expectations-invalid', `${shown}, columns.${name}: min, max and mean need type number or integer.`)
  }
  for (const limit of [one, one.mean]) {
    if (limit?.min !== undefined && limit.max !== undefined && limit.min > limit.max) {
      throw new StepInputError('expectations-invalid', `${shown}, columns.${name}: min ${limit.min} is above max ${limit.max}.`)
    }
  }
}
