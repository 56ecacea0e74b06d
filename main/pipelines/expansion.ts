import { entryOf, kindOf } from './located.ts'
import { joinProjectPath } from './paths.ts'
import type { Place, ProblemList } from './problem-list.ts'
import { Scope, type VariableFiles } from './scope.ts'
import { didYouMean } from './suggestion.ts'
import { parseTemplate, type Expression, type Reference } from './template.ts'
import { commandOptions, scalarText, type ParsingOptions } from './template-text.ts'
import { originsOf, variablesOf, type Origin, type Variable } from './variables.ts'
import type { Located, LocatedEntry, LocatedMap, LocatedScalar } from './yaml-source.ts'

/** What one file may become. Far above what a person would watch, far below what would keep the orchestrator busy or fill its memory. */
export const EXPANSION_LIMITS = {
  stages: 20_000,
  /** Values, and characters of all of them, of all stages together. */
  values: 1_000_000,
  characters: 32 * 1024 * 1024,
} as const

/** A stage without templates, and the variables of files that its text holds. */
export interface ExpandedStage {
  readonly entry: LocatedEntry
  readonly uses: readonly Origin[]
}

/**
 * Writes the stages of a pipeline out: `foreach` and `matrix` become one stage for each iteration, with the names that DVC 3 gives them
 * (`train@uk`, `train@resnet-0.1`), and each `${...}` becomes its value. What is wrong goes to the list; a stage with something wrong in it
 * keeps the template as its text. https://dvc.org/doc/user-guide/project-structure/dvcyaml-files
 */
export class Expansion {
  readonly folder: string
  readonly #files: VariableFiles
  readonly #parsing: ParsingOptions
  readonly #problems: ProblemList
  readonly #budget = new Budget()
  readonly #templates: Templates = new Map()
  #scope: Promise<Scope> | null = null

  /** `folder`: of the pipeline's file, relative to the project. */
  constructor(folder: string, files: VariableFiles, parsing: ParsingOptions, problems: ProblemList) {
    this.folder = folder
    this.#files = files
    this.#parsing = parsing
    this.#problems = problems
  }

  /** What stands under one of the file's own keys, with values in the place of templates. */
  async top(root: LocatedMap, entry: LocatedEntry): Promise<Located> {
    return new Resolver(await this.#scopeOf(root), [], this.#parsing, this.#templates, this.#budget, this.#problems).resolve(entry.value, entry.key)
  }

  #scopeOf(root: LocatedMap): Promise<Scope> {
    this.#scope ??= Scope.ofFolder(this.folder, this.#files).then((scope) => scope.withVars(entryOf(root, 'vars')?.value, this.folder, this.#files, this.#problems))
    return this.#scope
  }

  async expand(root: LocatedMap, stages: LocatedMap): Promise<ExpandedStage[]> {
    const scope = await this.#scopeOf(root)
    const expanded: ExpandedStage[] = []
    for (const entry of stages.entries) {
      for (const iteration of this.#iterations(entry, scope)) {
        expanded.push(await this.#stage(iteration))
        if (expanded.length > EXPANSION_LIMITS.stages) this.#budget.overdraw()
        if (!this.#budget.isOver) continue
        this.#problems.add('yaml-limit', entry.keyAt, 'The stages of this pipeline are too many or too large once they are written out; make its lists, matrices or variables smaller.', entry.key)
        return expanded
      }
    }
    return expanded
  }

  #iterations(entry: LocatedEntry, scope: Scope): Iterable<Iteration> {
    const { value } = entry
    if (entry.key.includes('@')) {
      this.#problems.add('invalid-name', entry.keyAt, `The stage name '${entry.key}' has an '@', which only the names of stages out of foreach and matrix have; rename it.`, entry.key)
      return []
    }
    if (value.kind !== 'map') return [{ entry, scope }]
    const foreach = entryOf(value, 'foreach')
    const matrix = entryOf(value, 'matrix')
    const body = entryOf(value, 'do')
    if (matrix && (foreach || body)) {
      this.#problems.add('wrong-type', matrix.keyAt, `Stage '${entry.key}' has matrix beside ${foreach ? 'foreach' : 'do'}; with matrix, the keys of the stage stand beside it.`, entry.key)
      return []
    }
    if (matrix) return this.#matrix(entry, value, matrix.value, scope)
    if (foreach || body) return this.#foreach(entry, value, foreach, body, scope)
    return [{ entry, scope }]
  }

  #foreach(entry: LocatedEntry, stage: LocatedMap, foreach: LocatedEntry | undefined, body: LocatedEntry | undefined, scope: Scope): Iterable<Iteration> {
    if (!foreach || !body) {
      const [there, absent] = foreach ? ['foreach', 'do'] : ['do', 'foreach']
      this.#problems.add('missing-key', entry.keyAt, `Stage '${entry.key}' has ${there} and no ${absent}; each needs the other.`, entry.key)
      return []
    }
    for (const { key, keyAt } of stage.entries) {
      if (key !== 'foreach' && key !== 'do') this.#problems.add('unknown-key', keyAt, `'${key}' stands beside foreach; what each stage has goes under do.`, entry.key)
    }
    const all = this.#variable(foreach.value, scope, entry.key)
    if (all === null) return []
    if (all.kind === 'scalar') {
      this.#problems.add('wrong-type', foreach.value.at, `foreach is ${kindOf(all.scalar)}; it must be a list or a map.`, entry.key)
      return []
    }
    return iterate(all).map(([name, own]) => ({ entry: named(entry, name, body.value), scope: scope.iteration(own) }))
  }

