import { describe, expect, it } from 'vitest'
import { formatMetric } from './format.ts'

describe('a recorded decimal', () => {
  it.each([
    ['0.718934', '0.7189'],
    ['-0.0001991', '-0.000199'],
    ['0.000001', '0.000001'],
    ['-0.0000004', '-4.000e-7'],
    ['0', '0'],
    ['12.3456', '12.35'],
  ])('%s is read as %s, without an exponent as long as it is no longer without', (value, read) => {
    expect(formatMetric(value)).toBe(read)
  })
})
