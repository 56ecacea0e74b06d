import { useState } from 'react'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Dialog, DialogForm, PasswordField, Text, TextField } from '../../design/index.ts'
import { passphraseError, SignFailure, useAction, useApi } from '../../state/index.ts'

const text = words.witnesses

export interface AddWitnessDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onAdded: () => void
}

/** Takes a witness in by the key that it printed. */
export function AddWitnessDialog({ isOpen, ...rest }: AddWitnessDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={rest.onClose} title={text.add}>
      <WitnessForm {...rest} />
    </Dialog>
  )
}

/* Its own component, so that what was typed is gone when the dialog closes. */
function WitnessForm({ onClose, onAdded }: Omit<AddWitnessDialogProps, 'isOpen'>) {
  const api = useApi()
  const [name, setName] = useState('')
  const [key, setKey] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const { start: add, isBusy, failure } = useAction(async () => {
    setPassphrase('')
    await api.call('witnesses.add', { name: name.trim(), key: key.trim(), passphrase })
    onAdded()
    onClose()
  })
  return (
    <DialogForm onSubmit={add} submitLabel={text.add} onCancel={onClose} submitIcon="sign" missing={[name.trim() === '' && text.name, key.trim() === '' && text.key, passphrase === '' && text.passphrase]} isBusy={isBusy}>
      <Text as="p" tone="dim">
        {text.text}
      </Text>
      <Text as="p" tone="dim">
        {text.addText}
      </Text>
      <TextField label={text.name} description={text.nameHint} value={name} onChange={setName} autoFocus />
      <TextField label={text.key} description={text.keyHint} value={key} onChange={setKey} isMono />
      <PasswordField label={text.passphrase} value={passphrase} onChange={setPassphrase} autoComplete="current-password" error={passphraseError(failure)} />
      <SignFailure failure={failure} />
    </DialogForm>
  )
}
