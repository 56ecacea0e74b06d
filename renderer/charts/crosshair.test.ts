import { describe, expect, it } from 'vitest'
import { crosshairAfterKey } from './crosshair.ts'

describe('the crosshair of a chart', () => {
  it('starts at the last point to the left and at the first to the right', () => {
    expect(crosshairAfterKey('ArrowLeft', false, null, 50)).toBe(49)
    expect(crosshairAfterKey('ArrowRight', false, null, 50)).toBe(0)
  })

  it('stays within the points', () => {
    expect(crosshairAfterKey('ArrowLeft', true, 4, 50)).toBe(0)
    expect(crosshairAfterKey('ArrowRight', false, 49, 50)).toBe(49)
  })

  it('jumps to the ends and goes away', () => {
    expect(['Home', 'End', 'Escape'].map((key) => crosshairAfterKey(key, false, 7, 50))).toEqual([0, 49, null])
  })

  it('leaves other keys, and Escape without a crosshair, to the view', () => {
    expect(crosshairAfterKey('a', false, 7, 50)).toBeUndefined()
    expect(crosshairAfterKey('Escape', false, null, 50)).toBeUndefined()
  })
})
