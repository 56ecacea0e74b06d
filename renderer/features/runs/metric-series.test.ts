import { describe, expect, it } from 'vitest'
import type { MetricPoint } from '../../../shared/contract/index.ts'
import { groupSeries } from './metric-series.ts'

let id = 0
function point(stage: string, name: string, step: number, value: number): MetricPoint {
  return { attempt: 1, record: 0, id: ++id, stage, name, step, value, time: '2026-11-23T10:00:00.000Z' }
}

describe('grouping metric points', () => {
  it('makes one series for each stage and name, in the order of their first points', () => {
    const series = groupSeries([point('train', 'loss', 0, 0.7), point('train', 'auc', 0, 0.5), point('train', 'loss', 1, 0.6), point('tune', 'loss', 0, 0.9)])
    expect(series.map(({ stage, name, points }) => [stage, name, points.length])).toEqual([['train', 'loss', 2], ['train', 'auc', 1], ['tune', 'loss', 1]])
  })

  it('sorts steps that came out of order and keeps the later value of a step', () => {
    const [series] = groupSeries([point('a', 'x', 5, 1), point('a', 'x', 2, 2), point('a', 'x', 5, 3)])
    expect(series?.points).toEqual([{ x: 2, y: 2 }, { x: 5, y: 3 }])
  })
})
