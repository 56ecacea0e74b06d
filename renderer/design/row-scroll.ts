/*
 * Which rows of a long table are in sight, and where its scroll bar stands. Pure functions; useRowScroll ties them to an element.
 *
 * Chromium draws no element higher than 33,554,432 px, less by the zoom. A table that would be higher is drawn MOST_HEIGHT high, and the bar
 * stands for positions by scaling: one to one near both ends, so that they can be reached line by line, and linear between.
 */

/** Height of a row in px; the same as --h-row. */
export const ROW_HEIGHT = 28
/** Height of the sticky header in px. */
export const HEAD_HEIGHT = 26
/** The most that rows are drawn high, in px: below the limit even at a zoom of 500 %. */
export const MOST_HEIGHT = 6_000_000
/** How far from both ends the bar moves as the rows do, in px. */
const ENDS = 100_000

/** A table of `count` rows, of which `view` px are in sight under the header. */
export interface RowExtent {
  readonly count: number
  readonly view: number
}

export interface RowPosition {
  /** How far the element is scrolled, in px. */
  readonly bar: number
  /** How many px of rows lie above what is in sight. */
  readonly at: number
}

export const TOP: RowPosition = { bar: 0, at: 0 }

/** Height of all rows as drawn, in px. */
export function drawnHeight({ count }: Pick<RowExtent, 'count'>): number {
  return Math.min(count * ROW_HEIGHT, MOST_HEIGHT)
}

const furthest = ({ count, view }: RowExtent) => Math.max(0, count * ROW_HEIGHT - view)
const furthestBar = (extent: RowExtent) => Math.max(0, drawnHeight(extent) - extent.view)

/** Where the bar stands for a position in the rows. */
export function barOf(at: number, extent: RowExtent): number {
  const [end, barEnd] = [furthest(extent), furthestBar(extent)]
  if (end === barEnd || at <= ENDS) return at
  if (at >= end - ENDS) return barEnd - (end - at)
  return ENDS + ((at - ENDS) * (barEnd - 2 * ENDS)) / (end - 2 * ENDS)
}

/** The position in the rows that the bar stands for. */
export function positionOf(bar: number, extent: RowExtent): number {
  const [end, barEnd] = [furthest(extent), furthestBar(extent)]
  if (end === barEnd || bar <= ENDS) return bar
  if (bar >= barEnd - ENDS) return end - (barEnd - bar)
  return ENDS + ((bar - ENDS) * (end - 2 * ENDS)) / (barEnd - 2 * ENDS)
}

/** The position after the bar moved: a wheel moves the rows as far as itself, a dragged bar leads to where it stands. */
export function afterScroll(before: RowPosition, bar: number, extent: RowExtent): RowPosition {
  const moved = bar - before.bar
  const isStep = Math.abs(moved) <= extent.view
  return { bar, at: clamp(isStep ? before.at + moved : positionOf(bar, extent), 0, furthest(extent)) }
}

/** Whether a row is in sight as a whole. */
export function isInSight(index: number, at: number, { view }: RowExtent): boolean {
  const top = index * ROW_HEIGHT
  return top >= at && top + ROW_HEIGHT <= at + view
}

/** The position with a row in sight: moved as little as possible, or with the row in the middle. */
export function atRow(index: number, at: number, extent: RowExtent, place: 'nearest' | 'middle'): number {
  if (isInSight(index, at, extent)) return at
  const top = index * ROW_HEIGHT
  const room = extent.view - ROW_HEIGHT
  const wanted = place === 'middle' ? top - room / 2 : top < at ? top : top - room
  return clamp(wanted, 0, furthest(extent))
}

/** The rows in sight with `beyond` more at both sides, both ends included; `last` is below `first` where there are none. */
export function rowsInSight(at: number, { count, view }: RowExtent, beyond: number): { readonly first: number; readonly last: number } {
  const first = Math.max(0, Math.floor(at / ROW_HEIGHT) - beyond)
  const last = Math.min(count - 1, Math.ceil((at + view) / ROW_HEIGHT) - 1 + beyond)
  return { first, last }
}

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most)
