import type { ReactNode } from 'react'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { MAIN_ID, Mark, Stepper, Text } from '../../design/index.ts'
import styles from './welcome.module.css'

const { steps } = welcomeMessages

export interface FrontProps {
  readonly title: string
  /** Stands under the title. */
  readonly lead?: string
  readonly children: ReactNode
  /** Which step of the set-up this is; makes the column wider. */
  readonly step?: number
  /** Steps before it that were left for later. */
  readonly left?: readonly number[]
}

/** The calm page before the workplace: one column in the middle. */
export function Front({ title, lead, children, step, left = [] }: FrontProps) {
  return (
    <main id={MAIN_ID} tabIndex={-1} className={styles.front}>
      <div className={step === undefined ? styles.column : styles.wide}>
        <div className={styles.brand}>
          <Mark />
          <Text size="lead" weight="strong">
            {welcomeMessages.product}
          </Text>
        </div>
        {step !== undefined && <Stepper label={steps.label} steps={steps.names} current={step} left={left} doneLabel={steps.done} />}
        <div className={styles.heading}>
          <Text as="h1" size="figure" weight="strong">
            {title}
          </Text>
          {lead !== undefined && (
            <Text as="p" tone="dim">
              {lead}
            </Text>
          )}
        </div>
        {children}
      </div>
    </main>
  )
}
