import { describe, expect, it } from 'vitest'
import { findMatches, MOST_MATCHES, stepMatch } from './find.ts'

describe('finding in a terminal', () => {
  it('finds every place without regard to case', () => {
    expect(findMatches(['Loss loss', 'auc', 'the LOSS'], 'loss')).toEqual([
      { row: 0, column: 0, length: 4 },
      { row: 0, column: 5, length: 4 },
      { row: 2, column: 4, length: 4 },
    ])
  })

  it('finds nothing for an empty text', () => {
    expect(findMatches(['anything'], '')).toEqual([])
  })

  it('stops at the most that is counted', () => {
    expect(findMatches(Array.from({ length: 5000 }, () => 'a'), 'a')).toHaveLength(MOST_MATCHES)
  })

  it('begins at the newest and goes round the ends', () => {
    expect([stepMatch(null, 3, 1), stepMatch(2, 3, 1), stepMatch(0, 3, -1), stepMatch(5, 3, 1), stepMatch(0, 0, 1)]).toEqual([2, 0, 2, 2, null])
  })
})
