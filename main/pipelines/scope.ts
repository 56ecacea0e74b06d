import type { PipelineProblem } from '../../shared/graph/pipeline.ts'
import { digestOf, type ParameterFile } from './parameter-file.ts'
import { entryOf, kindOf } from './located.ts'
import { joinProjectPath, resolveInside } from './paths.ts'
import type { Place, ProblemList } from './problem-list.ts'
import { didYouMean } from './suggestion.ts'
import { isTemplate } from './template.ts'
import { readValueFile } from './value-file.ts'
import { mergeVariables, selectVariable, variablesOf, type Variable } from './variables.ts'
import type { Located, LocatedMap } from './yaml-source.ts'

const DEFAULT_FILE = 'params.yaml'

/** Files that give variables, each read once for all scopes of a pipeline. */
export class VariableFiles {
  readonly #projectDir: string
  readonly #read = new Map<string, ReturnType<typeof readValueFile>>()
  readonly #files = new Map<string, ParameterFile>()
  /** What is wrong in the files themselves. */
  readonly problems: PipelineProblem[] = []

  constructor(projectDir: string) {
    this.#projectDir = projectDir
  }

  /** Those that were read, in the order of their first use. */
  get files(): ParameterFile[] {
    return [...this.#files.values()]
  }

  async exists(path: string): Promise<boolean> {
    const resolved = await resolveInside(this.#projectDir, path)
    return resolved.ok && resolved.exists !== 'no'
  }

  /** The map that the file holds; null where something is wrong with it, which is then among the problems. */
  async read(path: string): Promise<LocatedMap | null> {
    const first = this.#read.get(path)
    const reading = first ?? readValueFile(this.#projectDir, path, 'variables')
    this.#read.set(path, reading)
    const read = await reading
    if (!read.ok) {
      if (!first) this.problems.push(...read.problems)
      return null
    }
    const { root, bytes } = read.value
    this.#files.set(path, digestOf(path, bytes))
    if (root.kind === 'map') return root
    if (root.kind === 'scalar' && root.value === null) return { kind: 'map', entries: [], at: root.at }
    if (!first) this.problems.push({ code: 'wrong-type', message: `The file is ${kindOf(root)}; it must be a map from names to values.`, file: path, line: root.at.line, column: root.at.column })
    return null
  }
}

/** What a scope was given of a file: these keys, or all. */
type Loaded = readonly string[] | 'all'

/**
 * The variables that templates may name at some place of a pipeline. `vars` adds to them and never replaces one: what two places say differently would depend
 * on their order.
 */
export class Scope {
  readonly #variables: ReadonlyMap<string, Variable>
  readonly #loaded: ReadonlyMap<string, Loaded>
  /** What an iteration gives, before all others of their names. */
  readonly #own: ReadonlyMap<string, Variable>

  private constructor(variables: ReadonlyMap<string, Variable>, loaded: ReadonlyMap<string, Loaded>, own: ReadonlyMap<string, Variable>) {
    this.#variables = variables
    this.#loaded = loaded
    this.#own = own
  }

  /** Variables of `params.yaml` in the folder of the pipeline, where there is one. */
  static async ofFolder(folder: string, files: VariableFiles): Promise<Scope> {
    const empty = new Scope(new Map(), new Map(), new Map())
    const path = joinProjectPath(folder, DEFAULT_FILE)
    if (!path.ok || !(await files.exists(path.path))) return empty
    const map = await files.read(path.path)
    return map === null ? empty : new Scope(mapOf(map, path.path), new Map([[path.path, 'all']]), new Map())
  }

  /** With `item` and `key` of one iteration: they stand before what has their name elsewhere, and no `vars` changes them. */
  iteration(own: ReadonlyMap<string, Variable>): Scope {
    return new Scope(this.#variables, this.#loaded, own)
  }

  /** With what a list under `vars` adds: maps, and files, relative to `folder`, with or without the keys that are taken of them. */
  async withVars(node: Located | undefined, folder: string, files: VariableFiles, problems: ProblemList, stage?: string): Promise<Scope> {
    if (node === undefined) return this
    if (node.kind !== 'list') {
      problems.add('wrong-type', node.at, `vars is ${kindOf(node)}; it must be a list of files and maps.`, stage)
      return this
    }
    return node.items.reduce<Promise<Scope>>(async (before, item) => (await before).#withItem(item, folder, files, problems, stage), Promise.resolve(this))
  }

  async #withItem(item: Located, folder: string, files: VariableFiles, problems: ProblemList, stage?: string): Promise<Scope> {
    if (hasTemplate(item)) problems.add('wrong-type', item.at, 'vars cannot hold templates: write the values out, or read them from a file.', stage)
    else if (item.kind === 'map') return this.#merged(mapOf(item, null), item.at, 'vars', problems, stage)
    else if (item.kind === 'scalar' && typeof item.value === 'string') return this.#withFile(item.value, item.at, folder, files, problems, stage)
    else problems.add('wrong-type', item.at, `An item of vars is ${kindOf(item)}; it must be a file or a map.`, stage)
    return this
  }

  async #withFile(written: string, at: Place, folder: string, files: VariableFiles, problems: ProblemList, stage?: string): Promise<Scope> {
    const [name = '', list = ''] = splitOnce(written, ':')
    const keys = list.split(',').filter((key) => key !== '')
    const joined = joinProjectPath(folder, name)
    if (!joined.ok) {
      problems.add(joined.code, at, joined.reason, stage)
      return this
    }
    const { path } = joined
    const before = this.#loaded.get(path)
    if (before === 'all' && keys.length === 0) return this
    if (before !== undefined && (before === 'all' || keys.length === 0 || keys.some((key) => before.includes(key)))) {
      problems.add('duplicate-key', at, `'${written}' gives variables that are there already, of the same file; remove what is twice.`, stage)
      return this
    }
    if (!(await files.exists(path))) {
      problems.add('file-missing', at, `'${path}' is not there, and vars reads variables of it; create it or correct vars.`, stage)
      return this
    }
    const map = await files.read(path)
    if (map === null) return this
    const missing = keys.find((key) => !entryOf(map, key))
    if (missing !== undefined) {
      problems.add('missing-parameter', at, `${path} has no '${missing}'${didYouMean(missing, map.entries.map(({ key }) => key)) || '; add it or correct vars.'}`, stage)
      return this
    }
    const all = mapOf(map, path)
    const taken = keys.length === 0 ? all : new Map([...all].filter(([key]) => keys.includes(key)))
    const merged = this.#merged(taken, at, path, problems, stage)
    return new Scope(merged.#variables, new Map([...this.#loaded, [path, keys.length === 0 ? 'all' : [...(before ?? []), ...keys]]]), this.#own)
  }

  #merged(more: ReadonlyMap<string, Variable>, at: Place, source: string, problems: ProblemList, stage?: string): Scope {
    const reserved = [...this.#own.keys()].find((key) => more.has(key))
    if (reserved !== undefined) {
      problems.add('duplicate-key', at, `'${reserved}' is what foreach and matrix give each stage; ${source} cannot give another, so rename it.`, stage)
      return this
    }
    const merged = mergeVariables(this.#variables, more)
    if (!('before' in merged)) return new Scope(merged, this.#loaded, this.#own)
    const where = merged.before.origin === null ? 'in dvc.yaml' : `in ${merged.before.origin.file}`
    problems.add('duplicate-key', at, `'${merged.key}' of ${source} is a variable already, ${where}; rename one.`, stage)
    return this
  }

  select(path: readonly string[]): ReturnType<typeof selectVariable> {
    const [first = ''] = path
    if (this.#own.has(first)) return selectVariable(this.#own, path)
    const found = selectVariable(this.#variables, path)
    return 'missing' in found && found.missing === first ? { missing: first, known: [...found.known, ...this.#own.keys()] } : found
  }
}

function mapOf(map: LocatedMap, file: string | null): ReadonlyMap<string, Variable> {
  const variable = variablesOf(map, file)
  return variable.kind === 'map' ? variable.entries : new Map()
}

function hasTemplate(node: Located): boolean {
  if (node.kind === 'list') return node.items.some(hasTemplate)
  if (node.kind === 'map') return node.entries.some((entry) => isTemplate(entry.key) || hasTemplate(entry.value))
  return typeof node.value === 'string' && isTemplate(node.value)
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
