import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROLES } from '../../shared/contract/index.ts'
import { Pipeline } from '../../shared/graph/pipeline.ts'
import { readPipeline } from './pipeline-file.ts'
import { YAML_LIMITS } from './yaml-source.ts'
import { fixGate } from '../training/run-plan.ts'

const knowsObligation = (citation: string): boolean => citation === 'Art. 10(2)(f)'

let base: string
let project: string

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'strongroom-pipeline-')))
  project = join(base, 'project')
  mkdirSync(project)
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}

async function pipelineOf(text: string): Promise<Pipeline> {
  write('dvc.yaml', text)
  const reading = await readPipeline(project, knowsObligation, ROLES)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return Pipeline.parse(reading.pipeline)
}

/** `code line:column [stage]` of every problem. */
async function problemsOf(text: string): Promise<string[]> {
  write('dvc.yaml', text)
  const reading = await readPipeline(project, knowsObligation, ROLES)
  if (reading.ok) throw new Error('The pipeline was accepted.')
  return reading.problems.map((problem) => `${problem.code} ${problem.line}:${problem.column}${problem.stage ? ` ${problem.stage}` : ''}`)
}

async function messageOf(text: string): Promise<string> {
  write('dvc.yaml', text)
  const reading = await readPipeline(project, knowsObligation, ROLES)
  return reading.ok ? 'accepted' : reading.problems.map((problem) => problem.message).join('\n')
}

describe('readPipeline', () => {
  it('reads every key of a stage', async () => {
    write('data/in.csv')
    write('src/params.yaml')
    write('conf.json')
    const text = `stages:
  train:
    desc: fits the model
    cmd:
      - python fit.py
      - echo \\\${HOME} $HOME
    wdir: src
    deps: [../data/in.csv, ../data/./in.csv]
    params:
      - lr
      - model.depth
      - ../conf.json: [a]
      - params.yaml:
    outs:
      - ../models/m.onnx: {cache: false, persist: true, desc: weights}
      - log
    metrics:
      - ../reports/m.json: {cache: false}
    plots:
      - ../reports/roc.csv: {x: fpr, y: tpr}
    frozen: true
    always_changed: true
    meta:
      owner: someone
      strongroom:
        resources: {cpus: 2, memory: 4 GiB, time: 30m}
        evidence:
          - {kind: test-report, path: ../reports/m.json, obligations: [Art. 10(2)(f)]}
        register: {model: m, path: ../models/m.onnx, format: onnx}
        gates:
          production: {metrics: [{name: auc, min: 0.70}], approvals: 2}
        position: {x: 10, y: -4.5}
`
    const pipeline = await pipelineOf(text)
    expect(pipeline.sha256).toBe(createHash('sha256').update(text).digest('hex'))
    expect(pipeline.sources).toEqual(['data/in.csv'])
    expect(pipeline.stages).toEqual([
      {
        name: 'train',
        cmd: ['python fit.py', 'echo ${HOME} $HOME'],
        wdir: 'src',
        desc: 'fits the model',
        deps: ['data/in.csv'],
        outs: [
          { path: 'models/m.onnx', kind: 'out', cache: false, persist: true },
          { path: 'src/log', kind: 'out', cache: true, persist: false },
          { path: 'reports/m.json', kind: 'metric', cache: false, persist: false },
          { path: 'reports/roc.csv', kind: 'plot', cache: true, persist: false },
        ],
        params: [
          { file: 'src/params.yaml', keys: [] },
          { file: 'conf.json', keys: ['a'] },
        ],
        frozen: true,
        alwaysChanged: true,
        meta: {
          resources: { cpus: 2, memory: '4 GiB', time: '30m' },
          evidence: [{ kind: 'test-report', path: 'reports/m.json', obligations: ['Art. 10(2)(f)'] }],
          register: { model: 'm', path: 'models/m.onnx', format: 'onnx' },
          gates: { production: { metrics: [{ name: 'auc', min: '0.7' }], approvals: 2 } },
          position: { x: 10, y: -4.5 },
        },
      },
    ])
  })

  it('joins stages by files, by folders that hold an out, and by files inside an out', async () => {
    const pipeline = await pipelineOf(`stages:
  use: {cmd: a, deps: [whole, parts]}
  inside: {cmd: b, deps: [whole/x.csv], outs: [parts/two]}
  make: {cmd: c, outs: [whole, parts/one]}
`)
    expect(pipeline.edges).toEqual([
      { from: 'make', to: 'use', path: 'whole' },
      { from: 'inside', to: 'use', path: 'parts' },
      { from: 'make', to: 'use', path: 'parts' },
      { from: 'make', to: 'inside', path: 'whole/x.csv' },
    ])
    expect(pipeline.sources).toEqual([])
  })

  it('waits for a parameter file that a stage writes, and does not count one as a source', async () => {
    write('params.yaml', 'a: 1')
    const pipeline = await pipelineOf('stages:\n  tune: {cmd: a, outs: [best.yaml]}\n  fit: {cmd: b, params: [a, {best.yaml: [lr]}]}\n')
    expect(pipeline.edges).toEqual([{ from: 'tune', to: 'fit', path: 'best.yaml' }])
    expect(pipeline.sources).toEqual([])
  })

  it('takes an empty pipeline', async () => {
    expect((await pipelineOf('stages: {}')).stages).toEqual([])
  })

  it('takes a dependency through a link that stays inside the project', async () => {
    write('real/data.csv')
    symlinkSync('real', join(project, 'link'))
    expect((await pipelineOf('stages:\n  a: {cmd: x, deps: [link/data.csv]}')).sources).toEqual(['link/data.csv'])
  })
})

