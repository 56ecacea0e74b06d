import type { RefCallback } from 'react'
import { useCallback } from 'react'

const FOCUSABLE = 'a[href], button, input, select, textarea, [tabindex]'

/**
 * Lets the keyboard scroll an area: it joins the tab order while its content is larger than itself and holds nothing else that
 * takes the focus. Returns the ref of the area.
 */
export function useScrollFocus(): RefCallback<HTMLElement> {
  return useCallback((area: HTMLElement | null) => {
    if (!area) return
    const update = () => {
      const overflows = area.scrollHeight > area.clientHeight + 1 || area.scrollWidth > area.clientWidth + 1
      if (overflows && area.querySelector(FOCUSABLE) === null) area.tabIndex = 0
      else area.removeAttribute('tabindex')
    }
    const sizes = new ResizeObserver(update)
    const contents = new MutationObserver(update)
    sizes.observe(area)
    contents.observe(area, { childList: true, subtree: true })
    update()
    return () => {
      sizes.disconnect()
      contents.disconnect()
    }
  }, [])
}
