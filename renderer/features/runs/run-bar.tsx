import { useState } from 'react'
import type { RunDetail } from '../../../shared/contract/index.ts'
import { runMessages as words } from '../../../shared/messages/runs.ts'
import { Banner, Button, ConfirmDialog, Figures, Hash, Tag, ViewBar, type Figure } from '../../design/index.ts'
import { EntryLink, formatDuration, formatTime, StartButton, useAction, useApi, useMay, type StartRun } from '../../state/index.ts'
import { elapsed, useNow } from './clock.ts'
import { commitOf, withoutCommit } from './code-version.ts'
import { useIsSelf, usePersonName } from './people-names.ts'

export interface RunBarProps {
  readonly detail: RunDetail
  readonly starting: StartRun
}

/** Names the run, shows its figures, and stops it or starts another. */
export function RunBar({ detail, starting }: RunBarProps) {
  const nameOf = usePersonName()
  const mayStop = useMay('run.cancel')
  const [isAsking, setAsking] = useState(false)
  const isActive = detail.state === 'running' || detail.state === 'queued'
  return (
    <>
      <ViewBar
        title={words.run(detail.id)}
        meta={
          <>
            <Tag state={detail.state}>{words.page.progress(detail.state, detail.stagesDone, detail.stagesTotal)}</Tag>
            <span>{words.page.started(formatTime(detail.startedAt), nameOf(detail.startedBy))}</span>
          </>
        }
        figures={<RunFigures detail={detail} />}
        actions={
          isActive ? (
            <Button kind="danger" icon="stop" disabledReason={mayStop ? undefined : words.mayNotStop} onPress={() => setAsking(true)}>
              {words.page.stop}
            </Button>
          ) : (
            <StartButton starting={starting} label={words.runAgain} kind="default" />
          )
        }
      />
      <StopDialog detail={detail} isOpen={isAsking && isActive} onClose={() => setAsking(false)} />
    </>
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

interface StopDialogProps {
  readonly detail: RunDetail
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Asks before stopping, and asks for the run's name where somebody else started it. */
function StopDialog({ detail, isOpen, onClose }: StopDialogProps) {
  const api = useApi()
  const isSelf = useIsSelf()
  const nameOf = usePersonName()
  const isOwn = isSelf(detail.startedBy)
  const phrase = words.run(detail.id)
  const running = detail.stages.filter(({ state }) => state === 'running').map(({ stage }) => stage)
  const stopping = useAction(async () => {
    await api.call('runs.cancel', { run: detail.id })
    onClose()
  })
  const close = () => {
    stopping.forget()
    onClose()
  }
  return (
    <ConfirmDialog
      isOpen={isOpen}
      onClose={close}
      onConfirm={stopping.start}
      title={words.stopDialog.title(detail.id)}
      confirmLabel={words.stopDialog.confirm}
      cancelLabel={words.stopDialog.cancel}
      isDanger
      isBusy={stopping.isBusy}
      {...(isOwn ? {} : { typed: { label: words.stopDialog.typed(phrase), phrase } })}
    >
      {!isOwn && <p>{words.stopDialog.other(nameOf(detail.startedBy))}</p>}
      <p>{words.stopDialog.body(running)}</p>
      <p>{words.stopDialog.kept}</p>
      {stopping.failure && (
        <Banner kind="failure" title={words.stopDialog.failed}>
          {stopping.failure.message}
        </Banner>
      )}
    </ConfirmDialog>
  )
}
