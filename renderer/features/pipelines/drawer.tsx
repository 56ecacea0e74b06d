import { useState, type ReactNode } from 'react'
import type { ProjectId, RunDetail, StageRun } from '../../../shared/contract/index.ts'
import type { Pipeline } from '../../../shared/graph/pipeline.ts'
import { pipelineMessages } from '../../../shared/messages/pipelines.ts'
import { stateNames } from '../../../shared/messages/runs.ts'
import { stageShapes } from '../../canvas/index.ts'
import { EmptyState, Link, RunState, Select, Table, Tabs, type Column } from '../../design/index.ts'
import { formatAddress } from '../../state/index.ts'
import { TerminalActions, TerminalView, useTerminal } from '../../terminal/index.ts'
import styles from './pipelines.module.css'

const words = pipelineMessages.drawer

export interface DrawerProps {
  readonly project: ProjectId
  readonly pipeline: Pipeline
  readonly run: RunDetail | null
  /** The selected stage. */
  readonly selected: string | null
  readonly onSelect: (stage: string) => void
}

/** Terminal of the selected stage in the latest run, and what went wrong there. */
export function Drawer(props: DrawerProps) {
  const { run, selected } = props
  const [tab, setTab] = useState<TabName>('terminal')
  const shown = { ...props, tab, onTab: setTab }
  if (!run) {
    return (
      <DrawerTabs {...shown}>
        <EmptyState icon="terminal" title={words.noRunTitle}>
          {words.noRun}
        </EmptyState>
      </DrawerTabs>
    )
  }
  const stage = followed(run, selected)
  if (stage && stage.startedAt !== null && (selected === null || stage.stage === selected)) return <FollowingDrawer {...shown} run={run} stage={stage} />
  const isPart = stage !== undefined && (selected === null || stage.stage === selected)
  return (
    <DrawerTabs {...shown}>
      <EmptyState icon="terminal" title={isPart ? words.notStarted(stage.stage, run.id) : selected === null ? words.noStage : words.notInRun(selected, run.id)}>
        {(isPart ? stage.reason : null) ?? undefined}
      </EmptyState>
    </DrawerTabs>
  )
}

/** The stage to follow: the selected one, else what runs, else what began last. */
function followed(run: RunDetail, selected: string | null): StageRun | undefined {
  const begun = run.stages.filter(({ startedAt }) => startedAt !== null)
  const last = begun.toSorted((a, b) => (a.startedAt ?? '').localeCompare(b.startedAt ?? '')).at(-1)
  return run.stages.find(({ stage }) => stage === selected) ?? run.stages.find(({ state }) => state === 'running') ?? last
}

type TabName = 'terminal' | 'problems'

interface ShownDrawer extends DrawerProps {
  readonly tab: TabName
  readonly onTab: (tab: TabName) => void
}

interface FollowingDrawerProps extends ShownDrawer {
  readonly run: RunDetail
  readonly stage: StageRun
}

function FollowingDrawer({ run, stage, ...shown }: FollowingDrawerProps) {
  const terminal = useTerminal({ run: run.id, stage: stage.stage, attempt: stage.attempt })
  const [isFinding, setFinding] = useState(false)
  const search = { terminal, isFinding, onFinding: setFinding }
  const choices = run.stages.filter(({ startedAt }) => startedAt !== null).map(({ stage: name }) => ({ id: name, label: name }))
  const actions = (
    <>
      <RunState state={stageShapes[stage.state]} label={stateNames[stage.state]} />
      <div className={styles.choice}>
        <Select label={words.stage} isLabelHidden options={choices} value={stage.stage} onChange={shown.onSelect} />
      </div>
      <TerminalActions {...search} />
    </>
  )
  return (
    <DrawerTabs {...shown} run={run} actions={actions}>
      <TerminalView {...search} />
    </DrawerTabs>
  )
}

interface DrawerTabsProps extends ShownDrawer {
  readonly actions?: ReactNode
  /** What stands under the first tab. */
  readonly children: ReactNode
}

function DrawerTabs({ project, run, tab, onTab, actions, children }: DrawerTabsProps) {
  const failed = run?.stages.filter(({ state }) => state === 'failed' || state === 'interrupted') ?? []
  return (
    <section aria-label={words.label} className={styles.drawer}>
      <Tabs
        label={words.label}
        value={tab}
        onChange={onTab}
        actions={tab === 'terminal' && actions !== undefined && <div className={styles.drawerActions}>{actions}</div>}
        tabs={[
          { id: 'terminal', label: words.terminal, icon: 'terminal', content: children },
          { id: 'problems', label: words.problems, icon: 'warning', count: failed.length, content: <Problems project={project} run={run} failed={failed} /> },
        ]}
      />
    </section>
  )
}

interface ProblemsProps {
  readonly project: ProjectId
  readonly run: RunDetail | null
  readonly failed: readonly StageRun[]
}

function Problems({ project, run, failed }: ProblemsProps) {
  if (!run || failed.length === 0) {
    return (
      <EmptyState icon="circle-check" title={words.noProblems}>
        {words.allWell}
      </EmptyState>
    )
  }
  const columns: readonly Column<StageRun>[] = [
    { id: 'state', header: words.problems, isHeaderHidden: true, width: '32px', cell: ({ state }) => <RunState state={stageShapes[state]} label={stateNames[state]} isIconOnly /> },
    {
      id: 'place',
      header: words.place,
      width: '180px',
      cell: ({ stage }) => <Link href={formatAddress({ page: 'run', project, run: run.id, stage })}>{words.stageFailed(stage, run.id)}</Link>,
      text: ({ stage }) => words.stageFailed(stage, run.id),
    },
    { id: 'reason', header: words.problem, cell: ({ reason }) => reason ?? '', text: ({ reason }) => reason ?? '' },
  ]
  return <Table label={words.problems} columns={columns} rows={failed} keyOf={({ stage }) => stage} />
}
