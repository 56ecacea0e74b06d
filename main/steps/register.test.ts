import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { register } from './register.ts'
import { tinyOnnx } from './testing/onnx-bytes.ts'
import { createWorkspace } from './testing/workspace.ts'

const MODEL = { weights: [0.5, -1.25], bias: 0.125, rows: 'rows' }
const OPTIONS = { model: 'm.onnx', name: 'tiny', check: 'c.csv', out: 'r.json' }

/** The model's arithmetic in float64, for `n` rows. */
function checkRows(n: number, nudge = 0): string {
  const lines = Array.from({ length: n }, (_, i) => {
    const [a, b] = [i / 16, (i % 7) / 8]
    const score = 1 / (1 + Math.exp(-(0.5 * a - 1.25 * b + 0.125)))
    return `${a},${i === n - 1 ? score + nudge : score},${b}`
  })
  return `a,score,b\n${lines.join('\n')}\n`
}

describe('strongroom step register', () => {
  it.each(['rows', 1])('proves that the model predicts as its trainer did, with a first axis of %s', async (rows) => {
    const model = tinyOnnx({ ...MODEL, rows })
    const workspace = createWorkspace({ 'm.onnx': model, 'c.csv': checkRows(1500) })
    const { code, output } = await workspace.run(register, OPTIONS)
    expect(code, output).toBe(0)
    expect(workspace.json('r.json')).toMatchObject({
      type: 'strongroom.dev/registration-report/v1',
      met: true,
      model: {
        name: 'tiny',
        format: 'onnx',
        bytes: model.length,
        sha256: createHash('sha256').update(model).digest('hex'),
        irVersion: 8,
        opsets: [{ domain: '', version: 13 }],
      },
      inputs: [{ name: 'x', type: 'float32', shape: [rows, 2] }],
      outputs: [{ name: 'p', type: 'float32', shape: [rows, 1] }],
      check: { rows: 1500, inputs: ['a', 'b'], output: 'p', tolerance: 1e-6, outside: 0 },
    })
  })

  it('fails, with its report, when one prediction differs', async () => {
    const workspace = createWorkspace({ 'm.onnx': tinyOnnx(MODEL), 'c.csv': checkRows(50, 2e-6) })
    const { code, output } = await workspace.run(register, OPTIONS)
    expect(code).toBe(1)
    expect(output).toContain('NOT the same')
    expect(workspace.json('r.json')).toMatchObject({ met: false, check: { outside: 1 } })
  })

  it('fails when the model predicts what is not a number', async () => {
    const workspace = createWorkspace({ 'm.onnx': tinyOnnx({ ...MODEL, bias: NaN }), 'c.csv': checkRows(3) })
    expect((await workspace.run(register, OPTIONS)).code).toBe(1)
    expect(workspace.json('r.json')).toMatchObject({ met: false, check: { outside: 3, maxAbsDifference: null } })
  })

  it('takes the tolerance that it is given', async () => {
    const workspace = createWorkspace({ 'm.onnx': tinyOnnx(MODEL), 'c.csv': checkRows(50, 2e-6) })
    expect((await workspace.run(register, { ...OPTIONS, tolerance: '1e-5' })).code).toBe(0)
  })

  it.each([
    ['bytes that are no model', { 'm.onnx': 'no model' }, {}, /m\.onnx cannot be used: onnxruntime does not load it/],
    ['a model cut short', { 'm.onnx': tinyOnnx(MODEL).subarray(0, 90) }, {}, /m\.onnx cannot be used/],
    ['an empty model', { 'm.onnx': '' }, {}, /m\.onnx cannot be used/],
    ['a model for two rows at once', { 'm.onnx': tinyOnnx({ ...MODEL, rows: 2 }) }, {}, /fixed to 2 records at once/],
    ['an output that it does not have', {}, { output: 'q' }, /it has no output "q" but p/],
    ['too few columns', { 'c.csv': 'a,score\n1,0.5\n' }, {}, /c\.csv has 1 columns beside "score"; the model takes 2/],
    ['no score column', { 'c.csv': 'a,b\n1,0.5\n' }, {}, /has no column "score"/],
    ['a value that is no number', { 'c.csv': 'a,b,score\n1,,0.5\n' }, {}, /line 2: column "b" is "", not a number/],
    ['no rows', { 'c.csv': 'a,b,score\n' }, {}, /c\.csv has no rows/],
    ['a name that is none', {}, { name: 'Tiny Model' }, /--name "Tiny Model" must be/],
    ['a tolerance that is none', {}, { tolerance: '-1' }, /--tolerance -1 is not/],
  ])('refuses %s', async (_, files, change, message) => {
    const workspace = createWorkspace({ 'm.onnx': tinyOnnx(MODEL), 'c.csv': checkRows(5), ...files })
    const { code, output } = await workspace.run(register, { ...OPTIONS, ...change })
    expect(output).toMatch(message)
    expect(code).toBe(2)
  })
})
