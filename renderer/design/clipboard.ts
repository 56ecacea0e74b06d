/**
 * Puts text on the clipboard; returns whether it worked. Must be called while a press is handled. It uses the copy command of the
 * document, because the asynchronous clipboard needs a permission that the application denies to every page.
 */
export function copyText(text: string, target: Document = document): boolean {
  const fill = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  target.addEventListener('copy', fill, { capture: true })
  try {
    return target.execCommand('copy')
  } finally {
    target.removeEventListener('copy', fill, { capture: true })
  }
}
