import type { NumberFieldProps as AriaNumberFieldProps } from 'react-aria-components'
import { Button, Input, NumberField as AriaNumberField } from 'react-aria-components'
import type { FieldNotes } from './field.tsx'
import { FieldBox, FieldFrame, fieldState } from './field.tsx'
import styles from './field.module.css'
import { Icon } from './icon.tsx'

type PassedOn =
  'value' | 'defaultValue' | 'onChange' | 'minValue' | 'maxValue' | 'step' | 'isDisabled' | 'isRequired' | 'formatOptions' | 'name'

export interface NumberFieldProps extends FieldNotes, Pick<AriaNumberFieldProps, PassedOn> {
  /** Stands after the value: 'GB', 'cores'. */
  readonly unit?: string
}

/** A number in the locale's writing. Up and Down step it; its bounds are enforced when it loses focus. */
export function NumberField({ label, description, error, locked, changed, isLabelHidden, unit, ...rest }: NumberFieldProps) {
  const notes = { label, description, error, locked, changed, isLabelHidden }
  return (
    <AriaNumberField {...rest} {...fieldState(notes)} className={styles.field ?? ''}>
      <FieldFrame {...notes}>
        <FieldBox isLocked={locked !== undefined}>
          <Input className={styles.input ?? ''} />
          {unit !== undefined && <span className={styles.unit}>{unit}</span>}
          {locked === undefined && (
            <>
              <Button slot="decrement" className={styles.inside ?? ''}>
                <Icon name="minus" size="tiny" />
              </Button>
              <Button slot="increment" className={styles.inside ?? ''}>
                <Icon name="plus" size="tiny" />
              </Button>
            </>
          )}
        </FieldBox>
      </FieldFrame>
    </AriaNumberField>
  )
}
