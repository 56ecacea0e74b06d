import { classNames } from './class-names.ts'
import styles from './skeleton.module.css'

export interface SkeletonProps {
  /** Read out while it is there: 'Loading entries'. */
  readonly label: string
  /** The real layout, in lines: rows of a table, a block for a chart. */
  readonly lines?: number
  readonly look?: 'rows' | 'block'
}

/** The outline of content on its way. Appears after 150 ms, so that a quick answer does not flicker. */
export function Skeleton({ label, lines = 4, look = 'rows' }: SkeletonProps) {
  return (
    <div role="status" aria-label={label} className={classNames(styles.skeleton, styles[look])}>
      {Array.from({ length: look === 'block' ? 1 : lines }, (_, index) => (
        <span key={index} className={styles.line} style={{ width: look === 'block' ? '100%' : `${92 - ((index * 37) % 45)}%` }} />
      ))}
    </div>
  )
}
