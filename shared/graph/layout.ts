import { Graph, layout } from '@dagrejs/dagre'
import { routeEdges } from './routing.ts'
import type { Box, ColumnBox, Point, Routes, RouteSketch } from './routing.ts'
import { topologicalOrder } from './traversal.ts'

/** Sizes in pixels of the canvas at scale 1; ids are unique. */
export interface LayoutNode {
  readonly id: string
  readonly width: number
  readonly height: number
}

export interface LayoutEdge {
  readonly id: string
  readonly from: string
  readonly to: string
}

/** `x`, `y`: the upper left corner. `layer`: the column, from 0 at the left. */
export interface PlacedNode extends Box {
  readonly id: string
  readonly layer: number
}

/** Corners from the right side of `from` to the left side of `to`; each part is horizontal or vertical. The renderer rounds them. */
export interface RoutedEdge extends LayoutEdge {
  readonly points: readonly Point[]
}

export interface PipelineLayout {
  readonly nodes: readonly PlacedNode[]
  readonly edges: readonly RoutedEdge[]
  readonly width: number
  readonly height: number
}

export interface LayoutSpacing {
  /** Between nodes of one column. */
  readonly nodeGap: number
  /** Between columns, at least; a column with many bends to its left gets more. */
  readonly layerGap: number
  /** Between parallel parts of edges. */
  readonly trackGap: number
  /** Around everything. */
  readonly margin: number
}

const SPACING: LayoutSpacing = { nodeGap: 24, layerGap: 48, trackGap: 10, margin: 16 }

/** What makes a graph impossible to lay out: a mistake of the caller, since a pipeline without problems has none of it. */
export class LayoutError extends Error {
  readonly code: 'duplicate-id' | 'unknown-node' | 'cycle'
  constructor(code: LayoutError['code'], message: string) {
    super(message)
    this.name = 'LayoutError'
    this.code = code
  }
}

/**
 * Lays out an acyclic graph in columns from left to right. dagre (network simplex, then Brandes and Köpf) decides columns and heights;
 * the distance of columns and the way of the edges are decided here, so that every vertical part gets a track of its own. The same input
 * gives the same output. Throws LayoutError for a repeated id, an edge to an unknown node, and cycles (a node joined to itself is one).
 */
export function layoutPipeline(
  nodes: readonly LayoutNode[], edges: readonly LayoutEdge[], spacing: Partial<LayoutSpacing> = {},
): PipelineLayout {
  const gaps = { ...SPACING, ...spacing }
  checkGraph(nodes, edges)
  if (nodes.length === 0) return { nodes: [], edges: [], width: 2 * gaps.margin, height: 2 * gaps.margin }
  const { centres, sketches } = arrange(nodes, edges, gaps)
  const columns = [...new Set([...centres.values()].map((centre) => centre.x))].sort((a, b) => a - b)
  const layers = new Map(columns.map((x, layer) => [x, layer]))
  const boxes = new Map(nodes.map((node): [string, ColumnBox] => {
    const centre = centres.get(node.id) ?? { x: 0, y: 0 }
    return [node.id, { ...node, layer: layers.get(centre.x) ?? 0, y: Math.round(centre.y - node.height / 2) }]
  }))
  return assemble(boxes, edges, routeEdges(boxes, sketches.map((sketch) => passing(sketch, boxes, layers)), gaps), gaps.margin)
}

/** The heights at which dagre leads an edge through the columns between its ends; its bends between columns are not needed. */
function passing(sketch: Sketch, boxes: ReadonlyMap<string, ColumnBox>, layers: ReadonlyMap<number, number>): RouteSketch {
  const first = boxes.get(sketch.from)?.layer ?? 0
  const last = boxes.get(sketch.to)?.layer ?? 0
  const between = sketch.points.filter((point) => {
    const layer = layers.get(point.x) ?? -1
    return layer > first && layer < last
  })
  return { id: sketch.id, from: sketch.from, to: sketch.to, passes: between.map((point) => Math.round(point.y)) }
}

/** Puts everything into the margins and measures it; edges may reach beyond the nodes. */
function assemble(boxes: ReadonlyMap<string, ColumnBox>, edges: readonly LayoutEdge[], routes: Routes, margin: number): PipelineLayout {
  const tops = [...boxes.values()].map((box) => box.y)
  const bottoms = [...boxes.values()].map((box) => box.y + box.height)
  const heights = [...routes.points.values()].flat().map((point) => point.y)
  const top = Math.min(...tops, ...heights)
  const bottom = Math.max(...bottoms, ...heights)
  const placed = [...boxes.values()].map(({ id, layer, y, width, height }) => {
    return { id, layer, x: margin + (routes.lefts.get(id) ?? 0), y: margin + y - top, width, height }
  })
  return {
    nodes: placed,
    edges: edges.map(({ id, from, to }) => {
      const points = (routes.points.get(id) ?? []).map(({ x, y }) => ({ x: margin + x, y: margin + y - top }))
      return { id, from, to, points }
    }),
    width: margin + Math.max(...placed.map((node) => node.x + node.width)),
    height: 2 * margin + bottom - top,
  }
}

type Sketch = LayoutEdge & { readonly points: readonly Point[] }

interface Arrangement {
  readonly centres: ReadonlyMap<string, Point>
  readonly sketches: readonly Sketch[]
}

function arrange(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[], gaps: LayoutSpacing): Arrangement {
  const graph = new Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: gaps.nodeGap, edgesep: gaps.trackGap, ranksep: gaps.layerGap, ranker: 'network-simplex' })
  for (const node of nodes) graph.setNode(node.id, { width: node.width, height: node.height })
  for (const edge of edges) graph.setEdge(edge.from, edge.to, {}, edge.id)
  layout(graph)
  const centres = new Map(nodes.map((node) => [node.id, pointOf(graph.node(node.id))]))
  const sketches = edges.map((edge) => {
    const drawn: unknown = graph.edge({ v: edge.from, w: edge.to, name: edge.id })
    const drawnPoints: unknown = isObject(drawn) && 'points' in drawn ? drawn.points : null
    return { ...edge, points: Array.isArray(drawnPoints) ? drawnPoints.map(pointOf) : [] }
  })
  return { centres, sketches }
}

/** dagre's types promise less than it delivers; a missing number would be a change of dagre's, and must not become NaN on screen. */
function pointOf(value: unknown): Point {
  const x: unknown = isObject(value) && 'x' in value ? value.x : null
  const y: unknown = isObject(value) && 'y' in value ? value.y : null
  if (typeof x === 'number' && typeof y === 'number') return { x, y }
  throw new TypeError('The layout library returned no position.')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function checkGraph(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): void {
  const known = new Set<string>()
  for (const { id } of nodes) {
    if (known.has(id)) throw new LayoutError('duplicate-id', `Two nodes have the id '${id}'.`)
    known.add(id)
  }
  const seen = new Set<string>()
  for (const edge of edges) {
    if (seen.has(edge.id)) throw new LayoutError('duplicate-id', `Two edges have the id '${edge.id}'.`)
    seen.add(edge.id)
    for (const end of [edge.from, edge.to]) {
      if (!known.has(end)) throw new LayoutError('unknown-node', `The edge '${edge.id}' joins '${end}', which is no node.`)
    }
  }
  const order = topologicalOrder({ stages: nodes.map(({ id }) => ({ name: id })), edges })
  const stuck = order.length < known.size && nodes.find(({ id }) => !order.includes(id))
  if (stuck) throw new LayoutError('cycle', `'${stuck.id}' is on a cycle or behind one; only graphs without cycles have columns.`)
}
