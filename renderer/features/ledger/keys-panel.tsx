import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { type Column, CopyButton, Panel, Table, Unread } from '../../design/index.ts'
import { EntryLink, peopleList } from '../../state/index.ts'
import { describeKey, type DescribedKey } from './key-owners.ts'
import { keyList } from './ledger-resources.ts'

const text = words.keys

const COLUMNS: readonly Column<DescribedKey>[] = [
  { id: 'owner', header: text.owner, look: 'strong', text: ({ owner }) => owner, cell: ({ owner }) => owner },
  { id: 'id', header: text.fingerprint, look: 'mono', width: '112px', text: ({ id }) => id, cell: ({ id }) => id },
  { id: 'from', header: text.from, align: 'end', width: '112px', text: ({ from }) => String(from), cell: ({ from }) => <EntryLink seq={from} /> },
  {
    id: 'until',
    header: text.until,
    align: 'end',
    width: '112px',
    text: ({ last }) => (last === null ? text.now : String(last)),
    cell: ({ last }) => (last === null ? text.now : <EntryLink seq={last} />),
  },
  { id: 'copy', header: text.copy, isHeaderHidden: true, align: 'end', width: '48px', cell: ({ key }) => <CopyButton text={key} label={text.copy} /> },
]

/** The keys of the ledger in order of appearance: the log's, the orchestrator's, those of people. */
export function KeysPanel() {
  const { value, error, reload } = keyList.use('keys')
  const { value: people } = peopleList.use('people')
  if (!value) {
    return (
      <Panel title={text.title} isTitleHidden>
        <Unread title={text.failed} error={error} onRetry={reload} loading={text.loading} lines={8} />
      </Panel>
    )
  }
  const rows = value.keys.map((each) => describeKey(each, people ?? []))
  return (
    <Panel title={text.title} meta={text.count(rows.length)} isFlush foot={text.text}>
      <Table label={text.title} columns={COLUMNS} rows={rows} keyOf={({ key, owner }) => `${owner} ${key}`} />
    </Panel>
  )
}
