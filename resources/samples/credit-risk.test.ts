import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, relative } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ROLES } from '../../shared/contract/index.ts'
import { readMetrics, readPipeline } from '../../main/pipelines/index.ts'

/**
 * Runs the sample as a user would, by the commands of its dvc.yaml, and holds what its evidence says against the truth that the generator
 * wrote beside the data.
 */

const SAMPLE = join(import.meta.dirname, 'credit-risk')
const framework = JSON.parse(readFileSync(join(import.meta.dirname, '../frameworks/eu-ai-act.json'), 'utf8')) as { obligations: { citation: string }[] }
const citations = new Set(framework.obligations.map(({ citation }) => citation))
const STEP_COMMAND = join(import.meta.dirname, '../../main/steps/testing/command.ts')

interface Stage {
  readonly cmd: string
  readonly deps: readonly string[]
  readonly outs?: readonly string[]
  readonly metrics?: readonly string[]
  readonly meta: { readonly strongroom: { readonly gates?: Record<string, { readonly metrics: readonly Limit[] }> } }
}

interface Limit {
  readonly name: string
  readonly min?: number
  readonly max?: number
}

const { stages } = parse(readFileSync(join(SAMPLE, 'dvc.yaml'), 'utf8')) as { stages: Record<string, Stage> }

/** A copy of the sample in a folder of its own. */
function copySample(): string {
  const project = mkdtempSync(join(tmpdir(), 'strongroom-credit-risk-'))
  const produced = new Set(['data', 'models', 'reports'])
  for (const name of readdirSync(SAMPLE)) {
    if (!produced.has(name)) cpSync(join(SAMPLE, name), join(project, name), { recursive: true })
  }
  return project
}

const TOOLS = mkdtempSync(join(tmpdir(), 'strongroom-tools-'))
writeFileSync(join(TOOLS, 'strongroom'), `#!/bin/sh\nexec "${process.execPath}" "${STEP_COMMAND}" "$@"\n`)
chmodSync(join(TOOLS, 'strongroom'), 0o755)

/** Runs the named stages one after another; answers what they printed. Rejects when one fails. */
async function runStages(project: string, names: readonly string[], env: Record<string, string> = {}): Promise<string> {
  let output = ''
  for (const name of names) {
    const stage = stages[name]
    if (stage === undefined) throw new Error(`dvc.yaml has no stage ${name}`)
    const path = [TOOLS, dirname(process.execPath), process.env.PATH ?? ''].join(delimiter)
    const { NODE_OPTIONS: _, STRONGROOM_METRICS: __, ...rest } = process.env
    const options = { cwd: project, env: { ...rest, ...env, PATH: path } }
    const child = spawn('/bin/sh', ['-c', stage.cmd], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    output += printed
    if (code !== 0) throw new Error(`${name} ended with ${code}:\n${printed}`)
  }
  return output
}

function producedFiles(stage: Stage): readonly string[] {
  return [...(stage.outs ?? []), ...(stage.metrics ?? [])]
}

function readJson(project: string, name: string): unknown {
  return JSON.parse(readFileSync(join(project, name), 'utf8'))
}

function readRecords(project: string, name: string): Record<string, string>[] {
  const [header = '', ...lines] = readFileSync(join(project, name), 'utf8').trimEnd().split('\n')
  const columns = header.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((field, at) => [columns[at] ?? '', field])))
}

/** The figures of all metrics files under dotted names. */
function finalMetrics(project: string): Map<string, number> {
  const found = new Map<string, number>()
  const flatten = (value: unknown, name: string): void => {
    if (typeof value === 'number') found.set(name, value)
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) flatten(inner, name === '' ? key : `${name}.${key}`)
    }
  }
  for (const stage of Object.values(stages)) for (const file of stage.metrics ?? []) flatten(readJson(project, file), '')
  return found
}

/** The limits of a gate that the metrics do not meet. */
function unmetLimits(gate: string, metrics: ReadonlyMap<string, number>): string[] {
  const limits = stages.register?.meta.strongroom.gates?.[gate]?.metrics ?? []
  expect(limits.length).toBeGreaterThan(0)
  return limits
    .filter(({ name, min, max }) => {
      const value = metrics.get(name)
      return value === undefined || (min !== undefined && value < min) || (max !== undefined && value > max)
    })
    .map(({ name }) => name)
}

interface Counts {
  readonly n: number
  readonly trueDefaults: number
  readonly recordedDefaults: number
}

