import { useMemo, useState } from 'react'
import type { RunId, StageRun } from '../../../shared/contract/index.ts'
import { runMessages } from '../../../shared/messages/runs.ts'
import { LineChart, type ChartPoint } from '../../charts/index.ts'
import { Panel, Segmented, Skeleton, Text } from '../../design/index.ts'
import { formatMetric } from '../../state/index.ts'
import type { LiveMetrics } from './live-metrics.ts'
import { groupSeries } from './metric-series.ts'
import { RecordsTable } from './records-table.tsx'
import styles from './runs.module.css'

export interface MetricsPanelProps {
  readonly run: RunId
  readonly metrics: LiveMetrics
  readonly stage: StageRun
  readonly isLive: boolean
}

const words = runMessages.metrics
const chartWords = {
  point: words.point,
  summary: (name: string, points: readonly ChartPoint[]) => {
    const ys = points.map(({ y }) => y)
    const low = ys.reduce((a, b) => Math.min(a, b), Infinity)
    const high = ys.reduce((a, b) => Math.max(a, b), -Infinity)
    return words.summary(name, points.length, formatMetric(ys[0] ?? 0), formatMetric(ys.at(-1) ?? 0), formatMetric(low), formatMetric(high))
  },
}

/** What stages report as they run: a chart for each metric, or the records themselves, each with its proof. */
export function MetricsPanel({ run, metrics: { points, error }, stage, isLive }: MetricsPanelProps) {
  const [scope, setScope] = useState<'stage' | 'run'>('stage')
  const [look, setLook] = useState<'charts' | 'records'>('charts')
  const all = useMemo(() => groupSeries(points ?? []), [points])
  const shown = scope === 'run' ? all : all.filter((series) => series.stage === stage.stage)
  const isEmpty = points !== undefined && shown.length === 0
  return (
    <Panel
      title={words.title}
      className={isEmpty ? styles.noMetrics : styles.metrics}
      isFlush
      actions={
        all.length > 0 && (
          <>
            <Segmented
              label={words.look}
              value={look}
              onChange={setLook}
              segments={[
                { id: 'charts', label: words.charts },
                { id: 'records', label: words.records },
              ]}
            />
            <Segmented
              label={words.scope}
              value={scope}
              onChange={setScope}
              segments={[
                { id: 'stage', label: words.stage },
                { id: 'run', label: words.run },
              ]}
            />
          </>
        )
      }
      {...(error ? { foot: <Text tone="danger" size="small">{words.failed(error.message)}</Text> } : {})}
    >
      {points === undefined && !error && <Skeleton label={words.loading} look="block" />}
      {isEmpty && (
        <p className={styles.note}>
          <Text size="small" tone="dim">
            {all.length > 0 ? words.emptyStage(stage.stage) : words.empty}
          </Text>
        </p>
      )}
      {shown.length > 0 && look === 'records' && <RecordsTable run={run} points={points ?? []} stage={scope === 'stage' ? stage.stage : null} />}
      {shown.length > 0 && look === 'charts' && (
        <div className={styles.charts}>
          {shown.map((series) => (
            <LineChart
              key={`${series.stage} ${series.name}`}
              name={scope === 'run' ? words.of(series.name, series.stage) : series.name}
              points={series.points}
              format={formatMetric}
              words={chartWords}
              isLive={isLive}
            />
          ))}
        </div>
      )}
    </Panel>
  )
}
