import type { ReactNode } from 'react'
import { Fragment } from 'react'
import { classNames } from './class-names.ts'
import styles from './key-value.module.css'

export interface Pair {
  readonly label: string
  readonly value: ReactNode
  readonly isMono?: boolean
}

export interface KeyValueProps {
  readonly pairs: readonly Pair[]
  /** Lets long values take more lines; otherwise they end with an ellipsis. */
  readonly wraps?: boolean
}

/** Facts as label and value, in two columns. */
export function KeyValue({ pairs, wraps = false }: KeyValueProps) {
  return (
    <dl className={classNames(styles.pairs, wraps && styles.wraps)}>
      {pairs.map((pair) => (
        <Fragment key={pair.label}>
          <dt className={styles.label}>{pair.label}</dt>
          <dd className={classNames(styles.value, pair.isMono && styles.mono)}>{pair.value}</dd>
        </Fragment>
      ))}
    </dl>
  )
}
