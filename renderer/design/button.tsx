import type { ReactNode } from 'react'
import { useId, useRef } from 'react'
import type { ButtonProps as AriaButtonProps, ToggleButtonProps as AriaToggleButtonProps } from 'react-aria-components'
import { Button as AriaButton, ToggleButton as AriaToggleButton } from 'react-aria-components'
import styles from './button.module.css'
import { classNames } from './class-names.ts'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import { Spinner } from './spinner.tsx'
import { usePrimaryKey } from './view-keys.ts'

type PassedOn = 'onPress' | 'isDisabled' | 'type' | 'form' | 'autoFocus' | 'id' | 'aria-label' | 'aria-describedby' | 'slot'

export interface ButtonProps extends Pick<AriaButtonProps, PassedOn> {
  readonly children: ReactNode
  /** At most one `primary` button in a view; Ctrl Enter presses it. `danger` offers something grave, `destructive` does it, in a dialog that asked. */
  readonly kind?: 'default' | 'primary' | 'ghost' | 'danger' | 'destructive'
  /** 24, 28 or 32 px high. */
  readonly size?: 'small' | 'normal' | 'large'
  readonly icon?: IconName
  /** Shows a spinner before the label, which stays; the button keeps focus and does nothing. */
  readonly isBusy?: boolean
  /** Disables the button and says beside it why. */
  readonly disabledReason?: string | undefined
  /** Takes the whole width of its column. */
  readonly isWide?: boolean
}

/** An action. Keyboard and ARIA come from React Aria. */
export function Button(props: ButtonProps) {
  const { children, kind = 'default', size = 'normal', icon, isBusy = false, disabledReason, isWide = false, ...rest } = props
  const reasonId = useId()
  const element = useRef<HTMLButtonElement>(null)
  usePrimaryKey(element, kind === 'primary' && !isBusy && rest.isDisabled !== true && disabledReason === undefined)
  const described = disabledReason === undefined ? {} : { isDisabled: true, 'aria-describedby': reasonId }
  const button = (
    <AriaButton
      {...rest}
      {...described}
      ref={element}
      isPending={isBusy}
      className={classNames(styles.button, styles[kind], styles[size], isWide && styles.wide)}
    >
      {isBusy ? <Spinner /> : icon && <Icon name={icon} size="small" />}
      {children}
    </AriaButton>
  )
  if (disabledReason === undefined) return button
  return (
    <span className={classNames(styles.explained, isWide && styles.stacked)}>
      {button}
      <span id={reasonId} className={styles.reason}>
        {disabledReason}
      </span>
    </span>
  )
}

export interface ToggleButtonProps extends Pick<AriaToggleButtonProps, 'isSelected' | 'onChange' | 'isDisabled' | 'aria-label'> {
  readonly children: ReactNode
  readonly icon?: IconName
}

/** A button that stays pressed: a filter, a lens, a mode. */
export function ToggleButton({ children, icon, ...rest }: ToggleButtonProps) {
  return (
    <AriaToggleButton {...rest} className={classNames(styles.button, styles.normal, styles.toggle)}>
      {icon && <Icon name={icon} size="small" />}
      {children}
    </AriaToggleButton>
  )
}
