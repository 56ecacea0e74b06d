import { line, scaleLinear } from 'd3'
import { useState, type KeyboardEvent, type PointerEvent } from 'react'
import { LiveRegion, Text } from '../design/index.ts'
import styles from './charts.module.css'
import { crosshairAfterKey } from './crosshair.ts'
import { decimate, nearestIndex, type ChartPoint } from './decimate.ts'
import { useSize } from './use-size.ts'

export interface LineChartWords {
  /** The course in words, for who cannot see it: count, first, last, lowest, highest. */
  readonly summary: (name: string, points: readonly ChartPoint[]) => string
  /** One point: 'step 31: 0.8014'. */
  readonly point: (x: number, y: string) => string
}

export interface LineChartProps {
  readonly name: string
  /** Ascending in x, at least one. */
  readonly points: readonly ChartPoint[]
  readonly format: (y: number) => string
  readonly words: LineChartWords
  /** Is still growing. */
  readonly isLive: boolean
}

const PAD = { top: 8, right: 10, bottom: 18, left: 44 }

/** A line over steps. Pointer and arrow keys move a crosshair whose value stands in the head. */
export function LineChart({ name, points, format, words, isLive }: LineChartProps) {
  const [ref, size] = useSize()
  const [cross, setCross] = useState<number | null>(null)
  const [isSpoken, setSpoken] = useState(false)
  const scales = chartScales(points, size.width, size.height)
  const marked = cross === null ? undefined : points[Math.min(cross, points.length - 1)]
  const last = points.at(-1)

  const onPointerMove = (event: PointerEvent) => {
    const { left } = event.currentTarget.getBoundingClientRect()
    setSpoken(false)
    setCross(nearestIndex(points, scales.x.invert(event.clientX - left)))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const next = crosshairAfterKey(event.key, event.shiftKey, cross, points.length)
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    setSpoken(true)
    setCross(next)
  }
  return (
    <figure className={styles.chart}>
      <figcaption className={styles.head}>
        <Text size="small" weight="medium" isCut title={name}>
          {name}
        </Text>
        <span className={styles.value}>
          {marked ? <Text size="small" tone="dim">{words.point(marked.x, format(marked.y))}</Text> : last && <Text weight="medium">{format(last.y)}</Text>}
        </span>
      </figcaption>
      <div
        ref={ref}
        role="img"
        aria-label={words.summary(name, points)}
        tabIndex={0}
        className={styles.plot}
        onPointerMove={onPointerMove}
        onPointerLeave={() => setCross(null)}
        onKeyDown={onKeyDown}
        onBlur={() => setCross(null)}
      >
        {size.width > 0 && <Plot scales={scales} points={points} marked={marked} isLive={isLive} {...size} />}
      </div>
      <LiveRegion>{isSpoken && marked ? words.point(marked.x, format(marked.y)) : ''}</LiveRegion>
    </figure>
  )
}

/** About how many values stand at the left, the round ends among them. */
const Y_TICKS = 4

function chartScales(points: readonly ChartPoint[], width: number, height: number) {
  const ys = points.reduce((range, { y }) => ({ low: Math.min(range.low, y), high: Math.max(range.high, y) }), { low: Infinity, high: -Infinity })
  const flat = ys.high === ys.low ? Math.abs(ys.high) * 0.1 || 1 : 0
  const first = points[0]?.x ?? 0
  const last = points.at(-1)?.x ?? 1
  return {
    x: scaleLinear([first, last === first ? first + 1 : last], [PAD.left, Math.max(PAD.left + 1, width - PAD.right)]),
    y: scaleLinear([ys.low - flat, ys.high + flat], [Math.max(PAD.top + 1, height - PAD.bottom), PAD.top]).nice(Y_TICKS),
  }
}

interface PlotProps {
  readonly scales: ReturnType<typeof chartScales>
  readonly points: readonly ChartPoint[]
  readonly marked: ChartPoint | undefined
  readonly isLive: boolean
  readonly width: number
  readonly height: number
}

/** Room in px that one label of an axis takes. */
const LABEL = { x: 56, y: 36 }

function Plot({ scales: { x, y }, points, marked, isLive, width, height }: PlotProps) {
  const [start = 0, end = 1] = x.domain()
  const shown = decimate(points, [start, end], width - PAD.left - PAD.right)
  const path = line<ChartPoint>((point) => x(point.x), (point) => y(point.y))(shown) ?? ''
  const last = points.at(-1)
  const yCount = Math.max(2, Math.min(Y_TICKS, Math.floor(height / LABEL.y)))
  const yTicks = y.ticks(yCount)
  // The same number of decimals on all of them.
  const formatTick = y.tickFormat(yCount)
  // Steps are whole numbers.
  const xTicks = x.ticks(Math.max(2, Math.floor(width / LABEL.x))).filter((tick) => Number.isInteger(tick) && tick <= (last?.x ?? tick))
  return (
    <svg width={width} height={height} aria-hidden="true">
      {yTicks.map((tick) => (
        <g key={tick}>
          <line className={styles.grid} x1={PAD.left} x2={width - PAD.right} y1={y(tick)} y2={y(tick)} />
          <text className={styles.label} x={PAD.left - 6} y={y(tick)} dy="0.32em" textAnchor="end">
            {formatTick(tick)}
          </text>
        </g>
      ))}
      {xTicks.map((tick) => (
        <text key={tick} className={styles.label} x={x(tick)} y={height - 4} textAnchor="middle">
          {tick}
        </text>
      ))}
      {marked && <line className={styles.cross} x1={x(marked.x)} x2={x(marked.x)} y1={PAD.top} y2={height - PAD.bottom} />}
      <path className={styles.line} d={path} />
      {last && (isLive || points.length === 1) && <circle className={styles.dot} cx={x(last.x)} cy={y(last.y)} r={3.5} />}
      {marked && <circle className={styles.dot} cx={x(marked.x)} cy={y(marked.y)} r={3.5} />}
    </svg>
  )
}
