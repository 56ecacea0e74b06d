import type { ProjectId, RunSummary } from '../../../shared/contract/index.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { stateNames } from '../../../shared/messages/runs.ts'
import { stageShapes } from '../../canvas/index.ts'
import { EmptyState, Link, Panel, RunState, Text } from '../../design/index.ts'
import { formatAddress, formatDuration, formatTime, runDetail, runList, useMay } from '../../state/index.ts'
import styles from './overview.module.css'
import { UnreadPanel } from './unread-panel.tsx'

/** The newest run of a project and the state of each of its stages. */
export function LatestRunPanel({ project }: { readonly project: ProjectId }) {
  const { value: runs, error, reload } = runList.use(project)
  const mayRead = useMay('run.read', { project })
  const [latest] = runs ?? []
  if (!mayRead) {
    return (
      <Panel title={words.run} className={styles.fixed}>
        <Text as="p" size="small" tone="dim">
          {words.runsNotRead}
        </Text>
      </Panel>
    )
  }
  const all = formatAddress({ page: 'runs', project })
  if (!runs) return <UnreadPanel title={words.run} error={error} reload={reload} />
  if (!latest) {
    return (
      <Panel title={words.run} className={styles.fixed}>
        <EmptyState icon="run" title={words.noRun} action={<Link href={formatAddress({ page: 'pipeline', project })}>{words.openPipeline}</Link>}>
          {words.noRunText}
        </EmptyState>
      </Panel>
    )
  }
  return (
    <Panel title={words.run} meta={words.runMeta(latest.stagesDone, latest.stagesTotal)} actions={<Link href={all}>{words.allRuns}</Link>} className={styles.fixed}>
      <LatestRun run={latest} />
    </Panel>
  )
}

function LatestRun({ run }: { readonly run: RunSummary }) {
  const { value: detail } = runDetail.use(run.id)
  const { id, project, state, startedAt, endedAt, startedBy } = run
  return (
    <div className={styles.run}>
      <div className={styles.line}>
        <Link href={formatAddress({ page: 'run', project, run: id })}>{words.runName(id)}</Link>
        <RunState state={state} label={stateNames[state]} />
        <Text size="small" tone="dim">
          {words.started(formatTime(startedAt), startedBy)}
          {endedAt !== null && `, ${words.took(formatDuration(Date.parse(endedAt) - Date.parse(startedAt)))}`}
        </Text>
      </div>
      {detail && (
        <ol className={styles.stages} aria-label={words.stages}>
          {detail.stages.map((stage) => (
            <li key={stage.stage}>
              <a href={formatAddress({ page: 'run', project, run: id, stage: stage.stage })} className={styles.stage}>
                <RunState state={stageShapes[stage.state]} label={stateNames[stage.state]} isIconOnly />
                {stage.stage}
              </a>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}
