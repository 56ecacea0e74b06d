const REGIONS = '#root nav[aria-label], #root header, main, main section[aria-labelledby], main section[aria-label], main aside, #root footer[aria-label], [role=region]'
const FOCUSABLE = 'a[href], button:not(:disabled), input:not(:disabled), select, textarea, [tabindex]:not([tabindex="-1"])'

/**
 * Moves the focus to the next region of the window, or to the previous one: rail, header, view bar, each panel, trust strip, notices. The
 * focus comes to the first thing in a region that takes it, else to the region itself.
 */
export function cycleRegions(step: 1 | -1): void {
  const regions = [...document.querySelectorAll<HTMLElement>(REGIONS)].filter(isStop)
  if (regions.length === 0) return
  const here = innermost(regions, document.activeElement)
  const next = regions[(here + step + regions.length) % regions.length]
  if (next) focusRegion(next)
}

/** Regions that hold no other region of the same element's kind: a crumb's list inside the header is no stop of its own. */
function isStop(region: HTMLElement): boolean {
  if (region.getClientRects().length === 0) return false
  if (region.matches('section header, nav header')) return false
  return !region.matches('header nav')
}

function innermost(regions: readonly HTMLElement[], element: Element | null): number {
  let found = -1
  for (const [index, region] of regions.entries()) {
    const isDeeper = found < 0 || regions[found]?.contains(region)
    if (element && region.contains(element) && isDeeper) found = index
  }
  return found
}

function focusRegion(region: HTMLElement): void {
  const inner = [...region.querySelectorAll<HTMLElement>(FOCUSABLE)].find((element) => element.getClientRects().length > 0)
  if (inner && region.tagName !== 'MAIN') return inner.focus()
  if (!region.hasAttribute('tabindex')) region.tabIndex = -1
  region.focus()
}
