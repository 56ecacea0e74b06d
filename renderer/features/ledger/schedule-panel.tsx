import { useState } from 'react'
import type { BackupState } from '../../../shared/contract/index.ts'
import { backupMessages } from '../../../shared/messages/backups.ts'
import { Banner, Button, ConfirmDialog, KeyValue, Panel, Text } from '../../design/index.ts'
import { backupState, formatCount, formatTime, useAction, useApi, useMay, useNow } from '../../state/index.ts'
import { ScheduleDialog } from './schedule-dialog.tsx'
import { describeInterval } from './schedule-times.ts'

const words = backupMessages.schedule

/** When backups are made by themselves, and how the last one went. */
export function SchedulePanel({ state }: { readonly state: BackupState }) {
  const api = useApi()
  const mayManage = useMay('backup.manage')
  const [open, setOpen] = useState<'schedule' | 'end' | null>(null)
  const close = () => setOpen(null)
  const ending = useAction(async () => {
    backupState.set('backups', await api.call('backups.unschedule', {}))
    close()
  })
  const { schedule, last } = state
  const acts = (
    <>
      {schedule && (
        <Button size="small" onPress={() => setOpen('end')}>
          {words.end}
        </Button>
      )}
      <Button size="small" icon="calendar" onPress={() => setOpen('schedule')}>
        {schedule ? words.change : words.start}
      </Button>
    </>
  )
  return (
    <Panel title={words.title} {...(mayManage ? { actions: acts } : {})} {...(mayManage ? {} : { foot: backupMessages.mayNot })}>
      {schedule ? <Schedule state={state} /> : <Text tone="dim">{words.none}</Text>}
      {last && !schedule && <KeyValue pairs={[{ label: words.last, value: words.lastText(formatTime(last.at), formatCount(last.size)) }]} />}
      <ScheduleDialog isOpen={open === 'schedule'} onClose={close} schedule={schedule} folder={last?.folder ?? ''} />
      <ConfirmDialog
        isOpen={open === 'end'}
        onClose={() => {
          ending.forget()
          close()
        }}
        onConfirm={ending.start}
        title={words.endTitle}
        confirmLabel={words.endConfirm}
        isBusy={ending.isBusy}
      >
        {ending.failure && <Banner kind="failure" title={ending.failure.message} />}
        <p>{words.endText}</p>
      </ConfirmDialog>
    </Panel>
  )
}

function Schedule({ state: { schedule, last, dueAt } }: { readonly state: BackupState }) {
  const now = useNow(true)
  if (!schedule) return null
  return (
    <KeyValue
      wraps
      pairs={[
        { label: words.every, value: describeInterval(schedule.everyHours) },
        { label: words.folder, value: schedule.folder, isMono: true },
        { label: words.keep, value: words.newest(schedule.keep) },
        { label: words.next, value: dueAt === null || Date.parse(dueAt) <= now ? words.due : formatTime(dueAt) },
        { label: words.last, value: last === null ? words.never : words.lastText(formatTime(last.at), formatCount(last.size)) },
      ]}
    />
  )
}
