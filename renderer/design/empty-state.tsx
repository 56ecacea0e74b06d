import type { ReactNode } from 'react'
import styles from './empty-state.module.css'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'

export interface EmptyStateProps {
  readonly icon: IconName
  /** 'No runs yet.' */
  readonly title: string
  /** What will stand here. */
  readonly children?: ReactNode
  /** The one act that starts it. */
  readonly action?: ReactNode
}

/** Stands where content will be. */
export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className={styles.state}>
      <Icon name={icon} />
      <p className={styles.title}>{title}</p>
      {children !== undefined && <p className={styles.text}>{children}</p>}
      {action}
    </div>
  )
}

export interface ErrorStateProps {
  /** What happened, to what. */
  readonly title: string
  /** What to do next. */
  readonly children?: ReactNode
  /** The code and the input, for whoever is asked. */
  readonly details?: { readonly label: string; readonly text: string }
  readonly action?: ReactNode
}

/** Stands where content could not be shown, and is announced. */
export function ErrorState({ title, children, details, action }: ErrorStateProps) {
  return (
    <div className={styles.state} role="alert">
      <span className={styles.failure}>
        <Icon name="alert" />
      </span>
      <p className={styles.title}>{title}</p>
      {children !== undefined && <p className={styles.text}>{children}</p>}
      {action}
      {details && (
        <details className={styles.details}>
          <summary>{details.label}</summary>
          <code>{details.text}</code>
        </details>
      )}
    </div>
  )
}
