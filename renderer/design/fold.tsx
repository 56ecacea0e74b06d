import { useState, type ReactNode } from 'react'
import { Button as AriaButton, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import styles from './fold.module.css'
import { Icon } from './icon.tsx'

export interface FoldProps {
  /** What is in it. */
  readonly label: string
  readonly children: ReactNode
  /** Something in it must be seen: it cannot be folded away. */
  readonly isHeldOpen?: boolean
}

/** What few need, folded away under its name until it is pressed. What was entered stays. */
export function Fold({ label, children, isHeldOpen = false }: FoldProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <Disclosure className={styles.fold ?? ''} isExpanded={isOpen || isHeldOpen} onExpandedChange={setOpen}>
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
