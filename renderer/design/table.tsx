import type { ClipboardEvent, KeyboardEvent, ReactNode } from 'react'
import { Fragment, useEffect, useRef } from 'react'
import { classNames } from './class-names.ts'
import type { Column, Sorting } from './column.tsx'
import { ariaSort, columnClass, HeaderCell, tabSeparated } from './column.tsx'
import { isTyping, nextRow } from './row-keys.ts'
import styles from './table.module.css'
import { useRowKey } from './view-keys.ts'

/** Rows that Page Up and Page Down skip. */
const PAGE = 10

export interface TableProps<Row> {
  /** Names the table for a screen reader. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly selected?: string | null
  /** Makes rows selectable, by pointer and by J, K, arrows, Home, End. */
  readonly onSelect?: (key: string) => void
  /** Enter or a double press; Shift Enter asks for it beside what is open. */
  readonly onOpen?: (key: string, isBeside: boolean) => void
  /** A second line under a row: the reason for its state. */
  readonly detail?: (row: Row) => ReactNode
  readonly sorting?: Sorting
  readonly onSort?: (column: string) => void
  /** Columns have the widths that they state, whatever is in them: so that tables below each other line up. */
  readonly isFixed?: boolean
  /** Stands in the place of the rows when there are none. */
  readonly empty?: ReactNode
}

/** A table of up to a few hundred rows whose header sticks to the top of what scrolls around it. Longer lists: VirtualTable. */
export function Table<Row>(props: TableProps<Row>) {
  const { label, columns, rows, keyOf, selected = null, onSelect, onOpen, detail, sorting, onSort, isFixed = false, empty } = props
  const table = useRef<HTMLTableElement>(null)
  const body = useRef<HTMLTableSectionElement>(null)
  const isInteractive = onSelect !== undefined || onOpen !== undefined
  // A reason starts under the words, not under the icon of the state.
  const isIndented = columns[0]?.isHeaderHidden === true
  const current = rows.findIndex((row) => keyOf(row) === selected)

  const goTo = (index: number) => {
    const row = rows[index]
    if (row === undefined) return
    onSelect?.(keyOf(row))
    body.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus()
  }
  useEffect(() => {
    if (current >= 0) body.current?.querySelector(`[data-index="${current}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [current])
  useRowKey(table, isInteractive, (key) => {
    const target = nextRow(key, current, rows.length, PAGE)
    if (target !== null) goTo(target)
  })
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isInteractive || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
    const focused = indexOf(event.target)
    if (event.key === 'Enter' && event.target instanceof HTMLTableRowElement) {
      const row = rows[focused]
      if (row !== undefined) onOpen?.(keyOf(row), event.shiftKey)
      return
    }
    const target = nextRow(event.key, focused, rows.length, PAGE)
    if (target === null) return
    event.preventDefault()
    goTo(target)
  }
  const onCopy = (event: ClipboardEvent) => {
    const row = rows[current]
    if (row === undefined || window.getSelection()?.isCollapsed === false) return
    event.clipboardData.setData('text/plain', tabSeparated(columns, [row]))
    event.preventDefault()
  }

  return (
    <table ref={table} className={classNames(styles.table, isFixed && styles.fixed)} aria-label={label} role={isInteractive ? 'grid' : undefined} onKeyDown={onKeyDown} onCopy={onCopy}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th
              key={column.id}
              scope="col"
              className={columnClass(column)}
              style={{ width: column.width }}
              aria-sort={ariaSort(column, sorting)}
            >
              <HeaderCell column={column} sorting={sorting} onSort={onSort} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row, index) => {
          const key = keyOf(row)
          const more = detail?.(row)
          const hasMore = more !== undefined && more !== null && more !== false
          return (
            <Fragment key={key}>
              <tr
                data-index={index}
                className={classNames(styles.row, isInteractive && styles.interactive, hasMore && styles.explained)}
                aria-selected={onSelect ? key === selected : undefined}
                tabIndex={isInteractive ? (index === Math.max(current, 0) ? 0 : -1) : undefined}
                onClick={() => onSelect?.(key)}
                onDoubleClick={(event) => onOpen?.(key, event.shiftKey)}
              >
                {columns.map((column) => (
                  <td key={column.id} className={columnClass(column)}>
                    {column.cell(row)}
                  </td>
                ))}
              </tr>
              {hasMore && (
                <tr className={styles.detail}>
                  {isIndented && <td />}
                  <td colSpan={columns.length - (isIndented ? 1 : 0)}>{more}</td>
                </tr>
              )}
            </Fragment>
          )
        })}
        {rows.length === 0 && empty !== undefined && (
          <tr>
            <td colSpan={columns.length}>{empty}</td>
          </tr>
        )}
      </tbody>
    </table>
  )
}

function indexOf(target: EventTarget): number {
  const row = target instanceof Element ? target.closest<HTMLElement>('tr[data-index]') : null
  return row ? Number(row.dataset['index']) : -1
}
