import { area, line, scaleLinear } from 'd3'
import styles from './charts.module.css'
import { decimate, type ChartPoint } from './decimate.ts'
import { useSize } from './use-size.ts'

export interface SparklineProps {
  /** The course in words. */
  readonly label: string
  /** Ascending in x. */
  readonly points: readonly ChartPoint[]
  /** The top of the scale; the highest value where it is higher. */
  readonly max?: number
  readonly series?: 1 | 2 | 3
}

const INSET = 2

/** A small filled line without axes, from zero. */
export function Sparkline({ label, points, max = 0, series = 1 }: SparklineProps) {
  const [ref, { width, height }] = useSize()
  const domain: [number, number] = [points[0]?.x ?? 0, points.at(-1)?.x ?? 1]
  const shown = decimate(points, domain, width)
  const x = scaleLinear(domain, [INSET, width - INSET])
  const highest = shown.reduce((top, { y }) => Math.max(top, y), max)
  const y = scaleLinear([0, highest || 1], [height - INSET, INSET])
  const outline = line<ChartPoint>((point) => x(point.x), (point) => y(point.y))
  const ground = area<ChartPoint>((point) => x(point.x), height, (point) => y(point.y))
  return (
    <span ref={ref} role="img" aria-label={label} className={styles.spark} data-series={series}>
      {width > 0 && shown.length > 0 && (
        <svg width={width} height={height}>
          <path className={styles.ground} d={ground(shown) ?? ''} />
          <path className={styles.line} d={outline(shown) ?? ''} />
        </svg>
      )}
    </span>
  )
}
