import type { ReactNode } from 'react'
import styles from './visually-hidden.module.css'

/** Text for a screen reader alone. */
export function VisuallyHidden({ children }: { readonly children: ReactNode }) {
  return <span className={styles.hidden}>{children}</span>
}

/** Says a change of state to a screen reader once it has happened; shows nothing. */
export function LiveRegion({ children }: { readonly children: string }) {
  return (
    <span className={styles.hidden} role="status">
      {children}
    </span>
  )
}
