import { describe, expect, it } from 'vitest'
import { formatOf, weighCode } from './model-format.ts'

const safetensors = Buffer.concat([Buffer.from('4000000000000000', 'hex'), Buffer.from('{"__me')])

describe('a file of a model', () => {
  it.each([
    ['model.safetensors', safetensors, 'no'],
    ['model.onnx', Buffer.from('080a12', 'hex'), 'no'],
    ['model.gguf', Buffer.from('GGUF\x03'), 'no'],
    ['config.json', Buffer.from('{}'), 'no'],
    ['LICENSE', Buffer.from('Apache'), 'no'],
    ['model.pkl', Buffer.from('(dp0'), 'yes'],
    ['pytorch_model.bin', Buffer.from('PK\x03\x04'), 'yes'],
    ['model.keras', Buffer.from('PK\x03\x04'), 'yes'],
    ['modeling_custom.py', Buffer.from('import os'), 'yes'],
    ['weights.npz', Buffer.from('PK\x03\x04'), 'unknown'],
    ['weights', Buffer.from('????'), 'unknown'],
  ])('%s is told by its name', (name, head, runs) => {
    expect(weighCode(name, head).runs).toBe(runs)
  })

  it.each([
    ['a pickle', Buffer.from('80049501', 'hex')],
    ['a program', Buffer.from('7f454c46', 'hex')],
    ['a script', Buffer.from('#!/bin/sh')],
  ])('that is %s is told by its first bytes, whatever it is called', (_, head) => {
    for (const name of ['model.safetensors', 'model.onnx', 'config.json', 'README']) expect(weighCode(name, head).runs).toBe('yes')
  })

  it('is not believed to be data alone where it does not begin as its name says', () => {
    expect(weighCode('model.safetensors', Buffer.from('something else')).runs).toBe('unknown')
    expect(weighCode('model.onnx', Buffer.from('PK\x03\x04')).runs).toBe('unknown')
  })
})

it('a model has the format of the file that is most of it', () => {
  expect(formatOf(['config.json', 'model.safetensors', 'pytorch_model.bin'])).toBe('safetensors')
  expect(formatOf(['MODEL.ONNX'])).toBe('onnx')
  expect(formatOf(['a/saved_model.pb'])).toBe('tensorflow')
  expect(formatOf(['README.md'])).toBe('other')
})
