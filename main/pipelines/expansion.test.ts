import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROLES } from '../../shared/contract/index.ts'
import type { Stage } from '../../shared/graph/pipeline.ts'
import { EXPANSION_LIMITS } from './expansion.ts'
import { readPipeline, type PipelineReading } from './pipeline-file.ts'

let project: string

beforeEach(() => {
  project = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-expansion-')))
})
afterEach(() => rmSync(project, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}

async function read(text: string): Promise<PipelineReading> {
  write('dvc.yaml', text)
  return readPipeline(project, () => true, ROLES)
}

async function stagesOf(text: string): Promise<Stage[]> {
  const reading = await read(text)
  if (!reading.ok) throw new Error(reading.problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`).join('\n'))
  return reading.pipeline.stages
}

/** Each stage's name and its command. */
async function commandsOf(text: string): Promise<Record<string, string>> {
  return Object.fromEntries((await stagesOf(text)).map(({ name, cmd }) => [name, cmd.join('\n')]))
}

/** `code file:line:column message` of every problem. */
async function problemsOf(text: string): Promise<string[]> {
  const reading = await read(text)
  return reading.ok ? [] : reading.problems.map(({ code, file, line, column, message }) => `${code} ${file}:${line}:${column} ${message}`)
}

describe('a template', () => {
  it('stands for a value of params.yaml, of a file under vars, or of vars itself', async () => {
    write('params.yaml', 'lr: 0.10\nmodel: {depth: 3, names: [a, {b: c}]}\n')
    write('conf/extra.json', '{"seed": 7, "unused": 1}')
    const text = `vars:
  - conf/extra.json:seed
  - out: models
    nested: {flag: true}
stages:
  train:
    cmd: fit --lr \${lr} \${model.depth} \${ model.names[0] } \${model.names[1].b} \${seed} \${nested.flag} > \${out}/m
    outs: ['\${out}/m']
`
    expect(await commandsOf(text)).toEqual({ train: 'fit --lr 0.1 3 a c 7 true > models/m' })
    const [train] = await stagesOf(text)
    expect(train?.outs[0]?.path).toBe('models/m')
    expect(train?.params).toEqual([
      { file: 'params.yaml', keys: ['lr', 'model.depth', 'model.names.0', 'model.names.1.b'] },
      { file: 'conf/extra.json', keys: ['seed'] },
    ])
  })

  it('names every file that it is from, so that a run keeps them', async () => {
    write('params.yaml', 'a: 1\n')
    write('more.yaml', 'b: 2\n')
    const reading = await read('vars: [more.yaml]\nstages: {s: {cmd: "x ${b}"}}\n')
    expect(reading.ok && reading.pipeline.variables.map(({ path, bytes }) => ({ path, bytes }))).toEqual([{ path: 'params.yaml', bytes: 5 }, { path: 'more.yaml', bytes: 5 }])
  })

  // What Python's str gives, with true and false in lower case.
  it.each([
    ['0.10', '0.1'], ['1.0', '1.0'], ['1e3', '1000.0'], ['0.00001', '1e-05'], ['1.5e+20', '1.5e+20'], ['123456789012345678901', '123456789012345678901'], ['-0.0', '-0.0'],
    ['0x1F', '31'], ['.inf', 'inf'], ['.nan', 'nan'], ['+5', '5'], ['true', 'true'], ['~', 'None'], ['"0.10"', '0.10'], ["'a b'", 'a b'],
  ])('writes %s as %s', async (written, text) => {
    write('params.yaml', `v: ${written}\n`)
    expect(await commandsOf('stages: {s: {cmd: "x ${v}"}}\n')).toEqual({ s: `x ${text}` })
  })

  it('keeps a value as it is where it is all of it', async () => {
    write('params.yaml', 'frozen: true\ncpus: 2\n')
    const [stage] = await stagesOf('stages: {s: {cmd: x, frozen: "${frozen}", meta: {strongroom: {resources: {cpus: "${cpus}"}}}}}\n')
    expect(stage).toMatchObject({ frozen: true, meta: { resources: { cpus: 2 } } })
  })

  it('stands in keys as well', async () => {
    write('params.yaml', 'name: m\n')
    const [stage] = await stagesOf('stages: {s: {cmd: x, outs: [{"${name}.bin": {cache: false}}]}}\n')
    expect(stage?.outs).toEqual([{ path: 'm.bin', kind: 'out', cache: false, persist: false }])
  })

  it('is text behind a backslash, and where its brace is not closed', async () => {
    expect(await commandsOf('stages: {s: {cmd: "echo \\\\${HOME} ${OPEN $HOME"}}\n')).toEqual({ s: 'echo ${HOME} ${OPEN $HOME' })
  })

  it('puts a map into a command as options, as the project says', async () => {
    write('params.yaml', `p: {lr: 0.1, name: it's a b, deep: {x: 1, on: true, off: false}, plain: a/b, none: ~, layers: [1, 2.0, 'a b'], empty: []}\n`)
    const text = 'stages: {s: {cmd: "fit ${p}"}}\n'
    expect(await commandsOf(text)).toEqual({ s: `fit --lr 0.1 --name 'it'"'"'s a b' --deep.x 1 --deep.on --plain a/b --none None --layers 1 2.0 'a b'` })
    write('.dvc/config', '[core]\n    remote = x\n[parsing]\n    bool = store_true\n    list = nargs\n')
    write('.dvc/config.local', '[parsing]\n    bool = boolean_optional\n    list = append\n')
    expect(await commandsOf(text)).toEqual({ s: `fit --lr 0.1 --name 'it'"'"'s a b' --deep.x 1 --deep.on --no-deep.off --plain a/b --none None --layers 1 --layers 2.0 --layers 'a b'` })
    write('.dvc/config', '[parsing]\n    bool = maybe\n')
    expect((await problemsOf(text))[0]).toContain('.dvc/config has "maybe" for parsing.bool; it must be store_true or boolean_optional.')
    write('.dvc/config', '')
    expect((await stagesOf(text))[0]?.params).toEqual([{ file: 'params.yaml', keys: ['p'] }])
  })

  it.each([
    ['a variable that is not there', 'lr: 1\n', 'stages: {s: {cmd: "x ${lt}"}}', "missing-parameter dvc.yaml:1:19 ${lt}: there is no variable 'lt'; did you mean 'lr'?"],
    ['a step into a value', 'lr: 1\n', 'stages: {s: {cmd: "x ${lr.a}"}}', "missing-parameter dvc.yaml:1:19 ${lr.a}: there is no variable 'lr.a'; add it to params.yaml or vars, or write \\${lr.a} for the text itself."],
    ['an index beyond a list', 'l: [1]\n', 'stages: {s: {cmd: "x ${l[1]}"}}', "missing-parameter dvc.yaml:1:19 ${l[1]}: there is no variable 'l.1'"],
    ['no expression', '', 'stages: {s: {cmd: "x ${a..b}"}}', 'wrong-type dvc.yaml:1:19 ${a..b} is no expression'],
    ['a list in a text', 'l: [1]\n', 'stages: {s: {cmd: "x ${l}"}}', 'wrong-type dvc.yaml:1:19 ${l} is a list, which cannot stand in a text'],
    ['a map outside a command', 'm: {a: 1}\n', 'stages: {s: {cmd: x, desc: "a ${m}"}}', 'wrong-type dvc.yaml:1:28 ${m} is a map, which cannot stand in a text'],
    ['a list within a list of options', 'm: {a: [[1]]}\n', 'stages: {s: {cmd: "x ${m}"}}', "wrong-type dvc.yaml:1:19 ${m} has a list within the list 'a'"],
    ['a file of variables that is not there', '', 'vars: [no.yaml]\nstages: {s: {cmd: x}}', "file-missing dvc.yaml:1:8 'no.yaml' is not there"],
    ['a key that a file does not have', 'lr: 1\n', 'vars: ["params.yaml:lr"]\nstages: {s: {cmd: x}}', "duplicate-key dvc.yaml:1:8 'params.yaml:lr' gives variables that are there already"],
    ['a name that two places give', 'lr: 1\n', 'vars: [{lr: 2}]\nstages: {s: {cmd: x}}', "duplicate-key dvc.yaml:1:8 'lr' of vars is a variable already, in params.yaml; rename one."],
    ['a template in vars', 'lr: 1\n', 'vars: [{a: "${lr}"}]\nstages: {s: {cmd: x}}', 'wrong-type dvc.yaml:1:8 vars cannot hold templates'],
    ['vars outside the project', '', 'vars: [../x.yaml]\nstages: {s: {cmd: x}}', "path-outside dvc.yaml:1:8 '../x.yaml' leads out of the project folder"],
    ['a file of variables that is a list', '- 1\n', 'stages: {s: {cmd: x}}', 'wrong-type params.yaml:1:1 The file is a list; it must be a map'],
    ['a file of variables that is no YAML', 'a: [\n', 'stages: {s: {cmd: x}}', 'yaml-syntax params.yaml:'],
  ])('refuses %s', async (_, parameters, text, problem) => {
    if (parameters !== '') write('params.yaml', parameters)
    expect((await problemsOf(`${text}\n`)).join('\n')).toContain(problem)
  })

  it('takes vars of a stage beside those of the file, relative to its working folder', async () => {
    write('params.yaml', 'a: 1\nm: {x: 1}\n')
    write('src/own.toml', 'b = 2\n[m]\ny = 3\n')
    const text = 'stages:\n  s: {cmd: "x ${a} ${b} ${m.x} ${m.y}", wdir: "src", vars: [own.toml]}\n  t: {cmd: "x ${a}"}\n'
    expect(await commandsOf(text)).toEqual({ s: 'x 1 2 1 3', t: 'x 1' })
    const [s] = await stagesOf(text)
    expect(s?.params).toEqual([{ file: 'params.yaml', keys: ['a', 'm.x'] }, { file: 'src/own.toml', keys: ['b', 'm.y'] }])
    expect((await problemsOf('stages: {t: {cmd: "x ${b}"}}')).join()).toContain("there is no variable 'b'")
  })
})

