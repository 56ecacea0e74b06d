import type { PipelineProblem, Stage } from '../../shared/graph/pipeline.ts'
import { entryOf, plainValue } from './located.ts'
import type { JsonValue } from './located.ts'
import { FILE_START, ProblemList } from './problem-list.ts'
import type { Outcome } from './problem-list.ts'
import { readValueFile } from './value-file.ts'
import type { Located } from './yaml-source.ts'

/** Parameters of a stage by name: `train.lr` for params.yaml beside the stage's commands, `conf/model.json:depth` for any other file. */
export type Parameters = Readonly<Record<string, JsonValue>>

/**
 * Reads the parameters that a stage names, from `.yaml`, `.yml` and `.json` files. A key that names a map, and a file without keys, give
 * all values below with dotted names; lists stay whole. Problems: what `readValueFile` refuses, keys that the file does not have, and
 * numbers that cannot be recorded exactly.
 */
export async function readParameters(projectDir: string, stage: Stage): Promise<Outcome<Parameters>> {
  const values = Object.create(null) as Record<string, JsonValue>
  const found: PipelineProblem[] = []
  for (const { file, keys } of stage.params) {
    const read = await readValueFile(projectDir, file, 'parameters')
    if (!read.ok) {
      found.push(...read.problems.map((problem) => ({ ...problem, stage: stage.name })))
      continue
    }
    const problems = new ProblemList(file)
    const prefix = file === (stage.wdir === '.' ? 'params.yaml' : `${stage.wdir}/params.yaml`) ? '' : `${file}:`
    if (keys.length === 0) flatten(read.value, prefix, '', values, problems, stage.name)
    for (const key of keys) {
      const node = find(read.value, key)
      if (node) flatten(node, prefix, key, values, problems, stage.name)
      else {
        const message = `${file} has no '${key}', which stage '${stage.name}' reads; add it or correct params.`
        problems.add('missing-parameter', read.value.at, message, stage.name)
      }
    }
    found.push(...problems.sorted())
  }
  return found.length === 0 ? { ok: true, value: values } : { ok: false, problems: found }
}

/** A parameter as one line of text, as the ledger records it: text bare, everything else as JSON. */
export function parameterText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A key with dots in it may itself be a key, so the longest one that fits is tried first. */
function find(node: Located, key: string): Located | null {
  if (node.kind !== 'map') return null
  const whole = entryOf(node, key)
  if (whole) return whole.value
  for (let dot = key.lastIndexOf('.'); dot > 0; dot = key.lastIndexOf('.', dot - 1)) {
    const child = entryOf(node, key.slice(0, dot))
    const below = child && find(child.value, key.slice(dot + 1))
    if (below) return below
  }
  return null
}

function flatten(node: Located, prefix: string, name: string, into: Record<string, JsonValue>, problems: ProblemList, stage: string): void {
  if (node.kind === 'map' && node.entries.length > 0) {
    for (const entry of node.entries) flatten(entry.value, prefix, name === '' ? entry.key : `${name}.${entry.key}`, into, problems, stage)
    return
  }
  if (name === '') {
    if (node.kind === 'scalar' && node.value === null) return
    if (node.kind !== 'map') problems.add('wrong-type', FILE_START, 'The file must be a map from names to values.', stage)
    return
  }
  reportInexact(node, name, problems, stage)
  into[prefix + name] = plainValue(node)
}

function reportInexact(node: Located, name: string, problems: ProblemList, stage: string): void {
  if (node.kind === 'list') for (const item of node.items) reportInexact(item, name, problems, stage)
  if (node.kind === 'map') for (const entry of node.entries) reportInexact(entry.value, name, problems, stage)
  if (node.kind !== 'scalar' || typeof node.value !== 'number') return
  const rounded = /^[-+]?\d+$/.test(node.source) && !Number.isSafeInteger(node.value)
  if (!rounded && Number.isFinite(node.value)) return
  problems.add('not-finite', node.at, `'${name}' is ${node.source}, which cannot be recorded exactly; write it in quotes.`, stage)
}
