import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { formatOf, isLookedInto, weighCode, weighContent } from './model-format.ts'
import { weighPickle } from './pickle.ts'

/** A file of tensors with this header, of which it says that it has so many bytes. */
const tensors = (header: string, length = header.length) => Buffer.concat([Buffer.of(length, 0, 0, 0, 0, 0, 0, 0), Buffer.from(header), Buffer.from('weights')])
const safetensors = tensors('{"__metadata__":{}}')

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
    // Without its end, or with nonsense behind its call: by then it has run.
    expect([weighPickle(bytes.subarray(0, -1), true), weighPickle(bytes.subarray(0, -1), false), weighPickle(Buffer.concat([bytes.subarray(0, -1), Buffer.of(0xff)]), true)]).toEqual(['runs', 'runs', 'runs'])
  })

  it('is not hidden by marks that are taken away again, nor is it one that takes what is not there', () => {
    const call = Buffer.from('cposix\nsystem\n(Vtrue\ntR.')
    for (const before of ['(0', '(((000', 'N0', '(N1', 'N20', '\x80\x02']) expect(weighPickle(Buffer.concat([Buffer.from(before, 'latin1'), call]), true), before).toBe('runs')
    for (const before of ['0', 'R', '(R', 't', 'a', 'x', '\n', 'c\n\n']) expect(weighPickle(Buffer.concat([Buffer.from(before), call]), true), before).toBe('no')
    for (const named of ['cposix\nsystem\n.', 'cposix\nsystem\n', 'cposix\nsystem', 'cposix\nsystem\n\xff']) expect(weighPickle(Buffer.from(named, 'latin1'), true), named).toBe('may')
  })

  it('is not ruled out by a line that only CPython reads, nor by a pickle before it', () => {
    const call = 'cposix\nsystem\n(Vtrue\ntR.'
    for (const before of ['I+1\n0', 'I0x1\n0', 'I 1\n0', 'Finfinity\n0', 'F1_0.\n0', 'Np+1\n0', 'L0x1\n0', "S'a\n0", 'S\n0', 'V\n0', 'ca module\nf\n0']) expect(weighPickle(Buffer.from(before + call), true), before).not.toBe('no')
    for (const before of ['N.', 'I1\n.N.', '(N.']) expect(weighPickle(Buffer.from(before + call), true), before).toBe('runs')
  })

  it('is not ruled out by what was given of a file that has more', () => {
    expect(weighPickle(Buffer.from('T\xff\xff\x00\x00abc', 'latin1'), false)).toBe('may')
    expect(weighPickle(Buffer.from('T\xff\xff\x00\x00abc', 'latin1'), true)).toBe('no')
  })

  it('is none of data alone, of text, or of nothing', () => {
    for (const text of ['(No)', 'In a\nIt is\nRun it\n', 'PassengerId,Survived\n1,0\n', 'col a,col b\n1,2\n', 'count,price\n1', 'N.', 'I1\n.', '(I1\nI2\nt.', '}.', '', '.', 'import os\nprint(1)\n', '# Read me\n', '{"a": 1}', 'the\ncat\nis\n']) expect(weighPickle(Buffer.from(text), true), text).toBe('no')
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
    for (const [name, head] of [['weights.npz', Buffer.from('PK\x03\x04')], ['model.pkl', Buffer.from('(dp0')], ['chat.jinja', Buffer.from('{{ x }}')]] as const) expect(isLookedInto(name, head)).toBe(false)
    expect(weighCode('chat.jinja', Buffer.from('{{ x }}')).runs).toBe('unknown')
  })
})

