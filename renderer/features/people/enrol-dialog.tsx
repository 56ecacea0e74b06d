import { useState } from 'react'
import type { Person } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Dialog, DialogForm } from '../../design/index.ts'
import { NOBODY, PersonFields, personProblems, SignFailure, useAction, useApi } from '../../state/index.ts'
import { RoleChoice } from './role-choice.tsx'

export interface EnrolDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onEnrolled: (person: Person) => void
}

/** Enrols a person: makes their signing key and seals it with their passphrase. They should type it themselves. */
export function EnrolDialog({ isOpen, onClose, onEnrolled }: EnrolDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={words.enrol}>
      <EnrolForm onClose={onClose} onEnrolled={onEnrolled} />
    </Dialog>
  )
}

/* Its own component, so that what was typed is gone when the dialog closes. */
function EnrolForm({ onClose, onEnrolled }: Omit<EnrolDialogProps, 'isOpen'>) {
  const api = useApi()
  const [person, setPerson] = useState(NOBODY)
  const [roles, setRoles] = useState<string[]>([])
  const [isTried, setTried] = useState(false)
  const problems = personProblems(person)
  const isReady = Object.keys(problems).length === 0 && roles.length > 0
  const { start: enrol, isBusy, failure } = useAction(async () => {
    const { displayName, handle, passphrase } = person
    onEnrolled(await api.call('people.enrol', { displayName, handle, passphrase, roles }))
  })
  const submit = () => {
    setTried(true)
    if (isReady) enrol()
  }
  return (
    <DialogForm onSubmit={submit} submitLabel={words.form.enrol} onCancel={onClose} isBusy={isBusy}>
      <SignFailure failure={failure} />
      <PersonFields person={person} onChange={setPerson} problems={isTried ? problems : {}} isFocused />
      <RoleChoice value={roles} onChange={setRoles} error={isTried && roles.length === 0 ? words.form.noRole : undefined} />
    </DialogForm>
  )
}
