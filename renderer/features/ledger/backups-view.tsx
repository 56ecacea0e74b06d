import { useState } from 'react'
import type { BackupMade, BackupVerification, RecordedBackup } from '../../../shared/contract/index.ts'
import { backupMessages as words } from '../../../shared/messages/backups.ts'
import { Banner, BodyColumn, BulletList, Button, Panel, Unread } from '../../design/index.ts'
import { backupState, formatBytes, formatCount, formatDuration, formatTime, type LongTask, useApi, useLongTask, useMay } from '../../state/index.ts'
import { BackupTable } from './backup-table.tsx'
import { backupList } from './ledger-resources.ts'
import { MakeBackupDialog } from './make-backup-dialog.tsx'
import { RestorePanel } from './restore-panel.tsx'
import { SchedulePanel } from './schedule-panel.tsx'
import { TaskProgress } from './task-progress.tsx'

/** Copies of the workplace: those that there are, how they are made and what they are good for. */
export function BackupsView() {
  const api = useApi()
  const state = backupState.use('backups')
  const list = backupList.use('backups')
  const mayManage = useMay('backup.manage')
  const [isAsking, setAsking] = useState(false)
  const [made, setMade] = useState<BackupMade | null>(null)
  const [checked, setChecked] = useState<BackupVerification | null>(null)
  const [checking, setChecking] = useState('')
  const [latest, setLatest] = useState<'make' | 'verify'>('make')
  const begin = (task: 'make' | 'verify') => {
    setLatest(task)
    setMade(null)
    setChecked(null)
  }
  const making = useLongTask(async (options, folder: string) => {
    begin('make')
    setMade(await api.call('backups.create', { folder }, options))
  })
  const verifying = useLongTask(async (options, { entry }: RecordedBackup) => {
    begin('verify')
    setChecked(await api.call('backups.verify', { entry }, options))
  })
  if (!state.value || !list.value) {
    return (
      <Panel title={words.title} isTitleHidden>
        <Unread title={words.failed} error={state.error ?? list.error} onRetry={() => void [state.reload(), list.reload()]} loading={words.loading} lines={8} />
      </Panel>
    )
  }
  const { schedule, running, last, failing } = state.value
  const isBusy = making.progress !== null || running
  const make = (
    <Button size="small" icon="disk" isBusy={isBusy} onPress={() => setAsking(true)}>
      {isBusy ? words.beingMade : words.make}
    </Button>
  )
  return (
    <>
      <BodyColumn>
        <TaskProgress label={words.making} task={making} />
        <TaskProgress label={words.verifying(checking)} task={verifying} />
        {latest === 'make' ? <TaskFailure title={words.makeFailed} cancelled={words.makeCancelled} task={making} /> : <TaskFailure title={words.verifyFailed} cancelled={words.verifyCancelled} task={verifying} />}
        {failing && !making.failure && (
          <Banner kind="failure" title={words.failing(formatTime(failing.at))}>
            {words.failingText(failing.folder, failing.reason)}
          </Banner>
        )}
        {made && <Banner kind="success" title={words.madeNow(formatCount(made.size), formatCount(made.files), formatBytes(made.bytes))} />}
        {checked && <Checked checked={checked} />}
        <Panel title={words.title} meta={words.count(list.value.length)} {...(mayManage ? { actions: make } : {})} isFlush foot={words.text}>
          <BackupTable
            backups={list.value}
            mayManage={mayManage}
            isBusy={verifying.progress !== null}
            onVerify={(backup) => {
              setChecking(backup.backup)
              verifying.start(backup)
            }}
          />
        </Panel>
      </BodyColumn>
      <BodyColumn>
        <SchedulePanel state={state.value} />
        <RestorePanel backups={list.value} />
      </BodyColumn>
      <MakeBackupDialog isOpen={isAsking} onClose={() => setAsking(false)} folder={schedule?.folder ?? last?.folder ?? ''} onMake={making.start} />
    </>
  )
}

interface TaskFailureProps {
  readonly title: string
  /** What it means that it was cancelled. */
  readonly cancelled: string
  readonly task: Pick<LongTask<never[]>, 'failure'>
}

function TaskFailure({ title, cancelled, task: { failure } }: TaskFailureProps) {
  if (!failure) return null
  const isCancelled = failure.code === 'cancelled'
  return (
    <Banner kind={isCancelled ? 'note' : 'failure'} title={title}>
      {isCancelled ? cancelled : failure.message}
    </Banner>
  )
}

function Checked({ checked: { ok, backup, size, faults, durationMs } }: { readonly checked: BackupVerification }) {
  if (ok) {
    return (
      <Banner kind="success" title={words.whole(backup)}>
        {words.wholeText(formatCount(size), formatDuration(durationMs))}
      </Banner>
    )
  }
  const more = faults.count - SHOWN
  return (
    <Banner kind="failure" title={words.damaged(backup)}>
      <BulletList items={[...faults.listed.slice(0, SHOWN), ...(more > 0 ? [words.moreFaults(more)] : [])]} />
    </Banner>
  )
}

/** Faults shown: the first ones tell what is the matter, and all of them would fill the view. */
const SHOWN = 5
