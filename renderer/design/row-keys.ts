/** Where a key takes the selection in a list of `count` rows, of which `page` fit on the screen. Null: the key is not for rows. */
export function nextRow(key: string, current: number, count: number, page: number): number | null {
  const target = rowTarget(key, current, count, page)
  if (target === null || count === 0) return null
  return Math.min(Math.max(target, 0), count - 1)
}

function rowTarget(key: string, current: number, count: number, page: number): number | null {
  switch (key) {
    case 'j':
    case 'J':
    case 'ArrowDown':
      return current + 1
    case 'k':
    case 'K':
    case 'ArrowUp':
      return current - 1
    case 'PageDown':
      return current + page
    case 'PageUp':
      return current - page
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}

/** Whether a key was typed into a control inside a row, where it belongs to the control. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable="true"]') !== null
}
