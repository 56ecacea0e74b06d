import { select, zoom, zoomIdentity, zoomTransform, type D3ZoomEvent, type ZoomBehavior } from 'd3'
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react'
import { firstViewport, fitViewport, levelOf, revealShift, SCALES, type Rectangle, type Size, type Viewport } from './viewport.ts'

const STEP = 1.25

export interface ViewportHandle {
  /** What is looked through: takes the pointer. */
  readonly frame: RefObject<HTMLDivElement | null>
  /** What is looked at: moved and scaled. */
  readonly world: RefObject<HTMLDivElement | null>
  readonly scale: number
  readonly fit: () => void
  readonly zoomIn: () => void
  readonly zoomOut: () => void
  /** Brings a part of the world into sight. */
  readonly reveal: (target: Rectangle) => void
}

/**
 * Pan and zoom. The world is moved by a style of its own and never drawn again for it; React learns only of a new scale. Until a person
 * moves it, it begins anew when it, the frame or what must be in sight changes; once fitted, it stays whole in sight.
 */
export function useViewport({ width, height }: Size, shown: Rectangle | undefined): ViewportHandle {
  const frame = useRef<HTMLDivElement>(null)
  const world = useRef<HTMLDivElement>(null)
  const behaviour = useRef<ZoomBehavior<HTMLDivElement, unknown> | null>(null)
  const mode = useRef<'first' | 'fit' | 'moved'>('first')
  const [scale, setScale] = useState(1)

  useLayoutEffect(() => {
    const area = frame.current
    const moved = world.current
    if (!area || !moved) return
    const zooming = zoom<HTMLDivElement, unknown>()
      .scaleExtent([SCALES.min, SCALES.max])
      .on('zoom', ({ transform: { x, y, k }, sourceEvent }: D3ZoomEvent<HTMLDivElement, unknown>) => {
        if (sourceEvent !== null && sourceEvent !== undefined) mode.current = 'moved'
        moved.style.transform = `translate(${x}px, ${y}px) scale(${k})`
        area.style.setProperty('--x', `${x}px`)
        area.style.setProperty('--y', `${y}px`)
        area.style.setProperty('--k', String(k))
        area.dataset['level'] = levelOf(k)
        setScale(k)
      })
    behaviour.current = zooming
    select(area).call(zooming).on('dblclick.zoom', null)
    return () => {
      select(area).on('.zoom', null)
      behaviour.current = null
    }
  }, [])

  const place = useCallback((toView: (frame: Size) => Viewport) => {
    const area = frame.current
    if (!area || !behaviour.current) return
    const { k, x, y } = toView({ width: area.clientWidth, height: area.clientHeight })
    behaviour.current.transform(select(area), zoomIdentity.translate(x, y).scale(k))
  }, [])
  const fit = useCallback(() => {
    mode.current = 'fit'
    place((area) => fitViewport(area, { width, height }))
  }, [place, width, height])

  const { x, y, width: breadth, height: depth } = shown ?? { x: 0, y: 0, width: 0, height: 0 }
  useEffect(() => {
    const area = frame.current
    if (!area) return
    const observer = new ResizeObserver(() => {
      if (mode.current === 'fit') fit()
      else if (mode.current === 'first') place((size) => firstViewport(size, { width, height }, breadth === 0 ? undefined : { x, y, width: breadth, height: depth }))
    })
    // Tells the size at once.
    observer.observe(area)
    return () => observer.disconnect()
  }, [fit, place, width, height, x, y, breadth, depth])

  const zoomBy = (factor: number) => {
    if (!frame.current || !behaviour.current) return
    mode.current = 'moved'
    behaviour.current.scaleBy(select(frame.current), factor)
  }

  const reveal = useCallback((target: Rectangle) => {
    const area = frame.current
    if (!area || !behaviour.current) return
    const view = zoomTransform(area)
    const shift = revealShift(view, { width: area.clientWidth, height: area.clientHeight }, target)
    if (!shift) return
    mode.current = 'moved'
    behaviour.current.translateBy(select(area), shift.x / view.k, shift.y / view.k)
  }, [])

  return { frame, world, scale, fit, zoomIn: () => zoomBy(STEP), zoomOut: () => zoomBy(1 / STEP), reveal }
}
