import type { ClipboardEvent, CSSProperties, KeyboardEvent, ReactNode } from 'react'
import { useEffect, useId, useLayoutEffect, useRef } from 'react'
import type { Column, Sorting } from './column.tsx'
import { ariaSort, columnClass, HeaderCell, tabSeparated } from './column.tsx'
import { isTyping, nextRow } from './row-keys.ts'
import { HEAD_HEIGHT, ROW_HEIGHT } from './row-scroll.ts'
import styles from './table.module.css'
import { useRowScroll } from './use-row-scroll.ts'
import { useRowKey } from './view-keys.ts'

export interface VirtualTableProps<Row> {
  /** Names the table for a screen reader. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly count: number
  /** The row at an index of 0 to count - 1; undefined while it is being fetched, which shows a loading row. */
  readonly rowAt: (index: number) => Row | undefined
  readonly selected: number | null
  /**
   * What is selected, where its row may move or become known later. Whenever it changes, its row is brought into sight once it is there,
   * unless somebody scrolls first. Without it, the index.
   */
  readonly selectedKey?: string | number | null
  readonly onSelect: (index: number) => void
  readonly onOpen?: (index: number, isBeside: boolean) => void
  /** Tells which rows are in sight (both ends included), so that the caller can fetch them. */
  readonly onRange?: (first: number, last: number) => void
  readonly sorting?: Sorting
  readonly onSort?: (column: string) => void
  readonly empty?: ReactNode
}

/**
 * A table of any length: only the rows in sight exist. The table keeps the focus and names the selected row to a screen reader,
 * so that the keyboard works for rows that are not drawn yet.
 */
export function VirtualTable<Row>(props: VirtualTableProps<Row>) {
  const { label, columns, count, rowAt, selected, selectedKey = selected, onSelect, onOpen, onRange, sorting, onSort, empty } = props
  const id = useId()
  const { scroller, first, last, shift, height, reveal, isMeasured, scrolls } = useRowScroll(count)
  useEffect(() => {
    if (last >= first) onRange?.(first, last)
  }, [first, last, onRange])

  const wanted = useRef<{ readonly key: string | number | null; readonly since: number; readonly isRevealed: boolean }>({ key: null, since: 0, isRevealed: true })
  useLayoutEffect(() => {
    if (wanted.current.key !== selectedKey) wanted.current = { key: selectedKey, since: scrolls.current, isRevealed: selectedKey === null }
    if (wanted.current.isRevealed || selected === null || !isMeasured) return
    if (wanted.current.since === scrolls.current) reveal(selected, 'middle')
    wanted.current = { ...wanted.current, isRevealed: true }
  }, [selectedKey, selected, isMeasured, reveal, scrolls])

  const goTo = (index: number) => {
    onSelect(index)
    reveal(index, 'nearest')
  }
  useRowKey(scroller, true, (key) => {
    const target = nextRow(key, selected ?? -1, count, 1)
    if (target === null) return
    scroller.current?.focus()
    goTo(target)
  })
  const onKeyDown = (event: KeyboardEvent) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Enter' && event.target === scroller.current) {
      if (selected !== null) onOpen?.(selected, event.shiftKey)
      return
    }
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD_HEIGHT) / ROW_HEIGHT) - 1)
    const target = nextRow(event.key, selected ?? -1, count, page)
    if (target === null) return
    event.preventDefault()
    goTo(target)
  }
  const onCopy = (event: ClipboardEvent) => {
    const row = selected === null ? undefined : rowAt(selected)
    if (row === undefined || window.getSelection()?.isCollapsed === false) return
    event.clipboardData.setData('text/plain', tabSeparated(columns, [row]))
    event.preventDefault()
  }
  const isSelectedShown = selected !== null && selected >= first && selected <= last

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-activedescendant={isSelectedShown ? `${id}-${selected}` : undefined}
      tabIndex={0}
      className={styles.virtual}
      style={{ '--tracks': columns.map((column) => column.width ?? 'minmax(0, 1fr)').join(' ') } as CSSProperties}
      onKeyDown={onKeyDown}
      onCopy={onCopy}
    >
      <div role="rowgroup" className={styles.headGroup}>
        <div role="row" aria-rowindex={1} className={styles.head}>
          {columns.map((column) => (
            <div key={column.id} role="columnheader" className={columnClass(column)} aria-sort={ariaSort(column, sorting)}>
              <HeaderCell column={column} sorting={sorting} onSort={onSort} />
            </div>
          ))}
        </div>
      </div>
      {count === 0 && empty}
      <div role="rowgroup" className={styles.lines} style={{ height }}>
        {Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => {
          const index = first + place
          const row = rowAt(index)
          return (
            <div
              key={index}
              id={`${id}-${index}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={index === selected}
              aria-busy={row === undefined}
              className={styles.line}
              style={{ transform: `translateY(${index * ROW_HEIGHT + shift}px)` }}
              onClick={() => {
                onSelect(index)
              }}
              onDoubleClick={(event) => onOpen?.(index, event.shiftKey)}
            >
              {columns.map((column) => (
                <div key={column.id} role="gridcell" className={columnClass(column)}>
                  {row === undefined ? <span className={styles.loading} /> : column.cell(row)}
                </div>
              ))}
            </div>
          )
        })}
      </div>
    </div>
  )
}
