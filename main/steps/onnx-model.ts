/**
 * The few fields of an ONNX file that its runtime does not tell. Reads the protobuf wire format (protobuf.dev/programming-guides/encoding);
 * field numbers from ModelProto and OperatorSetIdProto in onnx.proto3.
 */

export interface OnnxModelFacts {
  readonly irVersion: number
  readonly producer: string
  /** The empty domain is ONNX's own operators. */
  readonly opsets: readonly { readonly domain: string; readonly version: number }[]
}

const MODEL = { irVersion: 1, producerName: 2, opsetImport: 8 } as const
const OPSET = { domain: 1, version: 2 } as const

type Field =
  | { readonly number: number; readonly kind: 'varint'; readonly value: bigint }
  | { readonly number: number; readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly number: number; readonly kind: 'fixed' }

/** Throws RangeError for bytes that are no protobuf message. */
export function readOnnxModel(bytes: Uint8Array): OnnxModelFacts {
  let irVersion = 0
  let producer = ''
  const opsets: { domain: string; version: number }[] = []
  for (const field of fieldsOf(bytes)) {
    if (field.number === MODEL.irVersion && field.kind === 'varint') irVersion = Number(field.value)
    if (field.number === MODEL.producerName && field.kind === 'bytes') producer = Buffer.from(field.value).toString('utf8')
    if (field.number === MODEL.opsetImport && field.kind === 'bytes') opsets.push(readOpset(field.value))
  }
  return { irVersion, producer, opsets }
}

function readOpset(bytes: Uint8Array): { domain: string; version: number } {
  const opset = { domain: '', version: 0 }
  for (const field of fieldsOf(bytes)) {
    if (field.number === OPSET.domain && field.kind === 'bytes') opset.domain = Buffer.from(field.value).toString('utf8')
    if (field.number === OPSET.version && field.kind === 'varint') opset.version = Number(field.value)
  }
  return opset
}

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at]
      if (byte === undefined) throw new RangeError('the message ends inside a number')
      at += 1
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a number is longer than ten bytes')
  }
  const skip = (length: number): void => {
    if (at + length > bytes.length) throw new RangeError('the message ends inside a field')
    at += length
  }
  while (at < bytes.length) {
    const key = Number(varint())
    const number = Math.floor(key / 8)
    switch (key % 8) {
      case 0:
        yield { number, kind: 'varint', value: varint() }
        break
      case 1:
        skip(8)
        yield { number, kind: 'fixed' }
        break
      case 2: {
        const length = Number(varint())
        const start = at
        skip(length)
        yield { number, kind: 'bytes', value: bytes.subarray(start, at) }
        break
      }
      case 5:
        skip(4)
        yield { number, kind: 'fixed' }
        break
      default:
        throw new RangeError(`field ${number} has an unknown wire type`)
    }
  }
}
