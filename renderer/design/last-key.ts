/** The key that was pressed last, as long as the pointer has not moved since. */
let last: string | null = null

// Modules of the design are read without a window too, by tests of what is not drawn.
if (typeof window !== 'undefined') {
  addEventListener('keydown', ({ key }) => (last = key), { capture: true })
  addEventListener('pointermove', () => (last = null), { capture: true, passive: true })
}

/** Keys that end something, after which the focus is given back: nobody went there. */
const ENDING = new Set(['Escape', 'Enter', ' '])

export function hasFocusComeBack(): boolean {
  return last !== null && ENDING.has(last)
}
