import { layoutPipeline } from '../../../shared/graph/layout.ts'
import type { Lineage, LineageNode } from '../../../shared/contract/index.ts'
import { edgePath } from '../../canvas/index.ts'

const HEIGHT = 42
const NARROWEST = 96
const WIDEST = 208
/** Mean width of a letter of 12 px, and of one in the fixed font, in px. */
const LETTER = 6.6
const FIXED_LETTER = 6.9
const PADDING = 20

export interface DrawnNode {
  readonly node: LineageNode
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly title: string
}

export interface DrawnEdge {
  readonly from: string
  readonly to: string
  readonly entry: number | null
  readonly path: string
}

export interface LineageDrawing {
  readonly nodes: readonly DrawnNode[]
  readonly edges: readonly DrawnEdge[]
  readonly width: number
  readonly height: number
}

/** Places a lineage in columns from left to right, what came first at the left; sizes in px at scale 1. */
export function drawLineage({ nodes, edges }: Lineage): LineageDrawing {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const known = edges.filter(({ from, to }) => byId.has(from) && byId.has(to))
  const widths = columnWidths(nodes, known)
  const layout = layoutPipeline(
    nodes.map(({ id }) => ({ id, width: widths.get(id) ?? NARROWEST, height: HEIGHT })),
    known.map(({ from, to }) => ({ id: `${from} ${to}`, from, to })),
    { nodeGap: 8, layerGap: 44, margin: 8 },
  )
  return {
    nodes: layout.nodes.flatMap(({ id, x, y, width, height }) => {
      const node = byId.get(id)
      return node ? [{ node, x, y, width, height, title: shorten(node.title, Math.floor((width - PADDING) / LETTER)) }] : []
    }),
    edges: layout.edges.map(({ from, to, points }) => {
      const edge = known.find((each) => each.from === from && each.to === to)
      return { from, to, entry: edge?.entry ?? null, path: edgePath(points) }
    }),
    width: layout.width,
    height: layout.height,
  }
}

/** Width by id. What nothing led to is one width, and what led to nothing: each stands in a column of its own, with straight edges. */
function columnWidths(nodes: Lineage['nodes'], edges: Lineage['edges']): ReadonlyMap<string, number> {
  const placeOf = ({ id }: LineageNode) => (!edges.some(({ to }) => to === id) ? 'first' : !edges.some(({ from }) => from === id) ? 'last' : `at ${id}`)
  const widest = new Map<string, number>()
  for (const node of nodes) widest.set(placeOf(node), Math.max(widest.get(placeOf(node)) ?? 0, widthOf(node)))
  return new Map(nodes.map((node) => [node.id, widest.get(placeOf(node)) ?? NARROWEST]))
}

function widthOf({ title, detail }: LineageNode): number {
  const needed = Math.max(title.length * LETTER, detail.length * FIXED_LETTER) + PADDING
  return Math.ceil(Math.min(Math.max(needed, NARROWEST), WIDEST))
}

/** Cuts a name in its middle, so that both a folder and a file's ending can be told. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text
  const head = Math.ceil((most - 1) / 2)
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`
}
