import { describe, expect, it } from 'vitest'
import { decimate, nearestIndex } from './decimate.ts'

const wave = Array.from({ length: 100_000 }, (_, index) => ({ x: index, y: Math.sin(index / 500) }))

describe('decimate', () => {
  it('leaves few points as they are', () => {
    const few = wave.slice(0, 100)
    expect(decimate(few, [0, 99], 400)).toBe(few)
  })

  it('keeps at most four points a pixel', () => {
    expect(decimate(wave, [0, 99_999], 300).length).toBeLessThanOrEqual(1200)
  })

  it('keeps the ends and a single spike', () => {
    const spiked = wave.map((point) => (point.x === 54_321 ? { ...point, y: 99 } : point))
    const kept = decimate(spiked, [0, 99_999], 300)
    expect(kept[0]).toEqual(wave[0])
    expect(kept.at(-1)).toEqual(wave.at(-1))
    expect(Math.max(...kept.map(({ y }) => y))).toBe(99)
  })

  it('keeps the order of the points', () => {
    const xs = decimate(wave, [0, 99_999], 300).map(({ x }) => x)
    expect(xs).toEqual(xs.toSorted((a, b) => a - b))
  })

  it('keeps what stands on one spot without dividing by zero', () => {
    const spot = wave.map(({ y }) => ({ x: 7, y }))
    expect(decimate(spot, [7, 7], 10).every(({ y }) => Number.isFinite(y))).toBe(true)
  })
})

describe('nearestIndex', () => {
  const points = [{ x: 0, y: 0 }, { x: 10, y: 0 }, { x: 12, y: 0 }]

  it('finds the nearer of two neighbours', () => {
    expect([4, 6, 11.5, 99, -5].map((x) => nearestIndex(points, x))).toEqual([0, 1, 2, 2, 0])
  })

  it('finds nothing among no points', () => {
    expect(nearestIndex([], 3)).toBe(-1)
  })
})
