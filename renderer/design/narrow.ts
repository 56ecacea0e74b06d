import { createContext, use, useSyncExternalStore } from 'react'

const QUERY = '(max-width: 1360px)'

function subscribe(changed: () => void): () => void {
  const query = window.matchMedia(QUERY)
  query.addEventListener('change', changed)
  return () => {
    query.removeEventListener('change', changed)
  }
}

/** Whether the window is under 1361 px, where the rail narrows and views leave out what is optional. */
export function useNarrowWindow(): boolean {
  return useSyncExternalStore(subscribe, () => window.matchMedia(QUERY).matches)
}

/** Whether the rail shows icons alone. */
export const RailNarrow = createContext(false)

/** Whether the rail around this component shows icons alone. */
export function useRailNarrow(): boolean {
  return use(RailNarrow)
}
