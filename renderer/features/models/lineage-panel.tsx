import { useMemo } from 'react'
import type { LineageNode, VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Panel, VisuallyHidden } from '../../design/index.ts'
import { formatAddress, formatCount, mayOpen, useSession, type Address } from '../../state/index.ts'
import { drawLineage, type DrawnNode } from './lineage-drawing.ts'
import styles from './models.module.css'

/** The scale below which the words of the drawing are too small to read: from there on the panel scrolls. */
const SMALLEST = 0.92

/** What the version came from and what was decided about it. Each node leads to its page, each edge to the entry that proves it. */
export function LineagePanel({ detail }: { readonly detail: VersionDetail }) {
  const { lineage } = detail
  const drawing = useMemo(() => drawLineage(lineage), [lineage])
  const titles = new Map(lineage.nodes.map(({ id, title }) => [id, title]))
  return (
    <Panel title={words.lineage} actions={words.lineageNote} className={styles.lineage}>
      <svg
        className={styles.drawing}
        viewBox={`0 0 ${drawing.width} ${drawing.height}`}
        style={{ maxWidth: drawing.width, minHeight: Math.round(drawing.height * SMALLEST) }}
        role="group"
        aria-label={words.lineage}
      >
        {drawing.edges.map(({ from, to, path }) => (
          <path key={`${from} ${to}`} d={path} className={styles.edge} />
        ))}
        {drawing.nodes.map((drawn) => (
          <Node key={drawn.node.id} drawn={drawn} detail={detail} />
        ))}
      </svg>
      <VisuallyHidden>
        <ul aria-label={words.lineageText}>
          {drawing.edges.map(({ from, to, entry }) => (
            <li key={`${from} ${to}`}>
              {words.lineageEdge(titles.get(from) ?? from, titles.get(to) ?? to)}
              {entry !== null && `, ${words.entryName(formatCount(entry))}`}
            </li>
          ))}
        </ul>
      </VisuallyHidden>
    </Panel>
  )
}

function Node({ drawn: { node, x, y, width, height, title }, detail }: { readonly drawn: DrawnNode; readonly detail: VersionDetail }) {
  const holdings = useSession()?.holdings ?? []
  const box = (
    <g transform={`translate(${x} ${y})`} className={styles.node} data-kind={node.kind}>
      <title>{words.lineageNode(node.title, node.detail)}</title>
      <rect width={width} height={height} rx={5} />
      <text x={10} y={18}>
        {title}
      </text>
      <text x={10} y={34} className={styles.nodeDetail}>
        {node.detail}
      </text>
    </g>
  )
  const to = addressOf(node, detail)
  if (to === null || !mayOpen(to, holdings)) return box
  return <a href={formatAddress(to)}>{box}</a>
}

function addressOf(node: LineageNode, { project, run }: VersionDetail): Address | null {
  if (node.kind === 'run' && run !== null) return { page: 'run', project, run }
  return node.entry === null ? null : { page: 'ledger', seq: node.entry }
}
