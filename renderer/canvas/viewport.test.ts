import { describe, expect, it } from 'vitest'
import { firstViewport, fitViewport, levelOf, revealShift, SCALES } from './viewport.ts'

describe('fitViewport', () => {
  it('centres a small world at scale 1', () => {
    expect(fitViewport({ width: 1000, height: 500 }, { width: 400, height: 100 })).toEqual({ k: 1, x: 300, y: 200 })
  })

  it('shrinks a wide world to the width of the frame', () => {
    expect(fitViewport({ width: 1000, height: 500 }, { width: 2000, height: 100 })).toEqual({ k: 0.5, x: 0, y: 225 })
  })

  it('never goes below the smallest scale', () => {
    expect(fitViewport({ width: 100, height: 100 }, { width: 100_000, height: 100 }).k).toBe(SCALES.min)
  })
})

describe('firstViewport', () => {
  const frame = { width: 1000, height: 500 }

  it('centres what fits', () => {
    expect(firstViewport(frame, { width: 400, height: 100 }, undefined)).toEqual({ k: 1, x: 300, y: 200 })
  })

  it('shrinks what nearly fits a little, as long as it can be read', () => {
    expect(firstViewport(frame, { width: 1100, height: 100 }, undefined)).toEqual(fitViewport(frame, { width: 1100, height: 100 }))
  })

  it('begins at the left and the top of what does not, and never shrinks it', () => {
    expect(firstViewport(frame, { width: 2000, height: 700 }, undefined)).toEqual({ k: 1, x: 0, y: 0 })
  })

  it('moves only as far as what must be in sight asks for', () => {
    const shown = { y: 40, width: 100, height: 70 }
    expect(firstViewport(frame, { width: 2000, height: 100 }, { x: 500, ...shown })).toEqual({ k: 1, x: 0, y: 200 })
    expect(firstViewport(frame, { width: 2000, height: 100 }, { x: 1500, ...shown })).toEqual({ k: 1, x: -624, y: 200 })
  })
})

describe('revealShift', () => {
  const frame = { width: 400, height: 300 }

  it('leaves what is in sight', () => {
    expect(revealShift({ x: 0, y: 0, k: 1 }, frame, { x: 100, y: 100, width: 50, height: 50 })).toBeNull()
  })

  it('moves by the shortest way', () => {
    expect(revealShift({ x: 0, y: 0, k: 1 }, frame, { x: 400, y: -20, width: 50, height: 50 }, 10)).toEqual({ x: -60, y: 30 })
  })

  it('shows the start of what is larger than the frame', () => {
    expect(revealShift({ x: 0, y: 0, k: 1 }, frame, { x: 100, y: 100, width: 900, height: 50 }, 10)).toEqual({ x: -90, y: 0 })
  })
})

it('shows names alone from afar', () => {
  expect([levelOf(0.3), levelOf(1)]).toEqual(['far', 'near'])
})
