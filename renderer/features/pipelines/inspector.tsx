import { useState, type ReactNode } from 'react'
import type { ProjectId, RunDetail } from '../../../shared/contract/index.ts'
import { stageFile, type Pipeline, type Stage } from '../../../shared/graph/pipeline.ts'
import { pipelineMessages } from '../../../shared/messages/pipelines.ts'
import { stateNames } from '../../../shared/messages/runs.ts'
import { Hash, KeyValue, Link, PanelSection, Table, Tabs, Tag, Text, type Column } from '../../design/index.ts'
import { stageShapes } from '../../canvas/index.ts'
import { EntryLink, formatAddress } from '../../state/index.ts'
import { parameterRows, type ParameterRow } from './parameter-rows.ts'
import { stagesOf } from './pipeline-graph.ts'
import { PipelineDetail } from './pipeline-detail.tsx'
import { PipelineText } from './pipeline-text.tsx'
import styles from './pipelines.module.css'
import { stageId, type SourceNode } from './graph-sources.ts'
import { StageDetail } from './stage-detail.tsx'
import { stageExcerpt } from './stage-text.ts'

const words = pipelineMessages.inspector

export interface InspectorProps {
  readonly project: ProjectId
  readonly pipeline: Pipeline
  readonly text: string
  readonly run: RunDetail | null
  readonly stage: Stage | undefined
  readonly source: SourceNode | undefined
  /** Takes the id of a node. */
  readonly onSelect: (node: string) => void
}

/** What dvc.yaml says of the selection; without one, of the pipeline as a whole. */
export function Inspector(props: InspectorProps) {
  const { stage, source } = props
  return (
    <aside aria-label={words.label} className={styles.inspector}>
      {stage ? (
        <StageInspector {...props} stage={stage} />
      ) : source ? (
        <SourceInspector {...props} source={source} />
      ) : (
        <PipelineInspector {...props} />
      )}
    </aside>
  )
}

function PipelineInspector({ pipeline, run, onSelect }: InspectorProps) {
  return (
    <>
      <InspectorHead title={words.pipeline} />
      <div className={styles.inspectorBody}>
        <PipelineDetail pipeline={pipeline} run={run} onSelect={onSelect} />
      </div>
    </>
  )
}

function InspectorHead({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={styles.inspectorHead}>
      <Text as="h2" size="lead" weight="strong" isCut title={title}>
        {title}
      </Text>
      {children}
    </div>
  )
}

function StageInspector({ project, text, run, stage }: InspectorProps & { readonly stage: Stage }) {
  const [tab, setTab] = useState<'stage' | 'parameters' | 'file'>('stage')
  const state = stagesOf(run).get(stage.name)
  return (
    <>
      <InspectorHead title={stage.name}>
        {state && <Tag state={stageShapes[state.state]}>{stateNames[state.state]}</Tag>}
        {run && state && <Link href={formatAddress({ page: 'run', project, run: run.id, stage: stage.name })}>{words.openRun(run.id)}</Link>}
      </InspectorHead>
      <Tabs
        label={words.label}
        value={tab}
        onChange={setTab}
        tabs={[
          { id: 'stage', label: words.stage, content: <StageDetail stage={stage} /> },
          { id: 'parameters', label: words.parameters, content: <Parameters stage={stage} run={run} /> },
          { id: 'file', label: words.file, content: <StageLines text={text} stage={stage.name} /> },
        ]}
      />
    </>
  )
}

function Note({ children }: { readonly children: ReactNode }) {
  return (
    <p className={styles.note}>
      <Text size="small" tone="dim">
        {children}
      </Text>
    </p>
  )
}

function Parameters({ stage, run }: { readonly stage: Stage; readonly run: RunDetail | null }) {
  const rows = parameterRows(stage, run?.parameters ?? {})
  if (rows.length === 0) return <Note>{words.noParameters}</Note>
  const columns: readonly Column<ParameterRow>[] = [
    { id: 'name', header: words.parameter, cell: ({ name }) => <span title={name}>{name}</span>, text: ({ name }) => name },
    ...(run
      ? [{ id: 'value', header: words.lastValue(run.id), align: 'end', look: 'mono', cell: ({ value }: ParameterRow) => value ?? words.noValue, text: ({ value }: ParameterRow) => value ?? '' } as const]
      : []),
  ]
  return <Table label={words.parameters} columns={columns} rows={rows} keyOf={({ name }) => name} />
}

function StageLines({ text, stage }: { readonly text: string; readonly stage: string }) {
  const file = stageFile(stage)
  if (file !== 'dvc.yaml') return <Note>{words.elsewhere(file)}</Note>
  const excerpt = stageExcerpt(text, stage)
  if (!excerpt) return <Note>{words.notFound}</Note>
  return <PipelineText label={words.lines(excerpt.from, excerpt.to)} text={excerpt.lines.join('\n')} from={excerpt.from} />
}

function SourceInspector({ source, run, onSelect }: InspectorProps & { readonly source: SourceNode }) {
  const snapshot = run?.snapshots.find(({ path }) => path === source.path)
  return (
    <>
      <InspectorHead title={source.path} />
      <div className={styles.inspectorBody}>
        <PanelSection>
          <KeyValue
            pairs={[
              { label: words.snapshot, value: snapshot ? <Hash value={snapshot.manifest} isCopyable /> : pipelineMessages.noSnapshot },
              ...(snapshot ? [{ label: words.entry, value: <EntryLink seq={snapshot.entry} /> }] : []),
            ]}
          />
        </PanelSection>
        <PanelSection title={words.usedBy}>
          {source.readers.map((name) => (
            <button key={name} type="button" className={styles.plainLink} onClick={() => onSelect(stageId(name))}>
              {name}
            </button>
          ))}
        </PanelSection>
      </div>
    </>
  )
}
