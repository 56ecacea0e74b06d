import { useEffect, useRef } from 'react'
import type { Holding, ProjectId } from '../../shared/contract/index.ts'
import { isTyping, isUnderOverlay } from '../design/index.ts'
import { mayOpen, navigate, type Address } from '../state/index.ts'
import { cycleRegions } from './regions.ts'

/** Time to press the second key of a pair, in ms. */
const PAIR_TIME_MS = 1200

/** Where `G` and a key lead. */
export function placeOfKey(key: string, project: ProjectId | undefined): Address | undefined {
  switch (key.toLowerCase()) {
    case 'l':
      return { page: 'ledger' }
    case 's':
      return { page: 'settings' }
    case 'h':
      return { page: 'projects' }
    case 'u':
      return { page: 'people' }
  }
  if (project === undefined) return undefined
  switch (key.toLowerCase()) {
    case 'o':
      return { page: 'overview', project }
    case 'p':
      return { page: 'pipeline', project }
    case 'r':
      return { page: 'runs', project }
    case 'd':
      return { page: 'datasets', project }
    case 'm':
      return { page: 'models', project }
    case 'e':
      return { page: 'evidence', project }
    default:
      return undefined
  }
}

export interface ShortcutActions {
  /** What the person here may do, and where: no key leads to a page that is not theirs. */
  readonly holdings: readonly Holding[]
  readonly project: ProjectId | undefined
  readonly onPalette: () => void
  readonly onSheet: () => void
}

/** The keys that act everywhere. Single keys are left alone while somebody types, and under a dialog. */
export function useShortcuts(actions: ShortcutActions): void {
  const latest = useRef(actions)
  useEffect(() => {
    latest.current = actions
  })
  useEffect(() => {
    let pairBegan = -Infinity
    const onKeyDown = (event: KeyboardEvent) => {
      const { project, holdings, onPalette, onSheet } = latest.current
      const hasCommand = event.ctrlKey || event.metaKey
      if (event.key === 'F6' && !hasCommand && !event.altKey) {
        event.preventDefault()
        event.stopPropagation()
        cycleRegions(event.shiftKey ? -1 : 1)
        return
      }
      if (hasCommand && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        onPalette()
        return
      }
      if (hasCommand || event.altKey || event.defaultPrevented || isTyping(event.target) || isUnderOverlay()) return
      const isSecond = event.timeStamp - pairBegan < PAIR_TIME_MS
      pairBegan = -Infinity
      if (isSecond) {
        const place = placeOfKey(event.key, project)
        if (!place || !mayOpen(place, holdings)) return
        event.preventDefault()
        event.stopPropagation()
        navigate(place)
      } else if (event.key === 'g' || event.key === 'G') {
        pairBegan = event.timeStamp
      } else if (event.key === '?') {
        event.preventDefault()
        onSheet()
      }
    }
    // In the capturing phase: the second key of a pair belongs to it, and not to the list that has the focus.
    addEventListener('keydown', onKeyDown, { capture: true })
    return () => removeEventListener('keydown', onKeyDown, { capture: true })
  }, [])
}
