import { useState } from 'react'
import { backupMessages } from '../../../shared/messages/backups.ts'
import { Dialog, DialogForm, Text, TextField } from '../../design/index.ts'

const words = backupMessages.makeDialog

export interface MakeBackupDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  /** The folder that comes to mind: of the schedule, or of the last backup. */
  readonly folder: string
  readonly onMake: (folder: string) => void
}

/** Asks where to, then makes a backup. */
export function MakeBackupDialog({ isOpen, ...rest }: MakeBackupDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={rest.onClose} title={words.title}>
      <MakeForm {...rest} />
    </Dialog>
  )
}

function MakeForm({ onClose, folder: suggested, onMake }: Omit<MakeBackupDialogProps, 'isOpen'>) {
  const [folder, setFolder] = useState(suggested)
  const make = () => {
    onClose()
    onMake(folder.trim())
  }
  return (
    <DialogForm onSubmit={make} submitLabel={words.submit} onCancel={onClose} missing={[folder.trim() === '' && words.folder]}>
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      <TextField label={words.folder} description={words.folderHint} value={folder} onChange={setFolder} autoFocus isMono />
    </DialogForm>
  )
}
