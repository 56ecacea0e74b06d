/**
 * Writes the network as an ONNX file (github.com/onnx/onnx, onnx.proto3: field numbers below; IR version 8, operator set 13), in the
 * protobuf wire format. Input `features` [rows, features] float32, any number of rows; output `probability` [rows, 1] float32.
 */
import { Buffer } from 'node:buffer'

const FLOAT = 1
const VARINT = 0
const BYTES = 2

/** The bytes of the file. `network` as in network.mjs, rounded to float32. */
export function encodeOnnx(network, { name, producer, version, metadata }) {
  const { features, hidden } = network
  const graph = [
    bytes(1, node('Sub', ['features', 'mean'], 'centred')),
    bytes(1, node('Div', ['centred', 'std'], 'standard')),
    bytes(1, node('Gemm', ['standard', 'w1', 'b1'], 'weighted')),
    bytes(1, node('Relu', ['weighted'], 'activated')),
    bytes(1, node('Gemm', ['activated', 'w2', 'b2'], 'logit')),
    bytes(1, node('Sigmoid', ['logit'], 'probability')),
    text(2, name),
    bytes(5, tensor('mean', [features], network.mean)),
    bytes(5, tensor('std', [features], network.std)),
    bytes(5, tensor('w1', [features, hidden], network.w1)),
    bytes(5, tensor('b1', [hidden], network.b1)),
    bytes(5, tensor('w2', [hidden, 1], network.w2)),
    bytes(5, tensor('b2', [1], network.b2)),
    bytes(11, valueInfo('features', ['rows', features])),
    bytes(12, valueInfo('probability', ['rows', 1])),
  ]
  return Buffer.concat([
    number(1, 8),
    text(2, producer),
    text(3, version),
    bytes(7, Buffer.concat(graph)),
    bytes(8, Buffer.concat([text(1, ''), number(2, 13)])),
    ...Object.entries(metadata).map(([key, value]) => bytes(14, Buffer.concat([text(1, key), text(2, value)]))),
  ])
}

/** NodeProto */
function node(operator, inputs, output) {
  return Buffer.concat([...inputs.map((input) => text(1, input)), text(2, output), text(3, output), text(4, operator)])
}

/** TensorProto with raw data, little-endian */
function tensor(name, shape, values) {
  const raw = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => raw.writeFloatLE(value, index * 4))
  return Buffer.concat([...shape.map((size) => number(1, size)), number(2, FLOAT), text(8, name), bytes(9, raw)])
}

/** ValueInfoProto; a word in the shape names an axis of any length */
function valueInfo(name, shape) {
  const axes = shape.map((size) => bytes(1, typeof size === 'number' ? number(1, size) : text(2, size)))
  const tensorType = Buffer.concat([number(1, FLOAT), bytes(2, Buffer.concat(axes))])
  return Buffer.concat([text(1, name), bytes(2, bytes(1, tensorType))])
}

function number(field, value) {
  return Buffer.concat([varint(field * 8 + VARINT), varint(value)])
}

function text(field, value) {
  return bytes(field, Buffer.from(value, 'utf8'))
}

function bytes(field, content) {
  return Buffer.concat([varint(field * 8 + BYTES), varint(content.length), content])
}

function varint(value) {
  const out = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...out, rest])
    out.push((rest % 128) + 128)
  }
}
