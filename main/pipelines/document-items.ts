import { isAlias, isCollection, isMap, isScalar, isSeq, type CST, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml'
import type { Span } from './document-text.ts'

/** Where an item of a map or list stands in the text. */
export interface Item {
  /** Its first character: of the key, or the dash. */
  readonly start: number
  /** Behind the colon or the dash, and behind an anchor or tag of the value. */
  readonly head: number
  /** Null where it has no value that is written. */
  readonly value: Span | null
  /** Behind its last character, before blanks and comments. */
  readonly end: number
  readonly hasColon: boolean
}

/** A key as a path names it: as it is written, where it is no text. */
export function keyText({ key }: Pair): string | null {
  if (!isScalar(key)) return null
  return typeof key.value === 'string' ? key.value : (key.source ?? '')
}

/** The items of a map or list that was read with its source tokens. */
export function itemsOf(parent: YAMLMap | YAMLSeq): Item[] {
  const source = parent.srcToken
  const tokens: readonly CST.CollectionItem[] = source && 'items' in source ? source.items : []
  return parent.items.flatMap((item, index) => {
    const token = isMap(parent) ? ((item as Pair & { srcToken?: CST.CollectionItem }).srcToken ?? tokens[index]) : tokens[index]
    const node = isMap(parent) ? (item as Pair).value : item
    const key = isMap(parent) ? (item as Pair).key : null
    const place = token ? placeOf(token, key, node) : null
    return place ? [place] : []
  })
}

function placeOf(token: CST.CollectionItem, key: unknown, node: unknown): Item | null {
  const before = token.start.filter(isWritten)
  const separators = (token.sep ?? []).filter(isWritten)
  const value = spanOf(node)
  const keySpan = spanOf(key)
  const first = before.find(({ type }) => type !== 'comma')
  const start = first?.offset ?? keySpan?.[0] ?? value?.[0]
  if (start === undefined) return null
  const last = separators.at(-1) ?? (keySpan ? undefined : before.at(-1))
  const head = last ? last.offset + last.source.length : (keySpan?.[1] ?? start)
  return { start, head, value, end: Math.max(value?.[1] ?? 0, head), hasColon: separators.some(({ type }) => type === 'map-value-ind') }
}

function isWritten({ type }: CST.SourceToken): boolean {
  return type !== 'space' && type !== 'newline' && type !== 'comment'
}

/** From the first to behind the last character of a node, without what follows it; null where nothing is written. */
function spanOf(node: unknown): Span | null {
  if (!isNode(node) || !node.range) return null
  const [from, to] = node.range
  if (isCollection(node) && node.flow !== true) {
    const items = isMap(node) || isSeq(node) ? itemsOf(node) : []
    return [items[0]?.start ?? from, Math.max(items.at(-1)?.end ?? from, from)]
  }
  if (isScalar(node) && (node.type === 'BLOCK_FOLDED' || node.type === 'BLOCK_LITERAL')) {
    const source = node.srcToken?.type === 'block-scalar' ? node.srcToken.source : ''
    return [from, to - (/[\r\n]*$/.exec(source)?.[0].length ?? 0)]
  }
  return from === to ? null : [from, to]
}

function isNode(node: unknown): node is Node {
  return isScalar(node) || isAlias(node) || isCollection(node)
}
