import { isUtf8 } from 'node:buffer'

/** How a terminal's bytes become the strings of a recording. */

/** Bytes that a character takes, at most. */
const LONGEST_CHARACTER = 4

/**
 * UTF-8 as a JSON string (RFC 8259, section 7), quotes and all, of which each character stands for one byte: write it as latin1. What JSON escapes
 * is ASCII, so the other bytes pass as they are, and nothing is decoded only to be encoded again.
 */
export function jsonOfUtf8(bytes: Buffer): string {
  return JSON.stringify(bytes.toString('latin1'))
}

/** Where the last character ends that is whole, or can become so no more: what follows, at most 3 bytes, waits for the bytes after it. */
export function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back < LONGEST_CHARACTER && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0
    if (isContinuation(byte)) continue
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}

/**
 * The bytes as UTF-8, and how many of them were none: each maximal part that can begin no character becomes one U+FFFD, as the Unicode Standard
 * (3.9, "U+FFFD Substitution of Maximal Subparts") and the WHATWG's decoder have it.
 */
export function toUtf8(bytes: Buffer): { text: Buffer; invalid: number } {
  if (isUtf8(bytes)) return { text: bytes, invalid: 0 }
  const text = Buffer.from(bytes.toString('utf8'))
  const replaced = countReplacements(text) - countReplacements(bytes)
  return { text, invalid: bytes.length - (text.length - REPLACEMENT.length * replaced) }
}

const REPLACEMENT = Buffer.from('\ufffd')

function countReplacements(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(REPLACEMENT); at !== -1; at = bytes.indexOf(REPLACEMENT, at + REPLACEMENT.length)) count += 1
  return count
}
