import { expect, it } from 'vitest'
import { ProjectId } from '../../../shared/contract/index.ts'
import { EMPTY_IMPORT, foreignModelOf, importProblems, missingFields, type ImportDraft } from './import-draft.ts'

const project = ProjectId.parse('credit')
const whole: ImportDraft = { ...EMPTY_IMPORT, path: ' /m/net.onnx ', model: 'net', source: 'a stick', licence: 'MIT' }
const wrong = (change: Partial<ImportDraft>) => Object.keys(importProblems(project, { ...whole, ...change }))

it('is asked for as it was typed, without what only the other kind has', () => {
  expect(foreignModelOf(project, { ...whole, sha256: 'AB', logKey: 'k', signature: '/s', publicKey: '/p' })).toEqual({ project, path: '/m/net.onnx', model: 'net', source: 'a stick', licence: 'MIT', sha256: 'ab', signature: { path: '/s', publicKey: '/p' } })
  expect(foreignModelOf(project, { ...whole, kind: 'bundle', logKey: ' k ', signature: '/s' })).toEqual({ project, path: '/m/net.onnx', model: 'net', source: 'a stick', licence: 'MIT', logKey: 'k' })
})

it('names each field that is wrong, and cuts none of them short', () => {
  expect(wrong({})).toEqual([])
  expect(wrong({ model: 'two words' })).toEqual(['model'])
  const source = 'x'.repeat(501)
  expect([wrong({ source }), foreignModelOf(project, { ...whole, source }).source]).toEqual([['source'], source])
  expect(wrong({ source: 'a\u202eb', licence: 'x'.repeat(201), sha256: 'ab' })).toEqual(['source', 'licence', 'sha256'])
  expect(wrong({ kind: 'bundle', logKey: 'x'.repeat(1001) })).toEqual(['logKey'])
})

it('wants a signature and its key together, and does not call wrong what is only missing', () => {
  expect([wrong({ signature: '/s' }), wrong({ publicKey: '/p' }), wrong({ kind: 'bundle', logKey: 'k', signature: '/s' })]).toEqual([['publicKey'], ['signature'], []])
  expect([wrong({ model: '', source: ' ' }), missingFields({ ...whole, source: ' ' }), missingFields(whole), missingFields({ ...whole, kind: 'bundle' })]).toEqual([[], ['source'], [], ['logKey']])
})
