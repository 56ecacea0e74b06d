import type { ReactNode } from 'react'
import styles from './paper.module.css'

export interface PaperProps {
  /** Names the document for a screen reader. */
  readonly label: string
  /** The line above: 'Evidence pack, page 1 of 64'. */
  readonly running?: ReactNode
  /** At the right of that line: 'DRAFT'. */
  readonly mark?: ReactNode
  readonly children: ReactNode
}

/** What leaves the house, shown as paper: the same in every theme. Headings, paragraphs, lists and links inside are styled here. */
export function Paper({ label, running, mark, children }: PaperProps) {
  return (
    <article aria-label={label} className={styles.paper}>
      {(running !== undefined || mark !== undefined) && (
        <div className={styles.running}>
          <span>{running}</span>
          <span>{mark}</span>
        </div>
      )}
      {children}
    </article>
  )
}
