import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import styles from './stack.module.css'

export interface StackProps {
  readonly children: ReactNode
  /** 4, 8, 12 or 16 px. */
  readonly gap?: 1 | 2 | 3 | 4
  readonly align?: 'start' | 'center' | 'end' | 'stretch' | 'baseline'
  /** Pushes the first and last child apart. */
  readonly isSpread?: boolean
  readonly wraps?: boolean
  /** Takes the room that is left. */
  readonly grows?: boolean
}

/** Children side by side. */
export function Row({ align = 'center', ...rest }: StackProps) {
  return <Box {...rest} align={align} direction="row" />
}

/** Children below each other. */
export function Stack({ align = 'stretch', ...rest }: StackProps) {
  return <Box {...rest} align={align} direction="column" />
}

/** Children of the same width beside each other, below each other where room is short. */
export function Columns({ children }: { readonly children: ReactNode }) {
  return <div className={styles.columns}>{children}</div>
}

function Box({
  children,
  gap = 2,
  align,
  isSpread = false,
  wraps = false,
  grows = false,
  direction,
}: StackProps & { readonly direction: 'row' | 'column' }) {
  return (
    <div
      className={classNames(
        styles[direction],
        styles[`gap${gap}`],
        align && styles[align],
        isSpread && styles.spread,
        wraps && styles.wraps,
        grows && styles.grows,
      )}
    >
      {children}
    </div>
  )
}
