import { useRef, type KeyboardEvent } from 'react'
import type { RunDetail, StageRun } from '../../../shared/contract/index.ts'
import { runMessages, stateWords } from '../../../shared/messages/runs.ts'
import { directionOf, edgePath, neighbour, readingOrder, stageShapes } from '../../canvas/index.ts'
import { useSize } from '../../charts/index.ts'
import { classNames, StateShape, toneClass, VisuallyHidden } from '../../design/index.ts'
import { elapsed, formatDuration, useNow } from '../../state/index.ts'
import styles from './runs.module.css'
import { layoutStrip } from './strip-layout.ts'

const words = runMessages.strip

export interface StageStripProps {
  readonly detail: RunDetail
  readonly selected: string | null
  readonly onSelect: (stage: string) => void
}

/** The stages as the run goes through them: columns, forks and joins. Arrow keys walk along the edges. */
export function StageStrip({ detail, selected, onSelect }: StageStripProps) {
  const [ref, { width }] = useSize()
  const list = useRef<HTMLDivElement>(null)
  const now = useNow(detail.state === 'running')
  const names = detail.stages.map(({ stage }) => stage)
  const layout = layoutStrip(names, detail.edges, width)
  const byName = new Map(detail.stages.map((stage) => [stage.stage, stage]))
  const onKeyDown = (event: KeyboardEvent, name: string) => {
    const direction = directionOf(event.key)
    if (!direction || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const next = neighbour(name, direction, layout.nodes, layout.edges)
    if (next === null) return
    onSelect(next)
    list.current?.querySelector<HTMLElement>(`[data-stage="${CSS.escape(next)}"]`)?.focus()
  }
  return (
    <section ref={ref} aria-label={words.label} className={styles.strip}>
      <div ref={list} className={styles.stripWorld} style={{ width: layout.width, height: layout.height }}>
        <svg className={styles.stripEdges} width={layout.width} height={layout.height} aria-hidden="true">
          {layout.edges.map((edge) => (
            <path key={edge.id} d={edgePath(edge.points, 5)} />
          ))}
        </svg>
        {readingOrder(layout.nodes).map((name) => {
          const place = layout.nodes.find(({ id }) => id === name)
          const stage = byName.get(name)
          if (!place || !stage) return null
          const second = secondLine(stage, now)
          return (
            <button
              key={name}
              type="button"
              data-stage={name}
              className={classNames(styles.stripStage, toneClass(stageShapes[stage.state]))}
              style={{ left: place.x, top: place.y, width: place.width, height: place.height }}
              aria-pressed={name === selected}
              title={name}
              tabIndex={name === (selected ?? names[0]) ? 0 : -1}
              onClick={() => onSelect(name)}
              onKeyDown={(event) => onKeyDown(event, name)}
            >
              <StateShape state={stageShapes[stage.state]} />
              <span className={styles.stripName}>{name}</span>
              {stage.startedAt !== null && <VisuallyHidden>{stateWords[stage.state]}</VisuallyHidden>}
              <span className={styles.stripTime}>{second}</span>
            </button>
          )
        })}
      </div>
    </section>
  )
}

/** Time of a stage that began, the word of one that did not. */
function secondLine(stage: StageRun, now: number): string {
  const ms = elapsed(stage, now)
  return ms === null ? stateWords[stage.state] : formatDuration(ms)
}
