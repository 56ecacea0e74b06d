import { ProblemList } from './problem-list.ts'
import type { Outcome, Place } from './problem-list.ts'
import { logicalLines, type LogicalLine, type PythonToken } from './python-tokens.ts'
import { YAML_LIMITS, type Located, type LocatedEntry, type LocatedMap, type LocatedScalar } from './yaml-source.ts'

/**
 * Reads the values that a Python file assigns, as DVC reads a file of parameters: names at its top, and in classes those of the body and
 * what `__init__` gives `self`. Nothing is run: what is no literal (a call, a sum, a formatted text) is passed over, and so is what is no
 * Python. Of two assignments to one name the later counts. https://dvc.org/doc/command-reference/params#examples-python-parameters-file
 */
export function readPython(text: string, file: string): Outcome<Located> {
  const problems = new ProblemList(file)
  try {
    return { ok: true, value: new PythonFile(text).members(0, 0, 'name', 0).map }
  } catch (error) {
    if (!(error instanceof TooDeep)) throw error
    problems.add('yaml-limit', error.at, `Values are nested deeper than ${YAML_LIMITS.depth} levels; flatten them.`)
    return { ok: false, problems: problems.sorted() }
  }
}

/** Ends the reading of a file that no pipeline needs. Never leaves this file. */
class TooDeep extends Error {
  readonly at: Place
  constructor(at: Place) {
    super('too deep')
    this.at = at
  }
}

/** A literal, and the index of the token behind it; null where there is none. */
type Parsed<T extends Located = Located> = { readonly value: T; readonly next: number } | null

class PythonFile {
  readonly #lines: readonly LogicalLine[]
  readonly #starts: readonly number[]

  constructor(text: string) {
    this.#lines = logicalLines(text)
    this.#starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  }

  /**
   * What the lines of a block assign, from line `first` on: to names, or to members of `self`. `end`: the first line behind the block.
   */
  members(first: number, indent: number, target: 'name' | 'self', depth: number): { readonly map: LocatedMap; readonly end: number } {
    const entries = new Map<string, LocatedEntry>()
    const at = this.#placeOfLine(first)
    if (depth > YAML_LIMITS.depth) throw new TooDeep(at)
    let index = first
    for (let line = this.#lines[index]; line && line.indent >= indent; line = this.#lines[index]) {
      // A line further in belongs to a statement that is no class.
      const [keyword, name] = line.tokens
      const isOwn = line.indent === indent
      index += 1
      if (isOwn && target === 'name' && keyword?.text === 'class' && name) index = this.#define(name, index, indent, depth, entries)
      else if (isOwn) this.#assign(line.tokens, target, entries)
    }
    return { map: { kind: 'map', entries: [...entries.values()], at }, end: index }
  }

  /** Reads the body of a class, which starts at line `first`, and returns the line behind it. */
  #define(name: PythonToken, first: number, outer: number, depth: number, entries: Map<string, LocatedEntry>): number {
    const indent = this.#lines[first]?.indent ?? 0
    if (indent <= outer) return first
    const { map, end } = this.members(first, indent, 'name', depth + 1)
    const own = new Map(map.entries.map((entry) => [entry.key, entry]))
    for (let index = first; index < end; index++) {
      const line = this.#lines[index]
      const inner = this.#lines[index + 1]?.indent ?? 0
      if (line?.indent !== indent || line.tokens[0]?.text !== 'def' || line.tokens[1]?.text !== '__init__' || inner <= indent) continue
      for (const entry of this.members(index + 1, inner, 'self', depth + 1).map.entries) own.set(entry.key, entry)
    }
    const at = this.#place(name.offset)
    if (own.size > 0) entries.set(name.text, { key: name.text, keyAt: at, value: { kind: 'map', entries: [...own.values()], at } })
    return end
  }

  /** `name = value`, also with a type, and `a = b = value`; of members `self.name = value`. */
  #assign(tokens: readonly PythonToken[], target: 'name' | 'self', entries: Map<string, LocatedEntry>): void {
    const equals = topLevel(tokens, '=')
    const last = equals.at(-1)
    if (last === undefined) return
    const targets = equals.map((end, index) => tokens.slice(index === 0 ? 0 : (equals[index - 1] ?? 0) + 1, end))
    const names = targets.map((part) => (target === 'name' ? nameOf(part) : memberOf(part)))
    if (!names.every((name) => name !== null)) return
    const parsed = this.#value(tokens, last + 1, 1)
    if (parsed === null || parsed.next !== tokens.length) return
    for (const { text, offset } of names) entries.set(text, { key: text, keyAt: this.#place(offset), value: parsed.value })
  }

  #value(tokens: readonly PythonToken[], index: number, depth: number): Parsed {
    const token = tokens[index]
    if (!token) return null
    const at = this.#place(token.offset)
    if (depth > YAML_LIMITS.depth) throw new TooDeep(at)
    if (token.kind === 'string') return textFrom(tokens, index, at)
    if (token.kind === 'number') return withNext(numberOf(token.text, '', at), index + 1)
    if (token.kind === 'name') return withNext(constantOf(token.text, at), index + 1)
    if (token.text === '-' || token.text === '+') return withNext(numberOf(tokens[index + 1]?.kind === 'number' ? (tokens[index + 1]?.text ?? '') : '', token.text, at), index + 2)
    if (token.text === '[') return this.#list(tokens, index + 1, ']', at, depth)
    if (token.text === '(') return this.#parenthesised(tokens, index + 1, at, depth)
    return token.text === '{' ? this.#braced(tokens, index + 1, at, depth) : null
  }

