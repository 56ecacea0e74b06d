import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, parseCanonicalJson, type JsonValue } from './jcs.ts'

const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 4 }),
  ),
})).value

describe('canonical JSON', () => {
  it('sorts members by UTF-16 code unit, as in the example of RFC 8785, 3.2.3', () => {
    const value = JSON.parse(
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",' +
        '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
    ) as Record<string, string>
    expect(Object.values(JSON.parse(canonicalJson(value).replace('"1":"One",', '')) as object)).toEqual([
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
    expect(canonicalJson(value).startsWith('{"\\r":"Carriage Return","1":"One",')).toBe(true)
  })

  it('sorts members that look like numbers as text too, at any depth', () => {
    expect(canonicalJson({ a: [{ '9': 1, '10': 2 }], b: { '1': { z: 1, y: 2 } } })).toBe('{"a":[{"10":2,"9":1}],"b":{"1":{"y":2,"z":1}}}')
  })

  it('escapes strings as in the example of RFC 8785, 3.2.2', () => {
    const value = JSON.parse('{"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}') as JsonValue
    expect(Buffer.from(canonicalJson(value)).toString('hex')).toBe(
      Buffer.from('{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}').toString('hex'),
    )
  })

  it('writes what an independent implementation of RFC 8785 writes', () => {
    fc.assert(fc.property(json, (value) => canonicalJson(value) === canonicalize(value)))
  })

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(parseCanonicalJson(Buffer.from(text)))).toBe(text)
      }),
    )
  })

  it.each([
    ['white space', '{"a": 1}'],
    ['members out of order', '{"b":1,"a":1}'],
    ['a duplicate member', '{"a":1,"a":1}'],
    ['a float', '1.5'],
    ['a float that is whole', '1.0'],
    ['an exponent', '1e3'],
    ['negative zero', '-0'],
    ['an integer beyond 2^53 - 1', '9007199254740992'],
    ['an escape that is not needed', '"\\u0041"'],
    ['a lone surrogate', '"\\ud800"'],
    ['a lone surrogate as a name', '{"\\udc00":1}'],
    ['text after the value', '1 '],
    ['nothing', ''],
  ])('does not parse %s', (_, text) => {
    expect(() => parseCanonicalJson(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'malformed-json' }))
  })

  it('does not parse bytes that are not UTF-8, nor a byte order mark', () => {
    expect(() => parseCanonicalJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow(expect.objectContaining({ code: 'malformed-json' }))
    expect(() => parseCanonicalJson(Buffer.from('\ufeff1'))).toThrow(expect.objectContaining({ code: 'malformed-json' }))
  })

  it.each([
    ['undefined', { a: undefined }],
    ['a date', { a: new Date(0) }],
    ['a function', { a: () => 1 }],
    ['a hole in a list', Array(1)],
    ['NaN', NaN],
    ['a bigint', 1n],
  ])('refuses to write %s rather than drop or change it', (_, value) => {
    expect(() => canonicalJson(value as unknown as JsonValue)).toThrow(expect.objectContaining({ code: 'malformed-json' }))
  })

  it('refuses nesting that would exhaust the stack', () => {
    const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`
    expect(() => parseCanonicalJson(Buffer.from(deep))).toThrow(expect.objectContaining({ code: 'malformed-json' }))
  })

  it('keeps a member named __proto__ as a member', () => {
    expect(canonicalJson(parseCanonicalJson(Buffer.from('{"__proto__":{"a":1}}')))).toBe('{"__proto__":{"a":1}}')
  })
})
