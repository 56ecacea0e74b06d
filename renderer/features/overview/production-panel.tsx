import type { ProjectId } from '../../../shared/contract/index.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { EmptyState, Hash, KeyValue, Link, Panel, Row, Text } from '../../design/index.ts'
import { formatAddress, formatMetric, formatTime, PlaceLink, versionList } from '../../state/index.ts'
import styles from './overview.module.css'
import { UnreadPanel } from './unread-panel.tsx'
import { newestVersion } from './waiting.ts'

/** Metrics that are shown beside a version; the rest stand on its page. */
const METRICS = 4

/** The version that is in use, or the newest one while there is none. */
export function ProductionPanel({ project }: { readonly project: ProjectId }) {
  const { value: versions, error, reload } = versionList.use(project)
  if (!versions) return <UnreadPanel title={words.production} error={error} reload={reload} />
  const inUse = newestVersion(versions.filter(({ stage }) => stage === 'production'))
  const newest = newestVersion(versions)
  if (!inUse) {
    const href = newest ? formatAddress({ page: 'version', project, model: newest.model, version: newest.version }) : formatAddress({ page: 'models', project })
    return (
      <Panel title={words.production} className={styles.fixed}>
        <EmptyState icon="model" title={words.noProduction} action={<Link href={href}>{newest ? words.newest(newest.model, newest.version, newest.stage) : words.openModels}</Link>}>
          {words.noProductionText}
        </EmptyState>
      </Panel>
    )
  }
  const { model, version, run, artifact, registeredAt, author, metrics } = inUse
  return (
    <Panel title={words.production} actions={<Link href={formatAddress({ page: 'version', project, model, version })}>{words.versionName(model, version)}</Link>} className={styles.fixed}>
      <KeyValue
        pairs={[
          {
            label: run === null ? words.importedBy : words.trainedBy,
            value: (
              <Row>
                {run !== null && <PlaceLink to={{ page: 'run', project, run }}>{words.runName(run)}</PlaceLink>}
                <Text size="small" tone="dim">
                  {author}
                </Text>
              </Row>
            ),
          },
          { label: words.registered, value: formatTime(registeredAt) },
          { label: words.artifact, value: <Hash value={artifact} isCopyable /> },
          ...Object.entries(metrics)
            .slice(0, METRICS)
            .map(([name, value]) => ({ label: name, value: formatMetric(value) })),
        ]}
      />
    </Panel>
  )
}
