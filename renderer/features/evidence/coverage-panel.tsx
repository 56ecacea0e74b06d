import { useMemo, type KeyboardEvent } from 'react'
import type { ClaimStatus, Coverage } from '../../../shared/contract/index.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { EvidenceState, Panel, ShareBar } from '../../design/index.ts'
import { formatDay } from '../../state/index.ts'
import styles from './evidence.module.css'
import { nameChapter } from './kind-words.ts'
import { buildMatrix, STATUSES, type Counts, type RowFilter } from './matrix.ts'

export interface CoveragePanelProps {
  readonly coverage: Coverage
  readonly filter: RowFilter | null
  readonly onFilter: (filter: RowFilter | null) => void
}

/** Frameworks and chapters against statuses. A cell lists its obligations below; pressing it again lets go. */
export function CoveragePanel({ coverage, filter, onFilter }: CoveragePanelProps) {
  const matrix = useMemo(() => buildMatrix(coverage), [coverage])
  const isChosen = (framework: string, chapter: string | null, status: ClaimStatus | null) =>
    filter?.by === 'cell' && filter.framework === framework && filter.chapter === chapter && filter.status === status
  const choose = (framework: string, chapter: string | null, status: ClaimStatus | null) =>
    onFilter(isChosen(framework, chapter, status) ? null : { by: 'cell', framework, chapter, status })
  const most = Math.max(1, ...matrix.flatMap(({ chapters }) => chapters.flatMap(({ counts }) => STATUSES.map((status) => counts[status]))))
  const cell = (framework: string, chapter: string | null, place: string, status: ClaimStatus, count: number) => (
    <td key={status} className={styles.count}>
      {count === 0 ? (
        <span className={styles.none} aria-label={words.noneInCell}>
          ·
        </span>
      ) : (
        <button
          type="button"
          className={styles.cell}
          data-status={chapter === null ? undefined : status}
          aria-pressed={isChosen(framework, chapter, status)}
          aria-label={words.cell(place, count, words.statusWords[status])}
          style={
            chapter === null ? undefined : ({ '--strength': `${Math.round(10 + 26 * Math.sqrt(count / most))}%` } as React.CSSProperties)
          }
          onClick={() => choose(framework, chapter, status)}
        >
          {count}
        </button>
      )}
    </td>
  )
  return (
    <Panel title={words.coverage} isTitleHidden isFlush className={styles.coverage}>
      <table className={styles.matrix} aria-label={words.coverage} onKeyDown={moveFocus}>
        <thead>
          <tr>
            <th scope="col">{words.framework}</th>
            {STATUSES.map((status) => (
              <th key={status} scope="col" className={styles.count}>
                <EvidenceState state={status} label={words.statuses[status]} />
              </th>
            ))}
            <th scope="col">{words.share}</th>
            <th scope="col" className={styles.date}>
              {words.appliesFrom}
            </th>
          </tr>
        </thead>
        {matrix.map((framework) => (
          <tbody key={framework.id}>
            <tr className={styles.framework}>
              <th scope="row">
                <button
                  type="button"
                  className={styles.place}
                  aria-pressed={isChosen(framework.id, null, null)}
                  onClick={() => choose(framework.id, null, null)}
                >
                  {framework.title}
                </button>
              </th>
              {STATUSES.map((status) => cell(framework.id, null, framework.title, status, framework.counts[status]))}
              <td className={styles.share}>
                <Shares counts={framework.counts} />
              </td>
              <td className={styles.date}>{words.rowCount(framework.total)}</td>
            </tr>
            {framework.chapters.map(({ chapter, counts, appliesFrom }) => (
              <tr key={chapter}>
                <th scope="row">
                  <button
                    type="button"
                    className={styles.place}
                    aria-pressed={isChosen(framework.id, chapter, null)}
                    onClick={() => choose(framework.id, chapter, null)}
                  >
                    {chapter} <span className={styles.about}>{nameChapter(chapter)}</span>
                  </button>
                </th>
                {STATUSES.map((status) => cell(framework.id, chapter, chapter, status, counts[status]))}
                <td className={styles.share}>
                  <Shares counts={counts} />
                </td>
                <td className={styles.date}>{appliesFrom === null ? words.voluntary : formatDay(appliesFrom)}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </Panel>
  )
}

function Shares({ counts }: { readonly counts: Counts }) {
  const parts = STATUSES.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${words.statusWords[status]}`)
  return <ShareBar label={words.shareOf(parts.join(', '))} shares={STATUSES.map((status) => ({ state: status, count: counts[status] }))} />
}

/** Arrow keys move between the cells that hold something: along the row, and to the nearest column above or below. */
function moveFocus(event: KeyboardEvent<HTMLTableElement>): void {
  const from = event.target
  if (!(from instanceof HTMLButtonElement)) return
  const target =
    event.key === 'ArrowLeft' || event.key === 'ArrowRight'
      ? beside(from, event.key === 'ArrowRight')
      : event.key === 'ArrowUp' || event.key === 'ArrowDown'
        ? across(from, event.key === 'ArrowDown')
        : null
  if (!target) return
  event.preventDefault()
  target.focus()
}

function beside(from: HTMLButtonElement, isForward: boolean): HTMLButtonElement | null {
  const all = [...(from.closest('tr')?.querySelectorAll('button') ?? [])]
  return all[all.indexOf(from) + (isForward ? 1 : -1)] ?? null
}

function across(from: HTMLButtonElement, isDown: boolean): HTMLButtonElement | null {
  const rows = [...(from.closest('table')?.querySelectorAll('tbody tr') ?? [])]
  const row = rows.findIndex((each) => each.contains(from))
  const { left } = from.getBoundingClientRect()
  const distance = (button: HTMLButtonElement) => Math.abs(button.getBoundingClientRect().left - left)
  const candidates = [...(rows[row + (isDown ? 1 : -1)]?.querySelectorAll('button') ?? [])]
  return candidates.sort((a, b) => distance(a) - distance(b))[0] ?? null
}