describe('problems of the whole file', () => {
  it('names a file that is missing', async () => {
    expect(await readPipeline(project, knowsObligation, ROLES)).toMatchObject({ ok: false, text: null, problems: [{ code: 'file-missing', line: 1, column: 1 }] })
  })

  it('refuses a dvc.yaml that is a link out of the project', async () => {
    writeFileSync(join(base, 'elsewhere.yaml'), 'stages: {}')
    symlinkSync('../elsewhere.yaml', join(project, 'dvc.yaml'))
    expect(await readPipeline(project, knowsObligation, ROLES)).toMatchObject({ ok: false, problems: [{ code: 'path-outside' }] })
  })

  it.skipIf(process.platform === 'win32')('refuses a named pipe instead of waiting for it', async () => {
    execFileSync('mkfifo', [join(project, 'dvc.yaml')])
    expect(await readPipeline(project, knowsObligation, ROLES)).toMatchObject({ ok: false, problems: [{ code: 'file-unreadable' }] })
  })

  it('refuses what is not UTF-8', async () => {
    writeFileSync(join(project, 'dvc.yaml'), Buffer.from([0x73, 0xff, 0xfe]))
    expect(await readPipeline(project, knowsObligation, ROLES)).toMatchObject({ ok: false, problems: [{ code: 'file-unreadable' }] })
  })

  it.each([
    ['an empty file', '', 'missing-key 1:1'],
    ['a list', '- a', 'missing-key 1:1'],
    ['no stages', '# nothing\nstage: {}', 'unknown-key 2:1'],
    ['stages that are a list', 'stages:\n  - a', 'wrong-type 2:3'],
    ['a file above its limit', `# ${'x'.repeat(YAML_LIMITS.bytes)}`, 'file-too-large 1:1'],
    ['broken YAML', 'stages:\n  a: {cmd: x', 'yaml-syntax 2:13'],
    ['two stages of one name', 'stages:\n  a: {cmd: x}\n  a: {cmd: y}', 'duplicate-key 3:3'],
  ])('refuses %s', async (_, text, problem) => {
    expect(await problemsOf(text)).toContain(problem)
  })
})

