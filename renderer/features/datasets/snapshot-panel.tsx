import { Fragment, useState } from 'react'
import { RunId, type Snapshot } from '../../../shared/contract/index.ts'
import { datasetsMessages as words } from '../../../shared/messages/datasets.ts'
import { type Column, Hash, KeyValue, Panel, PanelSection, ReadFailure, VirtualTable } from '../../design/index.ts'
import { EntryLink, formatBytes, formatCount, formatTime, PlaceLink } from '../../state/index.ts'
import { type SnapshotFile, useFiles } from './use-files.ts'

const COLUMNS: readonly Column<SnapshotFile>[] = [
  {
    id: 'file',
    header: words.file,
    width: 'minmax(120px, 1fr)',
    cell: ({ path }) => <span title={path}>{path}</span>,
    text: ({ path }) => path,
  },
  {
    id: 'size',
    header: words.size,
    align: 'end',
    look: 'dim',
    width: '76px',
    cell: ({ bytes }) => formatBytes(bytes),
    text: ({ bytes }) => String(bytes),
  },
  {
    id: 'hash',
    header: words.hash,
    look: 'dim',
    width: '84px',
    cell: ({ sha256 }) => <Hash value={sha256} />,
    text: ({ sha256 }) => sha256,
  },
]

/** One snapshot: where it was taken, who read it since, and the hash of every file. */
export function SnapshotPanel({ snapshot, onClose }: { readonly snapshot: Snapshot; readonly onClose: () => void }) {
  const { files, isComplete, error, show, retry } = useFiles(snapshot.id)
  const [selected, setSelected] = useState<number | null>(null)
  return (
    <Panel
      title={snapshot.dataset}
      close={{ label: words.close, onClose }}
      foot={words.shown(formatCount(files.length), formatCount(snapshot.files))}
      isFlush
    >
      <PanelSection>
        <KeyValue
          pairs={[
            { label: words.pathLabel, value: <span title={snapshot.path}>{snapshot.path}</span>, isMono: true },
            {
              label: words.manifest,
              value: <Hash value={snapshot.manifest} isCopyable length={16} />,
            },
            { label: words.size, value: formatBytes(snapshot.bytes) },
            { label: words.taken, value: `${formatTime(snapshot.takenAt)}, ${snapshot.takenBy}` },
            { label: words.entry, value: <EntryLink seq={snapshot.entry} /> },
            { label: words.runs, value: <RunLinks snapshot={snapshot} most={8} /> },
          ]}
        />
      </PanelSection>
      {error && <ReadFailure title={words.filesFailed} error={error} onRetry={retry} />}
      {!error && (
        <VirtualTable
          label={words.filesOf(snapshot.dataset)}
          columns={COLUMNS}
          count={isComplete ? files.length : Math.max(files.length + 1, Math.min(snapshot.files, files.length + 500))}
          rowAt={(index) => files[index]}
          selected={selected}
          onSelect={setSelected}
          onRange={show}
        />
      )}
    </Panel>
  )
}

/** The runs that read a snapshot, each a link; the newest of them. */
export function RunLinks({ snapshot: { project, runs }, most }: { readonly snapshot: Snapshot; readonly most: number }) {
  const newest = runs.toSorted((a, b) => b - a)
  if (newest.length === 0) return words.noRuns
  return (
    <>
      {newest.slice(0, most).map((run) => (
        <Fragment key={run}>
          <PlaceLink to={{ page: 'run', project, run: RunId.parse(run) }}>{words.runName(run)}</PlaceLink>{' '}
        </Fragment>
      ))}
      {newest.length > most && words.moreRuns(newest.length - most)}
    </>
  )
}
