import type { ReactNode } from 'react'
import type { RunId, StageRun } from '../../../shared/contract/index.ts'
import { runMessages } from '../../../shared/messages/runs.ts'
import { Sparkline, type ChartPoint } from '../../charts/index.ts'
import { Panel, Skeleton, Text } from '../../design/index.ts'
import { formatBytes, formatDuration } from '../../state/index.ts'
import styles from './runs.module.css'
import { useStageSamples, type Samples } from './stage-samples.ts'

const words = runMessages.resources
const formatPercent = (percent: number) => `${percent.toFixed(percent < 10 ? 1 : 0)} %`

export interface ResourcesPanelProps {
  readonly run: RunId
  readonly stage: StageRun
}

/** What a stage's processes take of the machine, second by second. */
export function ResourcesPanel({ run, stage }: ResourcesPanelProps) {
  const { samples, error } = useStageSamples(run, stage)
  return (
    <Panel title={words.title} meta={stage.stage} className={styles.resources} isFlush actions={samples && samples.length > 1 && words.recent(formatDuration(spanOf(samples)))}>
      {content(stage, samples)}
      {error && (
        <p role="alert" className={styles.note}>
          <Text size="small" tone="danger">
            {words.failed(error.message)}
          </Text>
        </p>
      )}
    </Panel>
  )
}

function content(stage: StageRun, samples: Samples | undefined): ReactNode {
  const isComing = stage.state === 'waiting' || stage.state === 'running'
  if (stage.startedAt === null || samples?.length === 0) {
    return (
      <p className={styles.note}>
        <Text size="small" tone="dim">
          {isComing ? words.empty : stage.startedAt === null ? words.notRun : words.none}
        </Text>
      </p>
    )
  }
  if (samples === undefined) return <Skeleton label={words.loading} lines={2} />
  return (
    <>
      <Course name={words.cpu} note={words.cpuOf} points={pointsOf(samples, 'cpuPercent')} max={100} series={1} format={formatPercent} course={words.cpuCourse} />
      <Course name={words.memory} note={words.memoryOf} points={pointsOf(samples, 'rssBytes')} max={0} series={3} format={formatBytes} course={words.memoryCourse} />
    </>
  )
}

interface CourseProps {
  readonly name: string
  readonly note: string
  readonly points: readonly ChartPoint[]
  readonly max: number
  readonly series: 1 | 3
  readonly format: (value: number) => string
  readonly course: (now: string, peak: string) => string
}

function Course({ name, note, points, max, series, format, course }: CourseProps) {
  const now = format(points.at(-1)?.y ?? 0)
  const peak = format(points.reduce((top, { y }) => Math.max(top, y), 0))
  return (
    <div className={styles.course}>
      <span className={styles.courseName}>
        <Text size="small">{name}</Text>
        <Text size="micro" tone="faint" isCut>
          {note}
        </Text>
      </span>
      <Sparkline label={course(now, peak)} points={points} max={max} series={series} />
      <span className={styles.courseValue}>
        <Text size="small" weight="medium">
          {now}
        </Text>
        <Text size="micro" tone="faint">
          {words.peak(peak)}
        </Text>
      </span>
    </div>
  )
}

function pointsOf(samples: Samples, key: 'cpuPercent' | 'rssBytes'): ChartPoint[] {
  return samples.map((sample) => ({ x: Date.parse(sample.time), y: sample[key] }))
}

function spanOf(samples: Samples): number {
  return Date.parse(samples.at(-1)?.time ?? '') - Date.parse(samples[0]?.time ?? '')
}
