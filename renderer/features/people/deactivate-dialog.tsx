import { useState } from 'react'
import { RequestError, type Person } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Banner, ConfirmDialog } from '../../design/index.ts'
import { useApi } from '../../state/index.ts'

export interface DeactivateDialogProps {
  /** Whom; null while the dialog is closed. */
  readonly person: Person | null
  readonly onClose: () => void
}

/** Ends a person's access, once their sign-in name is typed. */
export function DeactivateDialog({ person, onClose }: DeactivateDialogProps) {
  const api = useApi()
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const close = () => {
    setFailure(null)
    onClose()
  }
  const deactivate = async () => {
    if (!person) return
    setBusy(true)
    setFailure(null)
    try {
      await api.call('people.deactivate', { person: person.id })
      close()
    } catch (error) {
      setFailure(error instanceof RequestError ? error : new RequestError('internal', String(error)))
    } finally {
      setBusy(false)
    }
  }
  const { displayName = '', handle = '' } = person ?? {}
  return (
    <ConfirmDialog
      isOpen={person !== null}
      onClose={close}
      onConfirm={() => void deactivate()}
      title={words.deactivateDialog.title(displayName)}
      confirmLabel={words.deactivateDialog.confirm}
      cancelLabel={words.form.cancel}
      typed={{ label: words.deactivateDialog.typed(handle), phrase: handle }}
      isBusy={isBusy}
      isDanger
    >
      {failure && <Banner kind="failure" title={failure.message} />}
      <p>{words.deactivateDialog.text(displayName)}</p>
    </ConfirmDialog>
  )
}
