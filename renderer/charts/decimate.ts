export interface ChartPoint {
  readonly x: number
  readonly y: number
}

/**
 * The points that a line of `width` pixels can show: of those in one pixel column the first, the lowest, the highest and the last, in
 * their order. A line through them covers the same pixels as one through all. `points` ascend in x; `domain` is the x at both ends.
 */
export function decimate(points: readonly ChartPoint[], domain: readonly [number, number], width: number): readonly ChartPoint[] {
  const columns = Math.max(1, Math.floor(width))
  if (points.length <= columns * 4) return points
  const span = domain[1] - domain[0] || 1
  const columnOf = (point: ChartPoint) => Math.min(columns - 1, Math.max(0, Math.floor(((point.x - domain[0]) / span) * columns)))
  const kept: ChartPoint[] = []
  let start = 0
  for (let index = 1; index <= points.length; index++) {
    const first = points[start]
    const next = points[index]
    if (!first || (next && columnOf(next) === columnOf(first))) continue
    keepColumn(points, start, index, kept)
    start = index
  }
  return kept
}

/** Keeps what one pixel column needs of the points from `start` up to, not with, `end`. */
function keepColumn(points: readonly ChartPoint[], start: number, end: number, kept: ChartPoint[]): void {
  let low = start
  let high = start
  for (let index = start; index < end; index++) {
    const y = points[index]?.y ?? 0
    if (y < (points[low]?.y ?? 0)) low = index
    if (y > (points[high]?.y ?? 0)) high = index
  }
  const indexes = new Set([start, Math.min(low, high), Math.max(low, high), end - 1])
  for (const index of indexes) {
    const point = points[index]
    if (point) kept.push(point)
  }
}

/** The index of the point nearest to `x`; -1 without points. */
export function nearestIndex(points: readonly ChartPoint[], x: number): number {
  let low = 0
  let high = points.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if ((points[middle]?.x ?? 0) < x) low = middle + 1
    else high = middle
  }
  const before = points[low - 1]
  const here = points[low]
  if (!here) return -1
  return before && x - before.x <= here.x - x ? low - 1 : low
}
