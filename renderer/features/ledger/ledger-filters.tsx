import { ACTION_NAMES, type ActionName } from '../../../shared/contract/index.ts'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { type Option, SearchField, Select, Tag } from '../../design/index.ts'
import { peopleList } from '../../state/index.ts'
import { NO_SESSIONS, type EntryFilter } from './entry-pages.ts'
import styles from './ledger.module.css'

const ANY = 'any'
const ACTIONS: readonly Option<ActionName | typeof NO_SESSIONS | typeof ANY>[] = [
  { id: ANY, label: words.anyAction },
  { id: NO_SESSIONS, label: words.noSessions },
  ...[...ACTION_NAMES].sort().map((name) => ({ id: name, label: name })),
]

export interface LedgerFiltersProps {
  readonly filter: EntryFilter
  readonly onFilter: (filter: EntryFilter) => void
  /** A number that was typed and confirmed. */
  readonly onGoTo: (seq: number) => void
  /** The chosen range of time in words, or null. */
  readonly time: string | null
  readonly onClearTime: () => void
}

/** Narrows the entries by words, action and signer; a number and Enter opens that entry. */
export function LedgerFilters({ filter, onFilter, onGoTo, time, onClearTime }: LedgerFiltersProps) {
  const { value: people } = peopleList.use('people')
  const persons: readonly Option[] = [
    { id: ANY, label: words.anyPerson },
    { id: 'orchestrator', label: words.orchestrator },
    ...(people ?? []).map(({ id, displayName, handle }) => ({ id, label: displayName, detail: handle })),
  ]
  return (
    <div className={styles.filters} role="search" aria-label={words.entries}>
      <div className={styles.text}>
        <SearchField
          label={words.filter}
          isListFilter
          value={filter.text}
          onChange={(text) => onFilter({ ...filter, text: text.slice(0, 200) })}
          onSubmit={(text) => {
            const digits = text.replace(/[#,\s]/g, '')
            if (/^\d{1,15}$/.test(digits)) onGoTo(Number(digits))
          }}
        />
      </div>
      <div className={styles.choice}>
        <Select
          label={words.action}
          isLabelHidden
          options={ACTIONS}
          value={filter.action ?? ANY}
          onChange={(id) => onFilter({ ...filter, action: id === ANY ? null : id })}
        />
      </div>
      <div className={styles.choice}>
        <Select
          label={words.person}
          isLabelHidden
          options={persons}
          value={filter.person ?? ANY}
          onChange={(id) => onFilter({ ...filter, person: id === ANY ? null : id })}
        />
      </div>
      {time !== null && (
        <Tag tone="accent" icon="clock" remove={{ label: words.clearTime, onPress: onClearTime }}>
          {time}
        </Tag>
      )}
    </div>
  )
}
