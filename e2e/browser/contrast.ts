/** A measured pair of colours: what it belongs to, and its contrast by WCAG 2.2, 1 to 21. */
export interface Measured {
  readonly what: string
  readonly ratio: number
}

export interface Contrasts {
  /** Each visible piece of text, with what lies under it. Disabled controls are exempt (WCAG 1.4.3). */
  readonly texts: readonly Measured[]
  /** The edge of each field, checkbox and switch in the main landmark, with what lies around it (WCAG 1.4.11). */
  readonly edges: readonly Measured[]
}

/**
 * Measures the contrast of a rendered page. Runs inside the page, so it stands alone: nothing outside it exists there. Colours of
 * every notation are read by painting them onto one pixel, from the root inwards, so that half-transparent ones blend.
 */
export function measureContrast(): Contrasts {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const paint = canvas.getContext('2d', { willReadFrequently: true })
  if (!paint) throw new Error('the page has no canvas')

  const luminance = (colors: readonly string[]): number => {
    for (const color of ['white', ...colors]) {
      paint.fillStyle = color
      paint.fillRect(0, 0, 1, 1)
    }
    const [r = 0, g = 0, b = 0] = [...paint.getImageData(0, 0, 1, 1).data].map((byte) => {
      const part = byte / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ratioOver = (ground: readonly string[], color: string): number => {
    const [high = 0, low = 0] = [luminance([...ground, color]), luminance(ground)].sort((a, b) => b - a)
    return (high + 0.05) / (low + 0.05)
  }
  const groundOf = (element: Element | null): string[] =>
    element === null ? [] : [...groundOf(element.parentElement), getComputedStyle(element).backgroundColor]
  const isOff = (element: Element) => element.closest('[data-disabled], [aria-disabled="true"], :disabled') !== null
  const hasEdge = (element: Element) => getComputedStyle(element).borderTopWidth === '1px'

  const texts: Measured[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement
    const text = node.textContent?.trim() ?? ''
    if (!element || text === '' || isOff(element) || element.matches('script, style')) continue
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.getBoundingClientRect().width <= 1)
      continue
    texts.push({ what: `"${text.slice(0, 40)}"`, ratio: ratioOver(groundOf(element), getComputedStyle(element).color) })
  }

  const edges: Measured[] = []
  for (const control of document.querySelectorAll('main input, main textarea, main button[aria-haspopup="listbox"]')) {
    if (isOff(control) || control.closest('[aria-hidden="true"]')) continue
    // The input of a checkbox or a switch is hidden; its drawing stands in the same label. A field's input stands in its frame.
    let framed: Element | null | undefined = [...(control.closest('label')?.querySelectorAll('span') ?? [])].find(hasEdge)
    framed ??= control
    while (framed && !hasEdge(framed)) framed = framed.parentElement
    if (!framed) continue
    const what =
      control.getAttribute('aria-label') ?? control.closest('label')?.textContent ?? control.getAttribute('value') ?? control.tagName
    edges.push({ what, ratio: ratioOver(groundOf(framed.parentElement), getComputedStyle(framed).borderTopColor) })
  }
  return { texts, edges }
}
