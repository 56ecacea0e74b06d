import type { Person } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { ConfirmDialog } from '../../design/index.ts'
import { SignFailure, useAction, useApi } from '../../state/index.ts'

export interface DeactivateDialogProps {
  /** Whom; null while the dialog is closed. */
  readonly person: Person | null
  readonly onClose: () => void
}

/** Ends a person's access, once their sign-in name is typed. */
export function DeactivateDialog({ person, onClose }: DeactivateDialogProps) {
  const api = useApi()
  const { start: deactivate, isBusy, failure, forget } = useAction(async () => {
    if (person) await api.call('people.deactivate', { person: person.id })
    onClose()
  })
  const close = () => {
    forget()
    onClose()
  }
  const { displayName = '', handle = '' } = person ?? {}
  return (
    <ConfirmDialog
      isOpen={person !== null}
      onClose={close}
      onConfirm={deactivate}
      title={words.deactivateDialog.title(displayName)}
      confirmLabel={words.deactivateDialog.confirm}
      typed={{ label: words.deactivateDialog.typed(handle), phrase: handle }}
      isBusy={isBusy}
      isDanger
    >
      <SignFailure failure={failure} />
      <p>{words.deactivateDialog.text(displayName)}</p>
    </ConfirmDialog>
  )
}
