/** Ways of edges through a layered drawing: ports on the nodes, tracks in the gaps between columns. Pure geometry, no library. */

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A node whose column and height are known, its distance from the left not yet. */
export interface ColumnBox {
  readonly id: string
  readonly layer: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** An edge and the heights at which it passes the columns between its ends, from left to right. */
export interface RouteSketch {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly passes: readonly number[]
}

export interface RouteGaps {
  readonly layerGap: number
  readonly trackGap: number
}

export interface Routes {
  /** Left sides of the nodes. */
  readonly lefts: ReadonlyMap<string, number>
  readonly points: ReadonlyMap<string, readonly Point[]>
}

/** One edge in one gap: it leaves column `gap` at height `start` and enters column `gap + 1` at height `end`. */
interface Crossing {
  readonly edge: string
  readonly gap: number
  readonly start: number
  readonly end: number
}

/**
 * Gives every edge a way of horizontal and vertical parts. Two edges share no vertical part; in a gap with many bends the columns move
 * apart. Ends are spread along the sides of a node in the order of where the edges go, so that edges of one node do not cross each other.
 */
export function routeEdges(boxes: ReadonlyMap<string, ColumnBox>, sketches: readonly RouteSketch[], gaps: RouteGaps): Routes {
  const ports = placePorts(boxes, sketches, gaps.trackGap)
  const crossings = sketches.flatMap((sketch) => crossingsOf(sketch, boxes, ports))
  const columns = 1 + Math.max(-1, ...[...boxes.values()].map((box) => box.layer))
  const widths = Array.from({ length: columns }, () => 0)
  for (const box of boxes.values()) widths[box.layer] = Math.max(widths[box.layer] ?? 0, box.width)

  const lefts: number[] = []
  const trackX = new Map<string, number>()
  let x = 0
  for (const [layer, width] of widths.entries()) {
    lefts.push(x)
    x += width
    const tracks = assignTracks(crossings.filter((crossing) => crossing.gap === layer), gaps.trackGap)
    const used = 1 + Math.max(-1, ...tracks.values())
    const gap = Math.max(gaps.layerGap, (used + 3) * gaps.trackGap)
    const first = x + (gap - (used - 1) * gaps.trackGap) / 2
    for (const [edge, track] of tracks) trackX.set(trackKey(edge, layer), first + track * gaps.trackGap)
    x += gap
  }

  const nodeLefts = new Map<string, number>()
  for (const { id, layer, width } of boxes.values()) nodeLefts.set(id, (lefts[layer] ?? 0) + ((widths[layer] ?? 0) - width) / 2)
  const points = new Map<string, Point[]>()
  for (const sketch of sketches) {
    const own = crossings.filter((crossing) => crossing.edge === sketch.id)
    const from = boxes.get(sketch.from)
    points.set(sketch.id, bend(own, (nodeLefts.get(sketch.from) ?? 0) + (from?.width ?? 0), nodeLefts.get(sketch.to) ?? 0, trackX))
  }
  return { lefts: nodeLefts, points }
}

function bend(crossings: readonly Crossing[], startX: number, endX: number, trackX: ReadonlyMap<string, number>): Point[] {
  const points: Point[] = [{ x: startX, y: crossings[0]?.start ?? 0 }]
  for (const crossing of crossings) {
    const x = trackX.get(trackKey(crossing.edge, crossing.gap))
    if (x !== undefined) points.push({ x, y: crossing.start }, { x, y: crossing.end })
  }
  points.push({ x: endX, y: crossings.at(-1)?.end ?? 0 })
  return points
}

interface Ports {
  readonly out: ReadonlyMap<string, number>
  readonly in: ReadonlyMap<string, number>
}

function placePorts(boxes: ReadonlyMap<string, ColumnBox>, sketches: readonly RouteSketch[], step: number): Ports {
  const centre = (id: string): number => {
    const box = boxes.get(id)
    return box ? box.y + box.height / 2 : 0
  }
  const out = spread(boxes, sketches, (sketch) => sketch.from, (sketch) => sketch.passes[0] ?? centre(sketch.to), step)
  const into = spread(boxes, sketches, (sketch) => sketch.to, (sketch) => sketch.passes.at(-1) ?? out.get(sketch.id) ?? 0, step)
  return { out, in: settleEnds(boxes, sketches, out, into, step) }
}

/** Heights of the ends of the edges on one side of each node: around its middle, in the order of where they come from or go to. */
function spread(
  boxes: ReadonlyMap<string, ColumnBox>,
  sketches: readonly RouteSketch[],
  nodeOf: (sketch: RouteSketch) => string,
  towards: (sketch: RouteSketch) => number,
  step: number,
): Map<string, number> {
  const heights = new Map<string, number>()
  for (const box of boxes.values()) {
    const ends = sketches.filter((sketch) => nodeOf(sketch) === box.id).toSorted((a, b) => towards(a) - towards(b))
    const distance = Math.min(step, box.height / (ends.length + 1))
    for (const [index, end] of ends.entries()) heights.set(end.id, box.y + box.height / 2 + (index - (ends.length - 1) / 2) * distance)
  }
  return heights
}

/**
 * Moves the right ends a little: an edge that would bend by less than a track runs straight instead, and an end that would lie on the
 * line of another edge's start moves half a track aside, as the two would look like one line.
 */
function settleEnds(
  boxes: ReadonlyMap<string, ColumnBox>,
  sketches: readonly RouteSketch[],
  out: ReadonlyMap<string, number>,
  into: ReadonlyMap<string, number>,
  step: number,
): Map<string, number> {
  const starts = sketches.map(({ id, to, passes }) => ({ id, layer: boxes.get(to)?.layer ?? 0, y: passes.at(-1) ?? out.get(id) ?? 0 }))
  const settled = new Map(into)
  for (const [index, sketch] of sketches.entries()) {
    const own = starts[index]
    const box = boxes.get(sketch.to)
    const end = into.get(sketch.id)
    if (!own || !box || end === undefined) continue
    const siblings = sketches.filter((other) => other.to === sketch.to && other !== sketch).map((other) => settled.get(other.id) ?? 0)
    const apart = Math.min(step, box.height / (siblings.length + 2)) / 2
    const others = starts.filter((start) => start.id !== own.id && start.layer === own.layer)
    const fits = (y: number): boolean =>
      y > box.y + 2 && y < box.y + box.height - 2 && siblings.every((sibling) => Math.abs(sibling - y) >= apart)
    const clear = (y: number): boolean => others.every((start) => Math.abs(start.y - y) >= step / 4)
    if (Math.abs(own.y - end) < step && fits(own.y)) settled.set(sketch.id, own.y)
    else settled.set(sketch.id, [end, end + step / 2, end - step / 2].find((y) => fits(y) && clear(y)) ?? end)
  }
  return settled
}

function crossingsOf(sketch: RouteSketch, boxes: ReadonlyMap<string, ColumnBox>, ports: Ports): Crossing[] {
  const first = boxes.get(sketch.from)?.layer ?? 0
  const heights = [ports.out.get(sketch.id) ?? 0, ...sketch.passes, ports.in.get(sketch.id) ?? 0]
  return heights.slice(1).map((end, index) => ({ edge: sketch.id, gap: first + index, start: heights[index] ?? 0, end }))
}

/**
 * A track for each edge that bends in a gap, from 0 at the left; straight ones need none. Downward edges are taken from the lowest start
 * up and upward ones from the highest down: in that order, an edge right of those it overlaps crosses the fewest. Edges that do not
 * overlap share a track.
 */
function assignTracks(crossings: readonly Crossing[], trackGap: number): Map<string, number> {
  const bent = crossings.filter(({ start, end }) => start !== end)
  const down = bent.filter(({ start, end }) => start < end).toSorted((a, b) => b.start - a.start || b.end - a.end)
  const up = bent.filter(({ start, end }) => start > end).toSorted((a, b) => a.start - b.start || a.end - b.end)
  const tracks = new Map<string, number>()
  const placed: { low: number; high: number; track: number }[] = []
  for (const { edge, start, end } of [...down, ...up]) {
    const low = Math.min(start, end) - trackGap / 2
    const high = Math.max(start, end) + trackGap / 2
    const track = 1 + Math.max(-1, ...placed.filter((other) => other.low < high && low < other.high).map((other) => other.track))
    placed.push({ low, high, track })
    tracks.set(edge, track)
  }
  return tracks
}

function trackKey(edge: string, gap: number): string {
  return `${gap} ${edge}`
}
