import { useState } from 'react'
import type { InputProps, TextFieldProps as AriaTextFieldProps } from 'react-aria-components'
import { Button, Input, TextArea as AriaTextArea, TextField as AriaTextField } from 'react-aria-components'
import { everywhereMessages as words } from '../../shared/messages/everywhere.ts'
import type { FieldNotes } from './field.tsx'
import { FieldBox, FieldFrame, fieldState } from './field.tsx'
import styles from './field.module.css'
import { Icon } from './icon.tsx'

type PassedOn =
  'value' | 'defaultValue' | 'onChange' | 'isDisabled' | 'isRequired' | 'autoFocus' | 'autoComplete' | 'maxLength' | 'name' | 'onBlur'

export interface TextFieldProps extends FieldNotes, Pick<AriaTextFieldProps, PassedOn> {
  readonly placeholder?: string
  readonly isMono?: boolean
  /** Stands after the value: a unit. */
  readonly unit?: string
  readonly type?: 'text' | 'email' | 'date'
}

/** One line of text. */
export function TextField(props: TextFieldProps) {
  const { label, description, error, locked, changed, isLabelHidden, placeholder, isMono = false, unit, type = 'text', ...rest } = props
  const notes = { label, description, error, locked, changed, isLabelHidden }
  return (
    <AriaTextField {...rest} {...fieldState(notes)} type={type} className={styles.field ?? ''}>
      <FieldFrame {...notes}>
        <FieldBox isLocked={locked !== undefined} isMono={isMono}>
          <Input className={styles.input ?? ''} {...shown(placeholder)} />
          {unit !== undefined && <span className={styles.unit}>{unit}</span>}
        </FieldBox>
      </FieldFrame>
    </AriaTextField>
  )
}

export interface PasswordFieldProps extends FieldNotes, Pick<AriaTextFieldProps, PassedOn> {}

/** A passphrase. It can be shown while typing. */
export function PasswordField({ label, description, error, locked, changed, isLabelHidden, ...rest }: PasswordFieldProps) {
  const [isShown, setShown] = useState(false)
  const notes = { label, description, error, locked, changed, isLabelHidden }
  return (
    <AriaTextField {...rest} {...fieldState(notes)} type={isShown ? 'text' : 'password'} className={styles.field ?? ''}>
      <FieldFrame {...notes}>
        <FieldBox isMono isLocked={locked !== undefined}>
          <Input className={styles.input ?? ''} spellCheck="false" />
          <Button
            className={styles.inside ?? ''}
            aria-label={isShown ? words.hidePassphrase : words.showPassphrase}
            onPress={() => {
              setShown(!isShown)
            }}
          >
            <Icon name={isShown ? 'eye-off' : 'eye'} size="small" />
          </Button>
        </FieldBox>
      </FieldFrame>
    </AriaTextField>
  )
}

export interface TextAreaProps extends FieldNotes, Pick<AriaTextFieldProps, PassedOn> {
  readonly rows?: number
  readonly placeholder?: string
  readonly isMono?: boolean
}

/** Several lines of text. */
export function TextArea(props: TextAreaProps) {
  const { label, description, error, locked, changed, isLabelHidden, rows = 3, placeholder, isMono = false, ...rest } = props
  const notes = { label, description, error, locked, changed, isLabelHidden }
  return (
    <AriaTextField {...rest} {...fieldState(notes)} className={styles.field ?? ''}>
      <FieldFrame {...notes}>
        <FieldBox isTall isLocked={locked !== undefined} isMono={isMono}>
          <AriaTextArea className={styles.input ?? ''} rows={rows} {...shown(placeholder)} />
        </FieldBox>
      </FieldFrame>
    </AriaTextField>
  )
}

function shown(placeholder: string | undefined): Pick<InputProps, 'placeholder'> {
  return placeholder === undefined ? {} : { placeholder }
}
