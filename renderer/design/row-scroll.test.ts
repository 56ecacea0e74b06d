import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterScroll, atRow, barOf, drawnHeight, isInSight, MOST_HEIGHT, positionOf, ROW_HEIGHT, rowsInSight, TOP } from './row-scroll.ts'

const short = { count: 1000, view: 280 }
const long = { count: 5_000_000, view: 280 }
const end = (extent: typeof long) => extent.count * ROW_HEIGHT - extent.view

describe('the scroll bar of a table', () => {
  it('stands where the rows are, up to the height that is drawn', () => {
    expect(drawnHeight(short)).toBe(28_000)
    expect([barOf(5000, short), positionOf(5000, short)]).toEqual([5000, 5000])
  })

  it('is drawn no higher than the limit, and reaches both ends of what is longer', () => {
    expect(drawnHeight(long)).toBe(MOST_HEIGHT)
    expect([barOf(0, long), barOf(end(long), long)]).toEqual([0, MOST_HEIGHT - 280])
    expect([positionOf(0, long), positionOf(MOST_HEIGHT - 280, long)]).toEqual([0, end(long)])
  })

  it('moves as far as the rows do near both ends', () => {
    expect(barOf(7 * ROW_HEIGHT, long)).toBe(7 * ROW_HEIGHT)
    expect(barOf(end(long) - 7 * ROW_HEIGHT, long)).toBe(MOST_HEIGHT - 280 - 7 * ROW_HEIGHT)
  })

  it('stands for one position, and that for it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50_000_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (count, share) => {
        const extent = { count, view: 280 }
        const at = Math.max(0, end(extent)) * share
        const bar = barOf(at, extent)
        expect(bar).toBeLessThanOrEqual(MOST_HEIGHT)
        expect(Math.abs(positionOf(bar, extent) - at)).toBeLessThan(0.001)
      }),
    )
  })
})

describe('scrolling', () => {
  it('moves the rows as far as a wheel moves the bar, in the middle of a long table too', () => {
    const middle = { bar: barOf(70_000_000, long), at: 70_000_000 }
    expect(afterScroll(middle, middle.bar + 100, long).at).toBe(70_000_100)
    expect(afterScroll(middle, middle.bar - 100, long).at).toBe(69_999_900)
  })

  it('leads to where a dragged bar stands', () => {
    expect(afterScroll(TOP, (MOST_HEIGHT - 280) / 2, long).at).toBe(end(long) / 2)
  })

  it('never leaves the rows', () => {
    expect(afterScroll({ bar: 150, at: 100 }, 0, long).at).toBe(0)
    expect(afterScroll({ bar: MOST_HEIGHT - 300, at: end(long) - 5 }, MOST_HEIGHT - 280, long).at).toBe(end(long))
  })
})

describe('a row in sight', () => {
  it('stays where it is when it is in sight already', () => {
    expect(atRow(3, 10, long, 'middle')).toBe(10)
  })

  it('comes in by the shortest way, or in the middle', () => {
    expect(atRow(100, 0, long, 'nearest')).toBe(101 * ROW_HEIGHT - 280)
    expect(atRow(100, 4000, long, 'nearest')).toBe(100 * ROW_HEIGHT)
    expect(atRow(100, 0, long, 'middle')).toBe(100 * ROW_HEIGHT - 126)
  })

  it('is in sight wherever it stood, and among those drawn', () => {
    fc.assert(
      fc.property(fc.nat(4_999_999), fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom('nearest' as const, 'middle' as const), (index, share, place) => {
        const at = atRow(index, end(long) * share, long, place)
        const { first, last } = rowsInSight(at, long, 0)
        expect(isInSight(index, at, long)).toBe(true)
        expect(index).toBeGreaterThanOrEqual(first)
        expect(index).toBeLessThanOrEqual(last)
      }),
    )
  })
})

describe('the rows drawn', () => {
  it('are those in sight, with some beyond, and none that do not exist', () => {
    expect(rowsInSight(0, short, 8)).toEqual({ first: 0, last: 17 })
    expect(rowsInSight(30, short, 0)).toEqual({ first: 1, last: 11 })
    expect(rowsInSight(28_000 - 280, short, 8)).toEqual({ first: 982, last: 999 })
    expect(rowsInSight(0, { count: 0, view: 280 }, 8)).toEqual({ first: 0, last: -1 })
  })
})
