import { useVirtualizer } from '@tanstack/react-virtual'
import type { ClipboardEvent, CSSProperties, KeyboardEvent, ReactNode } from 'react'
import { useEffect, useId, useRef } from 'react'
import type { Column, Sorting } from './column.tsx'
import { ariaSort, columnClass, HeaderCell, tabSeparated } from './column.tsx'
import { isTyping, nextRow } from './row-keys.ts'
import styles from './table.module.css'

/** Height of a row in px; the same as --h-row. */
const ROW_HEIGHT = 28
/** Height of the sticky header in px, kept free when a row is scrolled into view. */
const HEAD_HEIGHT = 26

export interface VirtualTableProps<Row> {
  /** Names the table for a screen reader. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly count: number
  /** The row at an index of 0 to count - 1; undefined while it is being fetched, which shows a loading row. */
  readonly rowAt: (index: number) => Row | undefined
  readonly selected: number | null
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
  const { label, columns, count, rowAt, selected, onSelect, onOpen, onRange, sorting, onSort, empty } = props
  const scroller = useRef<HTMLDivElement>(null)
  const id = useId()
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer is read in this component only, never passed on
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollPaddingStart: HEAD_HEIGHT,
    scrollMargin: HEAD_HEIGHT,
  })
  const shown = virtual.getVirtualItems()
  const first = shown[0]?.index
  const last = shown[shown.length - 1]?.index
  useEffect(() => {
    if (first !== undefined && last !== undefined) onRange?.(first, last)
  }, [first, last, onRange])

  const onKeyDown = (event: KeyboardEvent) => {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Enter' && event.target === scroller.current) {
      if (selected !== null) onOpen?.(selected, event.shiftKey)
      return
    }
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 2)
    const target = nextRow(event.key, selected ?? -1, count, page)
    if (target === null) return
    event.preventDefault()
    onSelect(target)
    virtual.scrollToIndex(target)
  }
  const onCopy = (event: ClipboardEvent) => {
    const row = selected === null ? undefined : rowAt(selected)
    if (row === undefined || window.getSelection()?.isCollapsed === false) return
    event.clipboardData.setData('text/plain', tabSeparated(columns, [row]))
    event.preventDefault()
  }
  const isSelectedShown = selected !== null && shown.some((item) => item.index === selected)

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
      <div role="rowgroup" className={styles.lines} style={{ height: virtual.getTotalSize() }}>
        {shown.map((item) => {
          const row = rowAt(item.index)
          return (
            <div
              key={item.key}
              id={`${id}-${item.index}`}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={item.index === selected}
              aria-busy={row === undefined}
              className={styles.line}
              style={{ transform: `translateY(${item.start - HEAD_HEIGHT}px)` }}
              onClick={() => {
                onSelect(item.index)
              }}
              onDoubleClick={(event) => onOpen?.(item.index, event.shiftKey)}
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
