import type { RunDetail } from '../../../shared/contract/index.ts'
import { runMessages as words } from '../../../shared/messages/runs.ts'
import { Figures, Hash, Tag, ViewBar, type Figure } from '../../design/index.ts'
import { elapsed, EntryLink, formatDuration, formatTime, RunButton, useNow, usePersonName, type StartRun } from '../../state/index.ts'
import { commitOf, withoutCommit } from './code-version.ts'

export interface RunBarProps {
  readonly detail: RunDetail
  readonly starting: StartRun
}

/** Names the run, shows its figures, and stops it or starts another. */
export function RunBar({ detail, starting }: RunBarProps) {
  const nameOf = usePersonName()
  return (
    <ViewBar
      title={words.run(detail.id)}
      meta={
        <>
          <Tag state={detail.state}>{words.page.progress(detail.state, detail.stagesDone, detail.stagesTotal)}</Tag>
          <span>{words.page.started(formatTime(detail.startedAt), nameOf(detail.startedBy))}</span>
        </>
      }
      figures={<RunFigures detail={detail} />}
      actions={<RunButton project={detail.project} starting={starting} latest={detail} label={words.runAgain} kind="default" />}
    />
  )
}

function RunFigures({ detail }: Pick<RunBarProps, 'detail'>) {
  const isActive = detail.endedAt === null
  const now = useNow(isActive)
  const commit = commitOf(detail)
  const note = words.page.dirty[detail.code.dirty]
  const figures: Figure[] = [
    { label: isActive ? words.page.elapsed : words.page.took, value: formatDuration(elapsed(detail, now) ?? 0) },
    { label: words.page.stages, value: words.list.done(detail.stagesDone, detail.stagesTotal) },
    {
      label: words.page.code,
      value: commit === null ? withoutCommit(detail) : <Hash value={commit} />,
      ...(commit === null || note === '' ? {} : { note }),
    },
  ]
  if (detail.startedEntry !== null) {
    figures.push({ label: words.page.entry, value: <EntryLink seq={detail.startedEntry} /> })
  }
  return <Figures figures={figures} />
}
