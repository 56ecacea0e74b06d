interface Point {
  readonly x: number
  readonly y: number
}

/** An SVG path along the corners, each rounded by `radius` px, or by less where the parts beside it are short. */
export function edgePath(points: readonly Point[], radius = 6): string {
  const [first] = points
  if (!first) return ''
  const parts = [`M${first.x} ${first.y}`]
  for (const [index, corner] of points.entries()) {
    const before = points[index - 1]
    const after = points[index + 1]
    if (!before) continue
    if (!after) {
      parts.push(`L${corner.x} ${corner.y}`)
      continue
    }
    const room = Math.min(radius, distance(before, corner) / 2, distance(corner, after) / 2)
    const enter = towards(corner, before, room)
    const leave = towards(corner, after, room)
    parts.push(`L${enter.x} ${enter.y}`, `Q${corner.x} ${corner.y} ${leave.x} ${leave.y}`)
  }
  return parts.join('')
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to)
  if (whole === 0) return from
  return { x: from.x + ((to.x - from.x) * length) / whole, y: from.y + ((to.y - from.y) * length) / whole }
}