describe('problems of a stage', () => {
  it.each([
    ['no command', 'a: {}', 'missing-key 2:3 a'],
    ['an empty list of commands', 'a: {cmd: []}', 'missing-key 2:12 a'],
    ['a command that is a number', 'a: {cmd: [x, 7]}', 'wrong-type 2:16 a'],
    ['a stage that is text', 'a: run', 'wrong-type 2:6 a'],
    ['a name with a slash', 'a/b: {cmd: x}', 'invalid-name 2:3 a/b'],
    ['a name that would be a prototype', '__proto__: {cmd: x}', 'invalid-name 2:3 __proto__'],
    ['a name of 81 letters', `${'ü'.repeat(81)}: {cmd: x}`, `invalid-name 2:3 ${'ü'.repeat(81)}`],
    ['a name of a foreach stage', 'a@b: {cmd: x}', 'invalid-name 2:3 a@b'],
    ['an unknown key', 'a: {cmd: x, dep: []}', 'unknown-key 2:15 a'],
    ['deps as text', 'a: {cmd: x, deps: y}', 'wrong-type 2:21 a'],
    ['a flag as text', 'a: {cmd: x, frozen: often}', 'wrong-type 2:23 a'],
    ['flags of an out that are text', 'a: {cmd: x, outs: [{o: cached}]}', 'wrong-type 2:26 a'],
    ['an unknown flag', 'a: {cmd: x, outs: [{o: {cahce: true}}]}', 'unknown-key 2:27 a'],
    ['a remote', 'a: {cmd: x, outs: [{o: {remote: r}}]}', 'unsupported 2:27 a'],
    ['push', 'a: {cmd: x, metrics: [{o.json: {push: false}}]}', 'unsupported 2:35 a'],
    ['parameter keys as text', 'a: {cmd: x, params: [{p.yaml: lr}]}', 'wrong-type 2:33 a'],
    ['meta as a list', 'a: {cmd: x, meta: []}', 'wrong-type 2:21 a'],
  ])('refuses %s', async (_, stage, problem) => {
    expect(await problemsOf(`stages:\n  ${stage}\n`)).toContain(problem)
  })

  it.each([
    ['an unknown key', 'gate: {}', 'unknown-key 2:35 a'],
    ['an unknown key further in', 'resources: {cpu: 1}', 'unknown-key 2:47 a'],
    ['an unknown evidence kind', 'evidence: [{kind: test-raport, path: o}]', 'invalid-meta 2:53 a'],
    ['evidence of a kind that the ledger records', 'evidence: [{kind: test-report, path: o}, {kind: approval-signature, path: o}]', 'invalid-meta 2:83 a'],
    ['an obligation of no framework', "evidence: [{kind: policy-document, path: o, obligations: ['Art. 10(2)(f)', Article 10]}]", 'invalid-meta 2:110 a'],
    ['evidence that the stage does not touch', 'evidence: [{kind: test-report, path: other}]', 'invalid-meta 2:72 a'],
    ['a path out of the project', 'register: {model: m, path: ../m, format: onnx}', 'path-outside 2:62 a'],
    ['gates without register', 'gates: {staging: {approvals: 1}}', 'invalid-meta 2:42 a'],
    ['a checkpoint that is an out', 'checkpoint: o', 'invalid-meta 2:47 a'],
    ['a checkpoint that holds an out', 'checkpoint: .', 'invalid-meta 2:47 a'],
    ['a checkpoint outside', 'checkpoint: ../c', 'path-outside 2:47 a'],
    ['no exit code to try again after', 'retry: {limit: 2}', 'invalid-meta 2:42 a'],
    ['an exit code that means success', 'retry: {exit_codes: [0]}', 'invalid-meta 2:56 a'],
    ['no format', 'register: {model: m, path: o}', 'invalid-meta 2:45 a'],
    ['too many approvals', 'register: {model: m, path: o, format: onnx}, gates: {staging: {approvals: 9}}', 'invalid-meta 2:109 a'],
  ])('refuses in meta.strongroom %s', async (_, meta, problem) => {
    expect(await problemsOf(`stages:\n  a: {cmd: x, meta: {strongroom: {${meta}}}, outs: [o]}\n`)).toContain(problem)
  })

  it('refuses two stages that register one model, and lets each register its own', async () => {
    const stage = (name: string, model: string) => `  ${name}:\n    cmd: x\n    outs: [${name}.bin]\n    meta: {strongroom: {register: {model: ${model}, path: ${name}.bin, format: onnx}}}\n`
    expect(await problemsOf(`stages:\n${stage('decoy', 'credit')}${stage('fair', 'other')}${stage('real', 'credit')}`)).toEqual(['invalid-meta 13:43 real'])
    expect(await messageOf(`stages:\n${stage('decoy', 'credit')}${stage('real', 'credit')}`)).toContain("Stage 'decoy' registers the model 'credit' already, on line 5")
    expect((await pipelineOf(`stages:\n${stage('one', 'credit')}${stage('two', 'fraud')}`)).stages).toHaveLength(2)
  })

  it('gives a checkpoint folder to one stage alone', async () => {
    const stage = (name: string, path: string) => `  ${name}: {cmd: x, meta: {strongroom: {checkpoint: ${path}}}}\n`
    expect(await messageOf(`stages:\n${stage('one', 'ckpt')}${stage('two', 'ckpt/two')}`)).toContain("'ckpt/two' is also that of stage 'one', or one holds the other")
    expect((await pipelineOf(`stages:\n${stage('one', 'ckpt/one')}${stage('two', 'ckpt/two/')}`)).stages.map(({ meta }) => meta.checkpoint)).toEqual(['ckpt/one', 'ckpt/two'])
  })

  it('takes the card of a registered model for evidence of it, once', async () => {
    const stage = (meta: string) => `stages:\n  a:\n    cmd: x\n    outs: [m, card.md]\n    meta: {strongroom: {${meta}register: {model: m, path: m, format: onnx, card: card.md}}}\n`
    for (const meta of ['', 'evidence: [{kind: model-card, path: card.md}], ']) {
      expect((await pipelineOf(stage(meta))).stages[0]?.meta.evidence).toEqual([{ kind: 'model-card', path: 'card.md', obligations: [] }])
    }
  })

  it('says what was probably meant', async () => {
    expect(await messageOf('stages:\n  a: {cmd: x, dpes: []}')).toContain("did you mean 'deps'?")
    expect(await messageOf('stages:\n  a: {cmd: x, meta: {strongroom: {resources: {cpu: 1}}}}')).toContain("did you mean 'cpus'?")
    const evidence = 'evidence: [{kind: test-raport, path: o}]'
    expect(await messageOf(`stages:\n  a: {cmd: x, meta: {strongroom: {${evidence}}}, outs: [o]}`)).toContain("'test-report'")
  })
})

