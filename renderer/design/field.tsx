import type { ReactNode } from 'react'
import { FieldError, Label, Text } from 'react-aria-components'
import { classNames } from './class-names.ts'
import styles from './field.module.css'
import { Icon } from './icon.tsx'
import { VisuallyHidden } from './visually-hidden.tsx'

/** What every field can say about itself, above and below its box. */
export interface FieldNotes {
  readonly label: string
  readonly description?: string | undefined
  /** Marks the field invalid; says how to fix it. */
  readonly error?: string | undefined
  /** Makes the field read only, with a padlock; says who may unlock it. */
  readonly locked?: string | undefined
  /** Puts a dot before the label; the text is read out: 'changed, not yet saved'. */
  readonly changed?: string | undefined
  /** Keeps the label for screen readers alone. */
  readonly isLabelHidden?: boolean | undefined
}

/** Props of React Aria that follow from the notes. */
export function fieldState({ error, locked }: Pick<FieldNotes, 'error' | 'locked'>) {
  return { isInvalid: error !== undefined, isReadOnly: locked !== undefined, validationBehavior: 'aria' } as const
}

export interface FieldFrameProps extends FieldNotes {
  readonly children: ReactNode
}

/** Label, box and notes of a field; stands inside a field of React Aria, which ties them together. */
export function FieldFrame({ label, description, error, locked, changed, isLabelHidden = false, children }: FieldFrameProps) {
  const labelled = (
    <Label className={styles.label ?? ''}>
      {changed !== undefined && <span className={styles.dot} aria-hidden="true" />}
      {label}
      {changed !== undefined && <VisuallyHidden>{` ${changed}`}</VisuallyHidden>}
    </Label>
  )
  return (
    <>
      {isLabelHidden ? <VisuallyHidden>{labelled}</VisuallyHidden> : labelled}
      {children}
      {(description !== undefined || locked !== undefined) && (
        <Text slot="description" className={styles.note ?? ''}>
          {locked ?? description}
        </Text>
      )}
      <FieldError className={styles.error ?? ''}>
        <Icon name="alert" size="small" />
        {error}
      </FieldError>
    </>
  )
}

export interface FieldBoxProps {
  readonly children: ReactNode
  readonly isLocked?: boolean
  readonly isMono?: boolean
  readonly isTall?: boolean
}

/** The framed box that an input, its padlock and its buttons share. */
export function FieldBox({ children, isLocked = false, isMono = false, isTall = false }: FieldBoxProps) {
  return (
    <div className={classNames(styles.box, isLocked && styles.locked, isMono && styles.mono, isTall && styles.tall)}>
      {children}
      {isLocked && <Icon name="lock" size="small" />}
    </div>
  )
}
