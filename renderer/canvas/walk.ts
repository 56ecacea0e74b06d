/** A placed node, as far as walking needs it. */
export interface Place {
  readonly id: string
  /** The column, from 0 at the left. */
  readonly layer: number
  readonly y: number
  readonly height: number
}

export type Direction = 'left' | 'right' | 'up' | 'down'

interface Join {
  readonly from: string
  readonly to: string
}

/** Ids column by column, each from top to bottom: the order of the focus. */
export function readingOrder(places: readonly Place[]): string[] {
  return places.toSorted((a, b) => a.layer - b.layer || a.y - b.y).map(({ id }) => id)
}

/**
 * Where an arrow key leads: right and left along an edge, to the end nearest in height; up and down to the next sibling in the column.
 * Null where nothing lies that way.
 */
export function neighbour(id: string, direction: Direction, places: readonly Place[], joins: readonly Join[]): string | null {
  const here = places.find((place) => place.id === id)
  if (!here) return null
  const reachable = new Set(candidates(here, direction, places, joins))
  const found = places.filter((place) => reachable.has(place.id)).toSorted((a, b) => gap(a, here) - gap(b, here))
  return found[0]?.id ?? null
}

function candidates(here: Place, direction: Direction, places: readonly Place[], joins: readonly Join[]): string[] {
  switch (direction) {
    case 'right':
      return joins.filter((join) => join.from === here.id).map((join) => join.to)
    case 'left':
      return joins.filter((join) => join.to === here.id).map((join) => join.from)
    case 'up':
      return places.filter((place) => place.layer === here.layer && place.y < here.y).map((place) => place.id)
    case 'down':
      return places.filter((place) => place.layer === here.layer && place.y > here.y).map((place) => place.id)
  }
}

/** Distance in height first; of two as high, the one in the nearer column. */
function gap(place: Place, here: Place): number {
  const centre = ({ y, height }: Place) => y + height / 2
  return Math.abs(centre(place) - centre(here)) + Math.abs(place.layer - here.layer) / 1000
}

const DIRECTIONS: Readonly<Record<string, Direction>> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' }

/** The direction of an arrow key; null for every other key. */
export function directionOf(key: string): Direction | null {
  return DIRECTIONS[key] ?? null
}
