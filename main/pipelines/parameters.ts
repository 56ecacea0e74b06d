import type { PipelineProblem, Stage } from '../../shared/graph/pipeline.ts'
import { parameterName } from '../../shared/graph/parameter-name.ts'
import { entryOf, plainValue } from './located.ts'
import type { JsonValue } from './located.ts'
import { digestOf, type ParameterFile } from './parameter-file.ts'
import { FILE_START, ProblemList } from './problem-list.ts'
import type { Outcome } from './problem-list.ts'
import { readValueFile } from './value-file.ts'
import type { Located } from './yaml-source.ts'

export interface Parameters {
  /** By `parameterName`. */
  readonly values: Readonly<Record<string, JsonValue>>
  readonly files: readonly ParameterFile[]
}

/** A name's value, and the file that gave it. */
interface Found {
  readonly file: string
  readonly node: Located
}

/**
 * Reads the parameters that stages name, from `.yaml`, `.yml` and `.json` files, each file once. A key that names a map, and a file
 * without keys, give all values below with dotted names; lists stay whole. Problems: what `readValueFile` refuses, keys that the file does
 * not have, numbers that cannot be recorded exactly, and two values for one name.
 */
export async function readParameters(projectDir: string, stages: readonly Pick<Stage, 'name' | 'params'>[]): Promise<Outcome<Parameters>> {
  const named = new Map<string, Found>()
  const found: PipelineProblem[] = []
  const readOnce = new Map<string, ReturnType<typeof readValueFile>>()
  const files = new Map<string, ParameterFile>()
  for (const stage of stages) {
    for (const { file, keys } of stage.params) {
      const reading = readOnce.get(file) ?? readValueFile(projectDir, file, 'parameters')
      readOnce.set(file, reading)
      const read = await reading
      if (!read.ok) {
        found.push(...read.problems.map((problem) => ({ ...problem, stage: stage.name })))
        continue
      }
      const { root, bytes } = read.value
      files.set(file, digestOf(file, bytes))
      const collector = new Collector(file, stage.name, named)
      if (keys.length === 0) collector.flatten(root, '')
      for (const key of keys) {
        const node = find(root, key)
        if (node) collector.flatten(node, key)
        else collector.refuse('missing-parameter', root.at, `${file} has no '${key}', which stage '${stage.name}' reads; add it or correct params.`)
      }
      found.push(...collector.problems.sorted())
    }
  }
  if (found.length > 0) return { ok: false, problems: found }
  const values = Object.create(null) as Record<string, JsonValue>
  for (const [name, { node }] of named) values[name] = plainValue(node)
  return { ok: true, value: { values, files: [...files.values()] } }
}

/** A parameter as one line of text, as the ledger records it: text bare, everything else as JSON. */
export function parameterText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A key with dots in it may itself be a key, so the longest one that fits is tried first. An index names an item of a list. */
function find(node: Located, key: string): Located | null {
  if (node.kind === 'list') {
    const [, index, rest] = /^(\d+)(?:\.(.+))?$/.exec(key) ?? []
    const item = index === undefined ? undefined : node.items[Number(index)]
    return item === undefined ? null : rest === undefined ? item : find(item, rest)
  }
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

/** Gathers what a stage reads of one file. */
class Collector {
  readonly problems: ProblemList
  readonly #file: string
  readonly #stage: string
  readonly #named: Map<string, Found>

  constructor(file: string, stage: string, named: Map<string, Found>) {
    this.problems = new ProblemList(file)
    this.#file = file
    this.#stage = stage
    this.#named = named
  }

  refuse(code: PipelineProblem['code'], at: Located['at'], message: string): void {
    this.problems.add(code, at, message, this.#stage)
  }

  /** Takes a value, or all values below a map. `key` is empty for the file itself. */
  flatten(node: Located, key: string): void {
    if (node.kind === 'map' && node.entries.length > 0) {
      for (const entry of node.entries) this.flatten(entry.value, key === '' ? entry.key : `${key}.${entry.key}`)
      return
    }
    if (key === '') {
      if (node.kind === 'scalar' && node.value === null) return
      if (node.kind !== 'map') this.refuse('wrong-type', FILE_START, 'The file must be a map from names to values.')
      return
    }
    this.#reportInexact(node, key)
    const name = parameterName(this.#file, key)
    const other = this.#named.get(name)
    if (other && other.node !== node) {
      const where = other.file === this.#file ? `on line ${other.node.at.line}` : `in ${other.file}`
      this.refuse('duplicate-key', node.at, `'${name}' is already the name of another parameter ${where}; rename one, so that both can be recorded.`)
      return
    }
    this.#named.set(name, { file: this.#file, node })
  }

  #reportInexact(node: Located, name: string): void {
    if (node.kind === 'list') for (const item of node.items) this.#reportInexact(item, name)
    if (node.kind === 'map') for (const entry of node.entries) this.#reportInexact(entry.value, name)
    if (node.kind !== 'scalar' || typeof node.value !== 'number') return
    const rounded = /^[-+]?\d+$/.test(node.source) && !Number.isSafeInteger(node.value)
    if (!rounded && Number.isFinite(node.value)) return
    this.refuse('not-finite', node.at, `'${name}' is ${node.source}, which cannot be recorded exactly; write it in quotes.`)
  }
}
