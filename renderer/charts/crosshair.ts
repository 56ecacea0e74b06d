/** Points that an arrow key skips with Shift. */
const FAST = 10

/** Where a key moves the crosshair: an index, null to take it away, undefined if the key means nothing here. */
export function crosshairAfterKey(key: string, isFast: boolean, current: number | null, count: number): number | null | undefined {
  const stride = isFast ? FAST : 1
  const clamp = (index: number) => Math.min(Math.max(index, 0), count - 1)
  switch (key) {
    case 'ArrowLeft':
      return clamp((current ?? count) - stride)
    case 'ArrowRight':
      return clamp((current ?? -1) + stride)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    case 'Escape':
      return current === null ? undefined : null
    default:
      return undefined
  }
}
