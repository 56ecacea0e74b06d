import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { facts, table } from './output.ts'
import { printable, printableJson, printableLines, TerminalText } from './printable.ts'

describe('recorded text', () => {
  it('is shown and not obeyed: controls, directions and invisible characters stand by their number', () => {
    expect(printable('x\u001b]0;OWNED\u0007')).toBe('x\\u{1b}]0;OWNED\\u{7}')
    expect(printable('a\u202eb\u200bc\u009b2J')).toBe('a\\u{202e}b\\u{200b}c\\u{9b}2J')
    expect(printable('Zoë 東京')).toBe('Zoë 東京')
    expect(printableLines('one\ntwo\u001b[A')).toBe('one\ntwo\\u{1b}[A')
  })

  it('forges no row of a table and no line of facts', () => {
    expect(table(['NAME'], [['Paul\nadmin  Root']]).split('\n')).toHaveLength(2)
    expect(facts([['Name', 'Paul\nStage  production']]).split('\n')).toHaveLength(1)
  })

  it('is the same value as JSON, in which a terminal finds nothing to act on', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = printableJson(value)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
         
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\p{Cf}]/u)
      }),
    )
    expect(printableJson('\u009b2J\u{e0041}')).toBe('"\\u009b2J\\udb40\\udc41"')
  })
})

describe('what a stage wrote to its terminal', () => {
  const pass = (...chunks: string[]) => {
    const text = new TerminalText()
    return chunks.map((chunk) => text.pass(chunk)).join('')
  }

  it('keeps text, colours and the moves of a progress bar', () => {
    const plain = 'epoch 1\r\n\u001b[32mok\u001b[0m\r50 %\u001b[K\b\tä\u001b[1;38;5;12mx\u001b[2A'
    expect(pass(plain)).toBe(plain)
  })

  it.each([
    ['a title', '\u001b]0;OWNED\u0007'],
    ['the clipboard', '\u001b]52;c;cm0gLXJm\u001b\\'],
    ['a question that the terminal would answer', '\u001b[6n\u001b[c'],
    ['another screen', '\u001b[?1049h'],
    ['a reset', '\u001bc'],
    ['a device control string', '\u001bP+q544e\u001b\\'],
    ['the 8-bit forms', '\u009d0;OWNED\u009c\u009b6n'],
    ['a bell and a NUL', '\u0007\u0000'],
  ])('leaves out %s, wherever the chunks end', (_, sequence) => {
    expect(pass(`a${sequence}b`)).toBe('ab')
    expect(pass(...`a${sequence}b`)).toBe('ab')
  })

  it('never lets anything but allowed sequences through', () => {
    const odd = fc.string({ unit: fc.constantFrom('\u001b', '[', ']', ';', '1', 'm', 'n', 'P', '\\', '\u0007', '\u009b', '\u009d', 'x', '\u0018') })
    fc.assert(
      fc.property(fc.array(odd), (chunks) => {
         
        expect(pass(...chunks).replaceAll(/\u001b\[[0-9;:]*[mABCDEFGHJKdf]/g, '')).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/)
      }),
    )
  })
})
