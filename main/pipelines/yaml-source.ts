import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, Scalar, visit } from 'yaml'
import type { Alias, Document, Node } from 'yaml'
import { readPlainYaml } from './plain-yaml.ts'
import { FILE_START, ProblemList } from './problem-list.ts'
import type { Outcome, Place } from './problem-list.ts'

/** A YAML node with its place: aliases and merge keys are already expanded, keys are strings, numbers keep how they were written. */
export type Located = LocatedMap | LocatedList | LocatedScalar

export interface LocatedMap {
  readonly kind: 'map'
  readonly entries: readonly LocatedEntry[]
  readonly at: Place
}

export interface LocatedEntry {
  readonly key: string
  readonly keyAt: Place
  readonly value: Located
}

export interface LocatedList {
  readonly kind: 'list'
  readonly items: readonly Located[]
  readonly at: Place
}

export interface LocatedScalar {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** As written, without quotes. */
  readonly source: string
  /** Written without quotes. */
  readonly plain: boolean
  readonly at: Place
}

/**
 * The limits under which a file of a project is read: twice or three times what a pipeline of ten thousand stages takes that is written out, which is
 * 1.2 MB, 350,000 tokens and 130,000 values. At each of them the whole parser ends within seconds and some hundred MB.
 */
export const YAML_LIMITS = {
  /** Bytes of a file. */
  bytes: 4_194_304,
  /** Lexical tokens: bounds the time of the parser, some of whose paths are slower than linear. */
  tokens: 700_000,
  /** Lists and maps within each other, aliases expanded. */
  depth: 64,
  /** Nodes after aliases are expanded: an exponential expansion ('billion laughs') ends here. */
  nodes: 400_000,
  /** Characters of all scalars after aliases are expanded. */
  characters: 8_388_608,
  /** Faults after which the whole parser stops: it makes an error of each, a million of them out of a million brackets. */
  faults: 100,
} as const

const CORE_TAGS = new Set(['map', 'seq', 'str', 'int', 'float', 'bool', 'null'].map((name) => `tag:yaml.org,2002:${name}`))

/**
 * Reads one YAML 1.2 document (core schema; JSON is a part of it) into located nodes. Refused with line and column: syntax errors,
 * duplicate keys, keys that are no scalars, tags outside the core schema, more than one document, and whatever goes beyond
 * `YAML_LIMITS`. Merge keys (`<<`) are expanded: they are in wide use although YAML 1.2 dropped them. An empty file is a null scalar.
 */
export function readYaml(text: string, file: string): Outcome<Located> {
  const plain = text.length > YAML_LIMITS.bytes ? null : readPlainYaml(text, YAML_LIMITS)
  return plain ? { ok: true, value: plain } : readAnyYaml(text, file)
}

/** `readYaml` by a whole YAML parser. */
export function readAnyYaml(text: string, file: string): Outcome<Located> {
  const problems = new ProblemList(file)
  const lines = new LineCounter()
  try {
    const document = parse(text, lines, problems)
    if (!document) return { ok: false, problems: problems.sorted() }
    const value = new Expansion(document, lines, problems).expand()
    return problems.empty ? { ok: true, value } : { ok: false, problems: problems.sorted() }
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error
    problems.add('yaml-limit', error.at, error.message)
    return { ok: false, problems: problems.sorted() }
  }
}

/** Ends a reading that would not end by itself in reasonable time. Never leaves this file. */
class LimitReached extends Error {
  readonly at: Place
  constructor(at: Place, message: string) {
    super(message)
    this.at = at
  }
}

function tooManyFaults(at: Place): LimitReached {
  return new LimitReached(at, `The file has more than ${YAML_LIMITS.faults} faults; it may be no YAML.`)
}

