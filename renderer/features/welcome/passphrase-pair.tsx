import { Passphrase } from '../../../shared/contract/index.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { PasswordField } from '../../design/index.ts'
import styles from './welcome.module.css'

const words = welcomeMessages.passphrase
const SHORTEST = 10

export interface PassphrasePairProps {
  readonly labels: { readonly passphrase: string; readonly again: string }
  readonly value: string
  readonly again: string
  readonly onChange: (value: string) => void
  readonly onAgain: (value: string) => void
  /** Whether to say what is wrong: not before the first try. */
  readonly isTried: boolean
}

/** A new passphrase, typed twice. */
export function PassphrasePair({ labels, value, again, onChange, onAgain, isTried }: PassphrasePairProps) {
  const { passphrase: wrong, again: differs } = isTried ? passphraseProblems(value, again) : {}
  return (
    <div className={styles.pair}>
      <PasswordField label={labels.passphrase} description={words.hint} value={value} onChange={onChange} autoComplete="new-password" reveal={words} error={wrong} />
      <PasswordField label={labels.again} value={again} onChange={onAgain} autoComplete="new-password" reveal={words} error={differs} />
    </div>
  )
}

/** What is wrong with a passphrase that was typed twice; empty when nothing is. */
export function passphraseProblems(value: string, again: string): { readonly passphrase?: string; readonly again?: string } {
  if (value.length < SHORTEST) return { passphrase: words.tooShort(SHORTEST - value.length) }
  const parsed = Passphrase.safeParse(value)
  if (!parsed.success) return { passphrase: parsed.error.issues[0]?.message ?? '' }
  return again === value ? {} : { again: words.differs }
}