  #matrix(entry: LocatedEntry, stage: LocatedMap, node: Located, scope: Scope): Iterable<Iteration> {
    const axes = this.#variable(node, scope, entry.key)
    if (axes === null) return []
    if (axes.kind !== 'map') {
      this.#problems.add('wrong-type', node.at, 'matrix must be a map from names to lists.', entry.key)
      return []
    }
    const lists: { name: string; values: readonly Variable[] }[] = []
    for (const [name, values] of axes.entries) {
      if (values.kind === 'scalar') {
        this.#problems.add('wrong-type', node.kind === 'map' ? (entryOf(node, name)?.value.at ?? node.at) : node.at, `'${name}' of matrix is ${kindOf(values.scalar)}; it must be a list.`, entry.key)
        return []
      }
      lists.push({ name, values: values.kind === 'list' ? values.items : [...values.entries.keys()].map(textVariable) })
    }
    if (lists.length === 0) {
      this.#problems.add('missing-key', node.at, 'matrix is empty; name at least one list in it.', entry.key)
      return []
    }
    if (lists.reduce((product, { values }) => product * values.length, 1) > EXPANSION_LIMITS.stages) this.#budget.overdraw()
    const body: LocatedMap = { ...stage, entries: stage.entries.filter(({ key }) => key !== 'matrix') }
    const seen = new Map<string, Iteration>()
    for (const combination of combinations(lists)) {
      const name = combination.map(({ name: axis, index, value }) => (value.kind === 'scalar' ? scalarText(value.scalar) : `${axis}${index}`)).join('-')
      const item: Variable = { kind: 'map', entries: new Map(combination.map(({ name: axis, value }) => [axis, value])), origin: null }
      seen.set(name, { entry: named(entry, name, body), scope: scope.iteration(new Map([['key', textVariable(name)], ['item', item]])) })
      if (this.#budget.isOver) break
    }
    return seen.values()
  }

  async #stage({ entry, scope: outer }: Iteration): Promise<ExpandedStage> {
    if (entry.value.kind !== 'map') return { entry, uses: [] }
    const uses: Origin[] = []
    const vars = entryOf(entry.value, 'vars')
    const wdir = entryOf(entry.value, 'wdir')?.value
    let scope = outer
    if (vars) {
      const folder = wdir ? this.#resolver(outer, uses, entry.key).resolve(wdir, 'wdir') : null
      const joined = joinProjectPath(this.folder, folder?.kind === 'scalar' && typeof folder.value === 'string' ? folder.value : '.')
      // A working folder that is none is reported where the stage is read.
      if (joined.ok) scope = await outer.withVars(vars.value, joined.path, this.#files, this.#problems, entry.key)
    }
    const resolver = this.#resolver(scope, uses, entry.key)
    const entries = entry.value.entries.filter(({ key }) => key !== 'vars').map((own) => ({ ...own, value: resolver.resolve(own.value, own.key) }))
    return { entry: { ...entry, value: { ...entry.value, entries } }, uses }
  }

