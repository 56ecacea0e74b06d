import { layoutPipeline, type PipelineLayout } from '../../../shared/graph/layout.ts'

/** Sizes of a stage in the strip: name and time below each other, the icon before them. */
const STAGE = { height: 34, minWidth: 84, maxWidth: 150, perLetter: 6.4, beside: 40 }
const GAP = { node: 6, layer: 20, widest: 72, track: 6, margin: 8 }

/**
 * The stages of a run in columns from left to right. With edges, as the graph forks and joins; without, as a plain row. Columns move
 * apart, within limits, until they take `available` px.
 */
export function layoutStrip(names: readonly string[], edges: readonly { readonly from: string; readonly to: string }[], available: number): PipelineLayout {
  const nodes = names.map((id) => ({ id, width: Math.round(Math.min(STAGE.maxWidth, Math.max(STAGE.minWidth, STAGE.beside + id.length * STAGE.perLetter))), height: STAGE.height }))
  const known = new Set(names)
  const joins = edges.filter(({ from, to }) => known.has(from) && known.has(to)).map(({ from, to }) => ({ id: `${from} ${to}`, from, to }))
  if (joins.length === 0) return row(nodes)
  const spaced = (layerGap: number) => layoutPipeline(nodes, joins, { nodeGap: GAP.node, layerGap, trackGap: GAP.track, margin: GAP.margin })
  const tight = spaced(GAP.layer)
  const gaps = Math.max(...tight.nodes.map(({ layer }) => layer))
  const spare = available - tight.width
  if (gaps === 0 || spare < gaps) return tight
  return spaced(Math.min(GAP.widest, GAP.layer + Math.floor(spare / gaps)))
}

function row(nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[]): PipelineLayout {
  let x = GAP.margin
  const placed = nodes.map((node, layer) => {
    const here = { ...node, layer, x, y: GAP.margin }
    x += node.width + GAP.node
    return here
  })
  return { nodes: placed, edges: [], width: Math.max(2 * GAP.margin, x - GAP.node + GAP.margin), height: STAGE.height + 2 * GAP.margin }
}
