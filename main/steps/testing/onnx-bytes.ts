/** Small ONNX files for tests: rows of `features` numbers, each weighted and summed, through a sigmoid. */

const FLOAT32 = 1

export interface TinyModel {
  readonly weights: readonly number[]
  readonly bias: number
  /** Number of rows at once, or a name for any number. */
  readonly rows: number | string
}

/** Opset 13, input `x` [rows, features], output `p` [rows, 1]. */
export function tinyOnnx({ weights, bias, rows }: TinyModel): Buffer {
  const gemm = [text(1, 'x'), text(1, 'w'), text(1, 'b'), text(2, 'z'), text(4, 'Gemm')]
  const sigmoid = [text(1, 'z'), text(2, 'p'), text(4, 'Sigmoid')]
  const graph = [
    message(1, ...gemm),
    message(1, ...sigmoid),
    text(2, 'tiny'),
    message(5, number(1, weights.length), number(1, 1), number(2, FLOAT32), text(8, 'w'), field(9, floats(weights))),
    message(5, number(1, 1), number(2, FLOAT32), text(8, 'b'), field(9, floats([bias]))),
    table(11, 'x', rows, weights.length),
    table(12, 'p', rows, 1),
  ]
  return Buffer.concat([number(1, 8), text(2, 'test'), message(7, ...graph), message(8, text(1, ''), number(2, 13))])
}

function table(place: number, name: string, rows: number | string, columns: number): Buffer {
  const first = typeof rows === 'number' ? number(1, rows) : text(2, rows)
  const shape = message(2, message(1, first), message(1, number(1, columns)))
  return message(place, text(1, name), message(2, message(1, number(1, FLOAT32), shape)))
}

function floats(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, at) => bytes.writeFloatLE(value, at * 4))
  return bytes
}

function message(place: number, ...parts: readonly Buffer[]): Buffer {
  return field(place, Buffer.concat(parts))
}

function text(place: number, value: string): Buffer {
  return field(place, Buffer.from(value))
}

function field(place: number, content: Buffer): Buffer {
  return Buffer.concat([varint(place * 8 + 2), varint(content.length), content])
}

function number(place: number, value: number): Buffer {
  return Buffer.concat([varint(place * 8), varint(value)])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}