  /** What a foreach or a matrix goes through: what stands there, or the variable that a template names. */
  #variable(node: Located, scope: Scope, stage: string): Variable | null {
    if (node.kind === 'scalar') {
      const [part, ...more] = typeof node.value === 'string' ? parseTemplate(node.value) : []
      if (part !== undefined && typeof part !== 'string' && more.length === 0) return this.#resolver(scope, [], stage).select(part, node.at)
      return variablesOf(node, null)
    }
    if (node.kind === 'list') {
      const items = node.items.map((item) => this.#variable(item, scope, stage))
      return items.every((item) => item !== null) ? { kind: 'list', items, origin: null } : null
    }
    const entries = node.entries.map(({ key, value }) => [key, this.#variable(value, scope, stage)] as const)
    return entries.every((entry): entry is readonly [string, Variable] => entry[1] !== null) ? { kind: 'map', entries: new Map(entries), origin: null } : null
  }

  #resolver(scope: Scope, uses: Origin[], stage: string): Resolver {
    return new Resolver(scope, uses, this.#parsing, this.#templates, this.#budget, this.#problems, stage)
  }
}

/** What writing out may still take. Once it is over, nothing more is written out. */
class Budget {
  #values: number = EXPANSION_LIMITS.values
  #characters: number = EXPANSION_LIMITS.characters

  get isOver(): boolean {
    return this.#values < 0 || this.#characters < 0
  }

  spend(characters: number): void {
    this.#values -= 1
    this.#characters -= characters
  }

  overdraw(): void {
    this.#values = -1
  }
}

/** A stage as it is written, with the variables of its turn. */
interface Iteration {
  readonly entry: LocatedEntry
  readonly scope: Scope
}

/** What was parsed: all stages of a foreach have the same texts. */
type Templates = Map<string, ReturnType<typeof parseTemplate>>

/** Replaces the templates of one stage, or of what stands beside all stages. */
class Resolver {
  readonly #scope: Scope
  readonly #uses: Origin[]
  readonly #parsing: ParsingOptions
  readonly #templates: Templates
  readonly #budget: Budget
  readonly #problems: ProblemList
  readonly #stage: string | undefined

  constructor(scope: Scope, uses: Origin[], parsing: ParsingOptions, templates: Templates, budget: Budget, problems: ProblemList, stage?: string) {
    this.#scope = scope
    this.#uses = uses
    this.#parsing = parsing
    this.#templates = templates
    this.#budget = budget
    this.#problems = problems
    this.#stage = stage
  }

  /** The same tree with values in the place of templates. `key`: the stage's key above it; in `cmd` a map becomes options. */
  resolve(node: Located, key: string): Located {
    this.#budget.spend(0)
    if (this.#budget.isOver) return node
    if (node.kind === 'list') {
      const items = node.items.map((item) => this.resolve(item, key))
      return items.every((item, index) => item === node.items[index]) ? node : { ...node, items }
    }
    if (node.kind === 'map') {
      const entries = this.#entries(node, key)
      return entries === node.entries ? node : { ...node, entries }
    }
    return typeof node.value === 'string' ? this.#scalar(node, node.value, key) : node
  }

  /** The variable of an expression; null where there is none, which is reported. */
  select(reference: Expression, at: Place): Variable | null {
    if (reference.kind === 'malformed') {
      this.#problems.add('wrong-type', at, `${reference.written} is no expression: names with dots between them, or an index in brackets, such as \${model.layers[0]}; write \\${reference.written} for the text itself.`, this.#stage)
      return null
    }
    const found = this.#scope.select(reference.path)
    if (!('missing' in found)) {
      this.#uses.push(...originsOf(found))
      return found
    }
    this.#reportMissing(reference, found, at)
    return null
  }

  #reportMissing(reference: Reference, { missing, known }: { missing: string; known: readonly string[] }, at: Place): void {
    const last = missing.slice(missing.lastIndexOf('.') + 1)
    const advice = didYouMean(last, known) || `; add it to params.yaml or vars, or write \\${reference.written} for the text itself.`
    this.#problems.add('missing-parameter', at, `${reference.written}: there is no variable '${missing}'${advice}`, this.#stage)
  }

  #entries(map: LocatedMap, key: string): readonly LocatedEntry[] {
    const resolved = map.entries.map((entry): LocatedEntry => {
      const name = this.#key(entry, key)
      const value = this.resolve(entry.value, key)
      return name === entry.key && value === entry.value ? entry : { key: name, keyAt: entry.keyAt, value }
    })
    if (resolved.every((entry, index) => entry === map.entries[index])) return map.entries
    const entries = new Map<string, LocatedEntry>()
    for (const entry of resolved) {
      if (entries.has(entry.key)) this.#problems.add('duplicate-key', entry.keyAt, `'${entry.key}' is already a key of this map; rename or remove one.`, this.#stage)
      else entries.set(entry.key, entry)
    }
    return [...entries.values()]
  }

  #key(entry: LocatedEntry, key: string): string {
    if (!entry.key.includes('${')) {
      this.#budget.spend(entry.key.length)
      return entry.key
    }
    const resolved = this.#scalar({ kind: 'scalar', value: entry.key, source: entry.key, plain: false, at: entry.keyAt }, entry.key, key)
    return resolved.kind === 'scalar' ? scalarText(resolved) : entry.key
  }

