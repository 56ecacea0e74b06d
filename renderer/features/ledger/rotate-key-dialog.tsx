import { useState } from 'react'
import type { ResultOf } from '../../../shared/contract/index.ts'
import { ledgerMessages } from '../../../shared/messages/ledger.ts'
import { BulletList, Dialog, DialogForm, PasswordField, Text } from '../../design/index.ts'
import { passphraseError, SignFailure, useAction, useApi } from '../../state/index.ts'

const words = ledgerMessages.keys

/** Keys of the workplace itself. */
export type WorkplaceKey = 'log' | 'orchestrator' | 'registry'

export interface RotateKeyDialogProps {
  /** Which; null while the dialog is closed. */
  readonly rotating: WorkplaceKey | null
  readonly onClose: () => void
  readonly onRotated: (rotated: RotatedKey) => void
}

/** The new verifier key, of the registry PEM, and the entry that introduces it. */
export type RotatedKey = ResultOf<'keys.rotate'> & { readonly of: WorkplaceKey }

/** Puts a new key in the place of that of the log, of the orchestrator or of the registry. */
export function RotateKeyDialog({ rotating, onClose, onRotated }: RotateKeyDialogProps) {
  return (
    <Dialog isOpen={rotating !== null} onClose={onClose} title={words.rotateTitle[rotating ?? 'log']} isAlert>
      {rotating && <RotateKeyForm rotating={rotating} onClose={onClose} onRotated={onRotated} />}
    </Dialog>
  )
}

function RotateKeyForm({ rotating, onClose, onRotated }: RotateKeyDialogProps & { readonly rotating: WorkplaceKey }) {
  const api = useApi()
  const [passphrase, setPassphrase] = useState('')
  const { start: rotate, isBusy, failure } = useAction(async () => {
    setPassphrase('')
    const rotated = await api.call('keys.rotate', { key: rotating, passphrase })
    onClose()
    onRotated({ ...rotated, of: rotating })
  })
  const wrong = passphraseError(failure)
  return (
    <DialogForm onSubmit={rotate} submitLabel={words.rotateConfirm} submitIcon="sign" onCancel={onClose} missing={[passphrase === '' && words.rotatePassphrase]} isBusy={isBusy} isDanger>
      <Text as="p" tone="dim">
        {words.rotateText}
      </Text>
      <BulletList items={words.rotateFollows[rotating]} />
      <PasswordField label={words.rotatePassphrase} value={passphrase} onChange={setPassphrase} autoComplete="current-password" autoFocus error={wrong} />
      <SignFailure failure={failure} />
    </DialogForm>
  )
}