function parse(text: string, lines: LineCounter, problems: ProblemList): Document.Parsed | null {
  if (Buffer.byteLength(text) > YAML_LIMITS.bytes) {
    problems.add('file-too-large', FILE_START, `The file is larger than ${YAML_LIMITS.bytes} bytes; keep data in files of its own.`)
    return null
  }
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  const tokens = []
  let count = 0
  let faults = 0
  let offset = 0
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token)
      if (token.type === 'error') faults += 1
    }
    if (faults > YAML_LIMITS.faults) throw tooManyFaults(place(lines, offset))
    offset += lexeme.length
    count += 1
    if (count > YAML_LIMITS.tokens) {
      problems.add('yaml-limit', place(lines, offset), `The file holds more than ${YAML_LIMITS.tokens} tokens; make it smaller.`)
      return null
    }
    // The parser's stack holds the open collections, and at most a document and a scalar besides. It is checked here because the
    // composer works by recursion.
    if (parser.stack.length > YAML_LIMITS.depth + 2) {
      problems.add('yaml-limit', place(lines, offset), `Lists and maps are nested deeper than ${YAML_LIMITS.depth} levels; flatten them.`)
      return null
    }
  }
  tokens.push(...parser.end())
  // Uniqueness of keys is checked in the expansion: the composer compares each key with all before it.
  const composer = new Composer({ version: '1.2', schema: 'core', uniqueKeys: false, resolveKnownTags: false, logLevel: 'silent' })
  stopAfterFaults(composer, lines)
  const [document, second] = composer.compose(tokens, true, text.length)
  for (const fault of [...(document?.errors ?? []), ...(document?.warnings ?? [])]) {
    const code = fault.code === 'TAG_RESOLVE_FAILED' ? 'yaml-tag' : 'yaml-syntax'
    problems.add(code, place(lines, fault.pos[0]), sentence(fault.message))
  }
  if (second) problems.add('yaml-syntax', place(lines, second.range[0]), 'A second YAML document starts here; keep one per file.')
  if (document?.directives.yaml.version !== '1.2') {
    problems.add('yaml-syntax', FILE_START, 'The file asks for another YAML version; only 1.2 is read.')
  }
  return document && problems.empty ? document : null
}

/** The composer has no limit of its own; a function of each of its instances takes the faults. */
function stopAfterFaults(composer: Composer, lines: LineCounter): void {
  const inner: unknown = Reflect.get(composer, 'onError')
  if (typeof inner !== 'function') throw new TypeError('This version of yaml reports its faults otherwise.')
  let count = 0
  Reflect.set(composer, 'onError', (source: { readonly offset: number } | number | readonly [number, number], ...fault: unknown[]) => {
    count += 1
    if (count > YAML_LIMITS.faults) {
      const offset = typeof source === 'number' ? source : 'offset' in source ? source.offset : source[0]
      throw tooManyFaults(place(lines, offset))
    }
    Reflect.apply(inner, composer, [source, ...fault])
  })
}

class Expansion {
  private readonly targets: ReadonlyMap<Alias, Node>
  private readonly document: Document.Parsed
  private readonly lines: LineCounter
  private readonly problems: ProblemList
  private nodes = 0
  private characters = 0

  constructor(document: Document.Parsed, lines: LineCounter, problems: ProblemList) {
    this.document = document
    this.lines = lines
    this.problems = problems
    this.targets = bindAliases(document)
  }

  expand(): Located {
    return this.node(this.document.contents, 0)
  }

  private node(node: unknown, depth: number): Located {
    if (isAlias(node)) return this.alias(node, depth)
    const at = this.at(node)
    this.spend(at, depth)
    if (isMap(node)) {
      this.checkTag(node.tag, at)
      return this.map(node.items, at, depth)
    }
    if (isSeq(node)) {
      this.checkTag(node.tag, at)
      return { kind: 'list', items: node.items.map((item) => this.node(item, depth + 1)), at }
    }
    if (isScalar(node)) {
      this.checkTag(node.tag, at)
      return this.scalar(node, at)
    }
    return { kind: 'scalar', value: null, source: '', plain: true, at }
  }

