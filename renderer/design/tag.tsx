import type { ReactNode } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import { classNames } from './class-names.ts'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import { StateShape } from './state-shape.tsx'
import styles from './tag.module.css'
import type { EvidenceStateName, RunStateName, Tone } from './tone.ts'
import { toneClass } from './tone.ts'

export interface TagProps {
  readonly children: ReactNode
  readonly tone?: Tone | undefined
  /** Takes the shape and colour of a state, instead of `tone` and `icon`. */
  readonly state?: RunStateName | EvidenceStateName | undefined
  readonly icon?: IconName | undefined
  /** Adds a button that takes the tag away; `label` names it. */
  readonly remove?: { readonly label: string; readonly onPress: () => void } | undefined
}

/** A tinted label that says a state: shape, colour and word. */
export function Tag({ children, tone = 'neutral', state, icon, remove }: TagProps) {
  return (
    <span className={classNames(styles.tag, toneClass(state ?? tone))}>
      {state !== undefined && <StateShape state={state} />}
      {icon !== undefined && <Icon name={icon} size="tiny" />}
      {children}
      {remove && (
        <AriaButton className={styles.remove ?? ''} aria-label={remove.label} onPress={remove.onPress}>
          <Icon name="close" size="tiny" />
        </AriaButton>
      )}
    </span>
  )
}
