import { resolve } from 'node:path'
import type { InferenceSession } from 'onnxruntime-node'
import { columnIndex, readCsv } from './csv.ts'
import { readWhole, sha256Hex, writeJson } from './files.ts'
import { readOnnxModel, type OnnxModelFacts } from './onnx-model.ts'
import { defineStep, optionalText, requiredText, StepInputError, type StepOptions } from './step.ts'

/** Largest model file that is loaded, in bytes; larger models keep their weights outside the file, which cannot be proven by one digest. */
const MODEL_LIMIT = 2 * 1024 ** 3 - 1

/** Largest difference between the trainer's score and the runtime's. Float32 arithmetic in another order differs by about 1e-7 near 1. */
const DEFAULT_TOLERANCE = 1e-6

/** Records that are scored at once. */
const BATCH = 1024

/** Loads a model as a serving process will, and proves on rows scored by the trainer that it predicts the same. */
export const register = defineStep({
  name: 'register',
  summary: 'Prove that a model file predicts as its trainer did, and describe it',
  options: [
    { flag: '--model <file>', description: 'ONNX model', required: true },
    { flag: '--name <name>', description: 'name of the model', required: true },
    { flag: '--check <file>', description: "CSV file: the model's inputs in order, and the trainer's own score", required: true },
    { flag: '--score <column>', description: 'column with the score (score)' },
    { flag: '--output <name>', description: 'output of the model to compare (its only one)' },
    { flag: '--tolerance <number>', description: `largest allowed absolute difference (${DEFAULT_TOLERANCE})` },
    { flag: '--out <file>', description: 'report to write, JSON', required: true },
  ],
  async check(options, io) {
    const modelPath = requiredText(options, 'model')
    const checkPath = requiredText(options, 'check')
    const out = requiredText(options, 'out')
    const name = modelName(requiredText(options, 'name'))
    const tolerance = toleranceOf(options)
    const bytes = await readWhole(resolve(io.cwd, modelPath), modelPath, MODEL_LIMIT)

    const model = await loadModel(bytes, modelPath, optionalText(options, 'output'))
    try {
      const rows = await readCheckRows(resolve(io.cwd, checkPath), checkPath, optionalText(options, 'score') ?? 'score', model)
      const difference = compareScores(rows.scores, await scoreRows(model, rows, modelPath), tolerance)
      const met = difference.outside === 0
      await writeJson(resolve(io.cwd, out), out, {
        type: 'strongroom.dev/registration-report/v1',
        met,
        model: { name, path: modelPath, format: 'onnx', bytes: bytes.length, sha256: sha256Hex(bytes), ...model.facts },
        inputs: model.session.inputMetadata.map(describeValue),
        outputs: model.session.outputMetadata.map(describeValue),
        runtime: model.runtime,
        check: {
          path: checkPath,
          sha256: rows.sha256,
          rows: rows.scores.length,
          inputs: rows.inputs,
          output: model.output,
          tolerance,
          maxAbsDifference: difference.largest,
          outside: difference.outside,
        },
      })
      io.stdout(`${modelPath}: ${bytes.length} bytes, sha256 ${sha256Hex(bytes).slice(0, 16)}, opset ${opsetText(model.facts)}`)
      const largest = difference.largest === null ? 'not a number' : difference.largest.toExponential(2)
      const verdict = met ? 'same' : 'NOT the same'
      io.stdout(`${rows.scores.length} check rows, largest difference ${largest} (tolerance ${tolerance}): ${verdict}`)
      io.stdout(`report in ${out}`)
      return met
    } finally {
      await model.session.release()
    }
  },
})

function modelName(name: string): string {
  if (!/^[a-z0-9][a-z0-9._-]{0,99}$/.test(name)) {
    throw new StepInputError('option-invalid', `--name "${name}" must be lower case letters, digits, dots, dashes and underscores.`)
  }
  return name
}

function toleranceOf(options: StepOptions): number {
  const text = optionalText(options, 'tolerance')
  if (text === undefined) return DEFAULT_TOLERANCE
  const tolerance = Number(text)
  if (!(tolerance >= 0 && tolerance <= 1)) throw new StepInputError('option-invalid', `--tolerance ${text} is not a number from 0 to 1.`)
  return tolerance
}

interface LoadedModel {
  readonly session: InferenceSession
  readonly runtime: { readonly name: string; readonly version: string }
  readonly facts: OnnxModelFacts
  readonly input: string
  readonly features: number
  /** Records per call: one if the model's first axis is fixed to one. */
  readonly batch: number
  readonly output: string
}