  /** What is left of a list; `first` where its first item has been read. */
  #list(tokens: readonly PythonToken[], from: number, close: string, at: Place, depth: number, first: Parsed = null): Parsed {
    const items: Located[] = []
    let index = from
    let item = first
    while (item !== null || tokens[index]?.text !== close) {
      item ??= this.#value(tokens, index, depth + 1)
      if (item === null) return null
      items.push(item.value)
      index = item.next
      item = null
      if (tokens[index]?.text === ',') index += 1
      else if (tokens[index]?.text !== close) return null
    }
    return { value: { kind: 'list', items, at }, next: index + 1 }
  }

  /** A tuple, or a value in parentheses, which has no comma. */
  #parenthesised(tokens: readonly PythonToken[], from: number, at: Place, depth: number): Parsed {
    const list = this.#list(tokens, from, ')', at, depth)
    if (list?.value.kind !== 'list') return null
    const [only, ...more] = list.value.items
    const isTuple = only === undefined || more.length > 0 || tokens[list.next - 2]?.text === ','
    return isTuple ? list : { value: only, next: list.next }
  }

  /** A dictionary, or a set, which is read as a list. */
  #braced(tokens: readonly PythonToken[], from: number, at: Place, depth: number): Parsed {
    if (tokens[from]?.text === '}') return { value: { kind: 'map', entries: [], at }, next: from + 1 }
    const first = this.#value(tokens, from, depth + 1)
    if (first === null) return null
    if (tokens[first.next]?.text !== ':') return this.#list(tokens, first.next, '}', at, depth, first)
    const entries = new Map<string, LocatedEntry>()
    let index = from
    let read: Parsed = first
    while (read !== null || tokens[index]?.text !== '}') {
      const key: Parsed = read ?? this.#value(tokens, index, depth + 1)
      read = null
      if (key?.value.kind !== 'scalar' || tokens[key.next]?.text !== ':') return null
      const value = this.#value(tokens, key.next + 1, depth + 1)
      if (value === null) return null
      const name = typeof key.value.value === 'string' ? key.value.value : key.value.source
      entries.set(name, { key: name, keyAt: key.value.at, value: value.value })
      index = value.next
      if (tokens[index]?.text === ',') index += 1
      else if (tokens[index]?.text !== '}') return null
    }
    return { value: { kind: 'map', entries: [...entries.values()], at }, next: index + 1 }
  }

  #placeOfLine(index: number): Place {
    return this.#place(this.#lines[index]?.tokens[0]?.offset ?? 0)
  }

  #place(offset: number): Place {
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 }
  }
}

/** Where an operator stands outside brackets. */
function topLevel(tokens: readonly PythonToken[], operator: string): number[] {
  const found: number[] = []
  let depth = 0
  for (const [index, { kind, text }] of tokens.entries()) {
    if (kind !== 'operator') continue
    if ('([{'.includes(text)) depth += 1
    else if (')]}'.includes(text)) depth -= 1
    else if (depth === 0 && text === operator) found.push(index)
  }
  return found
}

/** `name`, or `name: type`. */
function nameOf(tokens: readonly PythonToken[]): PythonToken | null {
  const [name, colon] = tokens
  return name?.kind === 'name' && (colon === undefined || colon.text === ':') ? name : null
}

function memberOf(tokens: readonly PythonToken[]): PythonToken | null {
  const [self, dot, ...rest] = tokens
  return self?.text === 'self' && dot?.text === '.' ? nameOf(rest) : null
}

function withNext<T extends Located>(value: T | null, next: number): Parsed<T> {
  return value === null ? null : { value, next }
}

function constantOf(name: string, at: Place): LocatedScalar | null {
  if (name === 'None') return { kind: 'scalar', value: null, source: '', plain: true, at }
  return name === 'True' || name === 'False' ? { kind: 'scalar', value: name === 'True', source: name.toLowerCase(), plain: true, at } : null
}

/** Decimal, hexadecimal, octal or binary, with underscores. Imaginary numbers are none that could be recorded. */
function numberOf(written: string, sign: string, at: Place): LocatedScalar | null {
  const digits = written.replaceAll('_', '')
  if (digits === '' || /j$/i.test(digits)) return null
  const magnitude = /^0[xob]./i.test(digits) ? BigInt(digits).toString() : digits
  const source = sign === '-' ? `-${magnitude}` : magnitude
  const value = Number(source)
  return Number.isNaN(value) ? null : { kind: 'scalar', value, source, plain: true, at }
}

/** A text, and those right behind it, which Python joins. */
function textFrom(tokens: readonly PythonToken[], first: number, at: Place): Parsed {
  let text = ''
  let index = first
  for (let token = tokens[index]; token?.kind === 'string'; token = tokens[++index]) {
    const part = stringOf(token.text)
    if (part === null) return null
    text += part
  }
  return { value: { kind: 'scalar', value: text, source: text, plain: false, at }, next: index }
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '', '\\': '\\', "'": "'", '"': '"', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([^]))/g

/** The text of a string literal; null for bytes, formatted texts, characters by their names, and what nothing closes. */
function stringOf(written: string): string | null {
  const [, prefix = '', quotes = ''] = /^([A-Za-z]*)('''|"""|'|")/.exec(written) ?? []
  if (/[bft]/i.test(prefix) || written.length < prefix.length + 2 * quotes.length || !written.endsWith(quotes)) return null
  const body = written.slice(prefix.length + quotes.length, written.length - quotes.length)
  if (/r/i.test(prefix)) return body
  let isNamed = false
  const text = body.replace(ESCAPE, (whole: string, octal?: string, two?: string, four?: string, eight?: string, other?: string) => {
    if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8))
    const code = parseInt(two ?? four ?? eight ?? '', 16)
    if (code <= 0x10ffff) return String.fromCodePoint(code)
    if (other === 'N') isNamed = true
    return other === undefined ? whole : (ESCAPES[other] ?? whole)
  })
  return isNamed ? null : text
}
