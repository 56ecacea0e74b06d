import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeEntry, parseEntry, type Entry } from './entry.ts'
import { emptyRoot } from './merkle.ts'

const entry: Entry = {
  v: 1,
  origin: 'log.example',
  seq: 3,
  time: '2026-11-23T09:00:00.000Z',
  actor: 'log.example/person/ada',
  action: 'dataset.snapshot',
  subject: [{ name: 'data.csv', digest: { sha256: 'ab'.repeat(32) } }],
  detail: { files: 2 },
  commitments: { email: 'cd'.repeat(32) },
  seen: { size: 3, root: emptyRoot.toString('base64') },
}

const malformed: unknown = expect.objectContaining({ code: 'malformed-entry' })
const bytesOf = (value: unknown): Buffer => Buffer.from(canonicalize(value) ?? '')

describe('entries', () => {
  it('are written as an independent implementation of RFC 8785 writes them, and read back', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
    const entries = fc.record({
      v: fc.constant(1 as const),
      origin: text,
      seq: fc.maxSafeNat(),
      time: fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => date.toISOString()),
      actor: text,
      action: text,
      subject: fc.array(fc.record({ name: text, digest: fc.record({ sha256: digest }) })),
      detail: fc.dictionary(text, fc.oneof(text, fc.maxSafeInteger(), fc.array(text))),
      commitments: fc.dictionary(text, digest),
      seen: fc.record({ size: fc.maxSafeNat(), root: digest.map((hex) => Buffer.from(hex, 'hex').toString('base64')) }),
    })
    fc.assert(
      fc.property(entries, (value) => {
        const text = encodeEntry(value)
        expect(text).toBe(canonicalize(value))
        expect(encodeEntry(parseEntry(Buffer.from(text)))).toBe(text)
      }),
    )
  })

  it.each<[string, object]>([
    ['another version', { v: 2 }],
    ['a member more', { more: 1 }],
    ['a negative position', { seq: -1 }],
    ['a time without milliseconds', { time: '2026-11-23T09:00:00Z' }],
    ['a time that cannot be', { time: '2026-13-23T09:00:00.000Z' }],
    ['an empty action', { action: '' }],
    ['a subject without a digest', { subject: [{ name: 'x' }] }],
    ['a digest in capitals', { subject: [{ name: 'x', digest: { sha256: 'AB'.repeat(32) } }] }],
    ['a second digest', { subject: [{ name: 'x', digest: { sha256: 'ab'.repeat(32), sha1: '' } }] }],
    ['a detail that is a list', { detail: [] }],
    ['a commitment that is no digest', { commitments: { email: 'ada' } }],
    ['a short root', { seen: { size: 3, root: 'AAAA' } }],
  ])('are refused with %s', (_, change) => {
    expect(() => parseEntry(bytesOf({ ...entry, ...change }))).toThrow(malformed)
  })

  it('are refused with a member less', () => {
    expect(() => parseEntry(bytesOf({ ...entry, commitments: undefined }))).toThrow(malformed)
  })
})
