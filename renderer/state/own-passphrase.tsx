import { useState } from 'react'
import type { RequestError } from '../../shared/contract/index.ts'
import { accountMessages } from '../../shared/messages/account.ts'
import { Banner, PasswordField } from '../design/index.ts'
import { passphraseError, useAction } from './action.ts'
import { useApi } from './api.ts'
import { NewPassphraseFields, newPassphraseProblems, type NewPassphrase, type PassphraseProblems } from './new-passphrase.tsx'

const words = accountMessages.passphrase

/** What is typed to change one's own passphrase. */
export interface OwnPassphrase extends NewPassphrase {
  /** The one that opens the key now. */
  readonly present: string
}

export type OwnPassphraseProblems = PassphraseProblems & { readonly present?: string }

const NOTHING: OwnPassphrase = { present: '', passphrase: '', again: '' }

/** What is still wrong, field by field. `noPresent` is said where the present one is missing. */
export function ownPassphraseProblems({ present, ...chosen }: OwnPassphrase, noPresent: string): OwnPassphraseProblems {
  const problems = newPassphraseProblems(chosen)
  return {
    ...problems,
    ...(present === '' ? { present: noPresent } : problems.passphrase === undefined && chosen.passphrase === present ? { passphrase: words.same } : {}),
  }
}

export interface ChangePassphrase {
  readonly typed: OwnPassphrase
  readonly change: (name: keyof OwnPassphrase, value: string) => void
  /** What is wrong, once somebody tried. */
  readonly problems: OwnPassphraseProblems
  readonly submit: () => void
  readonly isBusy: boolean
  readonly failure: RequestError | null
}

/** Seals the key of the person here with another passphrase. */
export function useChangePassphrase(noPresent: string, onChanged: () => void): ChangePassphrase {
  const api = useApi()
  const [typed, setTyped] = useState(NOTHING)
  const [isTried, setTried] = useState(false)
  const problems = ownPassphraseProblems(typed, noPresent)
  const { start, isBusy, failure, forget } = useAction(async () => {
    await api.call('session.changePassphrase', { passphrase: typed.present, newPassphrase: typed.passphrase })
    setTyped(NOTHING)
    onChanged()
  })
  return {
    typed,
    change: (name, value) => {
      setTyped((before) => ({ ...before, [name]: value }))
      forget()
    },
    problems: isTried ? problems : {},
    submit: () => {
      setTried(true)
      if (Object.keys(problems).length === 0) start()
    },
    isBusy,
    failure,
  }
}

/** The present passphrase and the new one, with what is wrong with them. */
export function OwnPassphraseFields({ changing, presentLabel = words.present }: { readonly changing: ChangePassphrase; readonly presentLabel?: string }) {
  const { typed, change, problems, failure } = changing
  const wrong = passphraseError(failure)
  return (
    <>
      {failure && wrong === undefined && <Banner kind="failure" title={failure.message} />}
      <PasswordField label={presentLabel} value={typed.present} onChange={(value) => change('present', value)} autoComplete="current-password" autoFocus error={problems.present ?? wrong} />
      <NewPassphraseFields typed={typed} onChange={change} problems={problems} label={words.chosen} />
    </>
  )
}
