import type { VersionSummary } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { isTyping, nextRow, Panel, Skeleton } from '../../design/index.ts'
import { formatAddress, formatCount, formatDay, formatMetric, type VersionKey } from '../../state/index.ts'
import styles from './models.module.css'
import { StageMark } from './stage-mark.tsx'

/** The versions of one model, the newest first; J, K and the arrows move between them. */
export function VersionsPanel({
  versions,
  current,
}: {
  readonly versions: readonly VersionSummary[] | undefined
  readonly current: VersionKey
}) {
  const rows = versions?.filter(({ model }) => model === current.model)
  return (
    <Panel title={words.versions} meta={rows && formatCount(rows.length)} isFlush className={styles.versions}>
      {rows === undefined ? (
        <div className={styles.padded}>
          <Skeleton label={words.loading} lines={6} />
        </div>
      ) : (
        <ol
          className={styles.list}
          onKeyDown={(event) => {
            if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
            const links = [...event.currentTarget.querySelectorAll('a')]
            const at = links.findIndex((link) => link === document.activeElement)
            const target = nextRow(event.key, at, links.length, 8)
            if (target === null) return
            event.preventDefault()
            links[target]?.focus()
          }}
        >
          {rows.map((row) => (
            <li key={row.version}>
              <a
                href={formatAddress({ page: 'version', project: row.project, model: row.model, version: row.version })}
                className={styles.item}
                aria-current={row.version === current.version ? 'page' : undefined}
              >
                <span className={styles.number}>{row.version}</span>
                <StageMark stage={row.stage} />
                <FirstMetric row={row} />
                <span className={styles.quiet}>{words.versionLine(formatDay(row.registeredAt), row.run)}</span>
              </a>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}

function FirstMetric({ row: { metrics } }: { readonly row: VersionSummary }) {
  const name = ['auc', 'accuracy'].find((each) => metrics[each] !== undefined) ?? Object.keys(metrics).sort()[0]
  const value = name === undefined ? undefined : metrics[name]
  if (value === undefined) return null
  return <span title={name}>{formatMetric(Number(value).toFixed(3))}</span>
}
