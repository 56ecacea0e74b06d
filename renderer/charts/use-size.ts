import { useEffect, useState, type RefCallback } from 'react'

/** The size in px of an element's content box, followed as it changes. 0 until it is measured. */
export function useSize(): readonly [RefCallback<HTMLElement>, { readonly width: number; readonly height: number }] {
  const [element, setElement] = useState<HTMLElement | null>(null)
  const [size, setSize] = useState({ width: 0, height: 0 })
  useEffect(() => {
    if (!element) return
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return
      const { width, height } = entry.contentRect
      setSize((before) => (before.width === width && before.height === height ? before : { width, height }))
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [element])
  return [setElement, size]
}
