import styles from './rail.module.css'

/** The mark of the house: a vault door, in the accent. */
export function Mark() {
  return (
    <svg className={styles.mark} viewBox="0 0 18 18" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <rect x="1.5" y="1.5" width="15" height="15" rx="3" />
      <circle cx="9" cy="9" r="3.8" />
      <path d="M9 5.2V2.8M9 15.2v-2.4M12.8 9h2.4M2.8 9h2.4" />
    </svg>
  )
}
