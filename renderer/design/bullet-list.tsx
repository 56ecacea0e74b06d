import type { ReactNode } from 'react'
import styles from './bullet-list.module.css'

/** What follows from an act, or what something says: short sentences below each other. */
export function BulletList({ items }: { readonly items: readonly ReactNode[] }) {
  return (
    <ul className={styles.list}>
      {items.map((item, index) => (
        <li key={index}>{item}</li>
      ))}
    </ul>
  )
}
