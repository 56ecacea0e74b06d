import { classNames } from './class-names.ts'
import type { IconName } from './icon.tsx'
import { Icon } from './icon.tsx'
import type { Tone } from './tone.ts'
import { toneClass } from './tone.ts'
import styles from './trust-strip.module.css'

export interface TrustFact {
  readonly id: string
  readonly icon: IconName
  readonly text: string
  /** Colours the icon; the text says the state in words. */
  readonly tone?: Tone
  /** Leads to the page that proves it. */
  readonly href?: string
  /** Left out where the window is narrow (under 1361 px), or only where it is small (under 901 px, as at twice the size). */
  readonly leaves?: 'narrow' | 'small'
}

export interface TrustStripProps {
  readonly label: string
  readonly facts: readonly TrustFact[]
  /** Facts at the right end. */
  readonly more?: readonly TrustFact[]
}

/** The strip at the bottom that always says what can be trusted. */
export function TrustStrip({ label, facts, more = [] }: TrustStripProps) {
  return (
    <footer aria-label={label} className={styles.strip}>
      <FactList facts={facts} />
      <FactList facts={more} isEnd />
    </footer>
  )
}

function FactList({ facts, isEnd = false }: { readonly facts: readonly TrustFact[]; readonly isEnd?: boolean }) {
  if (facts.length === 0) return null
  return (
    <ul className={classNames(styles.facts, isEnd && styles.end)}>
      {facts.map((fact) => (
        <li key={fact.id} className={classNames(fact.leaves && styles[fact.leaves])}>
          {fact.href === undefined ? (
            <span className={styles.fact}>
              <FactContent {...fact} />
            </span>
          ) : (
            <a href={fact.href} className={styles.fact}>
              <FactContent {...fact} />
            </a>
          )}
        </li>
      ))}
    </ul>
  )
}

function FactContent({ icon, text, tone }: TrustFact) {
  return (
    <>
      <span className={classNames(tone && styles.toned, tone && toneClass(tone))}>
        <Icon name={icon} size="tiny" />
      </span>
      {text}
    </>
  )
}
