import type { RecordedBackup } from '../../../shared/contract/index.ts'
import { backupMessages as words } from '../../../shared/messages/backups.ts'
import { type Column, EmptyState, IconButton, Table, Tag } from '../../design/index.ts'
import { EntryLink, formatBytes, formatCount, formatTime } from '../../state/index.ts'

export interface BackupTableProps {
  /** Newest first. */
  readonly backups: readonly RecordedBackup[]
  readonly mayManage: boolean
  /** One is being verified. */
  readonly isBusy: boolean
  readonly onVerify: (backup: RecordedBackup) => void
}

/** Backups as entries record them, and whether they are there. */
export function BackupTable({ backups, mayManage, isBusy, onVerify }: BackupTableProps) {
  if (backups.length === 0) {
    return (
      <EmptyState icon="disk" title={words.empty}>
        {mayManage ? words.emptyText : words.emptyTextOthers}
      </EmptyState>
    )
  }
  const columns: readonly Column<RecordedBackup>[] = [
    { id: 'made', header: words.columns.made, look: 'strong', text: ({ at }) => at, cell: ({ at }) => formatTime(at) },
    { id: 'folder', header: words.columns.folder, look: 'mono', text: ({ folder }) => folder, cell: ({ folder }) => folder },
    { id: 'entries', header: words.columns.entries, align: 'end', text: ({ size }) => String(size), cell: ({ size }) => formatCount(size) },
    { id: 'files', header: words.columns.files, align: 'end', text: ({ files }) => String(files), cell: ({ files }) => formatCount(files) },
    { id: 'size', header: words.columns.size, align: 'end', text: ({ bytes }) => String(bytes), cell: ({ bytes }) => formatBytes(bytes) },
    { id: 'state', header: words.columns.state, text: ({ state }) => words.states[state], cell: ({ state }) => <StateTag state={state} /> },
    { id: 'recorded', header: words.columns.recorded, align: 'end', text: ({ entry }) => String(entry), cell: ({ entry }) => <EntryLink seq={entry} /> },
    {
      id: 'acts',
      header: words.columns.acts,
      isHeaderHidden: true,
      align: 'end',
      width: '48px',
      cell: (backup) => backup.state === 'there' && <IconButton icon="evidence" label={words.verify(backup.backup)} size="small" isDisabled={isBusy} onPress={() => onVerify(backup)} />,
    },
  ]
  return <Table label={words.title} columns={columns} rows={backups} keyOf={({ entry }) => String(entry)} />
}

function StateTag({ state }: Pick<RecordedBackup, 'state'>) {
  switch (state) {
    case 'there':
      return <Tag tone="success" icon="circle-check">{words.states.there}</Tag>
    case 'missing':
      return <Tag tone="danger" icon="alert">{words.states.missing}</Tag>
    case 'out-of-reach':
      return <Tag tone="warning" icon="offline">{words.states['out-of-reach']}</Tag>
  }
}
