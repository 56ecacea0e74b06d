import type { ProjectId } from '../../../shared/contract/index.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { EmptyState, KeyValue, Link, Panel } from '../../design/index.ts'
import { EntryLink, formatAddress, formatBytes, formatCount, formatTime, packList } from '../../state/index.ts'
import styles from './overview.module.css'
import { UnreadPanel } from './unread-panel.tsx'

/** The evidence pack that was exported last. */
export function PackPanel({ project }: { readonly project: ProjectId }) {
  const { value: packs, error, reload } = packList.use(project)
  if (!packs) return <UnreadPanel title={words.latestPack} error={error} reload={reload} />
  const latest = packs.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt))[0]
  if (!latest) {
    return (
      <Panel title={words.latestPack} className={styles.fixed}>
        <EmptyState icon="pack" title={words.noPack} action={<Link href={formatAddress({ page: 'evidence', project })}>{words.openEvidence}</Link>}>
          {words.noPackText}
        </EmptyState>
      </Panel>
    )
  }
  const { model, version, createdAt, by, entries, zipBytes, entry } = latest
  return (
    <Panel title={words.latestPack} actions={<Link href={formatAddress({ page: 'evidence', project, model, version })}>{words.packOf(model, version)}</Link>} className={styles.fixed}>
      <KeyValue
        pairs={[
          { label: words.exported, value: formatTime(createdAt) },
          { label: words.by, value: by },
          { label: words.contents, value: words.packMeta(formatCount(entries), formatBytes(zipBytes)) },
          { label: words.columns.entry, value: <EntryLink seq={entry} /> },
        ]}
      />
    </Panel>
  )
}
