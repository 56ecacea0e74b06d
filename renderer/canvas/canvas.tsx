import { memo, useCallback, useMemo, type KeyboardEvent } from 'react'
import { layoutPipeline, type LayoutEdge, type LayoutNode, type PipelineLayout, type PlacedNode } from '../../shared/graph/layout.ts'
import { classNames, IconButton } from '../design/index.ts'
import type { CanvasEdge, CanvasNode } from './canvas-graph.ts'
import styles from './canvas.module.css'
import { edgePath } from './edge-path.ts'
import { useViewport, type ViewportHandle } from './use-viewport.ts'
import { directionOf, neighbour, readingOrder } from './walk.ts'

/** The words of the canvas itself. */
export interface CanvasWords {
  readonly zoom: string
  readonly zoomIn: string
  readonly zoomOut: string
  readonly fit: string
  /** `0.8` -> `80 %`. */
  readonly scale: (scale: number) => string
}

export interface CanvasProps {
  /** Names the region. */
  readonly label: string
  readonly words: CanvasWords
  readonly nodes: readonly CanvasNode[]
  /** One for each pair of nodes; both ends are among the nodes, and there is no cycle. */
  readonly edges: readonly CanvasEdge[]
  /** What must be in sight until somebody moves the ground; null: where the graph begins. */
  readonly shown: string | null
  readonly selected: string | null
  readonly onSelect: (id: string | null) => void
  /** Enter or a double press. */
  readonly onOpen: (id: string) => void
}

const SPACING = { nodeGap: 24, layerGap: 36, trackGap: 8, margin: 32 }

/**
 * A graph in columns on a ground that can be moved and zoomed. Arrow keys walk along edges and between siblings and take the selection
 * along; 0, + and - fit and zoom; Esc drops the selection.
 */
export function Canvas({ label, words, nodes, edges, shown, selected, onSelect, onOpen }: CanvasProps) {
  const layout = useLayout(nodes, edges)
  const { frame, world, scale, fit, zoomIn, zoomOut, reveal } = useViewport(layout, layout.nodes.find(({ id }) => id === shown))
  const goTo = useCallback(
    (id: string, from: Element) => {
      const place = layout.nodes.find((node) => node.id === id)
      if (!place) return
      onSelect(id)
      reveal(place)
      const target = from.closest(`[data-canvas]`)?.querySelector<HTMLElement>(`[data-node="${CSS.escape(id)}"]`)
      target?.focus({ preventScroll: true })
    },
    [layout, onSelect, reveal],
  )
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '0') fit()
    else if (event.key === '+' || event.key === '=') zoomIn()
    else if (event.key === '-') zoomOut()
    else if (event.key === 'Escape' && selected !== null) onSelect(null)
    else return
    event.preventDefault()
  }
  return (
    <section aria-label={label} className={styles.canvas} onKeyDown={onKeyDown}>
      <div
        ref={frame}
        data-canvas=""
        className={styles.frame}
        // A browser scrolls what takes the focus into sight even where nothing scrolls; the viewport does that here.
        onScroll={(event) => event.currentTarget.scrollTo(0, 0)}
      >
        <div ref={world} className={styles.world}>
          <Edges layout={layout} edges={edges} selected={selected} />
          <Nodes layout={layout} nodes={nodes} selected={selected} onSelect={onSelect} onOpen={onOpen} goTo={goTo} />
        </div>
      </div>
      <ZoomControl words={words} scale={scale} fit={fit} zoomIn={zoomIn} zoomOut={zoomOut} />
    </section>
  )
}

/** Lays out again only when a size or an edge changes, not when a state does. */
function useLayout(nodes: readonly CanvasNode[], edges: readonly CanvasEdge[]): PipelineLayout {
  const shape = JSON.stringify([nodes.map(({ id, width, height }) => ({ id, width, height })), edges.map(({ from, to }) => ({ id: `${from} ${to}`, from, to }))])
  return useMemo(() => {
    const [sizes, joins] = JSON.parse(shape) as [LayoutNode[], LayoutEdge[]]
    return layoutPipeline(sizes, joins, SPACING)
  }, [shape])
}

interface EdgesProps {
  readonly layout: PipelineLayout
  readonly edges: readonly CanvasEdge[]
  readonly selected: string | null
}

const Edges = memo(function Edges({ layout, edges, selected }: EdgesProps) {
  const live = new Set(edges.filter((edge) => edge.look === 'live').map(({ from, to }) => `${from} ${to}`))
  const isLit = ({ from, to }: { from: string; to: string }) => from === selected || to === selected
  // What is lit is drawn last, over the others.
  const drawn = layout.edges.toSorted((a, b) => Number(isLit(a)) - Number(isLit(b)))
  return (
    <svg className={styles.edges} width={layout.width} height={layout.height} aria-hidden="true">
      {drawn.map((edge) => (
        <path key={edge.id} d={edgePath(edge.points)} className={classNames(isLit(edge) && styles.lit, live.has(edge.id) && styles.live)} />
      ))}
    </svg>
  )
})

interface NodesProps {
  readonly layout: PipelineLayout
  readonly nodes: readonly CanvasNode[]
  readonly selected: string | null
  readonly onSelect: (id: string) => void
  readonly onOpen: (id: string) => void
  readonly goTo: (id: string, from: Element) => void
}

const Nodes = memo(function Nodes({ layout, nodes, selected, onSelect, onOpen, goTo }: NodesProps) {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const places = new Map<string, PlacedNode>(layout.nodes.map((place) => [place.id, place]))
  const order = readingOrder(layout.nodes)
  const reachable = selected !== null && places.has(selected) ? selected : order[0]
  const onKeyDown = (event: KeyboardEvent, id: string) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const direction = directionOf(event.key)
    if (event.key === 'Enter') onOpen(id)
    else if (direction) {
      const next = neighbour(id, direction, layout.nodes, layout.edges)
      if (next !== null) goTo(next, event.currentTarget)
    } else return
    event.preventDefault()
  }
  return order.map((id) => {
    const node = byId.get(id)
    const place = places.get(id)
    if (!node || !place) return null
    return (
      <button
        key={id}
        type="button"
        data-node={id}
        className={styles.node}
        style={{ left: place.x, top: place.y, width: place.width, height: place.height }}
        aria-pressed={id === selected}
        title={node.title}
        tabIndex={id === reachable ? 0 : -1}
        onClick={() => onSelect(id)}
        onDoubleClick={() => onOpen(id)}
        onKeyDown={(event) => onKeyDown(event, id)}
      >
        {node.content}
      </button>
    )
  })
})

interface ZoomControlProps extends Pick<ViewportHandle, 'scale' | 'fit' | 'zoomIn' | 'zoomOut'> {
  readonly words: CanvasWords
}

function ZoomControl({ words, scale, fit, zoomIn, zoomOut }: ZoomControlProps) {
  return (
    <div role="toolbar" aria-label={words.zoom} className={styles.zoom}>
      <IconButton icon="minus" size="small" label={words.zoomOut} keys="-" onPress={zoomOut} />
      <output className={styles.scale}>{words.scale(scale)}</output>
      <IconButton icon="plus" size="small" label={words.zoomIn} keys="+" onPress={zoomIn} />
      <IconButton icon="fit" size="small" label={words.fit} keys="0" onPress={fit} />
    </div>
  )
}
