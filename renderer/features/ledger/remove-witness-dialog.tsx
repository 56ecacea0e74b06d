import { ledgerMessages as words } from '../../../shared/messages/ledger.ts'
import { Banner, ConfirmDialog } from '../../design/index.ts'
import { useAction, useApi } from '../../state/index.ts'

const text = words.witnesses

export interface RemoveWitnessDialogProps {
  /** Which; null while the dialog is closed. */
  readonly name: string | null
  readonly onClose: () => void
  readonly onRemoved: () => void
}

/** Lets a witness count no more, once its name is typed. */
export function RemoveWitnessDialog({ name, onClose, onRemoved }: RemoveWitnessDialogProps) {
  const api = useApi()
  const { start: remove, isBusy, failure, forget } = useAction(async () => {
    if (name === null) return
    await api.call('witnesses.remove', { name })
    onRemoved()
    onClose()
  })
  const close = () => {
    forget()
    onClose()
  }
  return (
    <ConfirmDialog
      isOpen={name !== null}
      onClose={close}
      onConfirm={remove}
      title={text.removeTitle(name ?? '')}
      confirmLabel={text.remove}
      typed={{ label: text.removeTyped(name ?? ''), phrase: name ?? '' }}
      isBusy={isBusy}
      isDanger
    >
      {failure && <Banner kind="failure" title={failure.message} />}
      <p>{text.removeText}</p>
    </ConfirmDialog>
  )
}
