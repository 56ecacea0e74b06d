import { accountMessages } from '../../../shared/messages/account.ts'
import { Dialog, DialogForm, Text } from '../../design/index.ts'
import { OwnPassphraseFields, useChangePassphrase } from '../../state/index.ts'

const words = accountMessages.passphrase

export interface PassphraseDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onChanged: () => void
}

/** Changes the passphrase of the person here. */
export function PassphraseDialog({ isOpen, ...rest }: PassphraseDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={rest.onClose} title={words.title} isAlert>
      <PassphraseForm {...rest} />
    </Dialog>
  )
}

/* Its own component, so that what was typed is gone when the dialog closes. */
function PassphraseForm({ onClose, onChanged }: Omit<PassphraseDialogProps, 'isOpen'>) {
  const changing = useChangePassphrase(words.noPresent, () => {
    onClose()
    onChanged()
  })
  return (
    <DialogForm onSubmit={changing.submit} submitLabel={words.submit} onCancel={onClose} isBusy={changing.isBusy}>
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      <OwnPassphraseFields changing={changing} />
    </DialogForm>
  )
}
