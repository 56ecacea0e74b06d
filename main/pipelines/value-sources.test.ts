import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainValue } from './located.ts'
import { readPython } from './python-source.ts'
import { readToml } from './toml-source.ts'
import type { Outcome } from './problem-list.ts'
import type { Located } from './yaml-source.ts'

function valueOf(outcome: Outcome<Located>): unknown {
  if (!outcome.ok) throw new Error(outcome.problems.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n'))
  return JSON.parse(JSON.stringify(plainValue(outcome.value)))
}

function problemOf(outcome: Outcome<Located>): string {
  return outcome.ok ? 'read' : outcome.problems.map(({ code, line, column }) => `${code} ${line}:${column}`).join(', ')
}

/** What a real Python makes of a program's answer in JSON. */
function python(program: string, input: string): unknown {
  return JSON.parse(execFileSync('python3', ['-c', program], { input, encoding: 'utf8' }))
}

const TOML = `# a document
title = "TOML \\u00e9"
int = 1_000
hex = 0xDEAD
float = 6.26e-3
flag = true
list = [ 1, [2, "three"], { four = 4 } ]
"quoted key" = 'literal \\n'
multi = """
two
lines"""
a.b.c = 1
a.b.d = 2
[table]
x = 1
[table.below]
y = 2
[[fruit]]
name = "apple"
[fruit.physical]
color = "red"
[[fruit.variety]]
name = "red delicious"
[[fruit.variety]]
name = "granny smith"
[[fruit]]
name = "banana"
[[fruit.variety]]
name = "plantain"
`

describe('readToml', () => {
  it('reads what Python reads', () => {
    expect(valueOf(readToml(TOML, 'p.toml'))).toEqual(python('import json, sys, tomllib; print(json.dumps(tomllib.loads(sys.stdin.read())))', TOML))
  })

  it('tells integers from floats, keeps what no double holds, and takes dates for text', () => {
    const read = readToml('big = 1234567890123456789\none = 1.0\nlarge = 1e300\nday = 2026-01-02\n', 'p.toml')
    expect(read.ok && read.value).toMatchObject({ entries: [{ value: { source: '1234567890123456789' } }, { value: { value: 1, source: '1.0' } }, { value: { source: '1e+300' } }, { value: { value: '2026-01-02' } }] })
  })

  it('takes the name of a prototype for a name', () => {
    expect(valueOf(readToml('[__proto__]\nx = 1\n', 'p.toml'))).toEqual(JSON.parse('{"__proto__": {"x": 1}}'))
  })

  it.each([
    ['a broken line', 'a = 1\nb = \n', 'file-syntax 2:5'],
    ['a key twice', 'a = 1\na = 2\n', 'file-syntax 2:1'],
    ['a key as deep as no pipeline needs', `${'a.'.repeat(100)}a = 1\n`, 'yaml-limit 1:1'],
    ['lists in lists', `a = ${'['.repeat(200_000)}${']'.repeat(200_000)}\n`, 'file-syntax 1:69'],
  ])('refuses %s', (_, text, problem) => {
    expect(problemOf(readToml(text, 'p.toml'))).toBe(problem)
  })
})

const LITERALS = [
  '1', '-2', '+3', '1_000', '0x1F', '0o17', '0b101', '1e-3', '10.', '.5', '1_0.5e1', 'True', 'False', 'None', '"a"', "'it\\'s'", '"\\x41\\u00e9\\U0001F600\\101\\t\\\\\\q"', 'r"\\n"',
  'u"x"', '"""doc\n  two"""', "'''a'b'''", '"a" "b"', '("a"\n  "b")', '[1, 2, [3]]', '(1, 2)', '(1,)', '()', '[]', '{}', '{"k": (1, -2), "n": None,}', '{1: "one", "t": {True: []}}', '[{"a": 1}, {"b": {}},]', '((5))', '"line\\\ncontinued"',
]

describe('readPython', () => {
  it('gives literals the values that Python gives them', () => {
    const text = LITERALS.map((literal, index) => `v${index} = ${literal}`).join('\n')
    const program = `import ast, json, sys
def plain(v):
    if isinstance(v, (list, tuple)): return [plain(i) for i in v]
    if isinstance(v, dict): return {(k if isinstance(k, str) else json.dumps(k)): plain(i) for k, i in v.items()}
    return v
print(json.dumps({s.targets[0].id: plain(ast.literal_eval(s.value)) for s in ast.parse(sys.stdin.read()).body}))`
    expect(valueOf(readPython(text, 'p.py'))).toEqual(python(program, text))
  })

  it('takes names at the top, members of classes, and what __init__ gives self', () => {
    const text = `import os  # nothing of it is run
A = 1
B: int = 2
C = D = 3
A = 4
class Train:
    """What it is."""
    EPOCHS = 10
    rate: float = 0.1
    class Deep:
        X = {1, 2}
    def __init__(self):
        self.layers = 5
        self.layers = 9
        bar = 3
        other.x = 1
    def step(self):
        self.hidden = 1
class Empty:
    pass
def f():
    Z = 1
if True:
    W = 1
`
    expect(valueOf(readPython(text, 'p.py'))).toEqual({ A: 4, B: 2, C: 3, D: 3, Train: { EPOCHS: 10, rate: 0.1, Deep: { X: [1, 2] }, layers: 9 } })
  })

  it('passes over what is no literal', () => {
    expect(valueOf(readPython(`a = f()\nb = 1 + 2\nc = f"{a}"\nd = b"bytes"\ne = [1, f()]\ng = {"k": x}\nh = 2j\ni, j = 1, 2\nk = "\\N{BULLET}"\nl = 1\nm = -True\nn: int\no = ~1\n`, 'p.py'))).toEqual({ l: 1 })
  })

  it('passes over what is no Python, and what nothing closes', () => {
    expect(valueOf(readPython('a = 1\nb = )]}\nc = "open\nd = 2\ne = (1,\n', 'p.py'))).toEqual({ a: 1, d: 2 })
    expect(valueOf(readPython('\u0000\ud800 = = \r\n? class\nclass\ndef\na: = 1\nx == 1\ny += 1\nz := 3\nf = """', 'p.py'))).toEqual({ a: 1 })
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...'ab1=:.,;()[]{}"\'\\# \n\tr-'), maxLength: 200 }), (text) => void readPython(text, 'p.py')), { numRuns: 2000 })
  })

  it('says where a value stands', () => {
    const read = readPython('# first\nclass T:\n    LR = 0.10\n', 'p.py')
    expect(read.ok && read.value).toMatchObject({ entries: [{ key: 'T', value: { entries: [{ key: 'LR', keyAt: { line: 3, column: 5 }, value: { source: '0.10', at: { line: 3, column: 10 } } }] } }] })
  })

  it.each([
    ['values as deep as no pipeline needs', `a = ${'['.repeat(100)}${']'.repeat(100)}\n`, 'yaml-limit 1:69'],
    ['values far deeper', `a = ${'{1:('.repeat(100_000)}\n`, 'yaml-limit 1:133'],
    ['sets in sets', `a = ${'{'.repeat(60)}1${'}'.repeat(60)}\nb = ${'{'.repeat(100)}\n`, 'yaml-limit 2:69'],
    ['classes in classes', Array.from({ length: 100 }, (_, depth) => `${' '.repeat(depth)}class C:`).join('\n') + `\n${' '.repeat(100)}x = 1\n`, 'yaml-limit 66:66'],
  ])('refuses %s', (_, text, problem) => {
    expect(problemOf(readPython(text, 'p.py'))).toBe(problem)
  })
})
