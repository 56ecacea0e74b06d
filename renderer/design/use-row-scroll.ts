import type { RefObject } from 'react'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { RowExtent, RowPosition } from './row-scroll.ts'
import { afterScroll, atRow, barOf, drawnHeight, HEAD_HEIGHT, rowsInSight, TOP } from './row-scroll.ts'

/** Rows drawn beyond both edges. */
const BEYOND = 8

interface Shown {
  readonly first: number
  readonly last: number
  /** What is added to a row's place among all rows to get its place as drawn, in px. */
  readonly shift: number
}

export interface RowScroll extends Shown {
  /** What scrolls: the header sticks in it, the rows lie in it. */
  readonly scroller: RefObject<HTMLDivElement | null>
  /** Height of all rows as drawn, in px. */
  readonly height: number
  /** Brings a row into sight. */
  readonly reveal: (index: number, place: 'nearest' | 'middle') => void
  /** Whether the table has a size yet. */
  readonly isMeasured: boolean
  /** How often somebody scrolled; what the table does itself does not count. */
  readonly scrolls: RefObject<number>
}

/** Ties what scrolls to its `count` rows: which of them are drawn, and where. */
export function useRowScroll(count: number): RowScroll {
  const scroller = useRef<HTMLDivElement>(null)
  const [view, setView] = useState(0)
  const [shown, setShown] = useState<Shown>({ first: 0, last: -1, shift: 0 })
  const position = useRef<RowPosition>(TOP)
  const extent = useRef<RowExtent>({ count, view })
  const scrolls = useRef(0)

  const update = useCallback((next: RowPosition) => {
    position.current = next
    const rows = { ...rowsInSight(next.at, extent.current, BEYOND), shift: next.bar - next.at }
    setShown((before) => (before.first === rows.first && before.last === rows.last && before.shift === rows.shift ? before : rows))
  }, [])
  /** Moves the bar to where a position stands. A browser may round what it is given. */
  const moveTo = useCallback(
    (at: number) => {
      const area = scroller.current
      if (!area) return
      area.scrollTo({ top: barOf(at, extent.current), behavior: 'instant' })
      update({ bar: area.scrollTop, at })
    },
    [update],
  )

  useLayoutEffect(() => {
    const area = scroller.current
    if (!area) return
    const measure = () => setView(Math.max(0, area.clientHeight - HEAD_HEIGHT))
    const sizes = new ResizeObserver(measure)
    sizes.observe(area)
    measure()
    return () => sizes.disconnect()
  }, [])

  useLayoutEffect(() => {
    extent.current = { count, view }
    const area = scroller.current
    if (area) update(afterScroll(position.current, area.scrollTop, extent.current))
  }, [count, update, view])

  useEffect(() => {
    const area = scroller.current
    if (!area) return
    // In the frame of the event: rows that come later would leave a gap.
    const onScroll = () => {
      if (area.scrollTop === position.current.bar) return
      scrolls.current++
      flushSync(() => update(afterScroll(position.current, area.scrollTop, extent.current)))
    }
    // A wheel moves bar and rows alike, which leaves the bar beside the place that it stands for in a table drawn to scale.
    const onScrollEnd = () => {
      const { at } = position.current
      if (Math.abs(barOf(at, extent.current) - area.scrollTop) >= 1) flushSync(() => moveTo(at))
    }
    area.addEventListener('scroll', onScroll, { passive: true })
    area.addEventListener('scrollend', onScrollEnd, { passive: true })
    return () => {
      area.removeEventListener('scroll', onScroll)
      area.removeEventListener('scrollend', onScrollEnd)
    }
  }, [moveTo, update])

  const reveal = useCallback(
    (index: number, place: 'nearest' | 'middle') => {
      const { at } = position.current
      const next = atRow(index, at, extent.current, place)
      if (next !== at) moveTo(next)
    },
    [moveTo],
  )
  return { scroller, ...shown, last: Math.min(shown.last, count - 1), height: drawnHeight({ count }), reveal, isMeasured: view > 0, scrolls }
}
