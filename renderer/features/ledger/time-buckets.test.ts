import { describe, expect, it } from 'vitest'
import { barAt, barHeights, barStart, barWidth, edgeAfterKey, entriesIn, type Histogram } from './time-buckets.ts'

const histogram: Histogram = { from: '2026-11-23T10:00:00.000Z', to: '2026-11-23T10:40:00.000Z', counts: [3, 0, 5, 2] }

describe('entries over time', () => {
  it('have bars of equal length that begin where the one before ends', () => {
    expect(barWidth(histogram)).toBe(600_000)
    expect(new Date(barStart(histogram, 2)).toISOString()).toBe('2026-11-23T10:20:00.000Z')
    expect(new Date(barStart(histogram, 4)).toISOString()).toBe(histogram.to)
  })

  it('give the numbers of the entries in a range of bars', () => {
    expect(entriesIn(histogram, { first: 0, last: 3 })).toEqual({ from: 0, until: 10 })
    expect(entriesIn(histogram, { first: 2, last: 2 })).toEqual({ from: 3, until: 8 })
    expect(entriesIn(histogram, { first: 1, last: 1 })).toEqual({ from: 3, until: 3 })
  })

  it('have no length when nothing is recorded', () => {
    expect(barWidth({ from: null, to: null, counts: [] })).toBe(0)
  })

  it('show a bar with few entries beside one with very many', () => {
    const [few, none, many] = barHeights([1, 0, 1_000_000])
    expect(few).toBeGreaterThanOrEqual(0.08)
    expect(none).toBe(0)
    expect(many).toBe(1)
  })
})

describe('the brush', () => {
  it('finds the bar under a pointer, also beyond the edges', () => {
    expect([barAt(-0.2, 4), barAt(0.49, 4), barAt(1, 4), barAt(3, 4)]).toEqual([0, 1, 3, 3])
  })

  it('moves an edge by keys and never past the other edge', () => {
    const range = { first: 1, last: 2 }
    expect(edgeAfterKey('ArrowLeft', 'first', range, 4)).toEqual({ first: 0, last: 2 })
    expect(edgeAfterKey('End', 'first', range, 4)).toEqual({ first: 2, last: 2 })
    expect(edgeAfterKey('PageUp', 'last', range, 4)).toEqual({ first: 1, last: 3 })
    expect(edgeAfterKey('Home', 'last', range, 4)).toEqual({ first: 1, last: 1 })
    expect(edgeAfterKey('j', 'last', range, 4)).toBeNull()
  })
})
