import type { ReactNode } from 'react'
import { Tabs as AriaTabs, Tab, TabList, TabPanel } from 'react-aria-components'
import { Chip } from './chip.tsx'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import styles from './tabs.module.css'

export interface TabEntry<Id extends string> {
  readonly id: Id
  readonly label: string
  readonly icon?: IconName | undefined
  readonly count?: number | undefined
  readonly content: ReactNode
}

export interface TabsProps<Id extends string> {
  readonly label: string
  readonly tabs: readonly TabEntry<Id>[]
  readonly value: Id
  readonly onChange: (id: Id) => void
  /** Stands at the right end of the row of tabs. */
  readonly actions?: ReactNode
}

/** Tabs over one area that fills its parent. Arrow keys move and choose; the content of the other tabs is not mounted. */
export function Tabs<Id extends string>({ label, tabs, value, onChange, actions }: TabsProps<Id>) {
  return (
    <AriaTabs
      className={styles.tabs ?? ''}
      selectedKey={value}
      onSelectionChange={(key) => {
        const chosen = tabs.find((tab) => tab.id === key)
        if (chosen) onChange(chosen.id)
      }}
    >
      <div className={styles.bar}>
        <TabList aria-label={label} className={styles.list ?? ''}>
          {tabs.map((tab) => (
            <Tab key={tab.id} id={tab.id} className={styles.tab ?? ''}>
              {tab.icon && <Icon name={tab.icon} size="small" />}
              {tab.label}
              {tab.count !== undefined && <Chip>{tab.count}</Chip>}
            </Tab>
          ))}
        </TabList>
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </div>
      {tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id} className={styles.panel ?? ''}>
          {tab.content}
        </TabPanel>
      ))}
    </AriaTabs>
  )
}
