import { describe, expect, it } from 'vitest'
import { createPlainText } from './plain-text.ts'

function plain(...parts: string[]): string {
  const text = createPlainText()
  return parts.map((part) => text.push(part)).join('') + text.end()
}

describe('plain text of terminal output', () => {
  it('takes out colours, cursor moves and titles', () => {
    expect(plain('\x1b[1;32mepoch\x1b[0m 3\x1b[K\x1b]0;title\x07 done\x1b(B')).toBe('epoch 3 done')
  })

  it('takes out sequences that were cut in two', () => {
    expect(plain('a\x1b', '[3', '1mb\x1b]0;ti', 'tle\x1b\\c')).toBe('abc')
  })

  it('ends lines with a newline alone and keeps each state of a progress line', () => {
    expect(plain('one\r\ntwo 1 %\rtwo 2 %\r', '\nthree')).toBe('one\ntwo 1 %\ntwo 2 %\nthree')
  })

  it('keeps letters of all scripts and tabs', () => {
    expect(plain('Größe\t42 µm 漢字 🙂')).toBe('Größe\t42 µm 漢字 🙂')
  })

  it('does not wait for ever for the end of a sequence', () => {
    const text = createPlainText()
    const seen = text.push(`\x1b]0;${'x'.repeat(10_000)}`)
    expect(seen).toContain('xxx')
  })
})
