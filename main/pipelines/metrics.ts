import type { PipelineProblem, Stage } from '../../shared/graph/pipeline.ts'
import { parseDecimal } from '../../shared/graph/decimal.ts'
import { ProblemList } from './problem-list.ts'
import type { Outcome } from './problem-list.ts'
import { readValueFile } from './value-file.ts'
import type { Located, LocatedScalar } from './yaml-source.ts'

/** Metrics by dotted name, as exact canonical decimals. */
export type Metrics = Readonly<Record<string, string>>

/** Python, JavaScript and C write these into files that claim to be JSON or YAML. */
const NOT_FINITE = /^[-+]?(\.?inf(inity)?|\.?nan)$/i

/**
 * Reads the metric files that a stage has written. Nested maps give dotted names, lists give indices; texts, true/false and nothing are no
 * metrics and passed over. Numbers keep every digit that the file has. Problems: what `readValueFile` refuses, NaN and the infinities, and
 * one name in two files.
 */
export async function readMetrics(projectDir: string, stage: Stage): Promise<Outcome<Metrics>> {
  const metrics = Object.create(null) as Record<string, string>
  const found: PipelineProblem[] = []
  for (const path of [...stage.outs.filter((out) => out.kind === 'metric').map((out) => out.path), ...(stage.metricFiles ?? [])]) {
    const read = await readValueFile(projectDir, path, 'metrics')
    if (!read.ok) {
      found.push(...read.problems.map((problem) => ({ ...problem, stage: stage.name })))
      continue
    }
    const problems = new ProblemList(path)
    for (const { name, number } of numbersOf(read.value.root, '')) {
      const decimal = NOT_FINITE.test(number.source) ? null : parseDecimal(number.source)
      const refuse = (code: PipelineProblem['code'], message: string): void => problems.add(code, number.at, message, stage.name)
      if (name === '') refuse('wrong-type', 'The file is a bare number; write a map from names to numbers.')
      else if (decimal === null) refuse('not-finite', `'${name}' is ${number.source}; a metric must be a finite decimal number.`)
      else if (name in metrics) refuse('duplicate-key', `'${name}' is already a metric of stage '${stage.name}'; rename one.`)
      else metrics[name] = decimal
    }
    found.push(...problems.sorted())
  }
  return found.length === 0 ? { ok: true, value: metrics } : { ok: false, problems: found }
}

function* numbersOf(node: Located, name: string): Generator<{ name: string; number: LocatedScalar }> {
  const below = (key: string | number): string => (name === '' ? String(key) : `${name}.${key}`)
  if (node.kind === 'map') for (const entry of node.entries) yield* numbersOf(entry.value, below(entry.key))
  else if (node.kind === 'list') for (const [index, item] of node.items.entries()) yield* numbersOf(item, below(index))
  else if (typeof node.value === 'number' || (node.plain && NOT_FINITE.test(node.source))) yield { name, number: node }
}
