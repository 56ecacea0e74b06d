import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { inverse, YamlDocument, type Edit, type Path } from './document.ts'
import type { JsonValue } from './located.ts'

const open = (text: string): YamlDocument => {
  const read = YamlDocument.open(Buffer.from(text), 'dvc.yaml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.value
}

/** The text after the edit; each edit must be undone to the byte. */
function edited(text: string, edit: Edit): string {
  const document = open(text)
  const result = document.edit(edit)
  if (!result.ok) return `refused: ${result.reason}`
  expect(result.document.with(inverse(result.change))?.text).toBe(text)
  return result.document.text
}

const PIPELINE = `# head
stages:
    # trains
    train:   # now
        cmd:    'python train.py'  # here
        deps: [ train.py,  "data.csv" ]
        outs:
        - model.onnx   # the model
        - scores.json
        params:
          - lr

    report:
        cmd: >-
            python
            report.py
        meta: {strongroom: {resources: {cpus: 1}}}
# tail`

describe('a YAML document that is edited', () => {
  it.each<[string, Edit, string, string]>([
    ['sets a text in its quotes, before its comment', { kind: 'set', path: ['stages', 'train', 'cmd'], value: "it's" }, "'python train.py'", "'it''s'"],
    ['sets an item of a list in brackets', { kind: 'set', path: ['stages', 'train', 'deps', 1], value: 'b.csv' }, '"data.csv"', '"b.csv"'],
    ['sets an item of a list', { kind: 'set', path: ['stages', 'train', 'outs', 0], value: 'm.onnx' }, 'model.onnx ', 'm.onnx '],
    ['sets a folded text as one', { kind: 'set', path: ['stages', 'report', 'cmd'], value: 'python other.py' }, '>-\n            python\n            report.py', '>-\n            python other.py'],
    ['sets a list to a text', { kind: 'set', path: ['stages', 'train', 'params'], value: 'x' }, ':\n          - lr', ': x'],
    ['sets a text to a list', { kind: 'set', path: ['stages', 'train', 'cmd'], value: ['a', 'b'] }, "    'python train.py'  # here", '\n            - a\n            - b  # here'],
    ['sets a number in brackets', { kind: 'set', path: ['stages', 'report', 'meta', 'strongroom', 'resources', 'cpus'], value: 4 }, 'cpus: 1', 'cpus: 4'],
    ['adds a stage at the end', { kind: 'insert', path: ['stages', 'last'], value: { cmd: 'x', deps: ['a'] } }, 'cpus: 1}}}\n', 'cpus: 1}}}\n    last:\n        cmd: x\n        deps:\n            - a\n'],
    ['adds a stage before another', { kind: 'insert', path: ['stages', 'mid'], value: { cmd: 'x' }, before: 'report' }, '          - lr\n', '          - lr\n    mid:\n        cmd: x\n'],
    ['adds a stage before the first', { kind: 'insert', path: ['stages', 'zero'], value: { cmd: 'x' }, before: 'train' }, '    train:   #', '    zero:\n        cmd: x\n    train:   #'],
    ['adds an item behind a comment', { kind: 'insert', path: ['stages', 'train', 'outs', 1], value: 'log' }, '# the model\n', '# the model\n        - log\n'],
    ['adds an item first', { kind: 'insert', path: ['stages', 'train', 'outs', 0], value: 'log' }, 'outs:\n', 'outs:\n        - log\n'],
    ['adds to a list in brackets', { kind: 'insert', path: ['stages', 'train', 'deps', 2], value: 'a, b' }, '"data.csv"', '"data.csv", "a, b"'],
    ['adds to a map in brackets', { kind: 'insert', path: ['stages', 'report', 'meta', 'strongroom', 'resources', 'gpus'], value: 1 }, 'cpus: 1', 'cpus: 1, gpus: 1'],
    ['deletes an item with its comment', { kind: 'delete', path: ['stages', 'train', 'outs', 0] }, '        - model.onnx   # the model\n', ''],
    ['deletes an item in brackets', { kind: 'delete', path: ['stages', 'train', 'deps', 0] }, 'train.py,  "', '"'],
    ['deletes the last item in brackets', { kind: 'delete', path: ['stages', 'train', 'deps', 1] }, ',  "data.csv"', ''],
    ['deletes the only item', { kind: 'delete', path: ['stages', 'train', 'params', 0] }, 'params:\n          - lr', 'params: []'],
    ['deletes a stage', { kind: 'delete', path: ['stages', 'report'] }, "    report:\n        cmd: >-\n            python\n            report.py\n        meta: {strongroom: {resources: {cpus: 1}}}\n", ''],
    ['renames a stage', { kind: 'rename', path: ['stages', 'train'], to: 'fit: all' }, '    train:', '    "fit: all":'],
  ])('%s, and nothing else', (_, edit, before, after) => {
    expect(PIPELINE.split(before)).toHaveLength(2)
    const [wanted, got] = [PIPELINE.replace(before, () => after), edited(PIPELINE, edit)]
    expect(got).toBe(wanted)
    const carriage = (text: string) => `\uFEFF${text.replaceAll('\n', '\r\n')}`
    expect(edited(carriage(PIPELINE), edit)).toBe(carriage(wanted))
  })

  it.each<[string, string, Edit, string]>([
    ['the last line of a file that ends without a line end', 'a: 1\nb: 2', { kind: 'delete', path: ['b'] }, 'a: 1'],
    ['a line behind such a one', 'a: 1', { kind: 'insert', path: ['b'], value: [1] }, 'a: 1\nb:\n  - 1'],
    ['the first key beside a dash', '- a: 1\n  b: 2\n', { kind: 'delete', path: [0, 'a'] }, '- b: 2\n'],
    ['the first key beside a dash, above a comment', '- a: 1 # one\n  # two\n  b: 2\n', { kind: 'delete', path: [0, 'a'] }, '- # two\n  b: 2\n'],
    ['a key before it', '- a: 1\n', { kind: 'insert', path: [0, 'b'], value: 2, before: 'a' }, '- b: 2\n  a: 1\n'],
    ['a key of what was empty', 'stages:\nvars: []\n', { kind: 'insert', path: ['stages', 'a'], value: { cmd: 'x' } }, 'stages:\n  a:\n    cmd: x\nvars: []\n'],
    ['a key of an empty map', 'stages: {}\n', { kind: 'insert', path: ['stages', 'a'], value: 1 }, 'stages: {a: 1}\n'],
    ['a value under an anchor', 'a: &x 1\nb: *x\n', { kind: 'set', path: ['a'], value: 2 }, 'a: &x 2\nb: *x\n'],
    ['an alias itself', 'a: &x 1\nb: *x\n', { kind: 'set', path: ['b'], value: 2 }, 'a: &x 1\nb: 2\n'],
    ['a key with no value in brackets', '{a, b: 1}', { kind: 'set', path: ['a'], value: 2 }, '{a: 2, b: 1}'],
    ['JSON', '{\n\t"a": [1, 2],\n\t"b": "x"\n}', { kind: 'set', path: ['b'], value: 'y' }, '{\n\t"a": [1, 2],\n\t"b": "y"\n}'],
    ['what stands behind tabs', 'a:\t1\t# one\n', { kind: 'set', path: ['a'], value: 2 }, 'a:\t2\t# one\n'],
    ['a text beside the comment of its key', 'a: # why\n  # inner\n  - 1\nb: 2', { kind: 'set', path: ['a'], value: 1 }, 'a: 1 # why\nb: 2'],
    ['a list below the comment of its key', 'a: # why\n  1\n', { kind: 'set', path: ['a'], value: [1] }, 'a: # why\n  - 1\n'],
    ['the same value otherwise', 'a: 0x10\n', { kind: 'set', path: ['a'], value: 16 }, 'a: 16\n'],
    ['a multi-line text', 'a: 1\nb: 2\n', { kind: 'set', path: ['a'], value: 'x\ny\n' }, 'a: |\n  x\n  y\nb: 2\n'],
  ])('writes %s', (_, text, edit, wanted) => {
    expect(edited(text, edit)).toBe(wanted)
  })

  it.each<[string, string, Edit, RegExp]>([
    ['what is not there', 'a: 1', { kind: 'set', path: ['b'], value: 1 }, /There is no 'b' in the file/],
    ['what stands under an anchor elsewhere', 'a: &x {k: 1}\nb: *x', { kind: 'set', path: ['b', 'k'], value: 1 }, /written elsewhere in the file, at &x/],
    ['an anchor that something needs', 'a: &x 1\nb: *x', { kind: 'delete', path: ['a'] }, /edit it by hand/],
    ['a name that is taken', 'a: 1\nb: 2', { kind: 'rename', path: ['a'], to: 'b' }, /There is a 'b' already/],
    ['a key that is there', 'a: 1', { kind: 'insert', path: ['a'], value: 1 }, /There is 'a' already/],
    ['an index beyond the list', 'a: [1]', { kind: 'insert', path: ['a', 2], value: 1 }, /has 1 items/],
  ])('refuses %s', (_, text, edit, reason) => {
    expect(edited(text, edit)).toMatch(reason)
  })

  it('refuses what the limits of reading refuse', () => {
    expect(YamlDocument.open(Buffer.from('['.repeat(1_000)), 'x').ok).toBe(false)
    expect(YamlDocument.open(Buffer.from([0x61, 0x3a, 0x20, 0xff]), 'x').ok).toBe(false)
    expect(open('a: 1').with({ at: 3, removed: '2', inserted: '3' })).toBeNull()
  })

  it.each(['credit-risk', 'tumour-pytorch'])('that nobody edits is written as the bytes that were read: %s', (sample) => {
    const bytes = readFileSync(new URL(`../../resources/samples/${sample}/dvc.yaml`, import.meta.url))
    const read = YamlDocument.open(bytes, 'dvc.yaml')
    expect(read.ok && read.value.bytes.equals(bytes)).toBe(true)
  })

  it('is written as the bytes that were read, whatever they are, where they are YAML', () => {
    const line = fc.tuple(fc.constantFrom('', '  ', '\t', '    '), fc.constantFrom('a: 1', '- b', '# c', 'k: "q"', "s: 'x'", 'f: >-', 'x y', 'm: &m {a: 1}', 'n: *m', '', '---', 'é: ü'), fc.constantFrom('', ' ', '\t', ' # e')).map((parts) => parts.join(''))
    fc.assert(fc.property(fc.constantFrom('', '\uFEFF'), fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), fc.boolean(), (mark, lines, eol, ends) => {
      const bytes = Buffer.from(mark + lines.join(eol) + (ends ? eol : ''))
      const read = YamlDocument.open(bytes, 'x')
      if (read.ok) expect(read.value.bytes.equals(bytes)).toBe(true)
    }), { numRuns: 200 })
  })
})

