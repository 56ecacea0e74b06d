import { useId, type ReactNode } from 'react'
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
  /** What has still to be entered, by the names of its fields; a field that is filled is `false`. The act stays closed while there is any, and says which. */
  readonly missing?: readonly (string | false)[]
  /** Whether what was entered suffices otherwise, where the fields say what is wrong. */
  readonly isReady?: boolean
  readonly isBusy?: boolean
  /** Does something grave. */
  readonly isDanger?: boolean
  /** Puts the focus on the way out, where there is nothing to enter. */
  readonly isCancelFocused?: boolean
  /** Why it failed: stays in sight with the buttons, however long the form is. */
  readonly failure?: ReactNode
}

/** What is entered in a dialog, with its act and the way out below. After a try the first field that is wrong has the focus, and is in sight with it. */
export function DialogForm(props: DialogFormProps) {
  const { children, onSubmit, submitLabel, submitIcon, onCancel, cancelLabel = words.cancel, missing = [], isBusy = false, isDanger = false, isCancelFocused = false, failure } = props
  const reasonId = useId()
  const names = missing.filter((each) => each !== false)
  const isReady = (props.isReady ?? true) && names.length === 0
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (!isReady || isBusy) return
        onSubmit()
        const form = event.currentTarget
        // What is wrong stands there once React has drawn it.
        requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
      }}
    >
      {children}
      <div className={styles.end}>
        {failure}
        <div className={styles.buttons}>
          {names.length > 0 && !isBusy && (
            <span id={reasonId} className={styles.missing}>
              {words.missing(names)}
            </span>
          )}
          <Button kind="ghost" onPress={onCancel} autoFocus={isCancelFocused}>
            {cancelLabel}
          </Button>
          <Button type="submit" kind={isDanger ? 'destructive' : 'primary'} isDisabled={!isReady} isBusy={isBusy} {...(names.length === 0 ? {} : { 'aria-describedby': reasonId })} {...(submitIcon === undefined ? {} : { icon: submitIcon })}>
            {submitLabel}
          </Button>
        </div>
      </div>
    </form>
  )
}