  #scalar(node: LocatedScalar, text: string, key: string): LocatedScalar {
    if (!text.includes('${')) {
      this.#budget.spend(text.length)
      return node
    }
    const parts = this.#templates.get(text) ?? parseTemplate(text)
    this.#templates.set(text, parts)
    const [first] = parts
    if (parts.length === 1 && first !== undefined && typeof first !== 'string') return this.#whole(node, first)
    let result = ''
    for (const part of parts) result += typeof part === 'string' ? part : this.#joined(part, node.at, key)
    this.#budget.spend(result.length)
    return result === text ? node : { ...node, value: result, source: result }
  }

  /** A template that is all of a value gives the value itself: a number stays a number. */
  #whole(node: LocatedScalar, reference: Expression): LocatedScalar {
    const found = this.select(reference, node.at)
    if (found === null) return node
    if (found.kind === 'scalar') return { ...found.scalar, at: node.at }
    this.#problems.add('wrong-type', node.at, `${reference.written} is a ${found.kind}; a template can be text, a number, true or false, and a map only beside other text of a command.`, this.#stage)
    return node
  }

  #joined(reference: Expression, at: Place, key: string): string {
    const found = this.select(reference, at)
    if (found === null) return reference.written
    if (found.kind === 'scalar') return scalarText(found.scalar)
    if (found.kind === 'map' && key === 'cmd') {
      const options = commandOptions(found, this.#parsing)
      if ('text' in options) return options.text
      this.#problems.add('wrong-type', at, `${reference.written} has a list within the list '${options.nested}', which no option of a command can say; flatten it.`, this.#stage)
    } else {
      this.#problems.add('wrong-type', at, `${reference.written} is a ${found.kind}, which cannot stand in a text; name one of its values.`, this.#stage)
    }
    return reference.written
  }
}

/** The turns of a foreach: their names, and what they are given. Of two with one name the later counts, as in DVC. */
function iterate(all: Exclude<Variable, { kind: 'scalar' }>): [string, ReadonlyMap<string, Variable>][] {
  if (all.kind === 'map') return [...all.entries].map(([key, item]) => [key, new Map([['key', textVariable(key)], ['item', item]])])
  const isComposite = all.items.some((item) => item.kind !== 'scalar')
  const turns = all.items.map((item, index): [string, ReadonlyMap<string, Variable>] => [isComposite || item.kind !== 'scalar' ? String(index) : scalarText(item.scalar), new Map([['item', item]])])
  return [...new Map(turns)]
}

interface Choice {
  readonly name: string
  readonly index: number
  readonly value: Variable
}

/** Every combination of one value of each list, the last list's values next to each other. */
function* combinations(lists: readonly { readonly name: string; readonly values: readonly Variable[] }[]): Generator<readonly Choice[]> {
  const count = lists.reduce((product, { values }) => product * values.length, 1)
  for (let turn = 0; turn < count; turn++) {
    let rest = turn
    const choices = lists.toReversed().map(({ name, values }): Choice | null => {
      const index = rest % values.length
      rest = Math.floor(rest / values.length)
      const value = values[index]
      return value ? { name, index, value } : null
    })
    yield choices.toReversed().filter((choice) => choice !== null)
  }
}

function named(entry: LocatedEntry, key: string, value: Located): LocatedEntry {
  return { key: `${entry.key}@${key}`, keyAt: entry.keyAt, value }
}

function textVariable(text: string): Variable {
  return { kind: 'scalar', scalar: { kind: 'scalar', value: text, source: text, plain: false, at: { line: 1, column: 1 } }, origin: null }
}
