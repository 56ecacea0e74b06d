import type { Dispatch, SetStateAction } from 'react'
import { Handle, Passphrase } from '../../shared/contract/index.ts'
import { peopleMessages } from '../../shared/messages/people.ts'
import { Columns, PasswordField, TextField } from '../design/index.ts'

const words = peopleMessages.form
const SHORTEST = 10

/** What is typed of a person who is about to be enrolled. */
export interface NewPerson {
  readonly displayName: string
  readonly handle: string
  readonly passphrase: string
  /** The passphrase, typed again. */
  readonly again: string
}

export const NOBODY: NewPerson = { displayName: '', handle: '', passphrase: '', again: '' }

export type PersonProblems = Readonly<Partial<Record<keyof NewPerson, string>>>

/** What is still wrong, field by field; empty when the person can be enrolled. */
export function personProblems({ displayName, handle, passphrase, again }: NewPerson): PersonProblems {
  const tooLong = Passphrase.safeParse(passphrase).error?.issues[0]?.message
  const wrong = passphrase.length < SHORTEST ? words.tooShort(SHORTEST - passphrase.length) : tooLong
  return {
    ...(displayName.trim() === '' ? { displayName: words.noName } : {}),
    ...(Handle.safeParse(handle).success ? {} : { handle: words.badHandle }),
    ...(wrong === undefined ? {} : { passphrase: wrong }),
    ...(wrong === undefined && again !== passphrase ? { again: words.differs } : {}),
  }
}

export interface PersonFieldsProps {
  readonly person: NewPerson
  /** Takes an update: a browser may fill several fields before anything is drawn again. */
  readonly onChange: Dispatch<SetStateAction<NewPerson>>
  /** What is wrong, once somebody tried. */
  readonly problems: PersonProblems
  /** Whether people enter themselves: then the browser may help. */
  readonly isSelf?: boolean
  readonly isFocused?: boolean
}

/** Name, sign-in name and a passphrase typed twice. */
export function PersonFields({ person, onChange, problems, isSelf = false, isFocused = false }: PersonFieldsProps) {
  const field = (name: keyof NewPerson) => ({ value: person[name], onChange: (value: string) => onChange((before) => ({ ...before, [name]: value })), error: problems[name] })
  return (
    <>
      <Columns>
        <TextField label={words.displayName} description={words.displayNameHint} maxLength={120} autoComplete={isSelf ? 'name' : 'off'} autoFocus={isFocused} {...field('displayName')} />
        <TextField label={words.handle} maxLength={32} autoComplete={isSelf ? 'username' : 'off'} isMono {...field('handle')} />
      </Columns>
      <Columns>
        <PasswordField label={words.passphrase} description={words.passphraseHint} autoComplete="new-password" {...field('passphrase')} />
        <PasswordField label={words.again} autoComplete="new-password" {...field('again')} />
      </Columns>
    </>
  )
}
