import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainValue } from './located.ts'
import { readYaml, YAML_LIMITS } from './yaml-source.ts'

function read(text: string): unknown {
  const outcome = readYaml(text, 'x.yaml')
  if (outcome.ok) return JSON.parse(JSON.stringify(plainValue(outcome.value)))
  return outcome.problems.map(({ code, line, column }) => [code, line, column])
}

describe('readYaml', () => {
  it('reads whatever JSON can say', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      expect(read(JSON.stringify(value))).toEqual(JSON.parse(JSON.stringify(value)))
      expect(read(JSON.stringify(value, null, 2))).toEqual(JSON.parse(JSON.stringify(value)))
    }))
  })

  it('reads JSON that is indented by tabs', () => {
    expect(read('{\n\t"a": {\n\t\t"b": 1\n\t}\n}\n')).toEqual({ a: { b: 1 } })
  })

  it('keeps words that YAML 1.1 would change', () => {
    expect(read('a: yes\nb: 010\nc: 1:30\nd: off')).toEqual({ a: 'yes', b: 10, c: '1:30', d: 'off' })
  })

  it('expands aliases to the anchor that stands last before them', () => {
    expect(read('a: &x 1\nb: *x\nc: &x 2\nd: *x')).toEqual({ a: 1, b: 1, c: 2, d: 2 })
  })

  it('expands merge keys: own keys win, then the earlier map', () => {
    expect(read('p: &p {a: 1, b: 1}\nq: &q {b: 2, c: 2}\nr: {c: 3, <<: [*p, *q]}')).toMatchObject({ r: { a: 1, b: 1, c: 3 } })
  })

  it('takes __proto__ for a key like any other', () => {
    const outcome = readYaml('__proto__: {polluted: true}', 'x.yaml')
    if (!outcome.ok) throw new Error('refused')
    expect(Object.keys(plainValue(outcome.value) as object)).toEqual(['__proto__'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('says where each value stands', () => {
    const outcome = readYaml('a:\n  - b: "x"\n', 'x.yaml')
    const inner = { entries: [{ keyAt: { line: 2, column: 5 }, value: { at: { line: 2, column: 8 } } }] }
    const outer = { entries: [{ key: 'a', keyAt: { line: 1, column: 1 }, value: { items: [inner] } }] }
    expect(outcome).toMatchObject({ ok: true, value: outer })
  })

  it.each([
    ['a broken list', 'a: [1, 2\nb: 3', 'yaml-syntax', 2, 1],
    ['a duplicate key', 'a: 1\nb: 2\na: 3', 'duplicate-key', 3, 1],
    ['the same key quoted', 'a: 1\n"a": 3', 'duplicate-key', 2, 1],
    ['a list as a key', '? [a]\n: 1', 'wrong-type', 1, 3],
    ['a custom tag', 'a: !include other.yaml', 'yaml-tag', 1, 4],
    ['a tag of code', 'a: !!python/object/apply:os.system ["id"]', 'yaml-tag', 1, 4],
    ['a binary value', 'a: !!binary aGk=', 'yaml-tag', 1, 4],
    ['an alias without an anchor', 'a: 1\nb: *nowhere', 'yaml-syntax', 2, 4],
    ['a second document', 'a: 1\n---\nb: 2', 'yaml-syntax', 2, 1],
    ['YAML 1.1', '%YAML 1.1\n---\na: yes', 'yaml-syntax', 1, 1],
    ['a merge of a word', 'a: {<<: b}', 'wrong-type', 1, 9],
    ['an alias of itself', 'a: &a [*a]', 'yaml-limit', 1, 7],
  ])('refuses %s', (_, text, code, line, column) => {
    expect(read(text)).toContainEqual([code, line, column])
  })

  it('reports every duplicate key at once', () => {
    expect(read('a: 1\na: 2\nb: 1\nb: 2')).toEqual([['duplicate-key', 2, 1], ['duplicate-key', 4, 1]])
  })
})

// What grew as the square of its input, or faster, would take longer than a test may.
describe('limits of readYaml', () => {
  it('refuses a billion laughs', () => {
    const levels = Array.from({ length: 10 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join(', ')}]`)
    const result = read(['l0: &l0 [ha, ha]', ...levels].join('\n'))
    expect(result).toMatchObject([['yaml-limit', expect.any(Number), expect.any(Number)]])
  })

  it('refuses a long text that is repeated by alias', () => {
    const result = read(`a: &a ${'x'.repeat(100_000)}\nb: [${Array(1_000).fill('*a').join(', ')}]`)
    expect(result).toMatchObject([['yaml-limit', 1, 7]])
  })

  it.each([
    ['open lists', '['.repeat(100_000)],
    ['nested maps', '{a: '.repeat(100_000)],
    ['dashes', '- '.repeat(100_000)],
    ['question marks', '? '.repeat(100_000)],
    ['indented maps', Array.from({ length: 1_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['numbers', `[${'1,'.repeat(350_000)}1]`],
    ['anchors', '&a '.repeat(300_000)],
    ['stray brackets', ']'.repeat(300_000)],
    ['commas', `[${','.repeat(300_000)}]`],
  ])('refuses hundreds of thousands of %s', (_, text) => {
    const result = read(text)
    expect(result).toMatchObject([['yaml-limit', expect.any(Number), expect.any(Number)]])
  })

  it('reads nesting up to its limit and nothing deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(readYaml(nested(YAML_LIMITS.depth), 'x.yaml').ok).toBe(true)
    expect(readYaml(nested(YAML_LIMITS.depth + 5), 'x.yaml').ok).toBe(false)
  })

  it('refuses a file above its limit of bytes', () => {
    expect(read(`a: ${'x'.repeat(YAML_LIMITS.bytes)}`)).toEqual([['file-too-large', 1, 1]])
  })
})
