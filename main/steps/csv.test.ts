import fc from 'fast-check'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readCsv } from './csv.ts'
import { createWorkspace } from './testing/workspace.ts'

async function read(content: string | Uint8Array) {
  const workspace = createWorkspace({ 't.csv': content })
  const rows: { fields: readonly string[]; line: number }[] = []
  const facts = await readCsv(workspace.path('t.csv'), 't.csv', () => (fields, line) => rows.push({ fields, line }))
  return { facts, rows }
}

describe('reading CSV', () => {
  it('gives records with the line each starts on, and the digest of the bytes', async () => {
    const content = 'a,b\r\n1,"x, ""y""\nz"\r\n2,\r\n'
    const { facts, rows } = await read(content)
    expect(rows).toEqual([
      { fields: ['1', 'x, "y"\nz'], line: 2 },
      { fields: ['2', ''], line: 4 },
    ])
    const sha256 = createHash('sha256').update(content).digest('hex')
    expect(facts).toEqual({ columns: ['a', 'b'], rows: 2, bytes: content.length, sha256 })
  })

  it('reads back whatever fields a writer quoted, whichever line ending it used', async () => {
    const workspace = createWorkspace({})
    const field = fc.oneof(fc.string(), fc.constantFrom('', '"', ',', '\n', '\r\n', 'é😀'))
    const table = fc.array(fc.tuple(field, field, field), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), async (records, end) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
        writeFileSync(workspace.path('t.csv'), `a,b,c${end}${records.map((record) => `${record.map(quoted).join(',')}${end}`).join('')}`)
        const rows: (readonly string[])[] = []
        await readCsv(workspace.path('t.csv'), 't.csv', () => (fields) => rows.push(fields))
        expect(rows).toEqual(records)
      }),
      { numRuns: 200 },
    )
  })

  it('reads a file larger than one chunk whole', async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `${i},"é ${i}"`)
    const { rows } = await read(`a,b\n${lines.join('\n')}`)
    expect(rows.length).toBe(60_000)
    expect(rows.every(({ fields, line }, i) => fields[0] === String(i) && fields[1] === `é ${i}` && line === i + 2)).toBe(true)
  })

  it.each([
    ['an empty file', '', /is empty/],
    ['a short record', 'a,b\n1\n', /line 2: it has 1 fields where the header has 2/],
    ['a long record', 'a,b\n1,2\n1,2,3\n', /line 3: it has 3 fields/],
    ['an empty line', 'a,b\n1,2\n\n', /line 3: it has 1 fields/],
    ['an open quote', 'a\n"x\n', /line 2: a quote is never closed/],
    ['text after a quote', 'a\n"x"y\n', /line 2: text stands after a closing quote/],
    ['a quote in a bare field', 'a\nx"y\n', /line 2: a quote stands inside/],
    ['a lone carriage return', 'a\nx\ry\n', /line 2: a carriage return stands alone/],
    ['a column without a name', 'a,\n1,2\n', /column 2 has no name/],
    ['two columns of one name', 'a,a\n1,2\n', /"a" is named twice/],
    ['bytes that are not UTF-8', Buffer.from([97, 10, 0xff, 10]), /not UTF-8/],
  ])('refuses %s, naming the line', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(message)
  })

  it('says that a file is missing', async () => {
    await expect(readCsv('/nowhere/t.csv', 't.csv', () => () => undefined)).rejects.toThrow('t.csv cannot be read: there is no such file')
  })
})
