/**
 * What a page loses where the system forces its few colours: drawings that do not stand out from their ground, frames without an edge, and
 * choices that look like what was not chosen. Runs inside the page, so it stands alone: nothing outside it exists there.
 */
export function findLostInForcedColors(): string[] {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 1
  const paint = canvas.getContext('2d', { willReadFrequently: true })
  if (!paint) throw new Error('the page has no canvas')
  const luminance = (color: string): number => {
    paint.fillStyle = color
    paint.fillRect(0, 0, 1, 1)
    const [r = 0, g = 0, b = 0] = [...paint.getImageData(0, 0, 1, 1).data].map((byte) => {
      const part = byte / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  /** What lies under an element: the nearest ground that is painted. */
  const groundOf = (element: Element | null): string => {
    for (let each = element; each; each = each.parentElement) {
      const { backgroundColor } = getComputedStyle(each)
      if (!/, 0\)$|transparent/.test(backgroundColor)) return backgroundColor
    }
    return 'Canvas'
  }
  const standsOut = (color: string, element: Element | null) => {
    const [high = 0, low = 0] = [luminance(color), luminance(groundOf(element))].sort((a, b) => b - a)
    return (high + 0.05) / (low + 0.05) >= 3
  }
  const nameOf = (element: Element) => `<${element.tagName.toLowerCase()}> ${element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 40) ?? ''}`
  const isHidden = (element: Element) => !element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) || element.getBoundingClientRect().width <= 1
  const isOff = (element: Element) => element.closest('[data-disabled], [aria-disabled="true"], :disabled') !== null
  const found: string[] = []

  for (const drawing of document.querySelectorAll('svg')) {
    if (isHidden(drawing) || isOff(drawing)) continue
    const parts = [...drawing.querySelectorAll('path, circle, rect, line, polyline, polygon, ellipse')]
    const colors = parts.flatMap((part) => [getComputedStyle(part).stroke, getComputedStyle(part).fill]).filter((color) => color !== 'none')
    if (colors.length > 0 && !colors.some((color) => standsOut(color, drawing))) found.push(`a drawing that does not stand out in ${nameOf(drawing.parentElement ?? drawing)}`)
  }

  const FRAMES = 'main section[aria-labelledby], [role=dialog], [role=alertdialog], [role=menu], [role=listbox], fieldset, main input, main textarea, main button[aria-haspopup]'
  for (const element of document.querySelectorAll(FRAMES)) {
    if (isHidden(element)) continue
    let framed: Element | null = element
    const hasEdge = (each: Element) => {
      const { borderTopWidth, borderTopStyle, borderTopColor } = getComputedStyle(each)
      return parseFloat(borderTopWidth) >= 1 && borderTopStyle !== 'none' && (isOff(element) || standsOut(borderTopColor, each.parentElement))
    }
    for (let steps = 0; framed && !hasEdge(framed) && steps < 4; steps++) framed = framed.parentElement
    const drawnByLabel = [...(element.closest('label')?.querySelectorAll('span') ?? [])].some(hasEdge)
    if ((!framed || !hasEdge(framed)) && !drawnByLabel) found.push(`no edge around ${nameOf(element)}`)
  }

  /** What an eye can tell of a box without its shadow and the weight of its words. */
  const lookOf = (element: Element) =>
    [null, '::before', '::after']
      .map((part) => getComputedStyle(element, part))
      .map((style) => [style.outlineStyle, style.outlineWidth, style.outlineColor, style.borderTop, style.borderBottom, style.borderLeft, style.backgroundColor, style.textDecorationLine, style.color].join())
      .concat(element.matches('label, td') ? [String(element.querySelectorAll('svg').length), ...[...element.querySelectorAll('span')].map((span) => getComputedStyle(span).transform)] : [])
      .join(' | ')
  const CHOSEN = ['aria-selected', 'aria-pressed', 'aria-checked', 'data-selected', 'aria-current'] as const
  for (const attribute of CHOSEN) {
    for (const element of document.querySelectorAll(`[${attribute}]:not([${attribute}="false"])`)) {
      if (isHidden(element) || element === document.activeElement) continue
      const others = [...document.querySelectorAll(`${element.tagName}[class="${element.getAttribute('class') ?? ''}"]`)].filter(
        (other) => other !== element && !isHidden(other) && !isOff(other) && (!other.hasAttribute(attribute) || other.getAttribute(attribute) === 'false'),
      )
      const [other] = others
      if (other && lookOf(other) === lookOf(element)) found.push(`${attribute} does not show on ${nameOf(element)}`)
    }
  }
  return found
}
