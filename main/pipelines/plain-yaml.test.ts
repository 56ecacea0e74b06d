import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { readPlainYaml } from './plain-yaml.ts'
import { readAnyYaml, YAML_LIMITS } from './yaml-source.ts'

/** Pieces out of which lines are made that look like YAML, and often are. */
const PIECES = [
  'a', 'b:', 'c: ', 'key', ': ', ':', '- ', '-', ' ', '  ', '#', ' # said', '"q"', "'s'", "'it''s'", '"\\n"', '[', ']', '{', '}', ', ', ',', '1', '-1', '0x1F', '1e3', '.5', '.nan', 'true', 'null', '~', 'No',
  '<<: ', '&x ', '*x', '!t ', '|', '>', '%', '@', '`', '?', '? ', '--flag', '${a.b}', '/p/q.csv', 'x=1', '---', '...', 'é', '=', '"', "'", 'a b', 'k: v', '[a, b]', '{k: v}', '- k: v', '0o17', '+1', '1.', '00',
]
const starts = fc.constantFrom('a: ', 'b: ', 'c:', 'd: ', 'e:', '- ', '- a: ', '- - ', '', '|', 'text ')
const blocks = fc.constantFrom('', '', '', '', '', '', '|-\n    kept\n    # too', '>\n  joined\n  up\n', '|\n  one\n\n   two\n\n', '>-\n  one\n\n  two', '|')
const soup = fc.array(fc.tuple(fc.constantFrom(0, 0, 0, 0, 0, 2, 2, 4, 1), starts, fc.array(fc.constantFrom(...PIECES), { maxLength: 2 }), blocks), { minLength: 1, maxLength: 5 })
  .map((lines) => lines.map(([indent, start, pieces, block]) => ' '.repeat(indent) + start + pieces.join('') + block).join('\n'))

it('what it reads of any text, the whole parser reads the same, places and all', () => {
  let read = 0
  fc.assert(fc.property(soup, (text) => {
    const plain = readPlainYaml(text, YAML_LIMITS)
    if (!plain) return
    read += 1
    expect({ text, read: readAnyYaml(text, 'x.yaml') }).toEqual({ text, read: { ok: true, value: plain } })
  }), { numRuns: 4_000 })
  expect(read).toBeGreaterThan(40)
})

const word = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('train', 'data/in.csv', 'true', '1', '- x', 'a: b', '${item.x}'))
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, fc.oneof(word, fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null)), tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 4 }),
  map: fc.dictionary(fc.stringMatching(/^[a-z_]\w{0,6}$/), tie('value'), { maxKeys: 4, noNullPrototype: true }),
}))

it.each([{}, { indentSeq: false }, { indent: 4 }, { collectionStyle: 'flow' as const, lineWidth: 0 }])('and so of what is written as YAML with %o', (options) => {
  fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z]\w{0,6}$/), value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }), (written) => {
    const text = stringify(written, options)
    const plain = readPlainYaml(text, YAML_LIMITS)
    if (plain) expect({ text, read: readAnyYaml(text, 'x.yaml') }).toEqual({ text, read: { ok: true, value: plain } })
  }), { numRuns: 300 })
})

it('reads a pipeline as people write one', () => {
  const text = readFileSync(new URL('../../resources/samples/credit-risk/dvc.yaml', import.meta.url), 'utf8')
  expect(readPlainYaml(text, YAML_LIMITS)).toEqual(readAnyYaml(text, 'dvc.yaml').ok ? expect.objectContaining({ kind: 'map' }) : null)
})

it('leaves what is beyond the limits to who says so', () => {
  expect(readPlainYaml('a: [1, 2]', { nodes: 5, depth: 9 })).not.toBeNull()
  expect(readPlainYaml('a: [1, 2]', { nodes: 4, depth: 9 })).toBeNull()
  expect(readPlainYaml(`a: ${'['.repeat(20)}${']'.repeat(20)}`, { nodes: 99, depth: 9 })).toBeNull()
})
