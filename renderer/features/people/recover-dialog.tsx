import { useState } from 'react'
import { Reason, type Person } from '../../../shared/contract/index.ts'
import { peopleMessages } from '../../../shared/messages/people.ts'
import { BulletList, Dialog, DialogForm, PasswordField, Text, TextField } from '../../design/index.ts'
import { NewPassphraseFields, newPassphraseProblems, passphraseError, SignFailure, useAction, useApi } from '../../state/index.ts'

const words = peopleMessages.recoverDialog

export interface RecoverDialogProps {
  /** Whose key is lost; null while the dialog is closed. */
  readonly person: Person | null
  readonly onClose: () => void
  readonly onRecovered: (person: Person) => void
}

/** Gives somebody who lost their key another one, under a first passphrase. */
export function RecoverDialog({ person, onClose, onRecovered }: RecoverDialogProps) {
  return (
    <Dialog isOpen={person !== null} onClose={onClose} title={words.title(person?.displayName ?? '')} isAlert>
      {person && <RecoverForm person={person} onClose={onClose} onRecovered={onRecovered} />}
    </Dialog>
  )
}

const NOTHING = { reason: '', passphrase: '', again: '', own: '' }

function RecoverForm({ person, onClose, onRecovered }: RecoverDialogProps & { readonly person: Person }) {
  const api = useApi()
  const [typed, setTyped] = useState(NOTHING)
  const [isTried, setTried] = useState(false)
  const change = (name: keyof typeof NOTHING, value: string) => setTyped((before) => ({ ...before, [name]: value }))
  const problems = {
    ...(Reason.safeParse(typed.reason).success ? {} : { reason: words.noReason }),
    ...newPassphraseProblems(typed),
    ...(typed.own === '' ? { own: words.noOwn } : {}),
  }
  const { start: recover, isBusy, failure, forget } = useAction(async () => {
    const { reason, passphrase: newPassphrase, own } = typed
    const recovered = await api.call('people.recover', { person: person.id, reason: reason.trim(), newPassphrase, passphrase: own })
    onClose()
    onRecovered(recovered)
  })
  const shown: Partial<typeof NOTHING> = isTried ? problems : {}
  const wrong = passphraseError(failure)
  const submit = () => {
    setTried(true)
    if (Object.keys(problems).length === 0) recover()
  }
  return (
    <DialogForm onSubmit={submit} submitLabel={words.confirm} submitIcon="sign" onCancel={onClose} isBusy={isBusy} isDanger>
      <Text as="p" tone="dim">
        {words.text(person.displayName)}
      </Text>
      <BulletList items={words.follows(person.displayName)} />
      <TextField label={words.reason} description={words.reasonHint} value={typed.reason} onChange={(value) => change('reason', value)} maxLength={500} autoFocus error={shown.reason} />
      <NewPassphraseFields
        typed={typed}
        onChange={change}
        problems={{ ...(shown.passphrase === undefined ? {} : { passphrase: shown.passphrase }), ...(shown.again === undefined ? {} : { again: shown.again }) }}
        label={words.first}
        description={peopleMessages.form.shortest}
      />
      <PasswordField
        label={peopleMessages.ownPassphrase}
        value={typed.own}
        onChange={(value) => {
          change('own', value)
          forget()
        }}
        autoComplete="current-password"
        error={shown.own ?? wrong}
      />
      <SignFailure failure={failure} />
    </DialogForm>
  )
}
