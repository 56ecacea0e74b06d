import { runMessages } from '../../../shared/messages/runs.ts'
import { CopyButton } from '../../design/index.ts'
import styles from './runs.module.css'

/** A shortened figure; the button beside it copies the exact one. */
export function CopyValue({ shown, value }: { readonly shown: string; readonly value: string }) {
  return (
    <span className={styles.exact} title={value}>
      {shown}
      <CopyButton text={value} label={runMessages.facts.copyValue(value)} />
    </span>
  )
}
