import { useMemo } from 'react'
import type { ProjectId, RequestError, RunDetail, RunId } from '../../../shared/contract/index.ts'
import { runMessages as words } from '../../../shared/messages/runs.ts'
import { Banner, Body, BodyColumn, EmptyState, Link, LiveRegion, Panel, ReadFailure, Skeleton, ViewBar } from '../../design/index.ts'
import { formatAddress, navigate, runDetail, StartFailure, useStartRun } from '../../state/index.ts'
import { chooseStage } from './chosen-stage.ts'
import { codeFailureOf, commitOf } from './code-version.ts'
import { FactsPanel } from './facts-panel.tsx'
import { useLiveMetrics } from './live-metrics.ts'
import { MetricsPanel } from './metrics-panel.tsx'
import { ResourcesPanel } from './resources-panel.tsx'
import { RunBar } from './run-bar.tsx'
import styles from './runs.module.css'
import { StageStrip } from './stage-strip.tsx'
import { StagesPanel } from './stages-panel.tsx'
import { TerminalPanel } from './terminal-panel.tsx'

export interface RunPageProps {
  readonly project: ProjectId
  readonly run: RunId
  /** The stage to look at; without it the view follows what runs, until somebody chooses one. */
  readonly stage?: string | undefined
}

/** One run: its stages, and terminal, metrics, resources and results of the selected one. */
export function RunPage({ project, run, stage }: RunPageProps) {
  const detail = runDetail.use(run)
  if (detail.value === undefined) {
    if (detail.status === 'failed') return <RunFailure project={project} run={run} error={detail.error} onRetry={detail.reload} />
    return <RunSkeleton run={run} />
  }
  return <LoadedRun key={run} project={project} detail={detail.value} named={stage} staleSince={detail.error ?? null} />
}

interface LoadedRunProps {
  readonly project: ProjectId
  readonly detail: RunDetail
  readonly named: string | undefined
  /** Why what is shown could not be read again. */
  readonly staleSince: RequestError | null
}

function LoadedRun({ project, detail, named, staleSince }: LoadedRunProps) {
  const starting = useStartRun(project, ({ id }) => navigate({ page: 'run', project, run: id }))
  const metrics = useLiveMetrics(detail.id)
  const reported = useMemo(() => new Set(metrics.points?.map((point) => point.stage)), [metrics.points])
  // Which stage reported metrics decides what a run that has ended opens on: it opens once that is known.
  const isKnown = metrics.points !== undefined || metrics.error !== null || detail.endedAt === null || named !== undefined
  const stage = isKnown ? chooseStage(detail.stages, named, reported) : undefined
  const select = (name: string) => navigate({ page: 'run', project, run: detail.id, stage: name })
  const codeFailure = codeFailureOf(detail)
  const hasBanner = starting.failure !== null || staleSince !== null || codeFailure !== null
  return (
    <>
      <RunBar detail={detail} starting={starting} />
      <LiveRegion>{words.page.announce(detail.id, detail.state)}</LiveRegion>
      <StageStrip detail={detail} selected={stage?.stage ?? null} onSelect={select} />
      {hasBanner && (
        <div className={styles.banner}>
          <StartFailure failure={starting.failure} />
          {codeFailure !== null && (
            <Banner kind="warning" title={commitOf(detail) === null ? words.page.codeFailed : words.page.changesFailed}>
              {words.page.codeFailedText(codeFailure)}
            </Banner>
          )}
          {staleSince && (
            <Banner kind="warning" title={words.page.stale}>
              {staleSince.message}
            </Banner>
          )}
        </div>
      )}
      {stage && (
        <Body layout="columns">
          <BodyColumn className={styles.primary}>
            <TerminalPanel key={`${stage.stage} ${stage.attempt}`} run={detail.id} stage={stage} />
            <MetricsPanel run={detail.id} metrics={metrics} isLive={detail.state === 'running'} stage={stage} />
          </BodyColumn>
          <BodyColumn className={styles.side}>
            <StagesPanel stages={detail.stages} selected={stage.stage} onSelect={select} />
            <ResourcesPanel run={detail.id} stage={stage} />
            <FactsPanel detail={detail} stage={stage} />
          </BodyColumn>
        </Body>
      )}
    </>
  )
}

function RunSkeleton({ run }: Pick<RunPageProps, 'run'>) {
  return (
    <>
      <ViewBar title={words.run(run)} />
      <Body layout="columns">
        <BodyColumn className={styles.primary}>
          <Panel title={words.terminal.title}>
            <Skeleton label={words.page.loading} lines={8} />
          </Panel>
          <Panel title={words.metrics.title}>
            <Skeleton label={words.metrics.loading} look="block" />
          </Panel>
        </BodyColumn>
        <BodyColumn className={styles.side}>
          <Panel title={words.stages.title}>
            <Skeleton label={words.page.loading} lines={6} />
          </Panel>
        </BodyColumn>
      </Body>
    </>
  )
}

interface RunFailureProps {
  readonly project: ProjectId
  readonly run: RunId
  readonly error: RequestError
  readonly onRetry: () => void
}

function RunFailure({ project, run, error, onRetry }: RunFailureProps) {
  const allRuns = <Link href={formatAddress({ page: 'runs', project })}>{words.page.allRuns}</Link>
  return (
    <>
      <ViewBar title={words.run(run)} />
      <Body>
        <Panel title={words.run(run)} isTitleHidden>
          {error.code === 'not-found' ? (
            <EmptyState icon="run" title={words.page.noRun(run)} action={allRuns} />
          ) : (
            <ReadFailure title={words.page.failedTitle(run)} error={error} onRetry={onRetry}>
              {allRuns}
            </ReadFailure>
          )}
        </Panel>
      </Body>
    </>
  )
}
