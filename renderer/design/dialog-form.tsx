import type { ReactNode } from 'react'
import { everywhereMessages as words } from '../../shared/messages/everywhere.ts'
import { Button } from './button.tsx'
import styles from './dialog.module.css'
import type { IconName } from './icon.tsx'

export interface DialogFormProps {
  readonly children: ReactNode
  /** By the button or by Enter, while it is ready and not busy. */
  readonly onSubmit: () => void
  readonly submitLabel: string
  readonly submitIcon?: IconName
  readonly onCancel: () => void
  readonly cancelLabel?: string | undefined
  /** Whether what was entered suffices. */
  readonly isReady?: boolean
  readonly isBusy?: boolean
  /** Does something grave. */
  readonly isDanger?: boolean
  /** Puts the focus on the way out, where there is nothing to enter. */
  readonly isCancelFocused?: boolean
}

/** What is entered in a dialog, with its act and the way out below. */
export function DialogForm(props: DialogFormProps) {
  const { children, onSubmit, submitLabel, submitIcon, onCancel, cancelLabel = words.cancel, isReady = true, isBusy = false, isDanger = false, isCancelFocused = false } = props
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (isReady && !isBusy) onSubmit()
      }}
    >
      {children}
      <div className={styles.buttons}>
        <Button kind="ghost" onPress={onCancel} autoFocus={isCancelFocused}>
          {cancelLabel}
        </Button>
        <Button type="submit" kind={isDanger ? 'destructive' : 'primary'} isDisabled={!isReady} isBusy={isBusy} {...(submitIcon === undefined ? {} : { icon: submitIcon })}>
          {submitLabel}
        </Button>
      </div>
    </form>
  )
}
