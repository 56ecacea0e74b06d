import { useState } from 'react'
import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Dialog, DialogForm, PasswordField, Text, TextField } from '../../design/index.ts'
import { passphraseError, SignFailure, useAction } from '../../state/index.ts'
import { versionDetail } from './version-resources.ts'

export interface SignedReasonDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly title: string
  /** What follows from it. */
  readonly text: string
  readonly reasonLabel: string
  readonly isReasonNeeded?: boolean
  readonly signLabel: string
  /** Signs, and answers what the version is then. */
  readonly onSign: (reason: string, passphrase: string) => Promise<VersionDetail>
}

/** Something grave about a version, with its reason, signed by the person here. */
export function SignedReasonDialog({ isOpen, ...rest }: SignedReasonDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={rest.onClose} title={rest.title} isAlert>
      <SignedReasonForm {...rest} />
    </Dialog>
  )
}

/* Its own component, so that what was typed is gone when the dialog closes. */
function SignedReasonForm({ onClose, text, reasonLabel, isReasonNeeded = false, signLabel, onSign }: Omit<SignedReasonDialogProps, 'isOpen' | 'title'>) {
  const [reason, setReason] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const { start: sign, isBusy, failure } = useAction(async () => {
    setPassphrase('')
    const detail = await onSign(reason.trim(), passphrase)
    const { project, model, version } = detail
    versionDetail.set({ project, model, version }, detail)
    onClose()
  })
  const wrong = passphraseError(failure)
  return (
    <DialogForm
      onSubmit={sign}
      submitLabel={signLabel}
      submitIcon="sign"
      onCancel={onClose}
      missing={[isReasonNeeded && reason.trim() === '' && reasonLabel, passphrase === '' && words.passphrase]}
      isBusy={isBusy}
      isDanger
    >
      <Text as="p" tone="dim">
        {text}
      </Text>
      <TextField label={reasonLabel} value={reason} onChange={setReason} maxLength={2000} autoFocus />
      <PasswordField label={words.passphrase} value={passphrase} onChange={setPassphrase} autoComplete="current-password" error={wrong} />
      <SignFailure failure={failure} />
    </DialogForm>
  )
}
