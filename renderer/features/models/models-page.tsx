import { useMemo, useState } from 'react'
import type { ProjectId, VersionSummary } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import {
  Body,
  Button,
  type Column,
  EmptyState,
  Hash,
  Link,
  Panel,
  SearchField,
  Table,
  Text,
  Unread,
  ViewBar,
} from '../../design/index.ts'
import { formatAddress, formatMetric, formatTime, navigate, PlaceLink, useMaySomewhere, versionList } from '../../state/index.ts'
import { ImportDialog } from './import-dialog.tsx'
import { findVersions } from './find-versions.ts'
import styles from './models.module.css'
import { StageMark } from './stage-mark.tsx'
import { approvalsOf } from './stage-steps.ts'

export interface ModelsPageProps {
  readonly project: ProjectId
}

const keyOf = ({ model, version }: VersionSummary) => `${model} ${version}`

const runText = ({ run }: VersionSummary) => (run === null ? words.noRun : words.runNumber(run))

/** Each has its share, so that the tables of the models line up below each other, whatever is in them. */
const COLUMNS: readonly Column<VersionSummary>[] = [
  {
    id: 'version',
    header: words.version,
    look: 'strong',
    width: '11%',
    cell: (row) => <Link href={addressOf(row)}>{keyOf(row)}</Link>,
    text: keyOf,
  },
  { id: 'stage', header: words.stage, width: '9%', cell: ({ stage }) => <StageMark stage={stage} />, text: ({ stage }) => words.stages[stage] },
  { id: 'waits', header: words.waits, width: '13%', cell: (row) => <Waits row={row} />, text: ({ openPromotion }) => openPromotion?.to ?? '' },
  {
    id: 'run',
    header: words.run,
    width: '9%',
    cell: ({ project, run }) => (run === null ? <Text tone="dim">{words.noRun}</Text> : <PlaceLink to={{ page: 'run', project, run }}>{words.runNumber(run)}</PlaceLink>),
    text: runText,
  },
  {
    id: 'metrics',
    header: words.metrics,
    look: 'dim',
    cell: (row) => <Metrics row={row} />,
    text: ({ metrics }) => JSON.stringify(metrics),
  },
  { id: 'artifact', header: words.artifact, width: '7%', cell: ({ artifact }) => <Hash value={artifact} />, text: ({ artifact }) => artifact },
  { id: 'signed', header: words.signature.name, look: 'dim', width: '7%', cell: ({ signed }) => (signed ? <Hash value={signed.hint} /> : <Text tone="faint">{words.signature.not}</Text>), text: ({ signed }) => signed?.hint ?? '' },
  { id: 'registered', header: words.registered, look: 'dim', width: '13%', cell: (row) => formatTime(row.registeredAt), text: (row) => row.registeredAt },
  { id: 'author', header: words.author, look: 'dim', width: '9%', cell: ({ author }) => author, text: ({ author }) => author },
]

/** Every version of every model of a project, the newest of each model first. */
export function ModelsPage({ project }: ModelsPageProps) {
  const { value: versions, error, reload } = versionList.use(project)
  const [filter, setFilter] = useState('')
  const [isImporting, setImporting] = useState(false)
  const mayImport = useMaySomewhere('model.import', project)
  const [selected, setSelected] = useState<string | null>(null)
  const models = useMemo(() => groupByModel(versions ?? [], filter), [versions, filter])
  if (versions === undefined) {
    return (
      <>
        <ViewBar title={words.title} />
        <Body>
          <Panel title={words.versions}>
            <Unread title={words.failed} error={error} onRetry={reload} loading={words.loading} lines={8} />
          </Panel>
        </Body>
      </>
    )
  }
  const modelCount = new Set(versions.map(({ model }) => model)).size
  return (
    <>
      <ViewBar
        title={words.title}
        meta={versions.length > 0 && words.count(modelCount, versions.length)}
        actions={
          <>
            {versions.length > 0 && (
              <div className={styles.search}>
                <SearchField label={words.filter} value={filter} onChange={setFilter} isListFilter />
              </div>
            )}
            {mayImport && (
              <Button icon="plus" onPress={() => setImporting(true)}>
                {words.importDialog.act}
              </Button>
            )}
          </>
        }
      />
      <Body className={styles.models}>
        {models.map(([model, rows]) => (
          <Panel key={model} title={model} meta={words.versionCount(rows.length)} isFlush className={styles.model}>
            <Table
              label={words.versionsOf(model)}
              isFixed
              columns={COLUMNS}
              rows={rows}
              keyOf={keyOf}
              selected={selected}
              onSelect={setSelected}
              onOpen={(key) => {
                const row = rows.find((each) => keyOf(each) === key)
                if (row) navigate({ page: 'version', project, model: row.model, version: row.version })
              }}
            />
          </Panel>
        ))}
        {models.length === 0 && (
          <Panel title={words.versions} isTitleHidden className={styles.model}>
            {versions.length === 0 ? (
              <EmptyState
                icon="model"
                title={words.empty}
                action={<Button onPress={() => navigate({ page: 'pipeline', project })}>{words.emptyAction}</Button>}
              >
                {words.emptyText}
              </EmptyState>
            ) : (
              <EmptyState icon="search" title={words.noMatch}>
                {words.noMatchText}
              </EmptyState>
            )}
          </Panel>
        )}
      </Body>
      <ImportDialog project={project} isOpen={isImporting} onClose={() => setImporting(false)} />
    </>
  )
}

function Waits({ row: { openPromotion } }: { readonly row: VersionSummary }) {
  if (!openPromotion)
    return (
      <Text size="small" tone="faint">
        {words.waitsNothing}
      </Text>
    )
  return (
    <Text size="small" tone="warning">
      {words.waitsSignature(approvalsOf(openPromotion).length, openPromotion.approvalsNeeded, openPromotion.to)}
    </Text>
  )
}

/** The first metrics of a version; the page of the version has all. */
function Metrics({ row: { metrics } }: { readonly row: VersionSummary }) {
  return (
    <span className={styles.metrics}>
      {Object.entries(metrics)
        .slice(0, 4)
        .map(([name, value]) => (
          <span key={name} className={styles.metric} title={`${name} ${value}`}>
            {name} <span>{formatMetric(value)}</span>
          </span>
        ))}
    </span>
  )
}

function addressOf({ project, model, version }: VersionSummary): string {
  return formatAddress({ page: 'version', project, model, version })
}

function groupByModel(versions: readonly VersionSummary[], filter: string): [model: string, rows: VersionSummary[]][] {
  return [...Map.groupBy(findVersions(versions, filter), ({ model }) => model)]
}
