import type { ReactNode } from 'react'
import styles from './banner.module.css'
import { classNames } from './class-names.ts'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import type { Tone } from './tone.ts'
import { toneClass } from './tone.ts'

export type BannerKind = 'note' | 'success' | 'warning' | 'failure'

const KINDS: Record<BannerKind, { readonly tone: Tone; readonly icon: IconName }> = {
  note: { tone: 'info', icon: 'info' },
  success: { tone: 'success', icon: 'circle-check' },
  warning: { tone: 'warning', icon: 'warning' },
  failure: { tone: 'danger', icon: 'alert' },
}

export interface BannerProps {
  readonly kind: BannerKind
  readonly title: string
  /** What follows from it, or what to do. */
  readonly children?: ReactNode
  /** Figures or a button at the right. */
  readonly aside?: ReactNode
  readonly icon?: IconName
}

/** One message about the whole view, above its content. Failures are announced at once, the rest when there is a pause. */
export function Banner({ kind, title, children, aside, icon = KINDS[kind].icon }: BannerProps) {
  return (
    <div role={kind === 'failure' ? 'alert' : 'status'} className={classNames(styles.banner, toneClass(KINDS[kind].tone))}>
      <Icon name={icon} />
      <div className={styles.words}>
        <div className={styles.title}>{title}</div>
        {children !== undefined && <div className={styles.text}>{children}</div>}
      </div>
      {aside !== undefined && <div className={styles.aside}>{aside}</div>}
    </div>
  )
}
