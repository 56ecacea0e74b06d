import { ListBox, ListBoxItem } from 'react-aria-components'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import styles from './list-box.module.css'

export interface Option<Id extends string = string> {
  readonly id: Id
  readonly label: string
  /** A second line. */
  readonly detail?: string | undefined
  readonly icon?: IconName | undefined
  readonly isDisabled?: boolean | undefined
}

/** The list that drops from a select or a combo box; stands inside one. */
export function OptionList({ options, empty }: { readonly options: readonly Option[]; readonly empty?: string | undefined }) {
  return (
    <ListBox className={styles.list ?? ''} renderEmptyState={() => <div className={styles.empty}>{empty}</div>}>
      {options.map((option) => (
        <ListBoxItem
          key={option.id}
          id={option.id}
          textValue={option.label}
          isDisabled={option.isDisabled ?? false}
          className={styles.item ?? ''}
        >
          {({ isSelected }) => (
            <>
              {option.icon && <Icon name={option.icon} size="small" />}
              <span className={styles.words}>
                {option.label}
                {option.detail !== undefined && <span className={styles.detail}>{option.detail}</span>}
              </span>
              {isSelected && <Icon name="check" size="small" />}
            </>
          )}
        </ListBoxItem>
      ))}
    </ListBox>
  )
}
