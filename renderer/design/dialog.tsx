import type { ReactNode } from 'react'
import { useState } from 'react'
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { everywhereMessages as words } from '../../shared/messages/everywhere.ts'
import { DialogForm } from './dialog-form.tsx'
import styles from './dialog.module.css'
import { TextField } from './text-field.tsx'

export interface DialogProps {
  readonly isOpen: boolean
  /** Esc, and a press outside unless the dialog is an alert. */
  readonly onClose: () => void
  readonly title: string
  readonly children: ReactNode
  readonly foot?: ReactNode
  /** Interrupts: only its own buttons and Esc close it. */
  readonly isAlert?: boolean
}

/** A window over the view, only to confirm or to sign. Keeps the focus inside and gives it back when it closes. */
export function Dialog({ isOpen, onClose, title, children, foot, isAlert = false }: DialogProps) {
  return (
    <ModalOverlay
      isOpen={isOpen}
      isDismissable={!isAlert}
      className={styles.veil ?? ''}
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
    >
      <Modal className={styles.modal ?? ''}>
        <AriaDialog role={isAlert ? 'alertdialog' : 'dialog'} className={styles.dialog ?? ''}>
          <Heading slot="title" level={2} className={styles.title ?? ''}>
            {title}
          </Heading>
          <div className={styles.body}>{children}</div>
          {foot !== undefined && <div className={styles.foot}>{foot}</div>}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  )
}

export interface ConfirmDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onConfirm: () => void
  readonly title: string
  /** What follows, and what cannot be undone. */
  readonly children: ReactNode
  readonly confirmLabel: string
  readonly cancelLabel?: string
  readonly isDanger?: boolean
  readonly isBusy?: boolean
  /** Asks for a phrase before the action: the name of what is erased. `label` says so. */
  readonly typed?: { readonly label: string; readonly phrase: string }
}

/** Asks before something that cannot be undone. The action stays closed until the phrase, if any, is typed exactly. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title={props.title} isAlert>
      <Confirmation {...props} />
    </Dialog>
  )
}

/* Its own component, so that what was typed is gone when the dialog closes. */
function Confirmation({
  onClose,
  onConfirm,
  children,
  confirmLabel,
  cancelLabel,
  isDanger = false,
  isBusy = false,
  typed,
}: ConfirmDialogProps) {
  const [text, setText] = useState('')
  return (
    <DialogForm
      onSubmit={onConfirm}
      submitLabel={confirmLabel}
      onCancel={onClose}
      cancelLabel={cancelLabel}
      missing={[typed !== undefined && text !== typed.phrase && words.typed(typed.phrase)]}
      isBusy={isBusy}
      isDanger={isDanger}
      isCancelFocused={typed === undefined}
    >
      <div className={styles.words}>{children}</div>
      {typed && <TextField label={typed.label} value={text} onChange={setText} autoComplete="off" autoFocus isMono />}
    </DialogForm>
  )
}
