import { useState } from 'react'
import type { RunId, StageRun } from '../../../shared/contract/index.ts'
import { runMessages } from '../../../shared/messages/runs.ts'
import { EmptyState, Panel, RunState } from '../../design/index.ts'
import { stageShapes } from '../../canvas/index.ts'
import { TerminalActions, TerminalView, useTerminal } from '../../terminal/index.ts'
import styles from './runs.module.css'

export interface TerminalPanelProps {
  readonly run: RunId
  readonly stage: StageRun
}

const words = runMessages.terminal

/** The terminal of a stage's attempt, of the earlier one that stands for it, or why there is none. Mount it anew for another attempt. */
export function TerminalPanel({ run, stage }: TerminalPanelProps) {
  if (stage.startedAt === null && stage.cached === null) {
    const isWaiting = stage.state === 'waiting'
    return (
      <Panel title={words.title} meta={stage.stage} className={styles.terminal}>
        <EmptyState icon="terminal" title={isWaiting ? words.waitingTitle(stage.stage) : words.skippedTitle(stage.stage)}>
          {stage.reason ?? (isWaiting ? words.waiting : words.skipped)}
        </EmptyState>
      </Panel>
    )
  }
  return <LiveTerminal run={run} stage={stage} />
}

function LiveTerminal({ run, stage }: TerminalPanelProps) {
  const shown = stage.cached ?? { run, stage: stage.stage, attempt: stage.attempt }
  const terminal = useTerminal({ run: shown.run, stage: shown.stage, attempt: shown.attempt })
  const [isFinding, setFinding] = useState(false)
  const isOver = stage.endedAt !== null && terminal.status.status === 'ended'
  const search = { terminal, isFinding, onFinding: setFinding }
  return (
    <Panel
      title={words.title}
      meta={stage.cached === null ? words.attempt(stage.stage, stage.attempt) : words.cached(stage.stage, stage.cached.run)}
      actions={
        <>
          <RunState state={stageShapes[stage.state]} label={isOver ? words.ended(stage.exitCode) : words.live} />
          <TerminalActions {...search} />
        </>
      }
      isFlush
      className={styles.terminal}
    >
      <TerminalView {...search} />
    </Panel>
  )
}
