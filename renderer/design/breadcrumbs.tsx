import { Fragment } from 'react'
import styles from './breadcrumbs.module.css'
import { Icon } from './icon.tsx'

export interface Crumb {
  readonly label: string
  /** Absent for the page in sight. */
  readonly href?: string
}

/** The way from the project to this page. */
export function Breadcrumbs({ label, crumbs }: { readonly label: string; readonly crumbs: readonly Crumb[] }) {
  return (
    <nav aria-label={label}>
      <ol className={styles.crumbs}>
        {crumbs.map((crumb, index) => (
          <Fragment key={`${index} ${crumb.label}`}>
            {index > 0 && (
              <li aria-hidden="true" className={styles.mark}>
                <Icon name="chevron-right" size="small" />
              </li>
            )}
            <li className={styles.crumb}>
              {crumb.href === undefined ? (
                <span aria-current="page" className={styles.current}>
                  {crumb.label}
                </span>
              ) : (
                <a href={crumb.href} className={styles.link}>
                  {crumb.label}
                </a>
              )}
            </li>
          </Fragment>
        ))}
      </ol>
    </nav>
  )
}
