import { resolve } from 'node:path'
import { columnIndex, readCsv, type CsvFacts } from './csv.ts'
import {
  CALIBRATION_BINS,
  compareGroups,
  countRecord,
  emptyCounts,
  groupRates,
  type Comparison,
  type GroupCounts,
  type GroupRates,
} from './fairness-metrics.ts'
import { writeJson } from './files.ts'
import { defineStep, optionalText, requiredList, requiredText, StepInputError, type StepOptions } from './step.ts'

/** Groups of fewer records are listed but not compared, unless --minimum says otherwise: their rates are mostly chance. */
const DEFAULT_MINIMUM = 30

/** More values than this in a grouping column means that it is no grouping column. */
const MOST_GROUPS = 50

/** A column, and the value in it that counts. */
interface Criterion {
  readonly column: string
  readonly value: string
}

interface Attribute {
  readonly attribute: string
  readonly groups: readonly (GroupRates & { readonly compared: boolean })[]
  /** Null when fewer than two groups reach the minimum. */
  readonly comparison: Comparison | null
}

/** Compares what a model decided about groups of people; the report leaves the judging to the gates of the registry. */
export const fairness = defineStep({
  name: 'fairness',
  summary: 'Compare the decisions of a model between groups',
  options: [
    { flag: '--predictions <file>', description: 'CSV file, one record per decision', required: true },
    { flag: '--label <column[=value]>', description: 'the truth, and its value that merits the favourable decision (1)', required: true },
    { flag: '--decision <column[=value]>', description: 'the decision, and its favourable value (1)', required: true },
    { flag: '--score <column[=value]>', description: 'probability in [0, 1] that the label has this value (1), for calibration' },
    { flag: '--group <column>', description: 'protected attribute; may be repeated', required: true, repeat: true },
    { flag: '--minimum <records>', description: `smallest group that is compared (${DEFAULT_MINIMUM})` },
    { flag: '--out <file>', description: 'report to write, JSON', required: true },
    { flag: '--metrics <file>', description: 'the main figures alone, JSON, for gates' },
  ],
  async check(options, io) {
    const predictions = requiredText(options, 'predictions')
    const out = requiredText(options, 'out')
    const metrics = optionalText(options, 'metrics')
    const label = criterion(requiredText(options, 'label'))
    const decision = criterion(requiredText(options, 'decision'))
    const score = optionalText(options, 'score')
    const scored = score === undefined ? null : criterion(score)
    const minimum = minimumOf(options)
    const attributes = requiredList(options, 'group')

    const { facts, counts } = await countGroups(resolve(io.cwd, predictions), predictions, { label, decision, scored, attributes })
    const compared = counts.map((groups, index) => compareAttribute(attributes[index] ?? '', groups, minimum))
    await writeJson(resolve(io.cwd, out), out, {
      type: 'strongroom.dev/fairness-report/v1',
      predictions: { path: predictions, sha256: facts.sha256, rows: facts.rows },
      label,
      decision,
      score: scored,
      minimumGroupSize: minimum,
      calibrationBins: scored === null ? null : CALIBRATION_BINS,
      attributes: compared,
    })
    if (metrics !== undefined) await writeJson(resolve(io.cwd, metrics), metrics, { fairness: mainFigures(compared) })
    for (const attribute of compared) describe(attribute, minimum).forEach((line) => io.stdout(line))
    io.stdout(`report in ${out}`)
    return compared.every(({ comparison }) => comparison !== null)
  },
})

function criterion(text: string): Criterion {
  const at = text.indexOf('=')
  const found = at < 0 ? { column: text, value: '1' } : { column: text.slice(0, at), value: text.slice(at + 1) }
  if (found.column === '' || found.value === '') throw new StepInputError('option-invalid', `"${text}" is not COLUMN or COLUMN=VALUE.`)
  return found
}

function minimumOf(options: StepOptions): number {
  const text = optionalText(options, 'minimum')
  if (text === undefined) return DEFAULT_MINIMUM
  const minimum = Number(text)
  if (!Number.isSafeInteger(minimum) || minimum < 1) {
    throw new StepInputError('option-invalid', `--minimum ${text} is not a whole number above 0.`)
  }
  return minimum
}

interface Columns {
  readonly label: Criterion
  readonly decision: Criterion
  readonly scored: Criterion | null
  readonly attributes: readonly string[]
}