describe('a file that is not what its name says', () => {
  const CALL = "cos\nsystem\n(S'true'\ntR"
  const bytes = (text: string) => Buffer.from(text, 'latin1')

  it.each([
    ['nostop.txt', bytes(CALL)],
    ['badop.txt', bytes(`${CALL}\xff`)],
    ['plus.txt', bytes(`I+1\n0${CALL}.`)],
    ['hex.txt', bytes(`I0x1\n0${CALL}.`)],
    ['infinity.txt', bytes(`Finfinity\n0${CALL}.`)],
    ['put.txt', bytes(`Np+1\n0${CALL}.`)],
    ['second.model', bytes(`N.${CALL}.`)],
    ['image.png', bytes(`${CALL}.`)],
    ['model.sig', bytes(`${CALL}.`)],
    ['w.safetensors', bytes(`V1234567{\n0${CALL}.`)],
    ['w.tflite', bytes(`V123TFL3\n0${CALL}.`)],
    ['w.gguf', bytes(`GGUF56789(0${CALL}.`)],
    ['zlib.model', deflateSync(`${CALL}.`)],
    ['zlib.txt', deflateSync(`${CALL}.`, { level: 2 })],
    ['gzip.model', gzipSync(`${CALL}.`)],
    ['bzip2.txt', bytes('BZh91AY&SY')],
    ['xz.txt', bytes('\xfd7zXZ\0')],
    ['zstd.txt', bytes('\x28\xb5\x2f\xfd')],
    ['zip.model', bytes('PK\x03\x04\x14\0')],
    ['zip.png', bytes('PK\x03\x04\x14\0')],
    ['zip.json', bytes('PK\x03\x04')],
    ['empty.zip.txt', bytes('PK\x05\x06')],
    ['hdf5.model', bytes('\x89HDF\r\n\x1a\n')],
    ['npy.txt', bytes("\x93NUMPY\x01\0v\0{'descr': '|O'}\n")],
    ['bom.yaml', Buffer.from('\ufeff!!p%79thon/object/apply:os.system ["true"]\n')],
    ['directive.yaml', Buffer.from('\ufeff%TAG ! tag:yaml.org,2002:py\n--- 1\n')],
    ['separator.yaml', Buffer.from('---\u2028!!p%79thon/object/apply:os.system ["true"]\n')],
    ['next-line.yaml', Buffer.from('---\u0085!!p%79thon/object/apply:os.system ["true"]\n')],
    ['wide.yaml', Buffer.from('!!python/name:os.system 1', 'utf16le')],
    ['yaml.json', Buffer.from('a: !!p%79thon/object/apply:os.system ["true"]\n')],
    ['flow.yaml', Buffer.from('model: {_target_: os.system, command: "true"}\n')],
    ['escaped.yaml', Buffer.from('model: {"\\x5ftarget\\x5f": os.system}\n')],
    ['folded.yaml', Buffer.from('model: {"_tar\\\n  get_": os.system}\n')],
    ['hydra.json', Buffer.from('{"model": {"_target_": "os.system"}}\n')],
    ['deep.json', Buffer.from(`${'['.repeat(2000)}" !made-up"${']'.repeat(2000)}`)],
    ['wide.json', Buffer.from(`[${'[],'.repeat(1_000_000)}" !made-up"]`)],
    ['marks.txt', Buffer.alloc(1 << 17, '(')],
    ['control.txt', bytes('a\x01b')],
    ['latin1.txt', bytes('na\xefve')],
    ['short.safetensors', tensors('{"__metadata__":{}}', 200)],
    ['no-json.safetensors', tensors('{"__metadata__":{}')],
    ['no-image.png', bytes('\x89PNG')],
  ])('%s is not said to be data alone', (name, content) => {
    const risk = isLookedInto(name, content.subarray(0, 16)) ? weighContent(name, content, true) : weighCode(name, content.subarray(0, 16))
    expect(['yes', 'unknown']).toContain(risk.runs)
    expect(risk.why).not.toBe('')
  })

  it.each([
    ['model.safetensors', safetensors],
    ['model.onnx', Buffer.from('080a12', 'hex')],
    ['image.png', bytes('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
    ['tokenizer.model', bytes('\n\x0e\n\x05<unk>\x15\0\0\0\0\x18\x02')],
    ['config.json', Buffer.from('\ufeff{"a!": "!x", "b": ["% !!y"]}')],
    ['table.csv', Buffer.from('col a,col b\r\n1,2\r\n')],
    ['notes.txt', Buffer.from('I+1 is no sum.\fNaïve — but text.\n')],
    ['README.md', Buffer.from('# A model\n\n![of it](image.png)\n')],
    ['params.yaml', Buffer.from('lr: 0.1 # 50 % off!\nwhat: é\n')],
    ['model.sig', Buffer.from('{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}')],
  ])('while %s is, as it is what its name says', (name, content) => {
    expect(isLookedInto(name, content.subarray(0, 16))).toBe(true)
    expect(weighContent(name, content, true)).toEqual({ runs: 'no', why: '' })
  })
})
