import { describe, expect, it } from 'vitest'
import { suggest } from './suggestion.ts'

describe('suggest', () => {
  it.each([
    ['dpes', 'deps'], ['out', 'outs'], ['OUTS', 'outs'], ['alwayschanged', 'always_changed'], ['cdm', 'cmd'],
  ])('takes %s for %s', (written, meant) => {
    expect(suggest(written, ['cmd', 'deps', 'outs', 'always_changed'])).toBe(meant)
  })

  it.each(['x', 'environment', 'ab'])('has no idea what %s means', (written) => {
    expect(suggest(written, ['cmd', 'deps', 'outs'])).toBeNull()
  })
})