/** One pass over the predictions; for each attribute its groups in the order of their names. */
async function countGroups(path: string, shown: string, wanted: Columns): Promise<{ facts: CsvFacts; counts: GroupCounts[][] }> {
  const groups = wanted.attributes.map(() => new Map<string, GroupCounts>())
  const facts = await readCsv(path, shown, (columns) => {
    const at = (name: string) => columnIndex(columns, name, shown)
    const labelAt = at(wanted.label.column)
    const decisionAt = at(wanted.decision.column)
    const scored = wanted.scored
    const scoreAt = scored === null ? -1 : at(scored.column)
    const attributesAt = wanted.attributes.map(at)
    return (fields, line) => {
      const present = (index: number): string => {
        const value = fields[index] ?? ''
        if (value === '') throw new StepInputError('value-invalid', `${shown}, line ${line}: column "${columns[index] ?? ''}" is empty.`)
        return value
      }
      const label = present(labelAt)
      const deserving = label === wanted.label.value
      const selected = present(decisionAt) === wanted.decision.value
      const score = scored === null ? undefined : probability(present(scoreAt), scored.column, shown, line)
      const event = scored === null ? undefined : label === scored.value
      attributesAt.forEach((index, which) => {
        const byName = groups[which]
        if (byName === undefined) return
        const counts = groupNamed(byName, present(index), wanted.attributes[which] ?? '', shown)
        countRecord(counts, deserving, selected, score, event)
      })
    }
  })
  if (facts.rows === 0) throw new StepInputError('value-invalid', `${shown} has no records.`)
  return { facts, counts: groups.map((byName) => [...byName.values()].sort((a, b) => (a.group < b.group ? -1 : 1))) }
}

function groupNamed(byName: Map<string, GroupCounts>, name: string, attribute: string, shown: string): GroupCounts {
  const known = byName.get(name)
  if (known !== undefined) return known
  if (byName.size === MOST_GROUPS) {
    const what = `column "${attribute}" has more than ${MOST_GROUPS} values`
    throw new StepInputError('value-invalid', `${shown}: ${what}. Group them into bands first.`)
  }
  const counts = emptyCounts(name)
  byName.set(name, counts)
  return counts
}

function probability(text: string, column: string, shown: string, line: number): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw new StepInputError('value-invalid', `${shown}, line ${line}: column "${column}" is "${text}", not a probability in [0, 1].`)
  }
  return value
}

function compareAttribute(attribute: string, counts: readonly GroupCounts[], minimum: number): Attribute {
  const groups = counts.map(groupRates).map((rates) => ({ ...rates, compared: rates.n >= minimum }))
  return { attribute, groups, comparison: compareGroups(groups.filter((group) => group.compared)) }
}

/** The figures that gates are set on, named as metrics are. Undefined figures are left out, so that a gate on them fails. */
function mainFigures(attributes: readonly Attribute[]): Record<string, Record<string, number>> {
  return Object.fromEntries(
    attributes.map(({ attribute, comparison }) => {
      const figures = {
        disparate_impact: comparison?.disparateImpact,
        four_fifths_met: comparison === null || comparison.fourFifthsMet === null ? null : Number(comparison.fourFifthsMet),
        demographic_parity_difference: comparison?.demographicParityDifference,
        equalized_odds_difference: comparison?.equalizedOddsDifference,
        ece_difference: comparison?.eceDifference,
      }
      const known = Object.entries(figures).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
      return [attribute, Object.fromEntries(known)]
    }),
  )
}

function describe({ attribute, groups, comparison }: Attribute, minimum: number): string[] {
  const width = Math.max(...groups.map(({ group }) => group.length))
  const lines = [attribute]
  for (const { group, n, selected, selectionRate, compared } of groups) {
    const rate = `${(selectionRate * 100).toFixed(1)}%`.padStart(6)
    lines.push(`  ${group.padEnd(width)} ${rate}  ${selected} of ${n}${compared ? '' : `  (fewer than ${minimum}: not compared)`}`)
  }
  if (comparison === null) return [...lines, '  fewer than two groups are large enough to compare']
  const { disparateImpact, fourFifthsMet, equalizedOddsDifference, significance } = comparison
  const pair = `${comparison.lowest} / ${comparison.highest}`
  const p = significance.fisherP.toPrecision(2)
  lines.push(`  disparate impact ${shortened(disparateImpact)} (${pair}), four fifths ${fourFifthsMet === true ? 'met' : 'not met'}`)
  lines.push(`  equalized odds difference ${shortened(equalizedOddsDifference)}, p of equal rates ${p} (Fisher)`)
  return lines
}

function shortened(value: number | null): string {
  return value === null ? 'undefined' : value.toFixed(3)
}
