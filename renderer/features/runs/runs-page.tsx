import { useState } from 'react'
import type { ProjectId, RunSummary } from '../../../shared/contract/index.ts'
import { runMessages as words, stateNames } from '../../../shared/messages/runs.ts'
import { Body, Button, EmptyState, Link, Panel, RunState, SearchField, Unread, ViewBar, VirtualTable, type Column } from '../../design/index.ts'
import { elapsed, formatAddress, formatDuration, formatTime, isActive, navigate, RunButton, runList, StartButton, StartFailure, useNow, usePersonName, useStartRun } from '../../state/index.ts'
import { filterRuns } from './filter-runs.ts'
import styles from './runs.module.css'

export interface RunsPageProps {
  readonly project: ProjectId
}

/** All runs of a project, the newest first. */
export function RunsPage({ project }: RunsPageProps) {
  const runs = runList.use(project)
  const starting = useStartRun(project, ({ id }) => navigate({ page: 'run', project, run: id }))
  const [filter, setFilter] = useState('')
  const [selected, setSelected] = useState<number | null>(null)
  const nameOf = usePersonName()
  const now = useNow(runs.value?.some(({ state }) => state === 'running') ?? false)

  const all = runs.value ?? []
  const shown = filterRuns(all, filter, nameOf)
  const open = (index: number) => {
    const run = shown[index]
    if (run) navigate({ page: 'run', project, run: run.id })
  }
  const filterTo = (text: string) => {
    setFilter(text)
    setSelected(null)
  }
  return (
    <>
      <ViewBar
        title={words.title}
        meta={runs.value && <span>{words.list.shown(shown.length, all.length)}</span>}
        actions={
          <>
            <div className={styles.filter}>
              <SearchField label={words.list.filter} value={filter} onChange={filterTo} isListFilter />
            </div>
            {all.length > 0 && <RunButton project={project} starting={starting} latest={all.find(isActive)} label={words.runPipeline} kind="primary" />}
          </>
        }
      />
      <Body className={starting.failure ? styles.withBanner : undefined}>
        <StartFailure failure={starting.failure} />
        <Panel title={words.title} isTitleHidden isFlush>
          {runs.value === undefined && <Unread title={words.list.failedTitle} error={runs.error} onRetry={runs.reload} loading={words.list.loading} lines={8} />}
          {runs.value?.length === 0 && (
            <EmptyState icon="run" title={words.list.emptyTitle} action={<StartButton project={project} starting={starting} label={words.runPipeline} kind="primary" />}>
              {words.list.empty}
            </EmptyState>
          )}
          {all.length > 0 && (
            <VirtualTable
              label={words.list.label}
              columns={runColumns(project, now, nameOf)}
              count={shown.length}
              rowAt={(index) => shown[index]}
              selected={selected}
              onSelect={setSelected}
              onOpen={open}
              empty={<EmptyState icon="filter" title={words.list.noMatch} action={<Button onPress={() => filterTo('')}>{words.list.showAll}</Button>} />}
            />
          )}
        </Panel>
      </Body>
    </>
  )
}

function runColumns(project: ProjectId, now: number, nameOf: (person: string) => string): Column<RunSummary>[] {
  const duration = (run: RunSummary) => formatDuration(elapsed(run, now) ?? 0)
  const done = (run: RunSummary) => words.list.done(run.stagesDone, run.stagesTotal)
  return [
    { id: 'state', header: words.list.state, width: '140px', cell: ({ state }) => <RunState state={state} label={stateNames[state]} />, text: ({ state }) => stateNames[state] },
    { id: 'run', header: words.list.number, width: '120px', look: 'strong', cell: ({ id }) => <Link href={formatAddress({ page: 'run', project, run: id })}>{words.run(id)}</Link>, text: ({ id }) => String(id) },
    { id: 'started', header: words.list.started, width: '200px', cell: ({ startedAt }) => formatTime(startedAt), text: ({ startedAt }) => startedAt },
    { id: 'duration', header: words.list.duration, width: '120px', align: 'end', cell: duration, text: duration },
    { id: 'by', header: words.list.by, look: 'dim', cell: ({ startedBy }) => nameOf(startedBy), text: ({ startedBy }) => nameOf(startedBy) },
    { id: 'stages', header: words.list.stages, width: '120px', align: 'end', look: 'dim', cell: done, text: done },
  ]
}
