import { isAlias, isCollection, isMap, isScalar, isSeq, parseDocument, Scalar, stringify, type Document, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import { after, lineEnd, lineStart, type Span } from './document-text.ts'
import { itemsOf, keyText, type Item } from './document-items.ts'
import type { JsonValue } from './located.ts'
import { FILE_START, ProblemList, type Outcome } from './problem-list.ts'
import { readYaml } from './yaml-source.ts'

/** Keys of maps and indices of lists, from the top. */
export type Path = readonly (string | number)[]

/**
 * What can be done to a file. `set` gives what is there another value; `insert` adds an item at an index of a list, or a key to a map, behind its others or before
 * the key that `before` names; `rename` gives a key another name in its place.
 */
export type Edit =
  | { readonly kind: 'set'; readonly path: Path; readonly value: JsonValue }
  | { readonly kind: 'insert'; readonly path: Path; readonly value: JsonValue; readonly before?: string }
  | { readonly kind: 'delete'; readonly path: Path }
  | { readonly kind: 'rename'; readonly path: Path; readonly to: string }

/** One stretch of text in the place of another, at an offset in UTF-16 units. Its inverse undoes it to the byte. */
export interface Change {
  readonly at: number
  readonly removed: string
  readonly inserted: string
}

export function inverse({ at, removed, inserted }: Change): Change {
  return { at, removed: inserted, inserted: removed }
}

/** The file after an edit and what was changed, or why it cannot be edited there: a sentence. */
export type Edited = { readonly ok: true; readonly document: YamlDocument; readonly change: Change } | { readonly ok: false; readonly reason: string }

/** An edit that cannot be done. Never leaves this file. */
class Refused extends Error {}

/**
 * A YAML file that is edited as its text: comments, order, quotes, blank lines, line ends, byte order mark and indentation stay as they are everywhere but in the
 * stretch that an edit is about. Every edit is read again before it counts, and one after which the file would say anything else than was asked for is refused.
 */
export class YamlDocument {
  readonly text: string
  readonly file: string
  readonly #document: Document.Parsed

  private constructor(text: string, file: string, document: Document.Parsed) {
    this.text = text
    this.file = file
    this.#document = document
  }

  /** Reads the bytes of a file under the limits of `readYaml`. */
  static open(bytes: Uint8Array, file: string): Outcome<YamlDocument> {
    try {
      return YamlDocument.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), file)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      const problems = new ProblemList(file)
      problems.add('file-unreadable', FILE_START, 'The file is not UTF-8 text; save it as UTF-8.')
      return { ok: false, problems: problems.sorted() }
    }
  }

  static parse(text: string, file: string): Outcome<YamlDocument> {
    const read = readYaml(text, file)
    if (!read.ok) return read
    // What the limits are about, and doubled keys, was looked at above.
    const document = parseDocument(text, { version: '1.2', schema: 'core', uniqueKeys: false, keepSourceTokens: true, logLevel: 'silent' })
    return { ok: true, value: new YamlDocument(text, file, document) }
  }

  /** What is written to the file: for a file that was not edited, the bytes that were read. */
  get bytes(): Buffer {
    return Buffer.from(this.text)
  }

  /** What stands at a path; undefined where nothing does. Aliases give what they stand for. */
  get(path: Path = []): JsonValue | undefined {
    let value = this.#document.toJS() as JsonValue | undefined
    for (const step of path) value = typeof value === 'object' && value !== null ? (value as Record<string | number, JsonValue>)[step] : undefined
    return value
  }

  /** The file with one edit. */
  edit(edit: Edit): Edited {
    try {
      const change = changeFor(this.#document, this.text, edit)
      const edited = this.with(change)
      const wanted = this.#document.clone() as Document.Parsed
      applyTo(wanted, edit)
      const meaning = meaningOf(wanted)
      if (!edited || meaning === null || meaningOf(edited.#document) !== meaning) throw new Refused('This part of the file is written in a way that cannot be changed here; edit it by hand.')
      return { ok: true, document: edited, change }
    } catch (error) {
      if (error instanceof Refused) return { ok: false, reason: error.message }
      throw error
    }
  }

  /** The file with a change that `edit` gave, or its inverse; null where its text is another, or would be no YAML. */
  with({ at, removed, inserted }: Change): YamlDocument | null {
    if (!this.text.startsWith(removed, at)) return null
    const read = YamlDocument.parse(this.text.slice(0, at) + inserted + this.text.slice(at + removed.length), this.file)
    return read.ok ? read.value : null
  }
}

/** What the file says, order included; two that differ say something else. Null where an alias stands for nothing. */
function meaningOf(document: Document.Parsed): string | null {
  const plain = (value: unknown): unknown => (value instanceof Map ? { map: [...value].map(([key, member]) => [plain(key), plain(member)]) } : Array.isArray(value) ? value.map(plain) : typeof value === 'number' ? { number: String(value) } : value)
  try {
    return JSON.stringify(plain(document.toJS({ mapAsMap: true, maxAliasCount: -1 })))
  } catch (error) {
    if (error instanceof ReferenceError) return null
    throw error
  }
}

interface Spot {
  readonly parent: YAMLMap | YAMLSeq
  readonly index: number
  readonly value: unknown
}

/** Where a path leads. Throws Refused where nothing stands there, or where it goes through an alias. */
function find(document: Document.Parsed, path: Path): Spot {
  let spot: Spot | null = null
  let node: unknown = document.contents
  for (const [depth, step] of path.entries()) {
    const parent = collectionAt(node, path.slice(0, depth))
    const index = indexOf(parent, step)
    const value = valueAt(parent, index)
    if (value === undefined) throw new Refused(`There is no ${nameOf(path.slice(0, depth + 1))} in the file.`)
    spot = { parent, index, value }
    node = value
  }
  if (!spot) throw new Refused('Name a key or an index.')
  return spot
}

function collectionAt(node: unknown, path: Path): YAMLMap | YAMLSeq {
  if (isAlias(node)) throw new Refused(`${nameOf(path)} is written elsewhere in the file, at &${node.source}; edit it there.`)
  if (isMap(node) || isSeq(node)) return node
  throw new Refused(`${nameOf(path)} is no map and no list.`)
}

function indexOf(parent: YAMLMap | YAMLSeq, step: string | number): number {
  return isMap(parent) ? parent.items.findIndex((pair) => keyText(pair) === String(step)) : typeof step === 'number' ? step : -1
}

/** Undefined where there is no such item; null for a key without a value. */
function valueAt(parent: YAMLMap | YAMLSeq, index: number): unknown {
  const item = parent.items[index]
  return isMap(parent) ? (item as Pair | undefined)?.value : item
}

function nameOf(path: Path): string {
  return path.length === 0 ? 'the top of the file' : `'${path.join('.')}'`
}

/** The edit as a change of what the file says. */
function applyTo(document: Document.Parsed, edit: Edit): void {
  const last = edit.path.at(-1)
  if (edit.kind === 'insert') {
    const inner = edit.path.slice(0, -1)
    const node = inner.length === 0 ? document.contents : find(document, inner).value
    const value = document.createNode(edit.value)
    if (isMap(node)) {
      const at = edit.before === undefined ? node.items.length : indexOf(node, edit.before)
      node.items.splice(at, 0, document.createPair(last, edit.value) as Pair)
    } else if (isSeq(node)) node.items.splice(Number(last), 0, value)
    else replace(find(document, inner), document.createNode({ [String(last)]: edit.value }))
    return
  }
  const spot = find(document, edit.path)
  if (edit.kind === 'set') replace(spot, document.createNode(edit.value))
  else if (edit.kind === 'delete') spot.parent.items.splice(spot.index, 1)
  else (spot.parent.items[spot.index] as Pair).key = document.createNode(edit.to)
}

/** What stands under an anchor goes on to. */
function replace({ parent, index, value: before }: Spot, value: Node): void {
  if ((isScalar(before) || isCollection(before)) && before.anchor !== undefined && (isScalar(value) || isCollection(value))) value.anchor = before.anchor
  if (isMap(parent)) (parent.items[index] as Pair).value = value
  else parent.items[index] = value
}

/** The edit as a change of the text. */
function changeFor(document: Document.Parsed, text: string, edit: Edit): Change {
  const writer = new Writer(document, text)
  switch (edit.kind) {
    case 'set':
      return writer.set(find(document, edit.path), edit.value)
    case 'insert':
      return writer.insert(edit)
    case 'delete':
      return writer.delete(find(document, edit.path), edit.path)
    case 'rename': {
      const { parent, index } = find(document, edit.path)
      if (!isMap(parent)) throw new Refused(`${nameOf(edit.path)} is an item of a list, which has no name.`)
      if (indexOf(parent, edit.to) !== -1) throw new Refused(`There is a '${edit.to}' already; choose another name.`)
      return writer.rename(parent.items[index]?.key, edit.to)
    }
  }
}

class Writer {
  readonly #document: Document.Parsed
  readonly #text: string
  readonly #eol: string

  constructor(document: Document.Parsed, text: string) {
    this.#document = document
    this.#text = text
    this.#eol = /\r?\n/.exec(text)?.[0] ?? '\n'
  }

  rename(key: unknown, to: string): Change {
    if (!isScalar(key) || !key.range) throw new Refused('This key is no word; edit it by hand.')
    const [written = ''] = stringify({ [to]: null }, { lineWidth: 0 }).split(/: null\n$/)
    return this.#replace([key.range[0], key.range[1]], isQuoted(key) ? quotedAs(key, to) : written)
  }

  set({ parent, index, value: before }: Spot, value: JsonValue): Change {
    const item = itemsOf(parent)[index]
    if (!item) throw new Refused('This part of the file cannot be found in its text; edit it by hand.')
    const node = inStyleOf(before, value)
    if (isFlow(parent)) return item.value ? this.#replace(item.value, flowText(node)) : this.#replace([item.end, item.end], `${item.hasColon || isSeq(parent) ? ' ' : ': '}${flowText(node)}`)
    const rendered = this.#blockText(isMap(parent) ? { k: node } : [node], item)
    const inner = rendered.slice(isMap(parent) ? 2 : 1)
    const isInline = !inner.includes('\n')
    if (item.value && isInline && !this.#isOnLinesOfItsOwn(before, item)) return this.#replace(item.value, inner.trimStart())
    // A comment beside the key is about it, and stays.
    const [, comment] = item.value ? (/^[^\n#]*(#[^\r\n]*)/.exec(this.#text.slice(item.head, item.value[0])) ?? []) : []
    return this.#replace([item.head, item.end], comment === undefined ? inner : inner.replace(/(?=\r?\n)|$/, ` ${comment}`))
  }

  insert({ path, value, before }: Extract<Edit, { kind: 'insert' }>): Change {
    const last = path.at(-1)
    const inner = path.slice(0, -1)
    if (last === undefined) throw new Refused('Name a key or an index.')
    const node = inner.length === 0 ? this.#document.contents : find(this.#document, inner).value
    if ((isScalar(node) && node.value === null) || node === null) {
      if (inner.length === 0 || typeof last === 'number') throw new Refused(`${nameOf(inner)} is empty; write its first line by hand.`)
      return this.set(find(this.#document, inner), { [last]: value })
    }
    const parent = collectionAt(node, inner)
    if (isMap(parent) && indexOf(parent, last) !== -1) throw new Refused(`There is ${nameOf(path)} already; set it, or choose another name.`)
    if (isMap(parent) && before !== undefined && indexOf(parent, before) === -1) throw new Refused(`There is no '${before}' to insert it before.`)
    const at = isMap(parent) ? (before === undefined ? parent.items.length : indexOf(parent, before)) : Number(last)
    if (!Number.isInteger(at) || at < 0 || at > parent.items.length) throw new Refused(`${nameOf(inner)} has ${parent.items.length} items; an index among them is needed.`)
    const added = isMap(parent) ? { [String(last)]: value } : [value]
    return isFlow(parent) ? this.#insertFlow(parent, at, added) : this.#insertBlock(parent, at, added)
  }

  #insertFlow(parent: YAMLMap | YAMLSeq, at: number, added: object): Change {
    const items = itemsOf(parent)
    const text = flowText(added).slice(1, -1).trim()
    const [first, previous] = [items[0], items[at - 1]]
    if (previous) return this.#replace([previous.end, previous.end], `, ${text}`)
    if (first) return this.#replace([first.start, first.start], `${text}, `)
    const open = parent.range?.[0] ?? 0
    return this.#replace([open + 1, open + 1], text)
  }

  #insertBlock(parent: YAMLMap | YAMLSeq, at: number, added: object): Change {
    const items = itemsOf(parent)
    const [first, previous] = [items[0], items[at - 1]]
    if (!first) throw new Refused('This part of the file is empty; write its first line by hand.')
    const text = this.#blockText(added, first)
    if (!previous) {
      const start = lineStart(this.#text, first.start)
      const indent = ' '.repeat(first.start - start)
      return this.#text.slice(start, first.start).trim() === '' ? this.#replace([start, start], `${this.#text.slice(start, first.start)}${text}${this.#eol}`) : this.#replace([first.start, first.start], `${text}${this.#eol}${indent}`)
    }
    const end = lineEnd(this.#text, previous.end)
    const indent = this.#indentOf(first)
    return this.#text[end - 1] === '\n' ? this.#replace([end, end], `${indent}${text}${this.#eol}`) : this.#replace([end, end], `${this.#eol}${indent}${text}`)
  }

  delete({ parent, index }: Spot, path: Path): Change {
    const items = itemsOf(parent)
    const [previous, item, next] = [items[index - 1], items[index], items[index + 1]]
    if (!item) throw new Refused('This part of the file cannot be found in its text; edit it by hand.')
    if (isFlow(parent)) return this.#deleteFlow(previous, item, next)
    if (items.length === 1) {
      const empty = isMap(parent) ? {} : []
      if (path.length === 1) return this.#replace([item.start, item.end], isMap(parent) ? '{}' : '[]')
      return this.set(find(this.#document, path.slice(0, -1)), empty)
    }
    const start = lineStart(this.#text, item.start)
    if (this.#text.slice(start, item.start).trim() !== '') {
      if (!next) throw new Refused('This part of the file cannot be found in its text; edit it by hand.')
      // What stands on lines between the two is about the next one, and moves up with it.
      const end = lineEnd(this.#text, item.end)
      return this.#replace([item.start, end + (/^\s*/.exec(this.#text.slice(end, next.start))?.[0].length ?? 0)], '')
    }
    const end = lineEnd(this.#text, item.end)
    // The last line of a file that ends without a line end: the end of the line before goes in its place.
    if (this.#text[end - 1] !== '\n' && previous) return this.#replace([start - (this.#text[start - 2] === '\r' ? 2 : 1), end], '')
    return this.#replace([start, end], '')
  }

  #deleteFlow(previous: Item | undefined, item: Item, next: Item | undefined): Change {
    const span: Span = next ? [item.start, next.start] : previous ? [previous.end, item.end] : [item.start, after(this.#text, item.end, ',')]
    if (this.#text.slice(item.end, span[1]).includes('#')) throw new Refused('A comment stands beside what is to be deleted; edit it by hand.')
    return this.#replace(span, '')
  }

  /** The value as block YAML, its further lines as far indented as the item is. */
  #blockText(value: object, beside: Item): string {
    const text = stringify(value, { indent: this.#step(), lineWidth: 0, aliasDuplicateObjects: false })
    const column = beside.start - lineStart(this.#text, beside.start)
    const lines = text.replace(/\n$/, '').split('\n')
    return lines.map((line, index) => (index === 0 || line === '' ? line : `${' '.repeat(column)}${line}`)).join(this.#eol)
  }

  /** How much deeper the file writes what is inside a map. */
  #step(): number {
    const top = this.#document.contents
    if (!isMap(top)) return 2
    for (const pair of top.items) {
      const [inner] = isMap(pair.value) && !isFlow(pair.value) ? itemsOf(pair.value) : []
      if (inner) return Math.min(8, Math.max(2, inner.start - lineStart(this.#text, inner.start)))
    }
    return 2
  }

  #indentOf(item: Item): string {
    return ' '.repeat(item.start - lineStart(this.#text, item.start))
  }

  #isOnLinesOfItsOwn(before: unknown, item: Item): boolean {
    const isBlock = isScalar(before) && (before.type === Scalar.BLOCK_LITERAL || before.type === Scalar.BLOCK_FOLDED)
    return isBlock || (isCollection(before) && !isFlow(before)) || this.#text.slice(item.head, item.value?.[0]).includes('\n')
  }

  #replace([from, to]: Span, inserted: string): Change {
    return { at: from, removed: this.#text.slice(from, to), inserted }
  }
}

function isFlow(node: unknown): boolean {
  return isCollection(node) && node.flow === true
}

function isQuoted(node: unknown): node is Scalar {
  return isScalar(node) && (node.type === Scalar.QUOTE_SINGLE || node.type === Scalar.QUOTE_DOUBLE)
}

function quotedAs({ type }: Scalar, text: string): string {
  return flowText(Object.assign(new Scalar(text), { type }))
}

/** A text in the quotes, or as the lines, in which the one before it stood. */
function inStyleOf(before: unknown, value: JsonValue): unknown {
  if (typeof value !== 'string' || !isScalar(before) || before.type === undefined || before.type === Scalar.PLAIN) return value
  return Object.assign(new Scalar(value), { type: before.type })
}

/** A value on one line, as it may stand within brackets. */
function flowText(value: unknown): string {
  return stringify([value], { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0, aliasDuplicateObjects: false }).trimEnd().slice(1, -1)
}
