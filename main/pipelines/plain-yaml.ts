import { isScalar, Schema } from 'yaml'
import type { Place } from './problem-list.ts'
import type { Located, LocatedEntry, LocatedList, LocatedMap, LocatedScalar } from './yaml-source.ts'

/**
 * Reads the YAML that nearly all files are written in, block maps and lists of one-line values, in a single pass: a file of ten thousand
 * stages in a tenth of the time that a whole YAML parser takes. Null for everything else (anchors, tags, plain texts of several lines, quoted
 * keys, escapes, tabs, CRLF, more than `nodes` values or `depth` levels) and for whatever is wrong: `readYaml` then reads it, and says what.
 * What this does read it reads as `readYaml` does, places and all; a test compares the two.
 */
export function readPlainYaml(text: string, limits: { readonly nodes: number; readonly depth: number }): LocatedMap | null {
  if (UNUSUAL.test(text)) return null
  try {
    return new PlainReader(text, limits.nodes, limits.depth).document()
  } catch (error) {
    if (error instanceof Declined) return null
    throw error
  }
}

/** Control characters, tabs and carriage returns among them, and byte order marks. */
const UNUSUAL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ufeff]/

/** Not for this reader. Never leaves this file. */
class Declined extends Error {}

const BLOCK_KEY = /([\p{L}\p{N}_][\p{L}\p{N}_./@-]{0,200}):(?= |\n|$)/uy
const FLOW_KEY = /([\p{L}_][\p{L}\p{N}_./@-]{0,200}): +/uy
const FLOW_WORDS = /-?[\p{L}\p{N}_./][\p{L}\p{N}_./@=+-]*(?: +[\p{L}\p{N}_./@=+-]+)*(?= *[,\]}])/uy
const BLOCK_TEXT = /[|>]-?(?=\n)/y
const QUOTED = /"([^"\\\n]*)"|'([^'\n]*)'(?!')/y
/** A plain value begins with none of YAML's indicators, except a dash with a character behind it. */
const PLAIN_START = /[^-?:,[\]{}#&*!|>'"%@` \n]|-[^ \n]/y
const REST = /(?: *| +#[^\n]*)(?=\n|$)/y
/** Nothing else starts what the core schema reads as anything but text. */
const MAYBE_TYPED = /^[-+.0-9~nNtTfF]/

const resolvers = new Schema({ schema: 'core' }).tags.filter((tag) => tag.default === true && 'test' in tag && tag.test)

class PlainReader {
  readonly #text: string
  readonly #depth: number
  #nodes: number
  /** The line that is read: its number, where it begins, how far it is indented, and where its content ends. */
  #line = 0
  #lineStart = 0
  #indent = 0
  #end = 0
  #next = 0

  constructor(text: string, nodes: number, depth: number) {
    this.#text = text
    this.#nodes = nodes
    this.#depth = depth
  }

  document(): LocatedMap {
    this.#advance()
    if (this.#indent !== 0 || this.#isDash()) throw new Declined()
    const map = this.#map(0)
    if (this.#next < this.#text.length || this.#start >= this.#lineStart) throw new Declined()
    return map
  }

  /** Goes to the next line that has content; an indent of -1 says that there is none. */
  #advance(): void {
    const text = this.#text
    while (this.#next < text.length) {
      this.#line += 1
      this.#lineStart = this.#next
      const newline = text.indexOf('\n', this.#next)
      this.#end = newline === -1 ? text.length : newline
      this.#next = this.#end + 1
      let at = this.#lineStart
      while (text.charCodeAt(at) === 32) at += 1
      if (at >= this.#end || text.charCodeAt(at) === 35) continue
      this.#indent = at - this.#lineStart
      return
    }
    this.#indent = -1
  }

  #map(depth: number): LocatedMap {
    this.#spend(depth)
    const indent = this.#indent
    const entries: LocatedEntry[] = []
    const at = this.#at(this.#start)
    const keys = new Set<string>()
    do {
      const start = this.#start
      const key = this.#match(BLOCK_KEY, start)?.[1]
      if (key === undefined || keys.has(key)) throw new Declined()
      keys.add(key)
      this.#spend(depth + 1)
      const keyAt = this.#at(start)
      entries.push({ key, keyAt, value: this.#value(start + key.length + 1, indent, depth + 1, true) })
    } while (this.#indent === indent && !this.#isDash())
    if (this.#indent > indent || (this.#indent === indent && !this.#isDash())) throw new Declined()
    return { kind: 'map', entries, at }
  }

  #list(depth: number): LocatedList {
    this.#spend(depth)
    const indent = this.#indent
    const items: Located[] = []
    const at = this.#at(this.#start)
    do {
      const content = this.#skipSpaces(this.#start + 1)
      if (content < this.#end && this.#match(BLOCK_KEY, content)) {
        // A map whose first key stands beside the dash: its other keys stand below that one.
        this.#indent = content - this.#lineStart
        items.push(this.#map(depth + 1))
      } else {
        items.push(this.#value(this.#start + 1, indent, depth + 1, false))
      }
    } while (this.#indent === indent && this.#isDash())
    if (this.#indent > indent) throw new Declined()
    return { kind: 'list', items, at }
  }

  /** What stands behind a key or a dash that ends at `from`, on its line or below it. Leaves the reader on the line after. */
  #value(from: number, indent: number, depth: number, ofKey: boolean): Located {
    const start = this.#skipSpaces(from)
    if (start >= this.#end || this.#text.charCodeAt(start) === 35) {
      const empty: LocatedScalar = { kind: 'scalar', value: null, source: '', plain: true, at: this.#at(start) }
      this.#advance()
      if (this.#indent > indent) return this.#isDash() ? this.#list(depth) : this.#map(depth)
      if (ofKey && this.#indent === indent && this.#isDash()) return this.#list(depth)
      this.#spend(depth)
      return empty
    }
    const block = this.#match(BLOCK_TEXT, start)
    const [value, end] = block ? this.#blockText(start, block[0], indent, depth) : this.#inline(start, depth)
    if (!this.#match(REST, end)) throw new Declined()
    this.#advance()
    // Text that goes on on the next line.
    if (this.#indent > indent) throw new Declined()
    return value
  }

  #inline(start: number, depth: number): [Located, number] {
    const first = this.#text[start]
    if (first === '[' || first === '{') return this.#flow(start, depth)
    this.#spend(depth)
    if (first === '"' || first === "'") return this.#quoted(start)
    if (!this.#match(PLAIN_START, start)) throw new Declined()
    const line = this.#text.slice(start, this.#end)
    const comment = line.indexOf(' #')
    let length = comment === -1 ? line.length : comment
    while (line.charCodeAt(length - 1) === 32) length -= 1
    const source = line.slice(0, length)
    if (source.includes(': ') || source.endsWith(':')) throw new Declined()
    return [plain(source, this.#at(start)), start + length]
  }

  /** A text of lines below its `|` or `>`, which are kept or joined; a folded one with paragraphs or indented lines is not read here. */
  #blockText(start: number, header: string, indent: number, depth: number): [LocatedScalar, number] {
    this.#spend(depth)
    const at = this.#at(start)
    const isFolded = header.startsWith('>')
    const lines: string[] = []
    let blank = 0
    let own = -1
    let end = this.#end
    while (end < this.#text.length) {
      const newline = this.#text.indexOf('\n', end + 1)
      const next = newline === -1 ? this.#text.length : newline
      const content = this.#skipSpaces(end + 1)
      const inner = content - end - 1
      if (content >= next) {
        if (own === -1 || inner > own) throw new Declined()
        blank += 1
      } else {
        if (own === -1) own = inner
        if (inner < own || own <= indent) break
        if (isFolded && (blank > 0 || inner > own || this.#text[next - 1] === ' ')) throw new Declined()
        for (; blank > 0; blank -= 1) lines.push('')
        lines.push(this.#text.slice(end + 1 + own, next))
      }
      this.#line += 1
      end = next
    }
    if (lines.length === 0) throw new Declined()
    this.#end = end
    this.#next = end + 1
    const value = lines.join(isFolded ? ' ' : '\n') + (header.endsWith('-') ? '' : '\n')
    return [{ kind: 'scalar', value, source: value, plain: false, at }, end]
  }

  #quoted(start: number): [LocatedScalar, number] {
    const match = this.#match(QUOTED, start)
    if (!match) throw new Declined()
    const value = match[1] ?? match[2] ?? ''
    return [{ kind: 'scalar', value, source: value, plain: false, at: this.#at(start) }, start + match[0].length]
  }

  /** A list or a map in brackets, on one line. */
  #flow(start: number, depth: number): [Located, number] {
    this.#spend(depth)
    const isMap = this.#text[start] === '{'
    const close = isMap ? '}' : ']'
    const items: Located[] = []
    const entries: LocatedEntry[] = []
    let at = this.#skipSpaces(start + 1)
    while (this.#text[at] !== close) {
      if (isMap) {
        const key = this.#match(FLOW_KEY, at)
        const name = key?.[1]
        if (!key || name === undefined || entries.some((entry) => entry.key === name)) throw new Declined()
        this.#spend(depth + 1)
        const [value, end] = this.#flowValue(at + key[0].length, depth + 1)
        entries.push({ key: name, keyAt: this.#at(at), value })
        at = this.#skipSpaces(end)
      } else {
        const [value, end] = this.#flowValue(at, depth + 1)
        items.push(value)
        at = this.#skipSpaces(end)
      }
      if (this.#text[at] === close) break
      if (this.#text[at] !== ',' || this.#text[at + 1] !== ' ') throw new Declined()
      at = this.#skipSpaces(at + 1)
      if (this.#text[at] === close) throw new Declined()
    }
    const place = this.#at(start)
    return [isMap ? { kind: 'map', entries, at: place } : { kind: 'list', items, at: place }, at + 1]
  }

  #flowValue(start: number, depth: number): [Located, number] {
    const first = this.#text[start]
    if (first === '[' || first === '{') return this.#flow(start, depth)
    this.#spend(depth)
    if (first === '"' || first === "'") return this.#quoted(start)
    const word = this.#match(FLOW_WORDS, start)?.[0]
    if (word === undefined) throw new Declined()
    return [plain(word, this.#at(start)), start + word.length]
  }

  get #start(): number {
    return this.#lineStart + this.#indent
  }

  /** Whether the line goes on with an item of a list. */
  #isDash(): boolean {
    if (this.#indent === -1 || this.#text.charCodeAt(this.#start) !== 45) return false
    const behind = this.#start + 1
    return behind >= this.#end || this.#text.charCodeAt(behind) === 32
  }

  #skipSpaces(from: number): number {
    let at = from
    while (this.#text.charCodeAt(at) === 32) at += 1
    return at
  }

  #match(pattern: RegExp, at: number): RegExpExecArray | null {
    pattern.lastIndex = at
    return pattern.exec(this.#text)
  }

  #spend(depth: number): void {
    this.#nodes -= 1
    if (this.#nodes < 0 || depth > this.#depth) throw new Declined()
  }

  #at(offset: number): Place {
    return { line: this.#line, column: offset - this.#lineStart + 1 }
  }
}

/** What the core schema of YAML 1.2 makes of a value without quotes. */
function plain(source: string, at: Place): LocatedScalar {
  if (MAYBE_TYPED.test(source)) {
    const tag = resolvers.find((candidate) => 'test' in candidate && candidate.test?.test(source))
    if (tag && typeof tag.resolve === 'function') {
      const resolved: unknown = tag.resolve(source as never, () => undefined, {})
      const value: unknown = isScalar(resolved) ? resolved.value : resolved
      if (value === null || typeof value === 'number' || typeof value === 'boolean') return { kind: 'scalar', value, source, plain: true, at }
    }
  }
  return { kind: 'scalar', value: source, source, plain: true, at }
}