describe('problems between stages and with the disk', () => {
  it.each([
    ['a dependency that is nowhere', 'a: {cmd: x, deps: [nope]}', 'missing-dep 2:22 a'],
    ['a parameter file that is nowhere', 'a: {cmd: x, params: [lr]}', 'missing-dep 2:24 a'],
    ['a working folder that is nowhere', 'a: {cmd: x, wdir: src}', 'missing-folder 2:21 a'],
    ['..', 'a: {cmd: x, deps: [../secret]}', 'path-outside 2:22 a'],
    ['.. that comes back', 'a: {cmd: x, outs: [b/../../project/o]}', 'path-outside 2:22 a'],
    ['.. in wdir', 'a: {cmd: x, wdir: ..}', 'path-outside 2:21 a'],
    ['an absolute path', 'a: {cmd: x, deps: [/etc/passwd]}', 'path-outside 2:22 a'],
    ['a drive letter', 'a: {cmd: x, outs: ["C:/x"]}', 'path-outside 2:22 a'],
    ['a backslash', "a: {cmd: x, outs: ['a\\b']}", 'path-invalid 2:22 a'],
    ['a control character', 'a: {cmd: x, outs: ["a\\0b"]}', 'path-invalid 2:22 a'],
    ['an empty path', 'a: {cmd: x, outs: [""]}', 'path-invalid 2:22 a'],
    ['a remote address', 'a: {cmd: x, deps: ["s3://bucket/x"]}', 'unsupported 2:22 a'],
    ['the project as an out', 'a: {cmd: x, outs: [.]}', 'path-reserved 2:22 a'],
    ['dvc.yaml as an out', 'a: {cmd: x, outs: [dvc.yaml]}', 'path-reserved 2:22 a'],
    ['an out inside .git', 'a: {cmd: x, outs: [.git/hooks/post-commit]}', 'path-reserved 2:22 a'],
    ['a stage that reads its out', 'a: {cmd: x, deps: [o/part], outs: [o]}', 'self-dependency 2:22 a'],
    ['one out twice in a stage', 'a: {cmd: x, outs: [o], metrics: [o]}', 'duplicate-out 2:36 a'],
  ])('refuses %s', async (_, stage, problem) => {
    expect(await problemsOf(`stages:\n  ${stage}\n`)).toEqual([problem])
  })

  it('refuses two stages with one out, and an out inside the out of another', async () => {
    const text = 'stages:\n  a: {cmd: x, outs: [o, p/q]}\n  b: {cmd: y, outs: [./o]}\n  c: {cmd: z, outs: [p]}\n'
    expect(await problemsOf(text)).toEqual(['duplicate-out 3:22 b', 'duplicate-out 4:22 c'])
    expect(await messageOf(text)).toContain("'o' is already an out of stage 'a' on line 2")
    expect(await messageOf(text)).toContain("'p' holds 'p/q'")
  })

  it('names the stages of a cycle in order, where it closes', async () => {
    const text = `stages:
  a: {cmd: x, deps: [r], outs: [p]}
  b: {cmd: y, deps: [p], outs: [q]}
  c: {cmd: z, deps: [q], outs: [r]}
  d: {cmd: z, deps: [r]}
`
    expect(await problemsOf(text)).toEqual(['cycle 2:22 a'])
    expect(await messageOf(text)).toContain("'a' -> 'b' -> 'c' -> 'a'")
  })

  it('reports each of two cycles', async () => {
    const stage = (name: string, before: string): string => `  ${name}: {cmd: x, deps: [${before}.o], outs: [${name}.o]}\n`
    const text = `stages:\n${stage('a', 'b')}${stage('b', 'a')}${stage('c', 'd')}${stage('d', 'c')}`
    expect(await problemsOf(text)).toEqual(['cycle 2:22 a', 'cycle 4:22 c'])
  })

  it('refuses a link that leads out, as dependency, as out and as working folder', async () => {
    mkdirSync(join(base, 'outside'))
    symlinkSync('../outside', join(project, 'link'))
    const text = 'stages:\n  a:\n    cmd: x\n    deps: [link/in]\n    outs: [link/new/out]\n  b: {cmd: y, wdir: link}\n'
    expect(await problemsOf(text)).toEqual(['path-outside 4:12 a', 'path-outside 5:12 a', 'path-outside 6:21 b'])
  })

  it('refuses an out through a link that points nowhere', async () => {
    symlinkSync('/nonexistent/target', join(project, 'o'))
    expect(await problemsOf('stages:\n  a: {cmd: x, outs: [o]}')).toEqual(['path-outside 2:22 a'])
  })

  it('refuses a loop of links', async () => {
    symlinkSync('two', join(project, 'one'))
    symlinkSync('one', join(project, 'two'))
    expect(await problemsOf('stages:\n  a: {cmd: x, deps: [one]}')).toEqual(['path-outside 2:22 a'])
  })

  it('reports all at once, in the order of the file', async () => {
    const text = 'stages:\n  a: {cmd: x, deps: [../up, nope]}\n  b: {cmd: y, outs: [o]}\n  c: {outs: [o]}\n'
    expect(await problemsOf(text)).toEqual(['path-outside 2:22 a', 'missing-dep 2:29 a', 'missing-key 4:3 c', 'duplicate-out 4:14 c'])
  })

  it('does not call a dependency missing while what could not be read may produce it', async () => {
    expect(await problemsOf('stages:\n  a: {cmd: x, deps: [p]}\n  b: {cmd: y, out: [p]}\n')).toEqual(['unknown-key 3:15 b'])
  })
})