describe('foreach', () => {
  it('goes through a list of values, whose texts are the names', async () => {
    expect(await commandsOf('stages: {t: {foreach: [uk, 0.10, true, uk], do: {cmd: "x ${item}"}}}\n')).toEqual({ 't@uk': 'x uk', 't@0.1': 'x 0.1', 't@true': 'x true' })
  })

  it('goes through a list of maps by index, and through a map by key', async () => {
    expect(await commandsOf('stages: {t: {foreach: [{a: 1}, {a: 2}], do: {cmd: "x ${item.a}"}}}\n')).toEqual({ 't@0': 'x 1', 't@1': 'x 2' })
    expect(await commandsOf('stages: {t: {foreach: {us: {e: 3}, uk: {e: 9}}, do: {cmd: "x ${key} ${item.e}"}}}\n')).toEqual({ 't@us': 'x us 3', 't@uk': 'x uk 9' })
  })

  it('goes through a variable, and says of which of its values each stage depends', async () => {
    write('params.yaml', 'models:\n  - {name: small, lr: 1}\n  - {name: large, lr: 2}\n')
    const stages = await stagesOf('stages: {t: {foreach: "${models}", do: {cmd: "x ${item.lr}"}}}\n')
    expect(stages.map(({ name, cmd, params }) => ({ name, cmd, params }))).toEqual([
      { name: 't@0', cmd: ['x 1'], params: [{ file: 'params.yaml', keys: ['models.0.lr'] }] },
      { name: 't@1', cmd: ['x 2'], params: [{ file: 'params.yaml', keys: ['models.1.lr'] }] },
    ])
  })

  it('connects what it makes with other stages', async () => {
    const reading = await read('stages:\n  a: {foreach: [x, y], do: {cmd: "c", outs: ["${item}.bin"]}}\n  b: {cmd: c, deps: [x.bin, y.bin]}\n')
    expect(reading.ok && reading.pipeline.edges).toEqual([{ from: 'a@x', to: 'b', path: 'x.bin' }, { from: 'a@y', to: 'b', path: 'y.bin' }])
  })

  it('says what is wrong in its template once, whatever the number of its stages', async () => {
    expect(await problemsOf('stages: {t: {foreach: [1, 2, 3], do: {cmd: "x ${no}"}}}\n')).toHaveLength(1)
    expect((await problemsOf('stages: {t: {foreach: [1, 2, 3], do: {cmd: x, outs: [same]}}}\n'))[0]).toContain("'same' is already an out of stage 't@1'")
  })

  it.each([
    ['no list', 'stages: {t: {foreach: 5, do: {cmd: x}}}', 'wrong-type dvc.yaml:1:23 foreach is a number; it must be a list or a map.'],
    ['no do', 'stages: {t: {foreach: [1]}}', "missing-key dvc.yaml:1:10 Stage 't' has foreach and no do"],
    ['no foreach', 'stages: {t: {do: {cmd: x}}}', "missing-key dvc.yaml:1:10 Stage 't' has do and no foreach"],
    ['keys beside it', 'stages: {t: {foreach: [1], do: {cmd: x}, deps: [a]}}', "unknown-key dvc.yaml:1:42 'deps' stands beside foreach"],
    ['vars that give item', 'stages: {t: {foreach: [1], do: {cmd: x, vars: [{item: 2}]}}}', "duplicate-key dvc.yaml:1:48 'item' is what foreach and matrix give each stage"],
    ['a stage with an @ in its name', 'stages: {t@a: {cmd: x}}', "invalid-name dvc.yaml:1:10 The stage name 't@a' has an '@'"],
    ['a name that cannot be printed', 'stages: {t: {foreach: ["a\\x1b[2J"], do: {cmd: x}}}', 'invalid-name dvc.yaml:1:10'],
  ])('refuses %s', async (_, text, problem) => {
    expect((await problemsOf(`${text}\n`)).join('\n')).toContain(problem)
  })
})

