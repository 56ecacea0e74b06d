import { Passphrase } from '../../shared/contract/index.ts'
import { peopleMessages } from '../../shared/messages/people.ts'
import { Columns, PasswordField } from '../design/index.ts'

const words = peopleMessages.form
const SHORTEST = 10

/** A passphrase that somebody chooses, typed twice: nobody can look it up. */
export interface NewPassphrase {
  readonly passphrase: string
  readonly again: string
}

export type PassphraseProblems = Readonly<Partial<Record<keyof NewPassphrase, string>>>

/** What is still wrong with it; empty when it can be taken. */
export function newPassphraseProblems({ passphrase, again }: NewPassphrase): PassphraseProblems {
  const tooLong = Passphrase.safeParse(passphrase).error?.issues[0]?.message
  const wrong = passphrase.length < SHORTEST ? words.tooShort(SHORTEST - passphrase.length) : tooLong
  if (wrong !== undefined) return { passphrase: wrong }
  return again === passphrase ? {} : { again: words.differs }
}

export interface NewPassphraseFieldsProps {
  readonly typed: NewPassphrase
  readonly onChange: (name: keyof NewPassphrase, value: string) => void
  readonly problems: PassphraseProblems
  /** How it is called here, where there is another one beside it. */
  readonly label?: string
  readonly description?: string
}

/** A new passphrase and the same again. */
export function NewPassphraseFields({ typed, onChange, problems, label = words.passphrase, description = words.passphraseHint }: NewPassphraseFieldsProps) {
  const field = (name: keyof NewPassphrase) => ({ value: typed[name], onChange: (value: string) => onChange(name, value), error: problems[name], autoComplete: 'new-password' })
  return (
    <Columns>
      <PasswordField label={label} description={description} {...field('passphrase')} />
      <PasswordField label={words.again} {...field('again')} />
    </Columns>
  )
}