  private alias(alias: Alias, depth: number): Located {
    const target = this.targets.get(alias)
    if (target) return this.node(target, depth)
    const at = this.at(alias)
    this.problems.add('yaml-syntax', at, `The alias *${alias.source} has no anchor before it; write &${alias.source} at its value.`)
    return { kind: 'scalar', value: null, source: '', plain: true, at }
  }

  private scalar(node: Scalar, at: Place): LocatedScalar {
    const value = node.value
    const source = node.source ?? ''
    this.characters += source.length
    if (this.characters > YAML_LIMITS.characters) {
      throw new LimitReached(at, `The text of all values is longer than ${YAML_LIMITS.characters} characters once aliases are expanded.`)
    }
    const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null
    return { kind: 'scalar', value: known, source, plain: node.type === Scalar.PLAIN, at }
  }

  private map(pairs: readonly { key: unknown; value: unknown }[], at: Place, depth: number): LocatedMap {
    const entries = new Map<string, LocatedEntry>()
    const merged: LocatedEntry[] = []
    for (const pair of pairs) {
      const keyNode = this.node(pair.key, depth + 1)
      if (keyNode.kind !== 'scalar' || keyNode.source === '' && keyNode.value === null) {
        this.problems.add('wrong-type', keyNode.at, 'A key must be a word or a number, not a list, a map or nothing.')
        continue
      }
      const value = pair.value === null ? this.absent(keyNode.at) : this.node(pair.value, depth + 1)
      if (keyNode.plain && keyNode.source === '<<') {
        merged.push(...this.merge(value))
        continue
      }
      const key = typeof keyNode.value === 'string' ? keyNode.value : keyNode.source
      const first = entries.get(key)
      if (first) {
        const message = `'${key}' is already a key of this map, on line ${first.keyAt.line}; rename or remove one.`
        this.problems.add('duplicate-key', keyNode.at, message)
        continue
      }
      entries.set(key, { key, keyAt: keyNode.at, value })
    }
    for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry)
    return { kind: 'map', entries: [...entries.values()], at }
  }

  /** The entries that a merge key brings in; of several maps the earlier one wins (yaml.org/type/merge). */
  private merge(value: Located): readonly LocatedEntry[] {
    if (value.kind === 'map') return value.entries
    if (value.kind === 'list' && value.items.every((item) => item.kind === 'map')) return value.items.flatMap((item) => item.entries)
    this.problems.add('wrong-type', value.at, 'The merge key << takes a map or a list of maps.')
    return []
  }

  private absent(at: Place): LocatedScalar {
    return { kind: 'scalar', value: null, source: '', plain: true, at }
  }

  private checkTag(tag: string | undefined, at: Place): void {
    if (tag === undefined || CORE_TAGS.has(tag)) return
    this.problems.add('yaml-tag', at, `The tag ${tag} is not read; only plain values, lists and maps are.`)
  }

  private spend(at: Place, depth: number): void {
    this.nodes += 1
    if (this.nodes > YAML_LIMITS.nodes) {
      throw new LimitReached(at, `The file holds more than ${YAML_LIMITS.nodes} values once aliases are expanded.`)
    }
    if (depth > YAML_LIMITS.depth) {
      throw new LimitReached(at, `Values are nested deeper than ${YAML_LIMITS.depth} levels with aliases expanded; one may hold itself.`)
    }
  }

  private at(node: unknown): Place {
    const range = isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range : null
    return range ? place(this.lines, range[0]) : FILE_START
  }
}

/** Which node each alias stands for: the last one with its anchor before it in the file (YAML 1.2.2, 7.1). One pass, in file order. */
function bindAliases(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchors = new Map<string, Node>()
  const targets = new Map<Alias, Node>()
  visit(document, {
    Alias: (_, alias) => {
      const target = anchors.get(alias.source)
      if (target) targets.set(alias, target)
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}

function place(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(line, 1), column: Math.max(col, 1) }
}

function sentence(message: string): string {
  return message.endsWith('.') ? message : `${message}.`
}
