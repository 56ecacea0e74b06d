import type { ReactNode } from 'react'
import styles from './figures.module.css'

export interface Figure {
  readonly label: string
  readonly value: ReactNode
  /** Small text after the value: a unit, a difference. */
  readonly note?: ReactNode
}

/** Key figures in a row. */
export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <dl className={styles.figures}>
      {figures.map((figure) => (
        <div key={figure.label} className={styles.figure}>
          <dt className={styles.label}>{figure.label}</dt>
          <dd className={styles.value}>
            {figure.value}
            {figure.note !== undefined && <small className={styles.note}>{figure.note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
