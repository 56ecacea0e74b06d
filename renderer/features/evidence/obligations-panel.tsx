import { useState } from 'react'
import type { Coverage, ObligationRow } from '../../../shared/contract/index.ts'
import { evidenceMessages as words } from '../../../shared/messages/evidence.ts'
import { Button, type Column, EmptyState, EvidenceState, Panel, SearchField, Tag, VirtualTable } from '../../design/index.ts'
import { formatDay } from '../../state/index.ts'
import styles from './evidence.module.css'
import { nameKind } from './kind-words.ts'
import { listRows, type RowFilter } from './matrix.ts'

const dateOf = ({ appliesFrom }: ObligationRow) => (appliesFrom === null ? words.voluntary : formatDay(appliesFrom))

const COLUMNS: readonly Column<ObligationRow>[] = [
  {
    id: 'row',
    header: words.row,
    look: 'dim',
    width: '112px',
    cell: ({ citation }) => <span title={citation}>{citation}</span>,
    text: ({ citation }) => citation,
  },
  {
    id: 'asks',
    header: words.asks,
    width: 'minmax(120px, 1fr)',
    cell: ({ title, requirement }) => <span title={requirement}>{title}</span>,
    text: ({ title }) => title,
  },
  {
    id: 'status',
    header: words.status,
    width: '96px',
    cell: ({ status }) => <EvidenceState state={status} label={words.statuses[status]} />,
    text: ({ status }) => words.statuses[status],
  },
  { id: 'from', header: words.appliesFrom, align: 'end', look: 'dim', width: '96px', cell: dateOf, text: dateOf },
]

export interface ObligationsPanelProps {
  readonly coverage: Coverage
  readonly filter: RowFilter | null
  readonly onFilter: (filter: RowFilter | null) => void
  readonly selected: string | null
  readonly onSelect: (obligation: string) => void
}

/** The obligations of the chosen cell or gap, what is missing first. */
export function ObligationsPanel({ coverage: { rows, frameworks }, filter, onFilter, selected, onSelect }: ObligationsPanelProps) {
  const [text, setText] = useState('')
  const shown = listRows(rows, filter, text)
  const at = shown.findIndex(({ obligation }) => obligation === selected)
  return (
    <Panel
      title={words.obligations}
      meta={filter ? undefined : words.obligationsIn(shown.length, rows.length)}
      actions={
        <>
          {filter && (
            <Tag
              {...(filter.by === 'cell' && filter.status !== null ? { state: filter.status } : { tone: 'accent' })}
              remove={{ label: words.clearFilter, onPress: () => onFilter(null) }}
            >
              {describeFilter(filter, frameworks)} {shown.length}
            </Tag>
          )}
          <div className={styles.search}>
            <SearchField label={words.filter} value={text} onChange={setText} isListFilter />
          </div>
        </>
      }
      isFlush
      className={styles.obligations}
    >
      <VirtualTable
        key={JSON.stringify(filter)}
        label={words.obligations}
        columns={COLUMNS}
        count={shown.length}
        rowAt={(index) => shown[index]}
        selected={at < 0 ? null : at}
        selectedKey={selected}
        onSelect={(index) => {
          const row = shown[index]
          if (row) onSelect(row.obligation)
        }}
        empty={
          <EmptyState
            icon="search"
            title={words.noObligation}
            action={
              <Button
                onPress={() => {
                  setText('')
                  onFilter(null)
                }}
              >
                {words.clearFilter}
              </Button>
            }
          >
            {words.noObligationText}
          </EmptyState>
        }
      />
    </Panel>
  )
}

function describeFilter(filter: RowFilter, frameworks: Coverage['frameworks']): string {
  if (filter.by === 'gap') return words.gapFilter(nameKind(filter.kind))
  const place = filter.chapter ?? frameworks.find(({ id }) => id === filter.framework)?.title ?? filter.framework
  return filter.status === null ? place : `${place}, ${words.statusWords[filter.status]}`
}
