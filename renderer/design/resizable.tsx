import type { CSSProperties, PointerEvent, ReactNode } from 'react'
import { useRef, useState } from 'react'
import { classNames } from './class-names.ts'
import styles from './resizable.module.css'
import { clampSize, sizeAfterKey } from './split.ts'

export interface ResizableProps {
  /** Names the separator: 'Size of the inspector'. */
  readonly label: string
  /** The side of its parent that the area lies on. */
  readonly side: 'left' | 'right' | 'bottom'
  /** Size in px to start with: the remembered one. */
  readonly size: number
  readonly min: number
  readonly max: number
  /** Called once a size is settled, so that it can be remembered. */
  readonly onResize: (size: number) => void
  readonly children: ReactNode
}

interface Drag {
  readonly origin: number
  readonly size: number
}

/** A side column or a drawer whose inner edge can be dragged, or moved by the arrow keys. Its parent is a flex box. */
export function Resizable({ label, side, size: remembered, min, max, onResize, children }: ResizableProps) {
  const [size, setSize] = useState(() => clampSize(remembered, min, max))
  const drag = useRef<Drag | null>(null)

  const place = (event: PointerEvent) => (side === 'bottom' ? event.clientY : event.clientX)
  const dragged = (event: PointerEvent, { origin, size: start }: Drag) => {
    const distance = place(event) - origin
    return clampSize(side === 'left' ? start + distance : start - distance, min, max)
  }
  const separator = (
    <div
      role="separator"
      aria-label={label}
      aria-orientation={side === 'bottom' ? 'horizontal' : 'vertical'}
      aria-valuenow={size}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      className={styles.separator}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        drag.current = { origin: place(event), size }
      }}
      onPointerMove={(event) => {
        if (drag.current) setSize(dragged(event, drag.current))
      }}
      onLostPointerCapture={() => {
        if (drag.current) onResize(size)
        drag.current = null
      }}
      onKeyDown={(event) => {
        const next = sizeAfterKey(event.key, event.shiftKey, size, side, min, max)
        if (next === null) return
        event.preventDefault()
        setSize(next)
        onResize(next)
      }}
    />
  )
  return (
    <div className={classNames(styles.area, styles[side])} style={{ '--size': `${size}px` } as CSSProperties}>
      {separator}
      <div className={styles.content}>{children}</div>
    </div>
  )
}
