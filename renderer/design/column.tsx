import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { Icon } from './icon.tsx'
import styles from './table.module.css'
import { VisuallyHidden } from './visually-hidden.tsx'

export interface Column<Row> {
  readonly id: string
  readonly header: string
  readonly cell: (row: Row) => ReactNode
  /** The cell as plain text, for copying as tab-separated values. Without it the column is left out of a copy. */
  readonly text?: (row: Row) => string
  /** Width as a grid track or a CSS length: `120px`, `minmax(0, 2fr)`. */
  readonly width?: string
  readonly align?: 'start' | 'end'
  readonly look?: 'normal' | 'dim' | 'mono' | 'strong'
  /** Takes the room that the others leave in a plain table, and ends in an ellipsis where that is too little. */
  readonly isCut?: boolean
  readonly isSortable?: boolean
  /** Leaves the header's word to screen readers, for a column of icons. */
  readonly isHeaderHidden?: boolean
}

export interface Sorting {
  readonly column: string
  readonly direction: 'ascending' | 'descending'
}

/** The classes of a cell or a header of a column. */
export function columnClass<Row>({ align, look = 'normal', isCut = false }: Column<Row>): string {
  return classNames(styles.cell, align === 'end' && styles.end, styles[look], isCut && styles.cut)
}

export interface HeaderCellProps<Row> {
  readonly column: Column<Row>
  readonly sorting: Sorting | undefined
  readonly onSort: ((column: string) => void) | undefined
}

/** What stands in a header cell: the word, or a button that sorts. */
export function HeaderCell<Row>({ column, sorting, onSort }: HeaderCellProps<Row>) {
  const word = column.isHeaderHidden ? <VisuallyHidden>{column.header}</VisuallyHidden> : <span>{column.header}</span>
  if (!column.isSortable || !onSort) return word
  const isSorted = sorting?.column === column.id
  return (
    <button
      type="button"
      className={styles.sorter}
      onClick={() => {
        onSort(column.id)
      }}
    >
      {word}
      {isSorted && <Icon name={sorting.direction === 'ascending' ? 'arrow-up' : 'arrow-down'} size="tiny" />}
    </button>
  )
}

/** The value of `aria-sort` for a column. */
export function ariaSort<Row>(column: Column<Row>, sorting: Sorting | undefined): 'ascending' | 'descending' | 'none' | undefined {
  if (!column.isSortable) return undefined
  return sorting?.column === column.id ? sorting.direction : 'none'
}

/** Rows as tab-separated text, headers first; only the columns that have a text. */
export function tabSeparated<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const copied = columns.filter((column) => column.text !== undefined)
  const clean = (value: string) => value.replace(/[\t\r\n]+/g, ' ')
  const lines = [copied.map((column) => column.header), ...rows.map((row) => copied.map((column) => column.text?.(row) ?? ''))]
  return lines.map((line) => line.map(clean).join('\t')).join('\n')
}
