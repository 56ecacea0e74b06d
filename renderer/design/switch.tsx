import type { ReactNode } from 'react'
import type { SwitchProps as AriaSwitchProps } from 'react-aria-components'
import { Switch as AriaSwitch } from 'react-aria-components'
import styles from './switch.module.css'

export interface SwitchProps extends Pick<AriaSwitchProps, 'isSelected' | 'defaultSelected' | 'isDisabled' | 'onChange'> {
  readonly children: ReactNode
}

/** A setting that takes effect at once. */
export function Switch({ children, ...rest }: SwitchProps) {
  return (
    <AriaSwitch {...rest} className={styles.switch ?? ''}>
      <span className={styles.track}>
        <span className={styles.knob} />
      </span>
      <span>{children}</span>
    </AriaSwitch>
  )
}
