import { describe, expect, it } from 'vitest'
import { jsonTokens } from './json-tokens.ts'

describe('the parts of JSON text', () => {
  it('tell names from values', () => {
    const tokens = jsonTokens('{"action": "run.started", "seq": 12}')
    expect(tokens.filter(({ kind }) => kind === 'name').map(({ text }) => text)).toEqual(['"action"', '"seq"'])
    expect(tokens.filter(({ kind }) => kind === 'value').map(({ text }) => text)).toEqual(['"run.started"', '12'])
  })

  it('are the text again, quotes, line ends and odd letters included', () => {
    const text = JSON.stringify({ 'a "b": c': ['\\', -1.5e-7, null, true], n: { ü: '✓ {"x": 1}\n' } }, null, 2)
    expect(
      jsonTokens(text)
        .map((token) => token.text)
        .join(''),
    ).toBe(text)
  })
})
