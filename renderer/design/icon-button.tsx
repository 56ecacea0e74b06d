import type { ButtonProps as AriaButtonProps } from 'react-aria-components'
import { Button as AriaButton } from 'react-aria-components'
import buttonStyles from './button.module.css'
import { classNames } from './class-names.ts'
import styles from './icon-button.module.css'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import { Spinner } from './spinner.tsx'
import { Tooltip } from './tooltip.tsx'

export interface IconButtonProps extends Pick<
  AriaButtonProps,
  'onPress' | 'isDisabled' | 'id' | 'slot' | 'aria-expanded' | 'aria-pressed'
> {
  readonly icon: IconName
  /** The accessible name, also shown as the tooltip. */
  readonly label: string
  /** Keys that do the same, shown in the tooltip. */
  readonly keys?: string
  readonly kind?: 'ghost' | 'default'
  readonly size?: 'small' | 'normal'
  readonly isBusy?: boolean
  /** A number on the corner: notices, problems. 0 shows nothing. */
  readonly count?: number
}

/** A button that shows an icon alone; its name stands in the tooltip and is read out. */
export function IconButton(props: IconButtonProps) {
  const { icon, label, keys, kind = 'ghost', size = 'normal', isBusy = false, count = 0, ...rest } = props
  return (
    <Tooltip text={label} {...(keys === undefined ? {} : { keys })}>
      <AriaButton
        {...rest}
        aria-label={label}
        isPending={isBusy}
        className={classNames(buttonStyles.button, buttonStyles[kind], buttonStyles[size], styles.icon, styles[size])}
      >
        {isBusy ? <Spinner /> : <Icon name={icon} size={size === 'small' ? 'small' : 'normal'} />}
        {count > 0 && <span className={styles.count}>{count > 99 ? '99' : count}</span>}
      </AriaButton>
    </Tooltip>
  )
}
