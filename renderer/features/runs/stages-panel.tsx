import type { StageRun } from '../../../shared/contract/index.ts'
import { runMessages, stateNames } from '../../../shared/messages/runs.ts'
import { stageShapes } from '../../canvas/index.ts'
import { Panel, RunState, Table, type Column } from '../../design/index.ts'
import { elapsed, EntryLink, formatDuration, useNow } from '../../state/index.ts'
import styles from './runs.module.css'

const words = runMessages.stages

export interface StagesPanelProps {
  readonly stages: readonly StageRun[]
  readonly selected: string
  readonly onSelect: (stage: string) => void
}

/** Every stage with its state, and under it why it waits, failed or was skipped. */
export function StagesPanel({ stages, selected, onSelect }: StagesPanelProps) {
  const now = useNow(stages.some(({ state }) => state === 'running'))
  return (
    <Panel title={words.title} isFlush className={styles.stages}>
      <Table
        label={words.label}
        columns={stageColumns(now)}
        rows={stages}
        keyOf={({ stage }) => stage}
        selected={selected}
        onSelect={onSelect}
        detail={({ reason }) => reason}
      />
    </Panel>
  )
}

function stageColumns(now: number): Column<StageRun>[] {
  const time = (stage: StageRun) => {
    const ms = elapsed(stage, now)
    return ms === null ? '' : formatDuration(ms)
  }
  return [
    { id: 'state', header: words.state, isHeaderHidden: true, width: '32px', cell: ({ state }) => <RunState state={stageShapes[state]} label={stateNames[state]} isIconOnly />, text: ({ state }) => stateNames[state] },
    { id: 'stage', header: words.stage, look: 'strong', cell: ({ stage }) => stage, text: ({ stage }) => stage },
    { id: 'word', header: words.state, look: 'dim', cell: ({ state, cached }) => (cached === null ? stateNames[state] : words.from(cached.run)) },
    { id: 'time', header: words.time, align: 'end', cell: time, text: time },
    { id: 'attempt', header: words.attempt, align: 'end', look: 'dim', cell: ({ attempt, startedAt }) => (startedAt === null ? '' : attempt), text: ({ attempt }) => String(attempt) },
    {
      id: 'entry',
      header: words.entry,
      align: 'end',
      cell: ({ entry }) => entry !== null && <EntryLink seq={entry} />,
      text: ({ entry }) => (entry === null ? '' : String(entry)),
    },
  ]
}
