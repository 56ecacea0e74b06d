/** How the world lies under the frame: a point of the world stands at `x + k * px` in the frame. */
export interface Viewport {
  readonly x: number
  readonly y: number
  readonly k: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Rectangle extends Size {
  readonly x: number
  readonly y: number
}

export const SCALES = { min: 0.1, max: 2 } as const

/** Below this scale only names are readable, so only names are drawn. */
const FAR = 0.6

export function levelOf(k: number): 'near' | 'far' {
  return k < FAR ? 'far' : 'near'
}

/** Centres the world in the frame, as large as it fits, at most at scale 1. */
export function fitViewport(frame: Size, world: Size): Viewport {
  const whole = Math.min(1, frame.width / world.width, frame.height / world.height)
  const k = Number.isFinite(whole) ? Math.max(SCALES.min, whole) : 1
  return { k, x: (frame.width - world.width * k) / 2, y: (frame.height - world.height * k) / 2 }
}

/** Down to this scale the words of a node are read without effort. */
const READABLE = 0.9

/**
 * The first sight of a world: the whole of it where it can be read so, else as large as it is drawn, from its start or where `shown` is in
 * sight.
 */
export function firstViewport(frame: Size, world: Size, shown: Rectangle | undefined): Viewport {
  const whole = fitViewport(frame, world)
  if (whole.k >= READABLE) return whole
  const begin = { k: 1, x: Math.max(0, (frame.width - world.width) / 2), y: Math.max(0, (frame.height - world.height) / 2) }
  const shift = shown ? revealShift(begin, frame, shown) : null
  return shift ? { ...begin, x: begin.x + shift.x, y: begin.y + shift.y } : begin
}

/** The shortest move that brings a rectangle of the world into the frame, with some room around it. Null if it is in sight. */
export function revealShift(view: Viewport, frame: Size, target: Rectangle, room = 24): { readonly x: number; readonly y: number } | null {
  const x = shift(view.x + target.x * view.k, target.width * view.k, frame.width, room)
  const y = shift(view.y + target.y * view.k, target.height * view.k, frame.height, room)
  return x === 0 && y === 0 ? null : { x, y }
}

function shift(start: number, length: number, frame: number, room: number): number {
  if (start < room) return room - start
  const over = start + length - (frame - room)
  return over > 0 ? -Math.min(over, start - room) : 0
}
