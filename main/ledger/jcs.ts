import canonicalize from 'canonicalize'
import { LedgerError } from './ledger-error.ts'

/** What may stand in an entry: no floats, no integer beyond 2^53 - 1, nothing that JSON would drop or rewrite. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** Deeper nesting is refused: nothing that we record needs it. */
const MAX_DEPTH = 64

/**
 * The canonical text of a value (RFC 8785: members sorted by UTF-16 code unit, no white space). Throws LedgerError `malformed-json`
 * for what is not a JsonValue: a float, an unsafe integer, a lone surrogate, `undefined`, an object that is not plain, deep nesting.
 */
export function canonicalJson(value: JsonValue): string {
  checkValue(value, '$', 0)
  const text = canonicalize(value)
  if (text === undefined) throw malformed('$', 'is not JSON')
  return text
}

/**
 * Parses canonical JSON and nothing else: the bytes must be exactly those that `canonicalJson` writes for the value, which leaves no
 * room for duplicate members, other number forms, white space, escapes or invalid UTF-8. Throws LedgerError `malformed-json`.
 */
export function parseCanonicalJson(bytes: Uint8Array): JsonValue {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let value: JsonValue
  try {
    value = JSON.parse(buffer.toString('utf8')) as JsonValue
  } catch (thrown) {
    throw new LedgerError('malformed-json', 'The bytes are not JSON.', thrown)
  }
  if (!Buffer.from(canonicalJson(value)).equals(buffer)) {
    throw new LedgerError('malformed-json', 'The JSON is not in canonical form (RFC 8785): write it without white space, members sorted.')
  }
  return value
}

/** Whether a parsed value is an object (and not an array or null). */
export function isJsonObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function checkValue(value: unknown, at: string, depth: number): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw malformed(at, 'holds a lone surrogate')
    return
  }
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw malformed(at, `is ${value}, not an integer up to 2^53 - 1: write it as a string`)
    return
  }
  if (typeof value === 'boolean' || value === null) return
  if (typeof value !== 'object') throw malformed(at, `is ${typeof value}, which JSON cannot hold`)
  if (depth >= MAX_DEPTH) throw malformed(at, `is nested more than ${MAX_DEPTH} deep`)
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) checkValue(value[i], `${at}[${i}]`, depth + 1)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw malformed(at, 'is not a plain object')
  for (const [key, member] of Object.entries(value)) {
    if (!key.isWellFormed()) throw malformed(at, 'has a name with a lone surrogate')
    checkValue(member, `${at}.${key}`, depth + 1)
  }
}

function malformed(at: string, what: string): LedgerError {
  return new LedgerError('malformed-json', `The value at ${at} ${what}.`)
}
