import { useState } from 'react'
import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Dialog, DialogForm, Text, TextField } from '../../design/index.ts'
import { useAction, useApi } from '../../state/index.ts'

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
  const { start: add, isBusy, failure } = useAction(async () => {
    await api.call('witnesses.add', { name: name.trim(), key: key.trim() })
    onAdded()
    onClose()
  })
  return (
    <DialogForm onSubmit={add} submitLabel={text.add} onCancel={onClose} isReady={name.trim() !== '' && key.trim() !== ''} isBusy={isBusy}>
      <Text as="p" tone="dim">
        {text.text}
      </Text>
      <TextField label={text.name} description={text.nameHint} value={name} onChange={setName} autoFocus />
      <TextField label={text.key} description={text.keyHint} value={key} onChange={setKey} isMono error={failure?.message} />
    </DialogForm>
  )
}
