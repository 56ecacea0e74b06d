import type { ReactNode } from 'react'
import { useId } from 'react'
import { classNames } from './class-names.ts'
import { IconButton } from './icon-button.tsx'
import styles from './panel.module.css'
import { useScrollFocus } from './scroll-focus.ts'
import { useEscapeKey } from './view-keys.ts'

export interface PanelProps {
  readonly title: string
  /** Quiet text after the title: a count, a scope. */
  readonly meta?: ReactNode
  /** Buttons, or quiet text, at the right end of the header. */
  readonly actions?: ReactNode
  /** Makes it a panel that can be closed, by its button and by Esc. `label` names the button. */
  readonly close?: { readonly label: string; readonly onClose: () => void; readonly isDisabled?: boolean } | undefined
  /** Stays in sight below the body: the action and what it does. */
  readonly foot?: ReactNode
  readonly children: ReactNode
  /** Without padding around the body, for a table or a list. */
  readonly isFlush?: boolean
  /** Leaves the header to screen readers. */
  readonly isTitleHidden?: boolean
  readonly className?: string | undefined
}

/** A framed region with a name. Only its body scrolls. */
export function Panel({ title, meta, actions, close, foot, children, isFlush = false, isTitleHidden = false, className }: PanelProps) {
  const titleId = useId()
  const body = useScrollFocus()
  useEscapeKey(close?.isDisabled ? undefined : close?.onClose)
  return (
    <section aria-labelledby={titleId} className={classNames(styles.panel, className)}>
      <header className={classNames(styles.head, isTitleHidden && styles.hidden)}>
        <h2 id={titleId} className={styles.title}>
          {title}
        </h2>
        {meta !== undefined && <span className={styles.meta}>{meta}</span>}
        {(actions !== undefined || close) && (
          <div className={styles.actions}>
            {actions}
            {close && <IconButton icon="close" label={close.label} size="small" keys="Esc" onPress={close.onClose} isDisabled={close.isDisabled ?? false} />}
          </div>
        )}
      </header>
      <div ref={body} className={classNames(styles.body, !isFlush && styles.padded)}>
        {children}
      </div>
      {foot !== undefined && <footer className={styles.foot}>{foot}</footer>}
    </section>
  )
}

/** A group inside a panel, parted by a hairline. */
export function PanelSection({
  title,
  meta,
  children,
}: {
  readonly title?: string
  readonly meta?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <div className={styles.section}>
      {title !== undefined && (
        <div className={styles.sectionHead}>
          <h3 className={styles.sectionTitle}>{title}</h3>
          {meta !== undefined && <span className={styles.actions}>{meta}</span>}
        </div>
      )}
      {children}
    </div>
  )
}