interface Truth {
  readonly population: { readonly WRONGLY_RECORDED: Record<string, number> }
  readonly realised: Record<'applications' | 'current', Record<'female' | 'male', Counts>>
}

/** Of the held-out people who truly paid back, the share that was approved; and the AUC against the true outcome. */
function againstTruth(project: string) {
  const truth = new Map(readRecords(project, 'data/true-outcomes-applications.csv').map((row) => [row.id, row.truly_defaulted === '1']))
  const people = readRecords(project, 'reports/predictions.csv').map((row) => {
    return { sex: row.sex, approved: row.approved === '1', score: Number(row.score), bad: truth.get(row.id) === true }
  })
  const approvedGood = (sex: string) => {
    const good = people.filter((person) => person.sex === sex && !person.bad)
    return good.filter((person) => person.approved).length / good.length
  }
  return { female: approvedGood('female'), male: approvedGood('male'), auc: aucByPairs(people) }
}

/** By its definition: over all pairs. */
function aucByPairs(people: readonly { score: number; bad: boolean }[]): number {
  const bad = people.filter((person) => person.bad)
  const good = people.filter((person) => !person.bad)
  let sum = 0
  for (const one of bad) for (const other of good) sum += one.score > other.score ? 1 : one.score === other.score ? 0.5 : 0
  return sum / (bad.length * good.length)
}

const ALL = Object.keys(stages)
let project = ''
let live = ''

beforeAll(async () => {
  project = copySample()
  live = join(project, '..', `${project.split('/').at(-1) ?? ''}.metrics`)
  await runStages(project, ALL, { STRONGROOM_METRICS: live })
}, 120_000)

describe('the credit-risk sample', () => {
  it('names every file that its stages read, and writes every file that they name', () => {
    const listed = readdirSync(project, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(project, join(entry.parentPath, entry.name)))
    const produced = Object.values(stages).flatMap(producedFiles)
    const folders = new Set(['data', 'models', 'reports'])
    expect(listed.filter((path) => folders.has(path.split('/')[0] ?? '')).sort()).toEqual([...produced].sort())
    for (const { deps } of Object.values(stages)) for (const dep of deps) expect(listed).toContain(dep)
    for (const { cmd, deps } of Object.values(stages)) {
      const script = /^node (\S+)/.exec(cmd)?.[1]
      if (script !== undefined) expect(deps).toEqual(expect.arrayContaining([script, ...importsOf(script)]))
    }
  })

  it('is a pipeline without a problem, whose metrics can be read', async () => {
    const reading = await readPipeline(project, (citation) => citations.has(citation), ROLES)
    expect(reading).toMatchObject({ ok: true })
    if (!reading.ok) return
    expect(reading.pipeline.stages.map(({ name }) => name)).toEqual(ALL)
    for (const stage of reading.pipeline.stages) expect(await readMetrics(project, stage)).toMatchObject({ ok: true })
  })

  it('meets the gates of staging and production as it stands', () => {
    const metrics = finalMetrics(project)
    expect(unmetLimits('staging', metrics)).toEqual([])
    expect(unmetLimits('production', metrics)).toEqual([])
  })

  it('measures what the definitions say', () => {
    const people = readRecords(project, 'reports/predictions.csv').map((row) => ({ score: Number(row.score), bad: row.defaulted === '1' }))
    expect(finalMetrics(project).get('auc')).toBeCloseTo(aucByPairs(people), 10)
    const brier = people.reduce((sum, { score, bad }) => sum + (score - (bad ? 1 : 0)) ** 2, 0) / people.length
    expect(finalMetrics(project).get('brier')).toBeCloseTo(brier, 10)
  })

  it('registers a model that onnxruntime scores as the trainer did', () => {
    expect(readJson(project, 'reports/registration.json')).toMatchObject({
      met: true,
      check: { rows: 500, outside: 0 },
      inputs: [{ shape: ['rows', 17] }],
    })
  })

  it('reports figures live, in order, for each epoch', () => {
    const { epochs } = (parse(readFileSync(join(project, 'params.yaml'), 'utf8')) as { train: { epochs: number } }).train
    type Figure = { name: string; step: number; value: number }
    const lines = readFileSync(live, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Figure)
    expect(lines.filter(({ name }) => name === 'val_auc').map(({ step }) => step)).toEqual(Array.from({ length: epochs }, (_, i) => i + 1))
    expect(lines.every(({ value }) => Number.isFinite(value))).toBe(true)
  })

  it('gives the same bytes again', async () => {
    const again = copySample()
    await runStages(again, ALL)
    const files = Object.values(stages).flatMap(producedFiles)
    const digests = (folder: string) => Object.fromEntries(files.map((file) => [file, sha256(join(folder, file))]))
    expect(digests(again)).toEqual(digests(project))
  }, 120_000)
})

