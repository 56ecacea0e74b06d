import type { MetricPoint } from '../../../shared/contract/index.ts'

export interface MetricSeries {
  readonly stage: string
  readonly name: string
  /** Ascending in x, the step; of a step that was reported twice, the later value. */
  readonly points: readonly { readonly x: number; readonly y: number }[]
}

/** Metric points as one series for each stage and name, in the order in which they first came. */
export function groupSeries(points: readonly MetricPoint[]): MetricSeries[] {
  const groups = new Map<string, { stage: string; name: string; values: Map<number, number> }>()
  for (const { stage, name, step, value } of points) {
    const key = JSON.stringify([stage, name])
    const group = groups.get(key) ?? { stage, name, values: new Map<number, number>() }
    group.values.set(step, value)
    groups.set(key, group)
  }
  return [...groups.values()].map(({ stage, name, values }) => ({ stage, name, points: sortedPoints(values) }))
}

function sortedPoints(values: ReadonlyMap<number, number>): MetricSeries['points'] {
  const points = Array.from(values, ([x, y]) => ({ x, y }))
  const isSorted = points.every((point, index) => index === 0 || (points[index - 1]?.x ?? 0) <= point.x)
  return isSorted ? points : points.sort((a, b) => a.x - b.x)
}
