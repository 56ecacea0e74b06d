import { describe, expect, it } from 'vitest'
import { nextRow } from './row-keys.ts'

describe('nextRow', () => {
  it('moves one row by J, K and the arrows', () => {
    expect(nextRow('j', 3, 10, 5)).toBe(4)
    expect(nextRow('ArrowDown', 3, 10, 5)).toBe(4)
    expect(nextRow('K', 3, 10, 5)).toBe(2)
    expect(nextRow('ArrowUp', 3, 10, 5)).toBe(2)
  })

  it('selects the first row when nothing is selected', () => {
    expect(nextRow('j', -1, 10, 5)).toBe(0)
  })

  it('stays on the first and on the last row', () => {
    expect(nextRow('k', 0, 10, 5)).toBe(0)
    expect(nextRow('PageDown', 8, 10, 5)).toBe(9)
  })

  it('jumps to both ends', () => {
    expect(nextRow('Home', 7, 10, 5)).toBe(0)
    expect(nextRow('End', 7, 10, 5)).toBe(9)
  })

  it('leaves other keys and empty lists alone', () => {
    expect(nextRow('x', 3, 10, 5)).toBeNull()
    expect(nextRow('j', -1, 0, 5)).toBeNull()
  })
})
