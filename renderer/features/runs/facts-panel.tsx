import { useState } from 'react'
import type { RunDetail, StageRun } from '../../../shared/contract/index.ts'
import { runMessages } from '../../../shared/messages/runs.ts'
import { Hash, KeyValue, PanelSection, Table, Tabs, Text, type Column } from '../../design/index.ts'
import { EntryLink, formatBytes, formatMetric } from '../../state/index.ts'
import { commitOf, withoutCommit } from './code-version.ts'
import { CopyValue } from './copy-value.tsx'
import styles from './runs.module.css'

const words = runMessages.facts
type TabName = 'results' | 'parameters' | 'inputs' | 'environment'

export interface FactsPanelProps {
  readonly detail: RunDetail
  readonly stage: StageRun
}

/** What the ledger holds of this run: results and environment of the stage, parameters and inputs of the run. */
export function FactsPanel({ detail, stage }: FactsPanelProps) {
  const [tab, setTab] = useState<TabName>('results')
  return (
    <section aria-label={words.label} className={styles.facts}>
      <Tabs
        label={words.label}
        value={tab}
        onChange={setTab}
        tabs={[
          { id: 'results', label: words.results, content: <Results stage={stage} /> },
          { id: 'parameters', label: words.parameters, content: <Parameters detail={detail} /> },
          { id: 'inputs', label: words.inputs, content: <Inputs detail={detail} /> },
          { id: 'environment', label: words.environment, content: <Environment stage={stage} /> },
        ]}
      />
    </section>
  )
}

const hash = (value: string) => <Hash value={value} isCopyable />

function Nothing({ children }: { readonly children: string }) {
  return (
    <p className={styles.note}>
      <Text size="small" tone="dim">
        {children}
      </Text>
    </p>
  )
}

type NamedValue = readonly [name: string, value: string]
type OutFile = StageRun['outs'][number]

const metricColumns: readonly Column<NamedValue>[] = [
  { id: 'name', header: words.metric, cell: ([name]) => name, text: ([name]) => name },
  // The table shows few decimals; what is copied is what was recorded.
  { id: 'value', header: words.value, align: 'end', cell: ([, value]) => <CopyValue shown={formatMetric(value)} value={value} />, text: ([, value]) => value },
]

const outColumns: readonly Column<OutFile>[] = [
  { id: 'path', header: words.file, look: 'mono', isCut: true, cell: ({ path }) => <span title={path}>{path}</span>, text: ({ path }) => path },
  { id: 'bytes', header: words.size, align: 'end', look: 'dim', cell: ({ bytes }) => formatBytes(bytes), text: ({ bytes }) => String(bytes) },
  { id: 'hash', header: words.hash, align: 'end', cell: ({ sha256 }) => hash(sha256), text: ({ sha256 }) => sha256 },
]

function Results({ stage }: Pick<FactsPanelProps, 'stage'>) {
  const metrics = Object.entries(stage.metrics)
  if (stage.state !== 'succeeded') return <Nothing>{words.noResults(stage.stage, stage.state)}</Nothing>
  return (
    <>
      {metrics.length === 0 && stage.outs.length === 0 && <Nothing>{words.nothing(stage.stage)}</Nothing>}
      {metrics.length > 0 && <Table label={words.metrics} columns={metricColumns} rows={metrics} keyOf={([name]) => name} />}
      {stage.outs.length > 0 && <Table label={words.outputs} columns={outColumns} rows={stage.outs} keyOf={({ path }) => path} />}
      {stage.entry !== null && (
        <p className={styles.note}>
          <Text size="small" tone="dim">
            {words.recordedIn} <EntryLink seq={stage.entry} />
          </Text>
        </p>
      )}
    </>
  )
}

const parameterColumns: readonly Column<NamedValue>[] = [
  { id: 'name', header: words.parameter, cell: ([name]) => name, text: ([name]) => name },
  { id: 'value', header: words.value, align: 'end', look: 'mono', cell: ([, value]) => value, text: ([, value]) => value },
]

function Parameters({ detail }: Pick<FactsPanelProps, 'detail'>) {
  const parameters = Object.entries(detail.parameters)
  if (parameters.length === 0) return <Nothing>{words.noParameters}</Nothing>
  return <Table label={words.parameters} columns={parameterColumns} rows={parameters} keyOf={([name]) => name} />
}

const snapshotColumns: readonly Column<RunDetail['snapshots'][number]>[] = [
  { id: 'path', header: words.file, look: 'mono', isCut: true, cell: ({ path }) => <span title={path}>{path}</span>, text: ({ path }) => path },
  { id: 'manifest', header: words.snapshot, align: 'end', cell: ({ manifest }) => hash(manifest), text: ({ manifest }) => manifest },
  { id: 'entry', header: words.entry, align: 'end', cell: ({ entry }) => <EntryLink seq={entry} />, text: ({ entry }) => String(entry) },
]

function Inputs({ detail }: Pick<FactsPanelProps, 'detail'>) {
  const { dirty, diff } = detail.code
  const commit = commitOf(detail)
  const changes = { yes: !/^[0-9a-f]{64}$/.test(diff) ? runMessages.page.dirty.yes : hash(diff), no: words.noChanges, unknown: words.unknownChanges }
  return (
    <>
      {detail.snapshots.length === 0 ? (
        <Nothing>{words.noInputs}</Nothing>
      ) : (
        <Table label={words.inputs} columns={snapshotColumns} rows={detail.snapshots} keyOf={({ path }) => path} />
      )}
      <PanelSection title={words.code}>
        <KeyValue
          pairs={[
            { label: words.pipeline, value: hash(detail.pipeline) },
            { label: words.commit, value: commit === null ? withoutCommit(detail) : hash(commit) },
            { label: words.changes, value: changes[dirty] },
          ]}
        />
      </PanelSection>
    </>
  )
}

function Environment({ stage }: Pick<FactsPanelProps, 'stage'>) {
  if (!stage.environment) return <Nothing>{words.noEnvironment}</Nothing>
  return (
    <PanelSection>
      <KeyValue wraps pairs={Object.entries(stage.environment).map(([label, value]) => ({ label, value }))} />
    </PanelSection>
  )
}
