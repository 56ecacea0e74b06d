import type { ReactElement } from 'react'
import type { PopoverProps as AriaPopoverProps } from 'react-aria-components'
import { Popover as AriaPopover, Menu as AriaMenu, MenuItem, MenuTrigger } from 'react-aria-components'
import { classNames } from './class-names.ts'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import { Kbd } from './kbd.tsx'
import styles from './list-box.module.css'

export interface MenuEntry<Id extends string = string> {
  readonly id: Id
  readonly label: string
  readonly icon?: IconName | undefined
  /** Keys that do the same. */
  readonly keys?: string | undefined
  /** A second line: what follows, or why the entry is disabled. */
  readonly detail?: string | undefined
  readonly isDanger?: boolean | undefined
  readonly isDisabled?: boolean | undefined
}

export interface MenuProps<Id extends string> extends Pick<AriaPopoverProps, 'placement'> {
  readonly label: string
  /** The button that opens the menu. */
  readonly trigger: ReactElement
  readonly entries: readonly MenuEntry<Id>[]
  readonly onAction: (id: Id) => void
}

/** A list of actions behind a button. Arrow keys move, typing jumps, Esc closes. */
export function Menu<Id extends string>({ label, trigger, entries, onAction, placement = 'bottom end' }: MenuProps<Id>) {
  return (
    <MenuTrigger>
      {trigger}
      <AriaPopover className={styles.popover ?? ''} placement={placement} offset={4}>
        <AriaMenu aria-label={label} className={styles.list ?? ''}>
          {entries.map((entry) => (
            <MenuItem
              key={entry.id}
              id={entry.id}
              textValue={entry.label}
              isDisabled={entry.isDisabled ?? false}
              className={classNames(styles.item, entry.isDanger && styles.danger)}
              onAction={() => {
                onAction(entry.id)
              }}
            >
              {entry.icon && <Icon name={entry.icon} size="small" />}
              <span className={styles.words}>
                {entry.label}
                {entry.detail !== undefined && <span className={styles.detail}>{entry.detail}</span>}
              </span>
              {entry.keys !== undefined && <Kbd>{entry.keys}</Kbd>}
            </MenuItem>
          ))}
        </AriaMenu>
      </AriaPopover>
    </MenuTrigger>
  )
}
