import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { Chip } from './chip.tsx'
import { classNames } from './class-names.ts'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import styles from './segmented.module.css'

export interface Segment<Id extends string> {
  readonly id: Id
  readonly label: string
  readonly icon?: IconName | undefined
  readonly count?: number | undefined
  readonly isDisabled?: boolean | undefined
}

export interface SegmentedProps<Id extends string> {
  readonly label: string
  readonly segments: readonly Segment<Id>[]
  readonly value: Id
  readonly onChange: (id: Id) => void
  readonly isWide?: boolean | undefined
  readonly isDisabled?: boolean
}

/** Two to five choices of which one holds. Arrow keys move, Space chooses. */
export function Segmented<Id extends string>({ label, segments, value, onChange, isWide = false, isDisabled = false }: SegmentedProps<Id>) {
  return (
    <ToggleButtonGroup
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      isDisabled={isDisabled}
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const chosen = segments.find((segment) => keys.has(segment.id))
        if (chosen) onChange(chosen.id)
      }}
      className={classNames(styles.group, isWide && styles.wide)}
    >
      {segments.map((segment) => (
        <ToggleButton key={segment.id} id={segment.id} isDisabled={segment.isDisabled ?? false} className={styles.segment ?? ''}>
          {segment.icon && <Icon name={segment.icon} size="small" />}
          {segment.label}
          {segment.count !== undefined && <Chip>{segment.count}</Chip>}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}
