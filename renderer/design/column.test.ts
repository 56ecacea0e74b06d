import { describe, expect, it } from 'vitest'
import type { Column } from './column.tsx'
import { tabSeparated } from './column.tsx'

interface Entry {
  readonly seq: number
  readonly action: string
}

const columns: readonly Column<Entry>[] = [
  { id: 'seq', header: 'Entry', cell: (row) => row.seq, text: (row) => String(row.seq) },
  { id: 'proof', header: 'Proof', cell: () => null },
  { id: 'action', header: 'Action', cell: (row) => row.action, text: (row) => row.action },
]

describe('tabSeparated', () => {
  it('writes the headers and the rows of the columns that have a text', () => {
    expect(tabSeparated(columns, [{ seq: 1, action: 'run.started' }])).toBe('Entry\tAction\n1\trun.started')
  })

  it('keeps a value with tabs or line ends in its own cell', () => {
    expect(tabSeparated(columns, [{ seq: 2, action: 'a\tb\nc' }])).toBe('Entry\tAction\n2\ta b c')
  })
})
