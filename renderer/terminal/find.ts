/** Where a text stands in the terminal's buffer. */
export interface Match {
  readonly row: number
  readonly column: number
  readonly length: number
}

/** At most this many are found, the newest ones. */
export const MOST_MATCHES = 10_000

/** The places of a text in `count` lines, without regard to case, from the top. */
export function findMatches(lineAt: (row: number) => string, count: number, needle: string): Match[] {
  const wanted = needle.toLowerCase()
  const matches: Match[] = []
  if (wanted === '') return matches
  // From the newest line upwards, so that the limit leaves out the oldest.
  for (let row = count - 1; row >= 0; row--) {
    const text = lineAt(row).toLowerCase()
    for (let column = text.lastIndexOf(wanted); column >= 0; column = column === 0 ? -1 : text.lastIndexOf(wanted, column - 1)) {
      matches.push({ row, column, length: wanted.length })
      if (matches.length === MOST_MATCHES) return matches.reverse()
    }
  }
  return matches.reverse()
}

/** The index of the match to go to: the next or previous one after `current`, round the ends; the last one to begin with. */
export function stepMatch(current: number | null, count: number, direction: 1 | -1): number | null {
  if (count === 0) return null
  if (current === null || current >= count) return count - 1
  return (current + direction + count) % count
}
