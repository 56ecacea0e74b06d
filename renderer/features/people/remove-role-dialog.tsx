import { rolesMessages } from '../../../shared/messages/roles.ts'
import { ConfirmDialog } from '../../design/index.ts'
import { SignFailure, useAction, useApi } from '../../state/index.ts'

const words = rolesMessages.removeDialog

export interface RemoveRoleDialogProps {
  /** Which; null while the dialog is closed. */
  readonly role: string | null
  readonly onClose: () => void
  readonly onRemoved: (role: string) => void
}

/** Removes a role of the workplace, once its name is typed. */
export function RemoveRoleDialog({ role, onClose, onRemoved }: RemoveRoleDialogProps) {
  const api = useApi()
  const { start: remove, isBusy, failure, forget } = useAction(async () => {
    if (role === null) return
    await api.call('roles.remove', { role })
    onRemoved(role)
  })
  const close = () => {
    forget()
    onClose()
  }
  const name = role ?? ''
  return (
    <ConfirmDialog isOpen={role !== null} onClose={close} onConfirm={remove} title={words.title(name)} confirmLabel={words.confirm} typed={{ label: words.typed(name), phrase: name }} isBusy={isBusy} isDanger>
      <SignFailure failure={failure} />
      <p>{words.text}</p>
    </ConfirmDialog>
  )
}
