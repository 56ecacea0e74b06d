import { useState } from 'react'
import type { ProjectId, Snapshot } from '../../../shared/contract/index.ts'
import { isCode } from '../../../shared/graph/code-files.ts'
import { datasetsMessages as words } from '../../../shared/messages/datasets.ts'
import {
  Body,
  Button,
  type Column,
  EmptyState,
  Hash,
  Panel,
  SearchField,
  Segmented,
  Unread,
  useNarrowWindow,
  ViewBar,
  VirtualTable,
} from '../../design/index.ts'
import { EntryLink, formatBytes, formatCount, formatTime, useMay } from '../../state/index.ts'
import { countKind, listSnapshots, snapshotList, type SnapshotKind } from './snapshot-list.ts'
import { RunLinks, SnapshotPanel } from './snapshot-panel.tsx'
import { TakeSnapshot } from './take-snapshot.tsx'

export interface DatasetsPageProps {
  readonly project: ProjectId
}

const COLUMNS: readonly Column<Snapshot>[] = [
  {
    id: 'dataset',
    header: words.dataset,
    look: 'strong',
    width: 'minmax(140px, 1.4fr)',
    cell: ({ dataset, path }) => <span title={path}>{dataset}</span>,
    text: ({ dataset }) => dataset,
  },
  {
    id: 'manifest',
    header: words.manifest,
    width: '84px',
    cell: ({ manifest }) => <Hash value={manifest} />,
    text: ({ manifest }) => manifest,
  },
  {
    id: 'files',
    header: words.files,
    align: 'end',
    look: 'dim',
    width: '60px',
    cell: ({ files }) => formatCount(files),
    text: ({ files }) => String(files),
  },
  {
    id: 'size',
    header: words.size,
    align: 'end',
    look: 'dim',
    width: '80px',
    cell: ({ bytes }) => formatBytes(bytes),
    text: ({ bytes }) => String(bytes),
  },
  {
    id: 'taken',
    header: words.taken,
    look: 'dim',
    width: '140px',
    cell: ({ takenAt }) => formatTime(takenAt),
    text: ({ takenAt }) => takenAt,
  },
  { id: 'by', header: words.by, look: 'dim', width: 'minmax(90px, 0.8fr)', cell: ({ takenBy }) => takenBy, text: ({ takenBy }) => takenBy },
  {
    id: 'entry',
    header: words.entry,
    align: 'end',
    width: '80px',
    cell: ({ entry }) => <EntryLink seq={entry} />,
    text: ({ entry }) => String(entry),
  },
  {
    id: 'runs',
    header: words.runs,
    width: 'minmax(90px, 0.8fr)',
    cell: (row) => <RunLinks snapshot={row} most={2} />,
    text: ({ runs }) => runs.join(' '),
  },
]

const KINDS = ['data', 'code', 'all'] as const satisfies readonly SnapshotKind[]

/** Every snapshot of a project's data, and the files of the chosen one. */
export function DatasetsPage({ project }: DatasetsPageProps) {
  const { value: snapshots, error, reload } = snapshotList.use(project)
  const may = useMay('dataset.snapshot', { project })
  const [text, setText] = useState('')
  const [selected, setSelected] = useState<number | null>(null)
  const [isTaking, setTaking] = useState(false)
  const isNarrow = useNarrowWindow()
  const [kind, setKind] = useState<SnapshotKind>('data')
  const rows = listSnapshots(snapshots ?? [], text, kind)
  const at = rows.findIndex(({ id }) => id === selected)
  const isEmpty = snapshots?.length === 0
  const take = may && (
    <Button kind="primary" icon="dataset" onPress={() => setTaking(true)}>
      {words.take}
    </Button>
  )
  const chosen = snapshots?.find(({ id }) => id === selected)
  return (
    <>
      <ViewBar
        title={words.title}
        meta={snapshots && snapshots.length > 0 && words.count(snapshots.length)}
        actions={
          <>
            {snapshots && snapshots.length > 0 && (
              <>
                <Segmented
                  label={words.kind}
                  value={kind}
                  onChange={setKind}
                  segments={KINDS.map((id) => ({ id, label: words.kinds[id], count: countKind(snapshots, id) }))}
                />
                <SearchField label={words.filter} value={text} onChange={setText} isListFilter />
              </>
            )}
            {!isEmpty && take}
          </>
        }
      />
      <Body layout={chosen ? 'columns' : 'single'}>
        <Panel title={words.snapshots} isTitleHidden isFlush>
          {snapshots === undefined ? (
            <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={10} />
          ) : (
            <VirtualTable
              label={words.snapshots}
              columns={isNarrow && chosen ? COLUMNS.filter(({ id }) => id !== 'by' && id !== 'runs') : COLUMNS}
              count={rows.length}
              rowAt={(index) => rows[index]}
              selected={at < 0 ? null : at}
              selectedKey={selected}
              onSelect={(index) => setSelected(rows[index]?.id ?? null)}
              empty={
                isEmpty ? (
                  <EmptyState icon="dataset" title={words.empty} action={take}>
                    {words.emptyText}
                  </EmptyState>
                ) : (
                  <EmptyState icon="search" title={words.noMatch}>
                    {words.noMatchText}
                  </EmptyState>
                )
              }
            />
          )}
        </Panel>
        {chosen && <SnapshotPanel key={chosen.id} snapshot={chosen} onClose={() => setSelected(null)} />}
      </Body>
      <TakeSnapshot
        project={project}
        isOpen={isTaking}
        onClose={() => setTaking(false)}
        onTaken={({ id, path }) => {
          setTaking(false)
          if (isCode(path)) setKind('all')
          setSelected(id)
        }}
      />
    </>
  )
}
