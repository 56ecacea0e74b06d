import { useEffect, useState } from 'react'
import { runMessages } from '../../../shared/messages/runs.ts'
import { copyText, IconButton, LiveRegion } from '../../design/index.ts'
import styles from './runs.module.css'

/** Time that the tick stays, in ms. */
const COPIED_TIME = 1500

/** A shortened figure; the button beside it copies the exact one. */
export function CopyValue({ shown, value }: { readonly shown: string; readonly value: string }) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), COPIED_TIME)
    return () => clearTimeout(timer)
  }, [isCopied])
  return (
    <span className={styles.exact} title={value}>
      {shown}
      <IconButton size="small" icon={isCopied ? 'check' : 'copy'} label={runMessages.facts.copyValue(value)} onPress={() => setCopied(copyText(value))} />
      <LiveRegion>{isCopied ? runMessages.facts.copied : ''}</LiveRegion>
    </span>
  )
}