describe('matrix', () => {
  it('makes a stage of each combination, with the names that DVC gives', async () => {
    const text = `stages:
  t:
    matrix:
      os: [windows, linux]
      v: [3.9, '3.10']
      d: [{a: 1}]
      l: [[1, 2], [3, 4]]
    cmd: x \${item.os} \${item.v} \${item.d.a} \${item.l[0]} \${key}
`
    expect(await commandsOf(text)).toEqual({
      't@windows-3.9-d0-l0': 'x windows 3.9 1 1 windows-3.9-d0-l0',
      't@windows-3.9-d0-l1': 'x windows 3.9 1 3 windows-3.9-d0-l1',
      't@windows-3.10-d0-l0': 'x windows 3.10 1 1 windows-3.10-d0-l0',
      't@windows-3.10-d0-l1': 'x windows 3.10 1 3 windows-3.10-d0-l1',
      't@linux-3.9-d0-l0': 'x linux 3.9 1 1 linux-3.9-d0-l0',
      't@linux-3.9-d0-l1': 'x linux 3.9 1 3 linux-3.9-d0-l1',
      't@linux-3.10-d0-l0': 'x linux 3.10 1 1 linux-3.10-d0-l0',
      't@linux-3.10-d0-l1': 'x linux 3.10 1 3 linux-3.10-d0-l1',
    })
  })

  it('takes lists out of variables, and nothing where a list is empty', async () => {
    write('params.yaml', 'seeds: [1, 2]\n')
    expect(await commandsOf('stages: {t: {matrix: {s: "${seeds}"}, cmd: "x ${item.s}"}}\n')).toEqual({ 't@1': 'x 1', 't@2': 'x 2' })
    expect(await commandsOf('stages: {a: {cmd: x}, t: {matrix: {s: []}, cmd: "x ${item.s}"}}\n')).toEqual({ a: 'x' })
  })

  it.each([
    ['do beside it', 'stages: {t: {matrix: {a: [1]}, do: {cmd: x}}}', "wrong-type dvc.yaml:1:14 Stage 't' has matrix beside do"],
    ['nothing in it', 'stages: {t: {matrix: {}, cmd: x}}', 'missing-key dvc.yaml:1:22 matrix is empty'],
    ['a list of lists', 'stages: {t: {matrix: [[1]], cmd: x}}', 'wrong-type dvc.yaml:1:22 matrix must be a map from names to lists.'],
    ['a value for a list', 'stages: {t: {matrix: {a: abc}, cmd: x}}', "wrong-type dvc.yaml:1:26 'a' of matrix is text; it must be a list."],
  ])('refuses %s', async (_, text, problem) => {
    expect((await problemsOf(`${text}\n`)).join('\n')).toContain(problem)
  })

  it('ends where it would become too much: stages, text, or values', async () => {
    const hundred = `[${Array.from({ length: 100 }, (_, index) => index).join(', ')}]`
    const axes = (count: number) => Array.from({ length: count }, (_, index) => `a${index}: ${hundred}`).join(', ')
    expect(EXPANSION_LIMITS.stages).toBeLessThan(100 ** 3)
    expect((await problemsOf(`stages: {t: {matrix: {${axes(3)}}, cmd: x}}\n`))[0]).toContain('too many or too large')
    expect((await problemsOf(`stages: {t: {matrix: {${axes(12)}}, cmd: x}}\n`))[0]).toContain('too many or too large')
    write('params.yaml', `long: ${'a'.repeat(10_000)}\n`)
    expect((await problemsOf(`stages: {t: {matrix: {${axes(2)}}, cmd: "\${long}x"}}\n`))[0]).toContain('too many or too large')
  })
})
