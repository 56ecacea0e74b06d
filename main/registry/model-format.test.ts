import { describe, expect, it } from 'vitest'
import { formatOf, isLookedInto, weighCode, weighContent } from './model-format.ts'
import { weighPickle } from './pickle.ts'

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

/** Made with CPython 3.11, `pickle.dumps(of, protocol)`. */
const PICKLES = {
  'os.system, protocol 0': 'Y3Bvc2l4CnN5c3RlbQpwMAooVnRydWUKcDEKdHAyClJwMwou',
  'os.system, protocol 1': 'Y3Bvc2l4CnN5c3RlbQpxAChYBAAAAHRydWVxAXRxAlJxAy4=',
  'os.system, protocol 2': 'gAJjcG9zaXgKc3lzdGVtCnEAWAQAAAB0cnVlcQGFcQJScQMu',
  'os.system, protocol 4': 'gASVHwAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAR0cnVllIWUUpQu',
  'an object, protocol 0': 'Y2NvcHlfcmVnCl9yZWNvbnN0cnVjdG9yCnAwCihjX19tYWluX18KTwpwMQpjX19idWlsdGluX18Kb2JqZWN0CnAyCk50cDMKUnA0Ci4=',
  'an object, protocol 2': 'gAJjX19tYWluX18KTwpxACmBcQEu',
  'much data with bytes in it, protocol 0': 'KGRwMApWYQpwMQoobHAyCkkxCmFGMi41CmFOYUkwMQphVngKcDMKYShJMQpJMgpJMwpJNAp0cDQKYShkcDUKVmIKcDYKY19jb2RlY3MKZW5jb2RlCnA3CihWeApwOApWbGF0aW4xCnA5CnRwMTAKUnAxMQpzYXNWbG9uZwpwMTIKTDEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwTApzLg==',
  'the same, protocol 1': 'fXEAKFgBAAAAYXEBXXECKEsBR0AEAAAAAAAATkkwMQpYAQAAAHhxAyhLAUsCSwNLBHRxBH1xBVgBAAAAYnEGY19jb2RlY3MKZW5jb2RlCnEHKFgBAAAAeHEIWAYAAABsYXRpbjFxCXRxClJxC3NlWAQAAABsb25ncQxMMTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDBMCnUu',
}

describe('a pickle', () => {
  it.each(Object.entries(PICKLES))('of %s is known by its opcodes, also with more behind it, and may be one where it goes on', (_, text) => {
    const bytes = Buffer.from(text, 'base64')
    expect([weighPickle(bytes, true), weighPickle(Buffer.concat([bytes, Buffer.from('# A heading')]), true)]).toEqual(['runs', 'runs'])
    expect(weighPickle(bytes.subarray(0, -1), true)).toBe('no')
    expect(['may', 'no']).toContain(weighPickle(bytes.subarray(0, -1), false))
  })

  it('is not hidden by marks that are taken away again, nor is it one that takes what is not there', () => {
    const call = Buffer.from('cposix\nsystem\n(Vtrue\ntR.')
    for (const before of ['(0', '(((000', 'N0', '(N1', 'N20', '\x80\x02']) expect(weighPickle(Buffer.concat([Buffer.from(before, 'latin1'), call]), true), before).toBe('runs')
    for (const before of ['0', 'R', '(R', 't', 'a', 'x', '\n', 'c\n\n', 'Ix\n', "S'a\n"]) expect(weighPickle(Buffer.concat([Buffer.from(before), call]), true), before).toBe('no')
    expect(weighPickle(Buffer.from('cposix\nsystem\n.'), true)).toBe('may')
  })

  it('is none of data alone, of text, or of nothing', () => {
    for (const text of ['N.', 'I1\n.', '(I1\nI2\nt.', '}.', '', '.', 'import os\nprint(1)\n', '# Read me\n', '{"a": 1}', 'the\ncat\nis\n']) expect(weighPickle(Buffer.from(text), true), text).toBe('no')
  })
})

describe('a file that is looked into', () => {
  it.each([
    ['config.json', 'cposix\nsystem\n(Vtrue\ntR.', 'yes'],
    ['weights', 'cposix\nsystem\n(Vtrue\ntR.', 'yes'],
    ['README', 'The model of the house.', 'no'],
    ['config.json', '{"hidden_size": 8}', 'no'],
    ['tokenizer_config.json', '{"chat_template": "{% for m in messages %}"}', 'unknown'],
    ['tokenizer_config.json', '{"chat\\u005ftemplate": "{% for m in messages %}"}', 'unknown'],
    ['model.gguf', 'GGUF\x03 tokenizer.chat_template', 'unknown'],
    ['model.gguf', 'GGUF\x03 general.name', 'no'],
    ['a.yaml', 'lr: 0.1\nlayers: [1, 2]\nwhat: "hurry!"\nwhy: not! now\n', 'no'],
    ['a.yaml', 'lr: !!float 1\n', 'no'],
    ['a.yml', 'x: !!python/object/apply:os.system ["true"]\n', 'yes'],
    ['a.yml', 'x: !<tag:yaml.org,2002:python/name:os.system> 1\n', 'yes'],
    ['a.yml', 'x: !!%70ython/name:os.system 1\n', 'unknown'],
    ['a.yml', '%TAG !p! tag:yaml.org,2002:py\n---\nx: !p!thon/name:os.system 1\n', 'unknown'],
    ['a.yml', '- !Ref x\n', 'unknown'],
    ['a.yml', 'model:\n  _target_: os.system\n', 'unknown'],
  ])('%s with %j', (name, text, runs) => {
    const content = Buffer.from(text)
    expect(isLookedInto(name, content.subarray(0, 16))).toBe(true)
    expect(weighContent(name, content, true).runs).toBe(runs)
  })

  it('is not said to be data alone where there is more of it than is looked at', () => {
    expect(weighContent('vocab.txt', Buffer.from('a b c'), false)).toMatchObject({ runs: 'unknown', why: expect.stringContaining('16 MiB') as string })
  })

  it('is none whose first bytes say all that can be said', () => {
    for (const [name, head] of [['model.safetensors', safetensors], ['model.onnx', Buffer.from('080a12', 'hex')], ['model.pkl', Buffer.from('(dp0')], ['chat.jinja', Buffer.from('{{ x }}')]] as const) expect(isLookedInto(name, head)).toBe(false)
    expect(weighCode('chat.jinja', Buffer.from('{{ x }}')).runs).toBe('unknown')
  })
})
