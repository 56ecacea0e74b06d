/** Where a text stands in the terminal's buffer. */
export interface Match {
  readonly row: number
  readonly column: number
  readonly length: number
}

/** At most this many are found; the count then says so. */
export const MOST_MATCHES = 1000

/** All places of a text in lines, without regard to case, from the top. */
export function findMatches(lines: Iterable<string>, needle: string): Match[] {
  const matches: Match[] = []
  const wanted = needle.toLowerCase()
  if (wanted === '') return matches
  let row = 0
  for (const line of lines) {
    const text = line.toLowerCase()
    for (let column = text.indexOf(wanted); column >= 0; column = text.indexOf(wanted, column + wanted.length)) {
      matches.push({ row, column, length: wanted.length })
      if (matches.length === MOST_MATCHES) return matches
    }
    row++
  }
  return matches
}

/** The index of the match to go to: the next or previous one after `current`, round the ends; the last one to begin with. */
export function stepMatch(current: number | null, count: number, direction: 1 | -1): number | null {
  if (count === 0) return null
  if (current === null || current >= count) return count - 1
  return (current + direction + count) % count
}
