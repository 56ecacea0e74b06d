import { isUtf8 } from 'node:buffer'
import { LedgerError } from './ledger-error.ts'

/** What may stand in an entry: no floats, no integer beyond 2^53 - 1, nothing that JSON would drop or rewrite. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** Deeper nesting is refused: nothing that we record needs it. */
const MAX_DEPTH = 64

/**
 * The canonical text of a value (RFC 8785: members sorted by UTF-16 code unit, no white space). Throws LedgerError `malformed-json`
 * for what is not a JsonValue: a float, an unsafe integer, a lone surrogate, `undefined`, an object that is not plain, deep nesting.
 * Of RFC 8785 only the number format is left out: with integers alone, JavaScript's own is the same.
 */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0)
}

/** Text that JSON writes as it is, between quotes: printable ASCII without `"` and `\`. Most of what we record is. */
const PLAIN = /^[ !#-[\]-~]*$/

/** A string as canonical JSON. Throws LedgerError `malformed-json` for a lone surrogate. */
export function canonicalString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw malformed(text, 'holds a lone surrogate')
  return JSON.stringify(text)
}

/**
 * Parses canonical JSON and nothing else: the bytes must be exactly those that `canonicalJson` writes for the value, which leaves no
 * room for duplicate members, other number forms, white space, escapes or invalid UTF-8. Throws LedgerError `malformed-json`.
 */
export function parseCanonicalJson(bytes: Uint8Array): JsonValue {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch (thrown) {
    throw new LedgerError('malformed-json', 'The bytes are not JSON.', thrown)
  }
  // Of valid UTF-8, no two byte strings are the same text; comparing texts takes less than making the bytes.
  if (!isUtf8(bytes) || canonicalJson(value) !== text) {
    throw new LedgerError('malformed-json', 'The JSON is not in canonical form (RFC 8785): write it without white space, members sorted.')
  }
  return value
}

/** Whether a parsed value is an object (and not an array or null). */
export function isJsonObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function write(value: unknown, depth: number): string {
  if (typeof value === 'string') return canonicalString(value)
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw malformed(value, 'is not an integer up to 2^53 - 1: write it as a string')
    return String(value)
  }
  if (typeof value === 'boolean' || value === null) return String(value)
  if (typeof value !== 'object') throw malformed(typeof value, 'is a type that JSON cannot hold')
  if (depth >= MAX_DEPTH) throw malformed('the value', `is nested more than ${MAX_DEPTH} deep`)
  return Array.isArray(value) ? writeArray(value, depth) : writeObject(value, depth)
}

function writeArray(values: readonly unknown[], depth: number): string {
  let text = '['
  // Not by map, which would skip a hole.
  for (let i = 0; i < values.length; i++) text += (i === 0 ? '' : ',') + write(values[i], depth + 1)
  return text + ']'
}

function writeObject(value: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw malformed(Object.prototype.toString.call(value), 'is not a plain object')
  const members = value as Readonly<Record<string, unknown>>
  let text = '{'
  // JavaScript sorts strings by UTF-16 code unit, as the RFC demands.
  for (const key of sortedKeys(members)) {
    text += `${text.length === 1 ? '' : ','}${canonicalString(key)}:${write(members[key], depth + 1)}`
  }
  return text + '}'
}

function sortedKeys(members: object): string[] {
  const keys = Object.keys(members)
  for (let i = 1; i < keys.length; i++) {
    if ((keys[i - 1] ?? '') > (keys[i] ?? '')) return keys.sort()
  }
  return keys
}

function malformed(what: string | number, why: string): LedgerError {
  return new LedgerError('malformed-json', `This cannot stand in an entry: ${JSON.stringify(what)} ${why}.`)
}
