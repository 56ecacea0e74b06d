import { useState } from 'react'
import type { Person } from '../../../shared/contract/index.ts'
import { accountMessages } from '../../../shared/messages/account.ts'
import { BulletList, Dialog, DialogForm, PasswordField, Text } from '../../design/index.ts'
import { passphraseError, SignFailure, useAction, useApi } from '../../state/index.ts'

const words = accountMessages.key

export interface OwnKeyDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onRotated: (person: Person) => void
}

/** Puts a new key in the place of that of the person here. */
export function OwnKeyDialog({ isOpen, ...rest }: OwnKeyDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={rest.onClose} title={words.title} isAlert>
      <OwnKeyForm {...rest} />
    </Dialog>
  )
}

/* Its own component, so that what was typed is gone when the dialog closes. */
function OwnKeyForm({ onClose, onRotated }: Omit<OwnKeyDialogProps, 'isOpen'>) {
  const api = useApi()
  const [passphrase, setPassphrase] = useState('')
  const { start: rotate, isBusy, failure } = useAction(async () => {
    setPassphrase('')
    const person = await api.call('session.rotateKey', { passphrase })
    onClose()
    onRotated(person)
  })
  const wrong = passphraseError(failure)
  return (
    <DialogForm onSubmit={rotate} submitLabel={words.submit} submitIcon="sign" onCancel={onClose} missing={[passphrase === '' && words.passphrase]} isBusy={isBusy}>
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      <BulletList items={words.follows} />
      <PasswordField label={words.passphrase} value={passphrase} onChange={setPassphrase} autoComplete="current-password" autoFocus error={wrong} />
      <SignFailure failure={failure} />
    </DialogForm>
  )
}
