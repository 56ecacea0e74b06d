import type { ComboBoxProps as AriaComboBoxProps } from 'react-aria-components'
import { Button, ComboBox as AriaComboBox, Input, Popover } from 'react-aria-components'
import type { FieldNotes } from './field.tsx'
import { FieldBox, FieldFrame, fieldState } from './field.tsx'
import styles from './field.module.css'
import { Icon } from './icon.tsx'
import listStyles from './list-box.module.css'
import type { Option } from './option-list.tsx'
import { OptionList } from './option-list.tsx'

export interface ComboBoxProps<Id extends string> extends FieldNotes, Pick<AriaComboBoxProps<object>, 'isDisabled' | 'autoFocus'> {
  readonly options: readonly Option<Id>[]
  readonly value: Id | null
  readonly onChange: (id: Id | null) => void
  /** Stands in the list when nothing matches. */
  readonly empty: string
}

/** One of a long list, found by typing. */
export function ComboBox<Id extends string>(props: ComboBoxProps<Id>) {
  const { label, description, error, locked, changed, isLabelHidden, options, value, onChange, empty, ...rest } = props
  const notes = { label, description, error, locked, changed, isLabelHidden }
  return (
    <AriaComboBox
      {...rest}
      {...fieldState(notes)}
      className={styles.field ?? ''}
      value={value}
      onChange={(key) => {
        onChange(options.find((option) => option.id === key)?.id ?? null)
      }}
      menuTrigger="focus"
      allowsEmptyCollection
    >
      <FieldFrame {...notes}>
        <FieldBox isLocked={locked !== undefined}>
          <Input className={styles.input ?? ''} />
          {locked === undefined && (
            <Button className={styles.inside ?? ''}>
              <Icon name="chevron-down" size="small" />
            </Button>
          )}
        </FieldBox>
      </FieldFrame>
      <Popover className={listStyles.popover ?? ''} offset={4}>
        <OptionList options={options} empty={empty} />
      </Popover>
    </AriaComboBox>
  )
}
