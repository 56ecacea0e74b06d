import { useRef } from 'react'
import type { SearchFieldProps as AriaSearchFieldProps } from 'react-aria-components'
import { Button, Input, SearchField as AriaSearchField } from 'react-aria-components'
import { classNames } from './class-names.ts'
import { Icon } from './icon.tsx'
import { Kbd } from './kbd.tsx'
import styles from './search-field.module.css'
import { useFilterKey } from './view-keys.ts'

export interface SearchFieldProps extends Pick<
  AriaSearchFieldProps,
  'value' | 'defaultValue' | 'onChange' | 'onSubmit' | 'isDisabled' | 'autoFocus'
> {
  /** Says what can be typed: 'Subject, hash or number'. Also the accessible name. */
  readonly label: string
  /** Filters the list of the view: `/` jumps here, and says so while the field is empty. */
  readonly isListFilter?: boolean
}

/** Finds or filters. Esc empties it. */
export function SearchField({ label, isListFilter = false, ...rest }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null)
  useFilterKey(input, isListFilter)
  return (
    <AriaSearchField {...rest} aria-label={label} className={styles.search ?? ''}>
      {({ isEmpty }) => (
        <>
          <Icon name="search" size="small" />
          <Input ref={input} className={styles.input ?? ''} placeholder={label} />
          {isEmpty ? (
            isListFilter && <Kbd>/</Kbd>
          ) : (
            <Button className={styles.clear ?? ''}>
              <Icon name="close" size="small" />
            </Button>
          )}
        </>
      )}
    </AriaSearchField>
  )
}

export interface SearchButtonProps {
  readonly label: string
  readonly hint: string
  readonly onPress: () => void
}

/** Looks like a search field and opens the palette. */
export function SearchButton({ label, hint, onPress }: SearchButtonProps) {
  return (
    <Button className={classNames(styles.search, styles.opener)} onPress={onPress}>
      <Icon name="search" size="small" />
      <span className={styles.words}>{label}</span>
      <Kbd>{hint}</Kbd>
    </Button>
  )
}
