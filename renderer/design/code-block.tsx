import { Fragment } from 'react'
import { classNames } from './class-names.ts'
import styles from './code-block.module.css'
import { useScrollFocus } from './scroll-focus.ts'

export interface CodeBlockProps {
  /** Names the block for a screen reader: 'Entry 48,209 as JSON'. */
  readonly label: string
  readonly children: string
  /** Breaks long lines instead of scrolling: anywhere, or as a command is read, between its words alone. */
  readonly wraps?: 'anywhere' | 'at-spaces'
  /** Spans its panel from edge to edge. */
  readonly isFlush?: boolean
}

/** Text exactly as it is recorded. */
export function CodeBlock({ label, children, wraps, isFlush = false }: CodeBlockProps) {
  const area = useScrollFocus()
  return (
    <pre ref={area} role="group" aria-label={label} className={classNames(styles.block, wraps && styles.wraps, wraps === 'anywhere' && styles.anywhere, isFlush && styles.flush)}>
      <code>{wraps === 'at-spaces' ? children.split(' ').map((word, index) => <Word key={index} isFirst={index === 0} word={word} />) : children}</code>
    </pre>
  )
}

/* Browsers break after hyphens and slashes too. */
function Word({ word, isFirst }: { readonly word: string; readonly isFirst: boolean }) {
  return (
    <Fragment>
      {!isFirst && ' '}
      <span className={styles.word}>{word}</span>
    </Fragment>
  )
}