describe('the injected bias', () => {
  it('is in the records as the truth says: women were wrongly recorded, men were not', () => {
    const { realised, population } = readJson(project, 'data/truth.json') as Truth
    const { female, male } = realised.applications
    const wrong = (female.recordedDefaults - female.trueDefaults) / (female.n - female.trueDefaults)
    expect(male.recordedDefaults).toBe(male.trueDefaults)
    // Four standard errors around the injected chance.
    const injected = population.WRONGLY_RECORDED.female ?? NaN
    expect(Math.abs(wrong - injected)).toBeLessThan(4 * Math.sqrt((injected * (1 - injected)) / (female.n - female.trueDefaults)))
    const recorded = readRecords(project, 'data/applications.csv').filter((row) => row.sex === 'female' && row.defaulted === '1')
    expect(recorded).toHaveLength(female.recordedDefaults)
  })

  it('is learnt without mitigation, refused by the gate of production, and worse against the truth', async () => {
    const biased = copySample()
    cpSync(join(project, 'data'), join(biased, 'data'), { recursive: true })
    const params = readFileSync(join(biased, 'params.yaml'), 'utf8')
    writeFileSync(join(biased, 'params.yaml'), params.replace('mitigate: true', 'mitigate: false'))
    await runStages(biased, ['train', 'evaluate', 'fairness'])

    expect(unmetLimits('production', finalMetrics(biased))).toEqual(['fairness.sex.four_fifths_met'])
    expect(finalMetrics(biased).get('fairness.sex.disparate_impact')).toBeLessThan(0.78)
    expect(finalMetrics(project).get('fairness.sex.disparate_impact')).toBeGreaterThan(0.9)
    expect(finalMetrics(biased).get('auc')).toBeGreaterThan(finalMetrics(project).get('auc') ?? NaN)
    const [fair, unfair] = [againstTruth(project), againstTruth(biased)]
    expect(unfair.auc).toBeLessThan(fair.auc)
    expect(unfair.male - unfair.female).toBeGreaterThan(0.15)
    expect(Math.abs(fair.male - fair.female)).toBeLessThan(0.05)
  }, 120_000)
})

describe('the injected drift', () => {
  it('shows in the inputs and in the outcomes of the later period', () => {
    const { realised } = readJson(project, 'data/truth.json') as Truth
    const rate = ({ male }: Record<'male', Counts>) => male.trueDefaults / male.n
    expect(rate(realised.current) - rate(realised.applications)).toBeGreaterThan(0.08)
    const mean = (file: string) => {
      const values = readRecords(project, file).map((row) => Number(row.utilisation))
      return values.reduce((sum, value) => sum + value, 0) / values.length
    }
    expect(mean('data/current.csv') - mean('data/applications.csv')).toBeCloseTo(0.12, 1)
    const metrics = finalMetrics(project)
    expect(metrics.get('later_period.ece')).toBeGreaterThan((metrics.get('ece') ?? NaN) * 1.5)
  })
})

describe('bad input to the sample', () => {
  it('stops at a parameter that it cannot read, naming the line', async () => {
    const broken = copySample()
    writeFileSync(join(broken, 'params.yaml'), 'generate:\n  seed: [1, 2]\n')
    await expect(runStages(broken, ['generate'])).rejects.toThrow(/params\.yaml, line 2/)
  })

  it('stops at data that is not as expected, before anything is trained', async () => {
    const broken = copySample()
    mkdirSync(join(broken, 'data'))
    const rows = readFileSync(join(project, 'data/applications.csv'), 'utf8').replace(',male,', ',man,')
    writeFileSync(join(broken, 'data/applications.csv'), rows)
    await expect(runStages(broken, ['validate'])).rejects.toThrow(/validate ended with 1:[^]*column "sex", values/)
    expect(stages.split?.deps).toContain('reports/validation.json')
  })
})

/** The sample's own modules that a script imports, directly or not. */
function importsOf(script: string, found = new Set<string>()): string[] {
  const text = readFileSync(join(SAMPLE, script), 'utf8')
  for (const [, from = ''] of text.matchAll(/from '(\.[^']+)'/g)) {
    const path = join(dirname(script), from)
    if (found.has(path)) continue
    found.add(path)
    importsOf(path, found)
  }
  return [...found]
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
