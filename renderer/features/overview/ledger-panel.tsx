import type { LedgerEntry } from '../../../shared/contract/index.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { Link, Panel, Row, Table, Text, Unread, type Column } from '../../design/index.ts'
import { EntryLink, formatAddress, formatTime } from '../../state/index.ts'
import { describeEntry, pickOfNote } from './note-entries.ts'
import { recentEntries } from './overview-resources.ts'

const SHOWN = 8

const COLUMNS: readonly Column<LedgerEntry>[] = [
  {
    id: 'entry',
    header: words.columns.entry,
    width: '72px',
    text: ({ seq }) => String(seq),
    cell: ({ seq }) => <EntryLink seq={seq} />,
  },
  {
    id: 'what',
    header: words.columns.what,
    text: (entry) => `${describeEntry(entry).act} ${describeEntry(entry).about}`.trim(),
    cell: (entry) => (
      <Row>
        {describeEntry(entry).act}
        <Text size="small" tone="dim" isCut>
          {describeEntry(entry).about}
        </Text>
      </Row>
    ),
  },
  { id: 'by', header: words.columns.by, look: 'dim', width: '24%', text: ({ signedBy }) => signedBy, cell: ({ signedBy }) => signedBy },
  { id: 'time', header: words.columns.time, look: 'dim', align: 'end', width: '150px', text: ({ time }) => time, cell: ({ time }) => formatTime(time) },
]

/** What was decided and found lately in the workplace. */
export function LedgerPanel() {
  const { value: entries, error, reload } = recentEntries.use('recent')
  return (
    <Panel title={words.ledger} meta={words.ledgerMeta} actions={<Link href={formatAddress({ page: 'ledger' })}>{words.openLedger}</Link>} isFlush>
      {entries ? (
        <Table label={words.ledger} columns={COLUMNS} rows={pickOfNote(entries, SHOWN)} keyOf={({ seq }) => String(seq)} empty={words.noEntries} />
      ) : (
        <Unread title={words.ledgerFailed} error={error} onRetry={reload} loading={words.loading} lines={SHOWN} />
      )}
    </Panel>
  )
}
