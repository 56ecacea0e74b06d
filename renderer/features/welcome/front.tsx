import type { ReactNode } from 'react'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { MAIN_ID, Mark, Text } from '../../design/index.ts'
import styles from './welcome.module.css'

export interface FrontProps {
  readonly title: string
  /** Stands under the title. */
  readonly lead?: string
  readonly children: ReactNode
  readonly isWide?: boolean
}

/** The calm page before the workplace: one column in the middle. */
export function Front({ title, lead, children, isWide = false }: FrontProps) {
  return (
    <main id={MAIN_ID} tabIndex={-1} className={styles.front}>
      <div className={isWide ? styles.wide : styles.column}>
        <div className={styles.brand}>
          <Mark />
          <Text size="lead" weight="strong">
            {welcomeMessages.product}
          </Text>
        </div>
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
