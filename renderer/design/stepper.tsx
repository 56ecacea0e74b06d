import styles from './stepper.module.css'
import { VisuallyHidden } from './visually-hidden.tsx'

export interface StepperProps {
  readonly label: string
  readonly steps: readonly string[]
  /** Index of the step in sight. */
  readonly current: number
  /** Steps that were left for later, by index: passed and not done. */
  readonly left?: readonly number[]
  /** Said after the name of a step that is done. */
  readonly doneLabel: string
}

/** Where one stands in a sequence of pages. */
export function Stepper({ label, steps, current, left = [], doneLabel }: StepperProps) {
  return (
    <ol aria-label={label} className={styles.steps}>
      {steps.map((step, index) => (
        <li key={step} className={styles.step} aria-current={index === current ? 'step' : undefined} data-reached={index <= current && !left.includes(index)}>
          {step}
          {index < current && !left.includes(index) && <VisuallyHidden>{doneLabel}</VisuallyHidden>}
        </li>
      ))}
    </ol>
  )
}
