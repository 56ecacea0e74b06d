import { useState, type KeyboardEvent, type PointerEvent } from 'react'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { formatCount, formatDuration } from '../../state/index.ts'
import styles from './ledger.module.css'
import { barAt, barHeights, barStart, barWidth, edgeAfterKey, type BarRange, type Histogram } from './time-buckets.ts'
import { axisTimes, formatMoment } from './time-labels.ts'

export interface TimeBrushProps {
  readonly histogram: Histogram
  /** Null: everything. */
  readonly range: BarRange | null
  readonly onRange: (range: BarRange | null) => void
}

/** Entries over time. A press chooses a bar, a drag a range; both edges also move by arrow keys, and Esc lets go. */
export function TimeBrush({ histogram, range, onRange }: TimeBrushProps) {
  const [drag, setDrag] = useState<{ readonly anchor: number; readonly head: number } | null>(null)
  const { counts } = histogram
  const bars = counts.length
  if (bars < 2 || barWidth(histogram) === 0) return null
  const dragged = drag && { first: Math.min(drag.anchor, drag.head), last: Math.max(drag.anchor, drag.head) }
  const shown = dragged ?? range
  const heights = barHeights(counts)
  const span = barWidth(histogram) * bars
  const at = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect()
    return barAt((event.clientX - box.left) / box.width, bars)
  }
  const moment = (index: number) => formatMoment(barStart(histogram, index), span)
  const label = words.histogramOf(
    formatCount(counts.reduce((sum, count) => sum + count, 0)),
    moment(0),
    moment(bars),
    formatDuration(barWidth(histogram)),
  )
  const edge = (side: 'first' | 'last', current: BarRange) => {
    const value = current[side]
    const share = (side === 'first' ? value : value + 1) / bars
    return (
      <div
        role="slider"
        tabIndex={0}
        aria-label={side === 'first' ? words.brushFrom : words.brushUntil}
        aria-valuemin={0}
        aria-valuemax={bars - 1}
        aria-valuenow={value}
        aria-valuetext={moment(side === 'first' ? value : value + 1)}
        className={styles.edge}
        style={{ left: `${share * 100}%` }}
        onKeyDown={(event: KeyboardEvent) => {
          const next = event.key === 'Escape' ? { first: 0, last: bars - 1 } : edgeAfterKey(event.key, side, current, bars)
          if (!next) return
          event.preventDefault()
          onRange(next.first === 0 && next.last === bars - 1 ? null : next)
        }}
      />
    )
  }
  return (
    <div className={styles.brush}>
      <div
        className={styles.bars}
        onPointerDown={(event) => {
          if (event.button !== 0 || (event.target instanceof HTMLElement && event.target.role === 'slider')) return
          event.currentTarget.setPointerCapture(event.pointerId)
          setDrag({ anchor: at(event), head: at(event) })
        }}
        onPointerMove={(event) => drag && setDrag({ ...drag, head: at(event) })}
        onPointerUp={() => {
          if (dragged) onRange(dragged.first === 0 && dragged.last === bars - 1 ? null : dragged)
          setDrag(null)
        }}
        onPointerCancel={() => setDrag(null)}
      >
        <svg viewBox={`0 0 ${bars} 1`} preserveAspectRatio="none" role="img" aria-label={label} className={styles.plot}>
          {heights.map((height, index) => (
            <rect
              key={index}
              x={index + 0.14}
              width={0.72}
              y={1 - height}
              height={height}
              className={styles.bar}
              data-chosen={shown !== null && index >= shown.first && index <= shown.last}
            />
          ))}
        </svg>
        {edge('first', shown ?? { first: 0, last: bars - 1 })}
        {edge('last', shown ?? { first: 0, last: bars - 1 })}
      </div>
      <div className={styles.axis} aria-hidden="true">
        {axisTimes(barStart(histogram, 0), barStart(histogram, bars)).map(({ share, text }) => (
          <span
            key={share}
            className={styles.tick}
            style={{ left: `${share * 100}%` }}
            data-end={share === 0 ? 'start' : share === 1 ? 'end' : undefined}
          >
            {text}
          </span>
        ))}
      </div>
    </div>
  )
}

/** The room of the brush while its figures are read, so that the list under it does not move when they come. */
export function TimeBrushSpace() {
  return (
    <div className={styles.brush} aria-busy="true">
      <div className={styles.bars} />
      <div className={styles.axis} />
    </div>
  )
}
