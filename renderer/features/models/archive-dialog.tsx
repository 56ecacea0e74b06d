import { useState } from 'react'
import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, Dialog, DialogForm, PasswordField, Text, TextField } from '../../design/index.ts'
import { passphraseError, useAction, useApi } from '../../state/index.ts'
import { versionDetail } from './version-resources.ts'

interface ArchiveDialogProps {
  readonly detail: VersionDetail
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Retires a version for good, signed by the person here. */
export function ArchiveDialog({ detail, isOpen, onClose }: ArchiveDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={words.archiveTitle(detail.model, detail.version)} isAlert>
      <ArchiveForm detail={detail} onClose={onClose} />
    </Dialog>
  )
}

function ArchiveForm({ detail: { project, model, version }, onClose }: Omit<ArchiveDialogProps, 'isOpen'>) {
  const api = useApi()
  const [comment, setComment] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const { start: archive, isBusy, failure } = useAction(async () => {
    setPassphrase('')
    versionDetail.set({ project, model, version }, await api.call('models.archive', { project, model, version, comment, passphrase }))
    onClose()
  })
  const wrong = passphraseError(failure)
  return (
    <DialogForm
      onSubmit={archive}
      submitLabel={words.archiveSign}
      submitIcon="sign"
      onCancel={onClose}
      isReady={passphrase !== ''}
      isBusy={isBusy}
      isDanger
    >
      <Text as="p" tone="dim">
        {words.archiveText}
      </Text>
      <TextField label={words.archiveReason} value={comment} onChange={setComment} maxLength={2000} />
      <PasswordField label={words.passphrase} value={passphrase} onChange={setPassphrase} autoComplete="current-password" error={wrong} />
      {failure && wrong === undefined && <Banner kind="failure" title={failure.message} />}
    </DialogForm>
  )
}
