/** Size of a resizable area in px, held between its bounds. */
export function clampSize(size: number, min: number, max: number): number {
  return Math.round(Math.min(Math.max(size, min), Math.max(min, max)))
}

/** Steps in px of the arrow keys, and with Shift. */
const STEP = 16
const BIG_STEP = 64

/**
 * The size after a key on the separator; null where the key does nothing. The area lies on `side`: an arrow away from it makes it
 * larger, as dragging does.
 */
export function sizeAfterKey(
  key: string,
  isShift: boolean,
  size: number,
  side: 'left' | 'right' | 'bottom',
  min: number,
  max: number,
): number | null {
  const step = isShift ? BIG_STEP : STEP
  const grow = { left: 'ArrowRight', right: 'ArrowLeft', bottom: 'ArrowUp' }[side]
  const shrink = { left: 'ArrowLeft', right: 'ArrowRight', bottom: 'ArrowDown' }[side]
  if (key === grow) return clampSize(size + step, min, max)
  if (key === shrink) return clampSize(size - step, min, max)
  if (key === 'Home') return clampSize(min, min, max)
  if (key === 'End') return clampSize(max, min, max)
  return null
}
