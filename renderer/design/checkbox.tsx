import type { ReactNode } from 'react'
import type { CheckboxProps as AriaCheckboxProps } from 'react-aria-components'
import { Checkbox as AriaCheckbox } from 'react-aria-components'
import styles from './checkbox.module.css'
import { Icon } from './icon.tsx'

export interface CheckboxProps extends Pick<
  AriaCheckboxProps,
  'isSelected' | 'defaultSelected' | 'isIndeterminate' | 'isDisabled' | 'isInvalid' | 'onChange' | 'name'
> {
  readonly children: ReactNode
}

/** Yes or no, stated by its label. */
export function Checkbox({ children, ...rest }: CheckboxProps) {
  return (
    <AriaCheckbox {...rest} className={styles.checkbox ?? ''}>
      {({ isSelected, isIndeterminate }) => (
        <>
          <span className={styles.box}>
            {isIndeterminate ? <Icon name="minus" size="tiny" /> : isSelected && <Icon name="check" size="tiny" />}
          </span>
          <span>{children}</span>
        </>
      )}
    </AriaCheckbox>
  )
}
