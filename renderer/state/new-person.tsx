import type { Dispatch, SetStateAction } from 'react'
import { Handle } from '../../shared/contract/index.ts'
import { peopleMessages } from '../../shared/messages/people.ts'
import { Columns, TextField } from '../design/index.ts'
import { NewPassphraseFields, newPassphraseProblems, type NewPassphrase } from './new-passphrase.tsx'

const words = peopleMessages.form

/** What is typed of a person who is about to be enrolled. */
export interface NewPerson extends NewPassphrase {
  readonly displayName: string
  readonly handle: string
}

export const NOBODY: NewPerson = { displayName: '', handle: '', passphrase: '', again: '' }

export type PersonProblems = Readonly<Partial<Record<keyof NewPerson, string>>>

/** What is still wrong, field by field; empty when the person can be enrolled. */
export function personProblems({ displayName, handle, passphrase, again }: NewPerson): PersonProblems {
  return {
    ...(displayName.trim() === '' ? { displayName: words.noName } : {}),
    ...(Handle.safeParse(handle).success ? {} : { handle: words.badHandle }),
    ...newPassphraseProblems({ passphrase, again }),
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
  const change = (name: keyof NewPerson, value: string) => onChange((before) => ({ ...before, [name]: value }))
  const field = (name: keyof NewPerson) => ({ value: person[name], onChange: (value: string) => change(name, value), error: problems[name] })
  return (
    <>
      <Columns>
        <TextField label={words.displayName} description={words.displayNameHint} maxLength={120} autoComplete={isSelf ? 'name' : 'off'} autoFocus={isFocused} {...field('displayName')} />
        <TextField label={words.handle} maxLength={32} autoComplete={isSelf ? 'username' : 'off'} isMono {...field('handle')} />
      </Columns>
      <NewPassphraseFields typed={person} onChange={change} problems={problems} />
    </>
  )
}
