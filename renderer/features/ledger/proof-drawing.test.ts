import { describe, expect, it } from 'vitest'
import { drawProof } from './proof-drawing.ts'

const hash = (side: 'left' | 'right', leaves: number) => ({ hash: 'ab'.repeat(32), side, leaves })

describe('the drawing of an inclusion proof', () => {
  it('rises from the leaf to the root, one step for each hash', () => {
    const drawing = drawProof([hash('left', 1), hash('right', 2), hash('left', 4)])
    expect(drawing.rootY).toBeLessThan(drawing.leafY)
    expect(drawing.joints[drawing.joints.length - 1]).toBe(drawing.rootY)
    expect(drawing.hashes.map(({ y }) => y)).toEqual([...drawing.hashes.map(({ y }) => y)].sort((a, b) => b - a))
  })

  it('puts each hash at its side of the spine, inside the drawing', () => {
    const drawing = drawProof([hash('left', 1), hash('right', 2)])
    const [left, right] = drawing.hashes
    expect(left?.x).toBeLessThan(drawing.spineX)
    expect(right?.x).toBeGreaterThan(drawing.spineX)
    expect(right?.countX).toBeLessThan(drawing.width)
  })

  it('draws the only leaf of a tree below its root', () => {
    const drawing = drawProof([])
    expect(drawing.hashes).toEqual([])
    expect(drawing.leafY).toBeGreaterThan(drawing.rootY)
  })
})