async function loadModel(bytes: Buffer, shown: string, wantedOutput: string | undefined): Promise<LoadedModel> {
  // Loaded here, not at the top: the other steps need not wait for the runtime's native library.
  const ort = await import('onnxruntime-node')
  const unusable = (what: string) => new StepInputError('model-invalid', `${shown} cannot be used: ${what}.`)
  let facts: OnnxModelFacts
  let session: InferenceSession
  try {
    // One thread: sums are then always taken in the same order.
    session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 })
    facts = readOnnxModel(bytes)
  } catch (error) {
    throw unusable(`onnxruntime does not load it (${error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error)})`)
  }
  const [input, second] = session.inputMetadata
  if (input === undefined || second !== undefined) {
    throw unusable(`it has ${session.inputMetadata.length} inputs; one table of numbers is needed`)
  }
  if (!input.isTensor || input.type !== 'float32' || input.shape.length !== 2) {
    throw unusable(`its input "${input.name}" is not a float32 table`)
  }
  const [first, features] = input.shape
  if (typeof features !== 'number' || features < 1) throw unusable(`its input "${input.name}" does not fix the number of columns`)
  if (typeof first === 'number' && first > 1) {
    throw unusable(`its input is fixed to ${first} records at once; export it with a dynamic first axis`)
  }
  const output = wantedOutput ?? session.outputNames[0]
  const named = session.outputNames.join(', ')
  if (output === undefined || !session.outputNames.includes(output)) throw unusable(`it has no output "${output ?? ''}" but ${named}`)
  if (wantedOutput === undefined && session.outputNames.length > 1) {
    throw unusable(`it has several outputs (${named}); name one with --output`)
  }
  const runtime = { name: 'onnxruntime', version: ort.env.versions.node ?? ort.env.versions.common }
  return { session, runtime, facts, input: input.name, features, batch: first === 1 ? 1 : BATCH, output }
}

interface CheckRows {
  readonly sha256: string
  readonly inputs: readonly string[]
  /** Row after row, `inputs.length` values each. */
  readonly values: Float32Array
  readonly scores: Float64Array
}

async function readCheckRows(path: string, shown: string, scoreColumn: string, model: LoadedModel): Promise<CheckRows> {
  const values: number[] = []
  const scores: number[] = []
  let inputs: readonly string[] = []
  const facts = await readCsv(path, shown, (columns) => {
    const scoreAt = columnIndex(columns, scoreColumn, shown)
    inputs = columns.filter((name) => name !== scoreColumn)
    if (inputs.length !== model.features) {
      const what = `${inputs.length} columns beside "${scoreColumn}"; the model takes ${model.features}`
      throw new StepInputError('check-mismatch', `${shown} has ${what}.`)
    }
    return (fields, line) => {
      fields.forEach((text, index) => {
        const value = Number(text)
        if (text.trim() === '' || !Number.isFinite(value)) {
          throw new StepInputError('value-invalid', `${shown}, line ${line}: column "${columns[index] ?? ''}" is "${text}", not a number.`)
        }
        if (index === scoreAt) scores.push(value)
        else values.push(value)
      })
    }
  })
  if (scores.length === 0) throw new StepInputError('check-mismatch', `${shown} has no rows: nothing can be proven with it.`)
  return { sha256: facts.sha256, inputs, values: Float32Array.from(values), scores: Float64Array.from(scores) }
}

async function scoreRows(model: LoadedModel, { values, scores }: CheckRows, shown: string): Promise<Float64Array> {
  const { Tensor } = await import('onnxruntime-node')
  const found = new Float64Array(scores.length)
  for (let from = 0; from < scores.length; from += model.batch) {
    const rows = Math.min(model.batch, scores.length - from)
    const slice = values.slice(from * model.features, (from + rows) * model.features)
    const feeds = { [model.input]: new Tensor('float32', slice, [rows, model.features]) }
    const result = (await model.session.run(feeds, [model.output]))[model.output]
    const data = result?.data
    if (!(data instanceof Float32Array || data instanceof Float64Array) || data.length !== rows) {
      throw new StepInputError('model-invalid', `${shown} cannot be used: its output "${model.output}" is not one number for each record.`)
    }
    found.set(data, from)
  }
  return found
}

/** A difference that is not a number counts as outside, and makes `largest` null. */
function compareScores(trainer: Float64Array, runtime: Float64Array, tolerance: number): { largest: number | null; outside: number } {
  let largest = 0
  let outside = 0
  trainer.forEach((score, row) => {
    const difference = Math.abs(score - (runtime[row] ?? NaN))
    if (!(difference <= tolerance)) outside += 1
    largest = Math.max(largest, difference)
  })
  return { largest: Number.isNaN(largest) ? null : largest, outside }
}

function describeValue(value: InferenceSession.ValueMetadata): { name: string; type: string; shape: readonly (number | string)[] } {
  return value.isTensor ? { name: value.name, type: value.type, shape: value.shape } : { name: value.name, type: 'not a tensor', shape: [] }
}

function opsetText({ opsets }: OnnxModelFacts): string {
  return opsets.map(({ domain, version }) => (domain === '' ? `${version}` : `${domain} ${version}`)).join(', ')
}
