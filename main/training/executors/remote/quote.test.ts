import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { quoteWord, setArguments } from './quote.ts'

/** Text that a program can be given as an argument: no NUL, and no half of a surrogate pair, which UTF-8 cannot hold. */
const word = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', ' ', '-', '!', '*', '~', '\t', '\r', 'ä', '😀') })).filter((text) => !text.includes('\0') && text.isWellFormed())

it('every word arrives in a shell as it is', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 100, maxLength: 400, size: 'max' }), (words) => {
      const said = execFileSync('/bin/sh', ['-c', `${setArguments(words)}for word do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
      expect(said).toBe(words.map((each) => `${each}\0`).join(''))
    }),
    { numRuns: 6 },
  )
})

it('a NUL is refused', () => {
  expect(() => quoteWord('a\0b')).toThrow('NUL')
})
