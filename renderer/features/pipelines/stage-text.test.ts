import { describe, expect, it } from 'vitest'
import { excerptAround, stageExcerpt } from './stage-text.ts'

const text = `vars:
  - train: x
stages:
  prepare:
    cmd: node a.mjs

  train:
    cmd: >-
      node train.mjs

      --fast
    deps: [a]

  "last one":
    cmd: true
params:
  - p.yaml
`

describe('the text of a stage', () => {
  it('reaches from its key to the next one, without the empty lines between', () => {
    const train = stageExcerpt(text, 'train')
    expect([train?.from, train?.to]).toEqual([7, 12])
    expect(train?.lines[0]).toBe('  train:')
  })

  it('ends where the stages end', () => {
    expect(stageExcerpt(text, 'last one')?.lines).toEqual(['  "last one":', '    cmd: true'])
  })

  it('is that of the template for an expanded stage', () => {
    expect(stageExcerpt(text, 'prepare@eu')?.from).toBe(4)
  })

  it('is not found where there is none', () => {
    expect(stageExcerpt(text, 'other')).toBeNull()
    expect(stageExcerpt('stages: {train: {cmd: a}}', 'train')).toBeNull()
  })
})

describe('the lines around a problem', () => {
  it('stay inside the file', () => {
    expect(excerptAround('a\nb\nc\n', 1, 1)).toEqual({ from: 1, to: 2, lines: ['a', 'b'] })
    expect(excerptAround('a\r\nb\r\nc', 3, 5)).toEqual({ from: 1, to: 3, lines: ['a', 'b', 'c'] })
  })
})
