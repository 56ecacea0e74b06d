import { Button, Popover, Select as AriaSelect, SelectValue } from 'react-aria-components'
import type { FieldNotes } from './field.tsx'
import { FieldFrame } from './field.tsx'
import styles from './field.module.css'
import { classNames } from './class-names.ts'
import { Icon } from './icon.tsx'
import listStyles from './list-box.module.css'
import type { Option } from './option-list.tsx'
import { OptionList } from './option-list.tsx'

export interface SelectProps<Id extends string> extends FieldNotes {
  readonly options: readonly Option<Id>[]
  readonly value: Id | null
  readonly onChange: (id: Id) => void
  readonly placeholder?: string
  readonly isDisabled?: boolean
}

/** One of a closed list. Arrow keys and typing choose; a locked select is disabled and says who may unlock it. */
export function Select<Id extends string>(props: SelectProps<Id>) {
  const { label, description, error, locked, changed, isLabelHidden, options, value, onChange, placeholder, isDisabled = false } = props
  return (
    <AriaSelect
      className={styles.field ?? ''}
      value={value}
      onChange={(key) => {
        const chosen = options.find((option) => option.id === key)
        if (chosen) onChange(chosen.id)
      }}
      isInvalid={error !== undefined}
      validationBehavior="aria"
      isDisabled={isDisabled || locked !== undefined}
      placeholder={placeholder ?? ''}
    >
      <FieldFrame {...{ label, description, error, locked, changed, isLabelHidden }}>
        <Button className={classNames(styles.box, styles.opener, locked !== undefined && styles.locked)}>
          <SelectValue className={styles.value ?? ''}>{({ selectedText, defaultChildren }) => selectedText || defaultChildren}</SelectValue>
          <Icon name={locked === undefined ? 'chevron-down' : 'lock'} size="small" />
        </Button>
      </FieldFrame>
      <Popover className={listStyles.popover ?? ''} offset={4}>
        <OptionList options={options} />
      </Popover>
    </AriaSelect>
  )
}