describe('a gate in a file of its own', () => {
  const pipeline = (production: string) => `stages:
  check: {cmd: c}
  train:
    cmd: c
    outs: [o]
    meta:
      strongroom:
        register: {model: m, path: o, format: onnx}
        gates: {staging: {approvals: 2}, production: ${production}}
`

  it('is read with its digest, beside one that stands in place', async () => {
    const text = 'metrics: [{name: auc, min: 0.7}]\nevidence: [model-card]\ntests: [check]\nroles: {approver: 2, auditor: 1}\nexpires: {approvals: 30d, production: 365d}\nrollback: {approvals: 1, roles: {approver: 2}}\n'
    write('gates/production.yaml', text)
    const { stages } = await pipelineOf(pipeline('gates/production.yaml'))
    expect(stages[1]?.meta.gates).toEqual({
      staging: { metrics: [], approvals: 2 },
      production: {
        metrics: [{ name: 'auc', min: '0.7' }], approvals: 1, evidence: ['model-card'], tests: ['check'], roles: { approver: 2, auditor: 1 },
        expires: { approvals: '30d', production: '365d' }, rollback: { approvals: 1, roles: { approver: 2 } }, policy: { path: 'gates/production.yaml', sha256: createHash('sha256').update(text).digest('hex') },
      },
    })
    expect(stages[1]?.meta.gates?.production && fixGate('production', stages[1].meta.gates.production)).toMatchObject({ approvals: 3, policy: { expires: { approvals: 30, evidence: 0, production: 365 }, rollback: { approvals: 2, roles: { approver: 2 } } } })
  })

  it.each([
    ['an unknown key', 'approvalls: 2', 'unknown-key gates/production.yaml:1:1 approvalls is not known; did you mean \'approvals\'?'],
    ['a role that there is not', 'approvals: 1\nroles: {aprover: 1}', "invalid-meta gates/production.yaml:2:9 roles: 'aprover' is no role; did you mean 'approver'?"],
    ['such a role for a rollback', 'rollback: {approvals: 1, roles: {aprover: 1}}', "invalid-meta gates/production.yaml:1:34 rollback.roles: 'aprover' is no role; did you mean 'approver'?"],
    ['a rollback without a number', 'rollback: {roles: {approver: 1}}', 'invalid-meta gates/production.yaml:1:11 rollback.approvals: is missing; add it.'],
    ['a stage that there is not', 'tests:\n  - chek', "invalid-meta gates/production.yaml:2:5 tests: 'chek' is no stage of this pipeline; did you mean 'check'?"],
    ['what the ledger records itself', 'evidence: [model-card, environment]', "invalid-meta gates/production.yaml:1:24 evidence: 'environment' is recorded by the ledger itself for every run; remove it."],
    ['no duration in days', 'expires: {approvals: 2h}', "invalid-meta gates/production.yaml:1:22 expires.approvals: must be a number of days such as '90d'."],
    ['broken YAML', 'metrics: [', 'yaml-syntax gates/production.yaml'],
  ])('is refused with its place for %s', async (_, text, expected) => {
    write('gates/production.yaml', text)
    write('dvc.yaml', pipeline('gates/production.yaml'))
    const reading = await readPipeline(project, knowsObligation, ROLES)
    expect(reading.ok ? [] : reading.problems.map(({ code, file, line, column, message }) => `${code} ${file}:${line}:${column} ${message}`)).toEqual([expect.stringContaining(expected)])
  })

  it('says nothing of a rollback to staging, where nothing is rolled back to', async () => {
    write('gates/staging.yaml', 'rollback: {approvals: 1}')
    for (const gate of ['gates/staging.yaml', '{rollback: {approvals: 1}}']) {
      write('dvc.yaml', pipeline('{}').replace('staging: {approvals: 2}', `staging: ${gate}`))
      const reading = await readPipeline(project, knowsObligation, ROLES)
      expect(reading.ok ? [] : reading.problems.map(({ file, message }) => `${file} ${message}`)).toEqual([expect.stringContaining('dvc.yaml The gate to staging says who approves a rollback')])
    }
  })

  it('is refused where it is not there, lies outside, or claims to be of a file', async () => {
    expect(await problemsOf(pipeline('gates/none.yaml'))).toEqual(['file-missing 9:54 train'])
    expect(await problemsOf(pipeline('../gate.yaml'))).toEqual(['path-outside 9:54 train'])
    expect(await problemsOf(pipeline('{policy: {path: x, sha256: y}}'))).toEqual(['unknown-key 9:63 train'])
  })
})
