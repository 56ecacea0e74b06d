import { classNames } from './class-names.ts'
import styles from './code-block.module.css'
import { useScrollFocus } from './scroll-focus.ts'

export interface CodeBlockProps {
  /** Names the block for a screen reader: 'Entry 48,209 as JSON'. */
  readonly label: string
  readonly children: string
  /** Breaks long lines instead of scrolling. */
  readonly wraps?: boolean
  /** Spans its panel from edge to edge. */
  readonly isFlush?: boolean
}

/** Text exactly as it is recorded. */
export function CodeBlock({ label, children, wraps = false, isFlush = false }: CodeBlockProps) {
  const area = useScrollFocus()
  return (
    <pre ref={area} role="group" aria-label={label} className={classNames(styles.block, wraps && styles.wraps, isFlush && styles.flush)}>
      <code>{children}</code>
    </pre>
  )
}