const word = fc.oneof(fc.stringMatching(/^[a-z]{1,6}$/), fc.string({ maxLength: 8 }))
const { value } = fc.letrec<{ value: JsonValue; list: JsonValue[]; map: Record<string, JsonValue> }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null)), tie('list'), tie('map')),
  list: fc.array(tie('value'), { maxLength: 3 }),
  map: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie('value'), { maxKeys: 3, noNullPrototype: true }),
}))

/** Every path in a value. */
function* pathsIn(node: JsonValue, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path
  if (typeof node !== 'object' || node === null) return
  for (const [key, member] of Object.entries(node)) yield* pathsIn(member, [...path, Array.isArray(node) ? Number(key) : key])
}

function holderOf(root: JsonValue, path: Path): Record<string, JsonValue> | JsonValue[] {
  let holder = root
  for (const step of path.slice(0, -1)) holder = (holder as Record<string | number, JsonValue>)[step] ?? null
  return holder as Record<string, JsonValue>
}

/** What the edit makes of the value, in the simplest way. */
function expected(root: JsonValue, edit: Edit): JsonValue {
  const copy = structuredClone(root)
  const holder = holderOf(copy, edit.path)
  const last = edit.path.at(-1) ?? ''
  if (Array.isArray(holder)) {
    if (edit.kind === 'set') holder[Number(last)] = edit.value
    if (edit.kind === 'delete') holder.splice(Number(last), 1)
    if (edit.kind === 'insert') holder.splice(Number(last), 0, edit.value)
  } else {
    if (edit.kind === 'set' || edit.kind === 'insert') holder[last] = edit.value
    if (edit.kind === 'delete') delete holder[last]
    if (edit.kind === 'rename') {
      const entries = Object.entries(holder).map(([key, member]) => [key === last ? edit.to : key, member] as const)
      for (const key of Object.keys(holder)) delete holder[key]
      Object.assign(holder, Object.fromEntries(entries))
    }
  }
  return copy
}

