import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import { RailNarrow, useNarrowWindow } from './narrow.ts'
import { useScrollFocus } from './scroll-focus.ts'
import styles from './shell.module.css'

/** Id of the main landmark, where the skip link leads and where a new page takes the focus. */
export const MAIN_ID = 'main'

export interface ShellProps {
  /** A Rail. Absent before sign-in. */
  readonly rail?: ReactNode
  /** A Header. */
  readonly header?: ReactNode
  /** A ViewBar and a Body. */
  readonly children: ReactNode
  /** A TrustStrip. */
  readonly strip?: ReactNode
  /** Keeps the rail at 48 px at any width, for the editor. */
  readonly isRailNarrow?: boolean
  /** Name of the link that jumps over the navigation. */
  readonly skipLabel: string
}

/** The window: rail, header, view, strip. It never scrolls itself. */
export function Shell({ rail, header, children, strip, isRailNarrow = false, skipLabel }: ShellProps) {
  const isWindowNarrow = useNarrowWindow()
  return (
    <RailNarrow value={isRailNarrow || isWindowNarrow}>
      <div className={styles.shell}>
        <a
          href={`#${MAIN_ID}`}
          className={styles.skip}
          onClick={(event) => {
            // The address belongs to the router; only the focus moves.
            event.preventDefault()
            document.getElementById(MAIN_ID)?.focus()
          }}
        >
          {skipLabel}
        </a>
        {rail}
        {header}
        <main id={MAIN_ID} tabIndex={-1} className={styles.main}>
          {children}
        </main>
        {strip}
      </div>
    </RailNarrow>
  )
}

/** The line above every view: breadcrumbs at the left, palette and notices at the right. */
export function Header({ children, actions }: { readonly children: ReactNode; readonly actions?: ReactNode }) {
  return (
    <header className={styles.header}>
      {children}
      <div className={styles.end}>{actions}</div>
    </header>
  )
}

export interface ViewBarProps {
  readonly title: string
  /** Tags and quiet text after the title. */
  readonly meta?: ReactNode
  /** Figures, which make the bar 56 px high. */
  readonly figures?: ReactNode
  /** Buttons at the right; at most one of them primary. */
  readonly actions?: ReactNode
}

/** Names the view and holds its actions. */
export function ViewBar({ title, meta, figures, actions }: ViewBarProps) {
  const hasFigures = figures !== undefined && figures !== null
  return (
    <div className={classNames(styles.bar, hasFigures && styles.tall)}>
      <h1 className={styles.title}>{title}</h1>
      {meta !== undefined && <div className={styles.meta}>{meta}</div>}
      <div className={styles.end}>
        {figures}
        {hasFigures && actions !== undefined && <span className={styles.separator} />}
        {actions}
      </div>
    </div>
  )
}

export interface BodyProps {
  readonly children: ReactNode
  /**
   * `columns`: fluid primary, side column of 340 to 396 px. `single`: one column. `tiles`: twelve columns of panels that keep their
   * own height, and scroll. `reading`: a column of 80 characters that scrolls. `bare`: no gutter, children side by side.
   */
  readonly layout?: 'columns' | 'single' | 'tiles' | 'reading' | 'bare'
  readonly className?: string | undefined
}

/** What lies under the view bar: panels on a gutter of 12 px. */
export function Body({ children, layout = 'single', className }: BodyProps) {
  const area = useScrollFocus()
  return (
    <div ref={area} className={classNames(styles.body, styles[layout], className)}>
      {children}
    </div>
  )
}

/** Panels below each other in one column of a body. */
export function BodyColumn({ children, className }: { readonly children: ReactNode; readonly className?: string | undefined }) {
  return <div className={classNames(styles.column, className)}>{children}</div>
}
