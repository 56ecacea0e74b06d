import { Button as AriaButton } from 'react-aria-components'
import { everywhereMessages as words } from '../../shared/messages/everywhere.ts'
import { useCopied } from './copy.tsx'
import styles from './hash.module.css'
import { Icon } from './icon.tsx'
import { Tooltip } from './tooltip.tsx'
import { LiveRegion } from './visually-hidden.tsx'

export interface HashProps {
  /** The whole hash, in hexadecimal. */
  readonly value: string
  /** A press copies it whole. Otherwise the hash is plain text. */
  readonly isCopyable?: boolean
  /** What the press copies, where it is no hash: 'Copy key id'. */
  readonly copyLabel?: string
  readonly length?: number
}

/** A hash by its first eight characters, copied whole: by a press, or with a selection that starts in it. */
export function Hash({ value, isCopyable = false, copyLabel = words.copyHash, length = 8 }: HashProps) {
  const [isCopied, copy] = useCopied()
  const shown = value.slice(0, length)
  if (!isCopyable) {
    return (
      <span
        className={styles.hash}
        title={value}
        onCopy={(event) => {
          event.clipboardData.setData('text/plain', value)
          event.preventDefault()
        }}
      >
        {shown}
      </span>
    )
  }
  return (
    <Tooltip text={`${copyLabel} ${value}`}>
      <AriaButton
        className={styles.button ?? ''}
        aria-label={`${copyLabel} ${shown}`}
        onPress={() => {
          copy(value)
        }}
      >
        {shown}
        <Icon name={isCopied ? 'check' : 'copy'} size="tiny" />
        <LiveRegion>{isCopied ? words.copied : ''}</LiveRegion>
      </AriaButton>
    </Tooltip>
  )
}
