/** A key of `known` that `written` is probably a slip of (at most two letters wrong, missing, extra or swapped), or null. */
export function suggest(written: string, known: Iterable<string>): string | null {
  const allowed = written.length <= 3 ? 1 : 2
  let best: string | null = null
  let bestDistance = allowed + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - written.length) > allowed) continue
    const distance = editDistance(written.toLowerCase(), candidate)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `, did you mean 'deps'?` or nothing. */
export function didYouMean(written: string, known: Iterable<string>): string {
  const guess = suggest(written, known)
  return guess === null ? '' : `; did you mean '${guess}'?`
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours count one each. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const steps = [(last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1)]
      if (swapped) steps.push((beforeLast[j - 2] ?? 0) + 1)
      row.push(Math.min(...steps))
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
