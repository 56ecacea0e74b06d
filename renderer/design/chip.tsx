import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import styles from './chip.module.css'

export interface ChipProps {
  readonly children: ReactNode
  /** For hashes, keys and file names. */
  readonly isMono?: boolean
}

/** A quiet label or count in a frame. Carries no state: see Tag. */
export function Chip({ children, isMono = false }: ChipProps) {
  return <span className={classNames(styles.chip, isMono && styles.mono)}>{children}</span>
}
