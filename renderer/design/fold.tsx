import type { ReactNode } from 'react'
import { Button as AriaButton, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import styles from './fold.module.css'
import { Icon } from './icon.tsx'

export interface FoldProps {
  /** What is in it. */
  readonly label: string
  readonly children: ReactNode
}

/** What few need, folded away under its name until it is pressed. What was entered stays. */
export function Fold({ label, children }: FoldProps) {
  return (
    <Disclosure className={styles.fold ?? ''}>
      <Heading level={3} className={styles.head ?? ''}>
        <AriaButton slot="trigger" className={styles.trigger ?? ''}>
          <Icon name="chevron-right" size="small" />
          {label}
        </AriaButton>
      </Heading>
      <DisclosurePanel>
        <div className={styles.body}>{children}</div>
      </DisclosurePanel>
    </Disclosure>
  )
}
