import { useState, type ReactNode } from 'react'
import type { RunId, VersionDetail } from '../../../shared/contract/index.ts'
import { compareVersions, COMPARED_PARTS, isSame, type Compared, type ComparedPart, type ComparedVersion } from '../../../shared/graph/version-comparison.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Body, type Column, Hash, Link, Panel, Select, Switch, Table, Text, Unread, ViewBar } from '../../design/index.ts'
import { formatAddress, formatMetric, navigate, runDetail, versionList, type VersionKey } from '../../state/index.ts'
import styles from './models.module.css'
import { StageTag } from './stage-mark.tsx'
import { versionDetail } from './version-resources.ts'

const text = words.compare

export interface ComparePageProps extends VersionKey {
  /** The version that it is compared with. */
  readonly against: number
}

/** Two versions of a model beside each other: what each measured, was judged by and was made of. */
export function ComparePage({ project, model, version, against }: ComparePageProps) {
  const before = versionDetail.use({ project, model, version: against })
  const after = versionDetail.use({ project, model, version })
  const { value: versions } = versionList.use(project)
  const failed = before.error ?? after.error
  const title = text.title(model, version, against)
  const others = versions?.filter((each) => each.model === model && each.version !== version) ?? []
  return (
    <>
      <ViewBar
        title={title}
        meta={<Link href={formatAddress({ page: 'version', project, model, version })}>{text.back(model, version)}</Link>}
        actions={
          others.length > 1 && (
            <Select
              label={text.with}
              isLabelHidden
              options={others.map((each) => ({ id: String(each.version), label: text.against(each.version) }))}
              value={String(against)}
              onChange={(id) => navigate({ page: 'compare', project, model, version, against: Number(id) })}
            />
          )
        }
      />
      {before.value && after.value ? (
        <Comparison before={before.value} after={after.value} />
      ) : (
        <Body>
          <Panel title={title} isTitleHidden>
            <Unread title={words.failedVersion(model, before.error ? against : version)} error={failed} onRetry={before.error ? before.reload : after.reload} loading={words.loading} lines={12} />
          </Panel>
        </Body>
      )}
    </>
  )
}

type Run = ComparedVersion['run']

/** Gives the run that made a version to whoever shows it; null where none did, or until it is read. */
function WithRun({ run, children }: { readonly run: VersionDetail['run']; readonly children: (run: Run) => ReactNode }) {
  return run === null ? children(null) : <ReadRun run={run}>{children}</ReadRun>
}

function ReadRun({ run, children }: { readonly run: RunId; readonly children: (run: Run) => ReactNode }) {
  return children(runDetail.use(run).value ?? null)
}

function Comparison({ before, after }: { readonly before: VersionDetail; readonly after: VersionDetail }) {
  return (
    <WithRun run={before.run}>
      {(runBefore) => <WithRun run={after.run}>{(runAfter) => <Parts before={before} after={after} runBefore={runBefore} runAfter={runAfter} />}</WithRun>}
    </WithRun>
  )
}

function Parts({ before, after, runBefore, runAfter }: { readonly before: VersionDetail; readonly after: VersionDetail; readonly runBefore: Run; readonly runAfter: Run }) {
  const [isWhole, setWhole] = useState(false)
  const parts = compareVersions({ version: before, run: runBefore }, { version: after, run: runAfter })
  const columns = columnsOf(before.version, after.version)
  return (
    <Body className={styles.models}>
      <Panel title={text.stages} isTitleHidden className={styles.model}>
        <div className={styles.compared}>
          {[before, after].map(({ version, stage }) => (
            <span key={version}>
              <Text weight="medium">{text.version(version)}</Text> <StageTag stage={stage}>{words.stages[stage]}</StageTag>
            </span>
          ))}
          <Switch isSelected={isWhole} onChange={setWhole}>
            {text.whole}
          </Switch>
        </div>
      </Panel>
      {COMPARED_PARTS.map((part) => (
        <Part key={part} part={part} rows={parts[part]} columns={columns} isWhole={isWhole || part === 'metrics'} />
      ))}
    </Body>
  )
}

function Part({ part, rows, columns, isWhole }: { readonly part: ComparedPart; readonly rows: readonly Compared[]; readonly columns: readonly Column<Compared>[]; readonly isWhole: boolean }) {
  const differing = rows.filter((row) => !isSame(row))
  const shown = isWhole ? rows : differing
  return (
    <Panel title={text.parts[part]} meta={text.differing(differing.length, rows.length)} isFlush className={styles.model}>
      {shown.length > 0 && <Table label={text.parts[part]} columns={columns} rows={shown} keyOf={({ name }) => name} />}
    </Panel>
  )
}

function columnsOf(before: number, after: number): readonly Column<Compared>[] {
  return [
    { id: 'name', header: text.name, width: '34%', text: ({ name }) => name, cell: (row) => <Text weight={isSame(row) ? 'regular' : 'medium'}>{row.name}</Text> },
    { id: 'before', header: text.version(before), align: 'end', look: 'dim', text: (row) => row.before ?? '', cell: (row) => <Value value={row.before} /> },
    { id: 'after', header: text.version(after), align: 'end', text: (row) => row.after ?? '', cell: (row) => <Value value={row.after} /> },
    {
      id: 'difference',
      header: text.difference,
      align: 'end',
      width: '16%',
      text: ({ difference }) => difference ?? '',
      cell: (row) => (row.difference !== null ? text.signed(formatMetric(row.difference)) : <Text tone="faint">{isSame(row) ? text.same : text.changed}</Text>),
    },
  ]
}

/** A digest by its beginning, a number as numbers stand elsewhere, anything else as it is. */
function Value({ value }: { readonly value: string | null }) {
  if (value === null) return <Text tone="faint">{text.none}</Text>
  if (/^[0-9a-f]{40,64}$/.test(value)) return <Hash value={value} />
  return <span title={value}>{/^-?\d+(\.\d+)?$/.test(value) ? formatMetric(value) : value}</span>
}
