import type { Located, LocatedScalar } from './yaml-source.ts'

/** A file that gives a variable, and the name of the variable in it, as `params` would name it. */
export interface Origin {
  readonly file: string
  readonly key: string
}

/** A value that templates may name, with the file that it is from; null where the pipeline says it itself. */
export type Variable = VariableMap | VariableList | VariableScalar

export interface VariableMap {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Variable>
  readonly origin: Origin | null
}

export interface VariableList {
  readonly kind: 'list'
  readonly items: readonly Variable[]
  readonly origin: Origin | null
}

export interface VariableScalar {
  readonly kind: 'scalar'
  readonly scalar: LocatedScalar
  readonly origin: Origin | null
}

/** The variables in a tree as it was read. `file` is null for what stands in the pipeline. */
export function variablesOf(node: Located, file: string | null, key = ''): Variable {
  const origin = file === null ? null : { file, key }
  const below = (name: string | number): string => (key === '' ? String(name) : `${key}.${name}`)
  if (node.kind === 'scalar') return { kind: 'scalar', scalar: node, origin }
  if (node.kind === 'list') return { kind: 'list', items: node.items.map((item, index) => variablesOf(item, file, below(index))), origin }
  return { kind: 'map', entries: new Map(node.entries.map((entry) => [entry.key, variablesOf(entry.value, file, below(entry.key))])), origin }
}

/** Every origin below a variable: what whoever uses all of it depends on. */
export function* originsOf(variable: Variable): Generator<Origin> {
  if (variable.origin !== null && variable.origin.key !== '') yield variable.origin
  else if (variable.kind === 'map') for (const value of variable.entries.values()) yield* originsOf(value)
  else if (variable.kind === 'list') for (const item of variable.items) yield* originsOf(item)
}

/** Where two variables are of one name, and neither is a map into which the other could go. */
export interface Redefinition {
  readonly key: string
  readonly before: Variable
}

/** The variables of both: maps go into each other, at any depth. Says the first name that both give a value; a value is never replaced. */
export function mergeVariables(into: ReadonlyMap<string, Variable>, more: ReadonlyMap<string, Variable>, path = ''): ReadonlyMap<string, Variable> | Redefinition {
  const merged = new Map(into)
  for (const [key, value] of more) {
    const before = merged.get(key)
    const name = path === '' ? key : `${path}.${key}`
    if (before === undefined) {
      merged.set(key, value)
    } else if (before.kind === 'map' && value.kind === 'map') {
      const entries = mergeVariables(before.entries, value.entries, name)
      if ('before' in entries) return entries
      merged.set(key, { kind: 'map', entries, origin: null })
    } else {
      return { key: name, before }
    }
  }
  return merged
}

/** The variable at a path, or the first step that leads nowhere and what could have stood there. */
export function selectVariable(variables: ReadonlyMap<string, Variable>, path: readonly string[]): Variable | { readonly missing: string; readonly known: readonly string[] } {
  let current: Variable = { kind: 'map', entries: variables, origin: null }
  for (const [index, step] of path.entries()) {
    const next: Variable | undefined = current.kind === 'map' ? current.entries.get(step) : current.kind === 'list' && /^-?\d+$/.test(step) ? current.items.at(Number(step)) : undefined
    if (next === undefined) return { missing: path.slice(0, index + 1).join('.'), known: current.kind === 'map' ? [...current.entries.keys()] : [] }
    current = next
  }
  return current
}
