import { useState } from 'react'
import type { BackupSchedule } from '../../../shared/contract/index.ts'
import { backupMessages } from '../../../shared/messages/backups.ts'
import { Banner, Columns, Dialog, DialogForm, NumberField, Select, Text, TextField } from '../../design/index.ts'
import { backupState, useAction, useApi } from '../../state/index.ts'
import { hoursOf, intervalOf, type TimeUnit } from './schedule-times.ts'

const words = backupMessages.schedule
const UNITS = (Object.keys(words.units) as TimeUnit[]).map((id) => ({ id, label: words.units[id] }))
/** What most want: each night's, for a month. */
const USUAL = { everyHours: 24, keep: 30 }

export interface ScheduleDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly schedule: BackupSchedule | null
  /** The folder that comes to mind. */
  readonly folder: string
}

/** Has backups made from now on. */
export function ScheduleDialog({ isOpen, ...rest }: ScheduleDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={rest.onClose} title={words.dialog}>
      <ScheduleForm {...rest} />
    </Dialog>
  )
}

function ScheduleForm({ onClose, schedule, folder: suggested }: Omit<ScheduleDialogProps, 'isOpen'>) {
  const api = useApi()
  const [folder, setFolder] = useState(schedule?.folder ?? suggested)
  const [interval, setInterval] = useState(intervalOf(schedule?.everyHours ?? USUAL.everyHours))
  const [keep, setKeep] = useState(schedule?.keep ?? USUAL.keep)
  const { start: save, isBusy, failure } = useAction(async () => {
    backupState.set('backups', await api.call('backups.schedule', { folder: folder.trim(), everyHours: hoursOf(interval.count, interval.unit), keep }))
    onClose()
  })
  // A number that is not typed is NaN.
  const missing = [folder.trim() === '' && words.folder, !(interval.count >= 1) && words.every, !(keep >= 1) && words.keepLabel]
  return (
    <DialogForm onSubmit={save} submitLabel={words.submit} onCancel={onClose} missing={missing} isBusy={isBusy}>
      {failure && <Banner kind="failure" title={failure.message} />}
      <Text as="p" tone="dim">
        {words.dialogText}
      </Text>
      <TextField label={words.folder} description={backupMessages.makeDialog.folderHint} value={folder} onChange={setFolder} autoFocus isMono />
      <Columns>
        <NumberField label={words.every} value={interval.count} onChange={(count) => setInterval({ ...interval, count })} minValue={1} maxValue={366} />
        <Select label={words.unit} options={UNITS} value={interval.unit} onChange={(unit) => setInterval({ ...interval, unit })} />
      </Columns>
      <NumberField label={words.keepLabel} description={words.keepHint} value={keep} onChange={setKeep} minValue={1} maxValue={10_000} />
    </DialogForm>
  )
}
