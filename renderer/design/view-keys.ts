import type { RefObject } from 'react'
import { useEffect, useRef } from 'react'
import { isTyping } from './row-keys.ts'

/* The keys that mean the same in every view. What they act on binds them: the button, the field, the table, the panel. */

/** A toast calls itself a dialog too, but nobody is inside it. */
const OVERLAYS = '[role=dialog], [role=alertdialog]:not([aria-modal=false]), [role=menu], [role=listbox]'

/** Whether something lies over the view that takes the keys: a dialog, the palette, a menu. */
export function isUnderOverlay(): boolean {
  return document.querySelector(OVERLAYS) !== null
}

/** Ctrl Enter (Cmd on a Mac) presses the button while `isOn`: the first primary one of the dialog that is open, else of the view. */
export function usePrimaryKey(button: RefObject<HTMLButtonElement | null>, isOn: boolean): void {
  useKey(isOn, (event) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat) return
    const overlays = document.querySelectorAll(OVERLAYS)
    const top = overlays[overlays.length - 1]
    if (top && !top.contains(button.current)) return
    event.preventDefault()
    // Enter would press what has the focus as well.
    event.stopPropagation()
    button.current?.click()
  }, 'capture')
}

/** `/` leads to the field, unless something is being typed; Esc, which empties it first, leads from the empty field back to the view. */
export function useFilterKey(field: RefObject<HTMLInputElement | null>, isOn: boolean): void {
  useKey(isOn, (event) => {
    if (event.key === 'Escape' && event.target === field.current && field.current?.value === '') {
      field.current.closest<HTMLElement>('main')?.focus()
      return
    }
    if (event.key !== '/' || hasModifier(event) || isTyping(event.target) || isUnderOverlay()) return
    event.preventDefault()
    field.current?.focus()
  })
}

/**
 * J and K lead into the first table of the view while nothing in it has the focus, as after going to the view by `G` and a letter. A table
 * that has the focus takes them itself.
 */
export function useRowKey(table: RefObject<HTMLElement | null>, isOn: boolean, step: (key: string) => void): void {
  useKey(isOn, (event) => {
    if (!/^[jk]$/i.test(event.key) || hasModifier(event) || isUnderOverlay()) return
    const main = table.current?.closest('main') ?? null
    const isFree = event.target === main || event.target === document.body
    if (main === null || !isFree || main.querySelector('[role=grid]') !== table.current) return
    event.preventDefault()
    step(event.key)
  })
}

/** Esc closes what is open beside the list, unless something is being typed. Undefined: nothing is open. */
export function useEscapeKey(close: (() => void) | undefined): void {
  useKey(close !== undefined, (event) => {
    if (event.key !== 'Escape' || hasModifier(event) || isTyping(event.target) || isUnderOverlay()) return
    event.preventDefault()
    close?.()
  })
}

const hasModifier = (event: KeyboardEvent) => event.ctrlKey || event.metaKey || event.altKey

/** Listens at the window: before what has the focus, or after it, where a key that was handled is left alone. */
function useKey(isOn: boolean, onKey: (event: KeyboardEvent) => void, phase: 'capture' | 'bubble' = 'bubble'): void {
  const latest = useRef(onKey)
  useEffect(() => {
    latest.current = onKey
  })
  useEffect(() => {
    if (!isOn) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (!event.defaultPrevented) latest.current(event)
    }
    const options = { capture: phase === 'capture' }
    addEventListener('keydown', onKeyDown, options)
    return () => removeEventListener('keydown', onKeyDown, options)
  }, [isOn, phase])
}
