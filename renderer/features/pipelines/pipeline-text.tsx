import { classNames } from '../../design/index.ts'
import styles from './pipelines.module.css'
import { linesOf } from './stage-text.ts'

export interface PipelineTextProps {
  readonly label: string
  readonly text: string
  /** The number of the first line. */
  readonly from?: number
  /** Numbers of lines that something is wrong with. */
  readonly marked?: readonly number[]
}

/** Lines of a file with their numbers, read only. The numbers are left out of what is selected and copied. */
export function PipelineText({ label, text, from = 1, marked = [] }: PipelineTextProps) {
  const wrong = new Set(marked)
  return (
    <pre role="group" aria-label={label} tabIndex={0} className={styles.text}>
      {linesOf(text).map((line, index) => (
        <span key={index} className={classNames(styles.textLine, wrong.has(from + index) && styles.marked)}>
          <span className={styles.number} aria-hidden="true">
            {from + index}
          </span>
          <code>{line}</code>
          {'\n'}
        </span>
      ))}
    </pre>
  )
}
