import { useEffect, useState } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import { copyText } from './clipboard.ts'
import styles from './hash.module.css'
import { Icon } from './icon.tsx'
import { Tooltip } from './tooltip.tsx'
import { LiveRegion } from './visually-hidden.tsx'

export interface HashProps {
  /** The whole hash, in hexadecimal. */
  readonly value: string
  /** What a press does: 'Copy hash'. Without it the hash is plain text. */
  readonly copyLabel?: string
  /** Said once it is copied. */
  readonly copiedLabel?: string
  readonly length?: number
}

/** Time that the tick stays after copying, in ms. */
const COPIED_TIME = 1500

/** A hash by its first eight characters. A press copies it whole; so does copying a selection that starts in it. */
export function Hash({ value, copyLabel, copiedLabel = '', length = 8 }: HashProps) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => {
      setCopied(false)
    }, COPIED_TIME)
    return () => {
      clearTimeout(timer)
    }
  }, [isCopied])
  const shown = value.slice(0, length)
  if (copyLabel === undefined) {
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
          setCopied(copyText(value))
        }}
      >
        {shown}
        <Icon name={isCopied ? 'check' : 'copy'} size="tiny" />
        <LiveRegion>{isCopied ? copiedLabel : ''}</LiveRegion>
      </AriaButton>
    </Tooltip>
  )
}
