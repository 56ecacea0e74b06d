import type { ReactNode } from 'react'
import { Link as AriaLink } from 'react-aria-components'
import { classNames } from './class-names.ts'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import { Mark } from './mark.tsx'
import { useRailNarrow } from './narrow.ts'
import styles from './rail.module.css'
import { Tooltip } from './tooltip.tsx'

export interface RailProps {
  /** Names the landmark: 'Main'. */
  readonly label: string
  readonly product: string
  readonly children: ReactNode
  /** Who is signed in, at the bottom. */
  readonly foot?: ReactNode
}

/** The main navigation, 200 px wide, or 48 with icons alone. */
export function Rail({ label, product, children, foot }: RailProps) {
  const isNarrow = useRailNarrow()
  return (
    <nav aria-label={label} className={classNames(styles.rail, isNarrow && styles.narrow)}>
      <div className={styles.brand}>
        <Mark />
        <span className={styles.words}>{product}</span>
      </div>
      <div className={styles.links}>{children}</div>
      {foot !== undefined && <div className={styles.foot}>{foot}</div>}
    </nav>
  )
}

/** Links that belong together, under a quiet heading. */
export function RailGroup({ title, children }: { readonly title?: string; readonly children: ReactNode }) {
  return (
    <div className={styles.group}>
      {title !== undefined && <h2 className={classNames(styles.heading, styles.words)}>{title}</h2>}
      {children}
    </div>
  )
}

export interface NavItemProps {
  readonly href: string
  readonly icon: IconName
  readonly label: string
  readonly isCurrent?: boolean
  /** What waits there. `countLabel` says it in words: '2 running'. */
  readonly count?: number
  readonly countLabel?: string
}

/** One place in the rail. In the narrow rail its name is a tooltip. */
export function NavItem({ href, icon, label, isCurrent = false, count, countLabel }: NavItemProps) {
  const isNarrow = useRailNarrow()
  return (
    <Tooltip text={label} placement="right" isDisabled={!isNarrow}>
      <AriaLink href={href} className={styles.link ?? ''} {...(isCurrent ? { 'aria-current': 'page' as const } : {})}>
        <Icon name={icon} />
        <span className={styles.words}>{label}</span>
        {count !== undefined && (
          <span className={classNames(styles.count, styles.words)} title={countLabel}>
            {count}
          </span>
        )}
      </AriaLink>
    </Tooltip>
  )
}

export interface IdentityProps {
  /** Two letters. */
  readonly initials: string
  readonly name: string
  /** 'Personal key locked'. */
  readonly detail: string
}

/** Who is signed in, for the foot of the rail. */
export function Identity({ initials, name, detail }: IdentityProps) {
  return (
    <div className={styles.identity} title={`${name}, ${detail}`}>
      <span className={styles.avatar} aria-hidden="true">
        {initials}
      </span>
      <span className={styles.words}>
        <span className={styles.name}>{name}</span>
        <span className={styles.detail}>{detail}</span>
      </span>
    </div>
  )
}
