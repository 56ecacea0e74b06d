import styles from './kbd.module.css'

/** The keys of a shortcut, as `Ctrl K`. */
export function Kbd({ children }: { readonly children: string }) {
  return <kbd className={styles.kbd}>{children}</kbd>
}
