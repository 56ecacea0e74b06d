import { useState } from 'react'
import type { RunSummary } from '../../shared/contract/index.ts'
import { runMessages } from '../../shared/messages/runs.ts'
import { Banner, Button, ConfirmDialog } from '../design/index.ts'
import { useAction } from './action.ts'
import { useApi } from './api.ts'
import { useIsSelf, usePersonName } from './people-names.ts'
import { runDetail } from './resources.ts'
import { useMay } from './session.ts'

const words = runMessages.stopDialog

/** Whether a run still has something to do: until it ends, its project starts no other. */
export function isActive({ state }: Pick<RunSummary, 'state'>): boolean {
  return state === 'running' || state === 'queued'
}

/** Stops a run once that is confirmed, for whoever may. */
export function StopButton({ run }: { readonly run: RunSummary }) {
  const mayStop = useMay('run.cancel', run)
  const [isAsking, setAsking] = useState(false)
  if (!mayStop) return null
  return (
    <>
      <Button kind="danger" icon="stop" onPress={() => setAsking(true)}>
        {runMessages.page.stop}
      </Button>
      {isAsking && <StopDialog run={run} onClose={() => setAsking(false)} />}
    </>
  )
}

interface StopDialogProps {
  readonly run: RunSummary
  readonly onClose: () => void
}

/** Asks before stopping, and asks for the run's name where somebody else started it. */
function StopDialog({ run, onClose }: StopDialogProps) {
  const api = useApi()
  const isSelf = useIsSelf()
  const nameOf = usePersonName()
  const isOwn = isSelf(run.startedBy)
  const phrase = runMessages.run(run.id)
  const stages = runDetail.use(run.id).value?.stages ?? []
  const running = stages.filter(({ state }) => state === 'running').map(({ stage }) => stage)
  const stopping = useAction(async () => {
    await api.call('runs.cancel', { run: run.id })
    onClose()
  })
  return (
    <ConfirmDialog
      isOpen
      onClose={onClose}
      onConfirm={stopping.start}
      title={words.title(run.id)}
      confirmLabel={words.confirm}
      cancelLabel={words.cancel}
      isDanger
      isBusy={stopping.isBusy}
      {...(isOwn ? {} : { typed: { label: words.typed(phrase), phrase } })}
    >
      {!isOwn && <p>{words.other(nameOf(run.startedBy))}</p>}
      <p>{words.body(running)}</p>
      <p>{words.kept}</p>
      {stopping.failure && (
        <Banner kind="failure" title={words.failed}>
          {stopping.failure.message}
        </Banner>
      )}
    </ConfirmDialog>
  )
}
