import { describe, expect, it } from 'vitest'
import { findMatches, MOST_MATCHES, stepMatch } from './find.ts'

const find = (lines: readonly string[], needle: string) => findMatches((row) => lines[row] ?? '', lines.length, needle)

describe('finding in a terminal', () => {
  it('finds every place without regard to case', () => {
    expect(find(['Loss loss', 'auc', 'the LOSS'], 'loss')).toEqual([
      { row: 0, column: 0, length: 4 },
      { row: 0, column: 5, length: 4 },
      { row: 2, column: 4, length: 4 },
    ])
  })

  it('finds nothing for an empty text', () => {
    expect(find(['anything'], '')).toEqual([])
  })

  it('leaves out the oldest where there are too many', () => {
    const found = find(Array.from({ length: MOST_MATCHES + 5 }, () => 'a'), 'a')
    expect(found).toHaveLength(MOST_MATCHES)
    expect([found[0]?.row, found.at(-1)?.row]).toEqual([5, MOST_MATCHES + 4])
  })

  it('begins at the newest and goes round the ends', () => {
    expect([stepMatch(null, 3, 1), stepMatch(2, 3, 1), stepMatch(0, 3, -1), stepMatch(5, 3, 1), stepMatch(0, 0, 1)]).toEqual([2, 0, 2, 2, null])
  })
})
