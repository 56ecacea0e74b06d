import { describe, expect, it } from 'vitest'
import { edgePath } from './edge-path.ts'

describe('edgePath', () => {
  it('draws a straight edge as one line', () => {
    expect(edgePath([{ x: 0, y: 5 }, { x: 40, y: 5 }])).toBe('M0 5L40 5')
  })

  it('rounds each corner by the radius', () => {
    const corners = [{ x: 0, y: 0 }, { x: 20, y: 0 }, { x: 20, y: 40 }, { x: 60, y: 40 }]
    expect(edgePath(corners, 6)).toBe('M0 0L14 0Q20 0 20 6L20 34Q20 40 26 40L60 40')
  })

  it('rounds less where a part is too short for two corners', () => {
    const corners = [{ x: 0, y: 0 }, { x: 20, y: 0 }, { x: 20, y: 4 }, { x: 40, y: 4 }]
    expect(edgePath(corners, 6)).toBe('M0 0L18 0Q20 0 20 2L20 2Q20 4 22 4L40 4')
  })

  it('draws nothing for no points, and no NaN for points on one spot', () => {
    expect(edgePath([])).toBe('')
    expect(edgePath([{ x: 1, y: 1 }, { x: 1, y: 1 }, { x: 1, y: 1 }])).not.toContain('NaN')
  })
})
