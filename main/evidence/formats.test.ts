import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PYTHON } from '../../resources/verifier/testing/python.ts'
import { table } from './csv.ts'
import { parsePlainJson } from './documents.ts'
import { pointerTo } from './fact.ts'
import { html } from './html.ts'
import { PackFolder } from './pack-folder.ts'
import { writeZip } from './zip.ts'

describe('a table', () => {
  it.each([['=1+1', `'=1+1`], ['+1 call', `'+1 call`], ['-1+2', `'-1+2`], ['@SUM(A1)', `'@SUM(A1)`], [' =1', `' =1`], ['\tx', `'\tx`]])('marks the formula %j as text', (cell, written) => {
    expect(table(['h'], [[cell]])).toBe(`h\r\n${written}\r\n`)
  })

  it.each(['-0.5', '-1e-7', '0.8125', 'plain'])('leaves %s as it is', (cell) => {
    expect(table(['h'], [[cell]])).toBe(`h\r\n${cell}\r\n`)
  })

  it('quotes what RFC 4180 wants quoted', () => {
    expect(table(['a', 'b'], [['x,"y"', 'line\nbreak']])).toBe('a,b\r\n"x,""y""","line\nbreak"\r\n')
  })
})

describe('HTML', () => {
  it('holds no markup that was put in as text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(html`${text}`.text).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/)
    }))
  })

  it('shows characters that reverse or hide text by their code', () => {
    expect(html`${'a\u202eb\u0000'}`.text).toBe('a[U+202E]b[U+0000]')
  })
})

describe('JSON that facts may point into', () => {
  it.each([
    ['a member twice', '{"a": 1, "a": 2}'],
    ['a member twice, spelt in two ways', '{"a": 1, "\\u0061": 2}'],
    ['a number beyond all bounds', '{"a": 1e999}'],
    ['a lone surrogate', '{"a": "\\ud800"}'],
    ['deep nesting', '['.repeat(100) + ']'.repeat(100)],
    ['a byte order mark', '\ufeff{}'],
  ])('has not %s', (_, text) => {
    expect(parsePlainJson(Buffer.from(text))).toBeUndefined()
  })

  it('is any other', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 5 }), (text) => {
      expect(parsePlainJson(Buffer.from(text))).toEqual(JSON.parse(text))
    }))
    expect(parsePlainJson(Buffer.from('["", ":"]'))).toEqual(['', ':'])
    expect(parsePlainJson(Buffer.from('{"a": "x\\": 1, \\"y", "b:": ["c:"]}'))).toEqual({ a: 'x": 1, "y', 'b:': ['c:'] })
  })
})

it('a pointer escapes as RFC 6901 says', () => {
  expect(pointerTo(['detail', 'a/b~c', 0])).toBe('/detail/a~1b~0c/0')
})

describe('the folder and zip of a pack', () => {
  const newFolder = () => new PackFolder(mkdtempSync(join(tmpdir(), 'pack-')))

  it.each(['../x', 'data/../x', '/x', 'data//x', 'x/', 'ü', 'a b', '', 'x'.repeat(201), './x'])('has no file %j', async (path) => {
    await expect(newFolder().add(path, '')).rejects.toThrow('cannot be a file')
  })

  it('is read by others, whatever is in the files', async () => {
    const folder = newFolder()
    const contents = { 'data/empty': '', 'data/B.txt': 'bytes \u0000 and ü', 'a.txt': 'x'.repeat(3_000_000), 'data/a/b': '1' }
    for (const [path, content] of Object.entries(contents)) await folder.add(path, content)
    const target = join(folder.root, '..', `${Date.now()}-${process.pid}.zip`)
    const size = await writeZip(target, folder.root, folder.files)
    expect(readFileSync(target).length).toBe(size)
    const read = "import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(json.dumps([[i.filename, z.read(i).decode()] for i in z.infolist()]))"
    const listed = JSON.parse(execFileSync(PYTHON, ['-c', read, target], { encoding: 'utf8', maxBuffer: 1 << 26 })) as [string, string][]
    expect(listed.map(([path]) => path)).toEqual(['a.txt', 'data/B.txt', 'data/a/b', 'data/empty'])
    expect(Object.fromEntries(listed)).toEqual(contents)
  })

  it('is a folder alone beyond the bounds of a plain zip', async () => {
    const file = { path: 'data/huge', bytes: 2 ** 32, sha256: '', crc32: 0 }
    expect(await writeZip('/nowhere/pack.zip', '/nowhere', [file])).toBeNull()
  })
})
