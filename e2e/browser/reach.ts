/**
 * What a page keeps from a person: acts that cannot be brought into sight, and content that is cut off with no way to the rest. Runs inside
 * the page, so it stands alone: nothing outside it exists there.
 */
export function findOutOfReach(): string[] {
  const ACTS = 'a[href], button, input, select, textarea, summary, [role=slider], [role=separator], [role=tab], [tabindex="0"]'
  /** The least size of a target, in px (WCAG 2.5.8). */
  const TARGET = 24

  const nameOf = (element: Element) =>
    `<${element.tagName.toLowerCase()}> ${element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 40) ?? ''}`
  const isHidden = (element: Element) =>
    element.closest('[aria-hidden="true"], [inert]') !== null || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  const partInSight = ({ left, top, right, bottom }: DOMRect) => ({
    left: Math.max(left, 0),
    top: Math.max(top, 0),
    right: Math.min(right, innerWidth),
    bottom: Math.min(bottom, innerHeight),
  })

  function isReachable(element: HTMLElement): boolean {
    // A checkbox or a radio is drawn by its label; a link to the content shows once it has the focus.
    const drawn = element.matches('[type=checkbox], [type=radio]') ? (element.closest('label') ?? element) : element
    if (drawn.offsetWidth <= 1 && !(drawn instanceof SVGElement)) drawn.focus()
    drawn.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' })
    const box = [...drawn.getClientRects()].find(({ width, height }) => width > 0 && height > 0)
    if (!box) return true
    const { left, top, right, bottom } = partInSight(box)
    if (right - left < Math.min(TARGET, box.width) - 1 || bottom - top < Math.min(TARGET, box.height) - 1) return false
    // What takes keys alone lets the pointer through to what lies under it.
    if (getComputedStyle(drawn).pointerEvents === 'none') return true
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
    if (drawn === document.activeElement) drawn.blur()
    return hit !== null && (drawn.contains(hit) || hit.contains(drawn))
  }

  function isCutOff(element: HTMLElement): boolean {
    // Drawings and the terminal move what they show by themselves; what is for screen readers alone is 1 px.
    if (element.closest('svg, [data-canvas], .xterm, iframe') || element.querySelector(':scope > .xterm') || element.offsetWidth <= 1) return false
    const { overflowX, overflowY, textOverflow } = getComputedStyle(element)
    const hides = (overflow: string) => overflow === 'hidden' || overflow === 'clip'
    const isWide = hides(overflowX) && element.scrollWidth > element.clientWidth + 1 && textOverflow !== 'ellipsis'
    return isWide || (hides(overflowY) && element.scrollHeight > element.clientHeight + 1 && textOverflow !== 'ellipsis')
  }

  const found: string[] = []
  for (const element of document.querySelectorAll<HTMLElement>(ACTS)) {
    if (!isHidden(element) && !isReachable(element)) found.push(`out of reach: ${nameOf(element)}`)
  }
  for (const element of document.querySelectorAll<HTMLElement>('body *')) {
    if (!isHidden(element) && isCutOff(element)) found.push(`cut off: ${nameOf(element)}`)
  }
  return found
}
