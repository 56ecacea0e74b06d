import { useCallback, useState } from 'react'
import type { LedgerEntry } from '../../../shared/contract/index.ts'
import { describeDamage, describeSubject } from '../../../shared/messages/entries.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Button, type Column, EmptyState, Hash, ReadFailure, Tag, useNarrowWindow, VirtualTable } from '../../design/index.ts'
import { formatCount, formatTime } from '../../state/index.ts'
import { isDamaged, type EntryFilter, type EntryRow } from './entry-pages.ts'
import styles from './ledger.module.css'
import type { SeqRange } from './time-buckets.ts'
import { useEntries } from './use-entries.ts'

/** What the entry is about, and dimmed after it the content that it names, to which the digest belongs. */
function SubjectCell({ entry }: { readonly entry: LedgerEntry }) {
  const { name, content } = describeSubject(entry)
  return (
    <span title={subjectText(entry)}>
      {name} {content !== '' && <span className={styles.content}>{content}</span>}
    </span>
  )
}

/** What an entry says in a column; of one that cannot be read, nothing. */
const ofSound = <T,>(read: (entry: LedgerEntry) => T) => (row: EntryRow) => (isDamaged(row) ? '' : read(row))

function subjectText(entry: LedgerEntry): string {
  const { name, content } = describeSubject(entry)
  return content === '' ? name : `${name}: ${content}`
}

const COLUMNS: readonly Column<EntryRow>[] = [
  {
    id: 'seq',
    header: words.entry,
    align: 'end',
    look: 'mono',
    width: '76px',
    cell: ({ seq }) => formatCount(seq),
    text: ({ seq }) => String(seq),
  },
  { id: 'time', header: words.time, look: 'dim', width: '156px', cell: ofSound(({ time }) => formatTime(time)), text: ofSound(({ time }) => time) },
  {
    id: 'signer',
    header: words.signedBy,
    width: 'minmax(112px, 1fr)',
    cell: ofSound(({ signedBy }) => signedBy),
    text: ofSound(({ signedBy }) => signedBy),
  },
  {
    id: 'action',
    header: words.action,
    look: 'mono',
    width: '206px',
    cell: (row) => (isDamaged(row) ? <Tag state="failed">{words.damagedEntry}</Tag> : row.action),
    text: (row) => (isDamaged(row) ? words.damagedEntry : row.action),
  },
  {
    id: 'subject',
    header: words.subject,
    width: 'minmax(100px, 1.3fr)',
    cell: (row) => (isDamaged(row) ? <span title={row.message}>{describeDamage(row.kind)}</span> : <SubjectCell entry={row} />),
    text: (row) => (isDamaged(row) ? describeDamage(row.kind) : subjectText(row)),
  },
  {
    id: 'digest',
    header: words.digest,
    look: 'dim',
    width: '84px',
    cell: ofSound(({ subject: [first] }) => first && <Hash value={first.digest.sha256} />),
    text: ofSound(({ subject: [first] }) => first?.digest.sha256 ?? ''),
  },
]

export interface EntryTableProps {
  readonly filter: EntryFilter
  readonly range: SeqRange
  /** All entries of the ledger as the view knows it. */
  readonly size: number
  readonly selected: number | null
  readonly onSelect: (seq: number) => void
  readonly onClear: () => void
}

/** Entries, newest first, read as they come in sight. Give it a key of filter and range. */
export function EntryTable({ filter, range, size, selected, onSelect, onClear }: EntryTableProps) {
  const list = useEntries(filter, range)
  const [sight, setSight] = useState<readonly [number, number]>([0, 0])
  const isNarrow = useNarrowWindow()
  const { show } = list
  const onRange = useCallback(
    (first: number, last: number) => {
      show(first, last)
      setSight([first, last])
    },
    [show],
  )
  if (list.error) return <ReadFailure title={words.failed} error={list.error} onRetry={list.retry} />
  const first = list.rowAt(sight[0])
  const last = list.rowAt(Math.min(sight[1], list.count - 1))
  return (
    <>
      <VirtualTable
        label={words.entries}
        columns={isNarrow ? COLUMNS.filter(({ id }) => id !== 'digest') : COLUMNS}
        count={list.isEmpty ? 0 : list.count}
        rowAt={list.rowAt}
        selected={selected === null ? null : list.rowOf(selected)}
        selectedKey={selected}
        onSelect={(index) => {
          const row = list.rowAt(index)
          if (row) onSelect(row.seq)
        }}
        onRange={onRange}
        empty={
          list.isEmpty &&
          (size === 0 ? (
            <EmptyState icon="ledger" title={words.empty}>
              {words.emptyText}
            </EmptyState>
          ) : (
            <EmptyState icon="search" title={words.noMatch} action={<Button onPress={onClear}>{words.clearFilters}</Button>}>
              {words.noMatchText}
            </EmptyState>
          ))
        }
      />
      <div className={styles.foot}>
        <span role="status">{footOf(list, size)}</span>
        {first && last && <span>{words.showing(formatCount(last.seq), formatCount(first.seq))}</span>}
      </div>
    </>
  )
}

function footOf({ count, isCounted }: { readonly count: number; readonly isCounted: boolean }, size: number): string {
  if (!isCounted) return ''
  return count === size ? words.countedAll(formatCount(size)) : words.counted(formatCount(count), formatCount(size))
}