it.each([{}, { indent: 4 }, { indentSeq: false }, { collectionStyle: 'flow' as const }])('does to any value what was asked for and is undone to the byte, with comments, blank lines and all, written with %o', (options) => {
  const root = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), value, { minKeys: 1, maxKeys: 4, noNullPrototype: true })
  fc.assert(fc.property(root, value, fc.nat(), fc.constantFrom('set', 'insert', 'delete', 'rename'), fc.constantFrom('\n', '\r\n'), fc.boolean(), fc.boolean(), (written, fresh, pick, kind, eol, isCommented, ends) => {
    const paths = [...pathsIn(written)]
    const path = paths[pick % paths.length] ?? []
    const holder = holderOf(written, path)
    const isList = Array.isArray(holder)
    if (kind === 'rename' && isList) return
    const edit: Edit = kind === 'set' ? { kind, path, value: fresh } : kind === 'insert' ? { kind, path: isList ? path : [...path.slice(0, -1), 'Fresh'], value: fresh } : kind === 'delete' ? { kind, path } : { kind, path, to: 'Fresh' }
    let text = stringify(written, options)
    // Behind a value that takes lines of its own, a comment would be a part of it.
    if (isCommented && !('collectionStyle' in options) && !/[|>"']/.test(text)) text = `# first\n${text.replaceAll(/^( *)([a-z]+): (\w+)$/gm, '$1# above\n$1$2:  $3   # beside')}\n# last\n`
    text = text.replaceAll('\n', eol)
    if (!ends) text = text.replace(/(\r?\n)+$/, '')
    const document = open(text)
    expect(document.get()).toEqual(written)
    const result = document.edit(edit)
    if (!result.ok) throw new Error(`${text}\n${JSON.stringify(edit)}\n${result.reason}`)
    expect({ text, edit, to: result.document.get() }).toEqual({ text, edit, to: expected(written, edit) })
    expect(result.document.with(inverse(result.change))?.text).toBe(text)
    if (kind === 'rename') expect(result.document.text.split('#').length).toBe(text.split('#').length)
  }), { numRuns: 100 })
})
