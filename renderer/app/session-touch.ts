import { useEffect } from 'react'
import { useApi } from '../state/index.ts'

/** A session ends after 30 minutes in which nobody acts: to say so this seldom, in ms, is enough. */
const SELDOM_MS = 30_000
/** Not `pointermove`: a browser also sends that where the view moves below a pointer that rests. */
const ACTS = ['pointerdown', 'keydown', 'wheel'] as const

/** Tells the orchestrator that somebody is here: by what the person does in this window, never by what the window asks for on its own. */
export function useSessionTouch(): void {
  const api = useApi()
  useEffect(() => {
    let touchedAt = -Infinity
    const touch = (event: Event) => {
      if (!event.isTrusted || performance.now() - touchedAt < SELDOM_MS) return
      touchedAt = performance.now()
      api.call('session.touch', {}).catch(() => undefined)
    }
    for (const act of ACTS) addEventListener(act, touch, { capture: true, passive: true })
    return () => {
      for (const act of ACTS) removeEventListener(act, touch, { capture: true })
    }
  }, [api])
}
