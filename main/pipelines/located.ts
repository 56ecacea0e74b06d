import type { Located, LocatedEntry, LocatedMap } from './yaml-source.ts'
import type { Place } from './problem-list.ts'

/** A plain value as JSON has it. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** The entry of a map by its key. */
export function entryOf(map: LocatedMap, key: string): LocatedEntry | undefined {
  return map.entries.find((entry) => entry.key === key)
}

/** The same value without places. Its maps have no prototype: a key such as `__proto__` is a key like any other. */
export function plainValue(node: Located): JsonValue {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plainValue)
  const plain = Object.create(null) as { [key: string]: JsonValue }
  for (const entry of node.entries) plain[entry.key] = plainValue(entry.value)
  return plain
}

/** Where the value at a path of keys and indices stands; where the path leaves the tree, the last place on it. */
export function placeOf(root: Located, path: readonly PropertyKey[]): Place {
  let node = root
  for (const step of path) {
    const next = node.kind === 'map' ? entryOf(node, String(step))?.value : node.kind === 'list' ? node.items[Number(step)] : undefined
    if (!next) return node.at
    node = next
  }
  return node.at
}

/** What a value is, in a reader's words. */
export function kindOf(node: Located): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'a map'
  if (node.value === null) return 'nothing'
  return typeof node.value === 'string' ? 'text' : typeof node.value === 'number' ? 'a number' : 'true or false'
}
