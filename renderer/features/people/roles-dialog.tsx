import { useState } from 'react'
import type { Person } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Dialog, DialogForm, Text } from '../../design/index.ts'
import { SignFailure, useAction, useApi } from '../../state/index.ts'
import { RoleChoice } from './role-choice.tsx'

export interface RolesDialogProps {
  /** Whose roles; null while the dialog is closed. */
  readonly person: Person | null
  readonly onClose: () => void
}

/** Changes what a person may do. */
export function RolesDialog({ person, onClose }: RolesDialogProps) {
  return (
    <Dialog isOpen={person !== null} onClose={onClose} title={words.rolesDialog.title(person?.displayName ?? '')}>
      {person && <RolesForm person={person} onClose={onClose} />}
    </Dialog>
  )
}

function RolesForm({ person, onClose }: { readonly person: Person; readonly onClose: () => void }) {
  const api = useApi()
  const [roles, setRoles] = useState<string[]>(person.roles)
  // Whoever holds a role for a project or model needs none for the organisation.
  const isNothing = roles.length === 0 && person.grants.length === 0
  const isSame = roles.toSorted().join() === person.roles.toSorted().join()

  const { start: save, isBusy, failure } = useAction(async () => {
    await api.call('people.setRoles', { person: person.id, roles })
    onClose()
  })

  return (
    <DialogForm onSubmit={save} submitLabel={words.rolesDialog.save} onCancel={onClose} missing={[isSame && words.rolesDialog.change]} isReady={!isNothing} isBusy={isBusy}>
      <SignFailure failure={failure} />
      <RoleChoice value={roles} onChange={setRoles} error={isNothing ? words.form.noRole : undefined} />
      <Text as="p" size="small" tone="dim">
        {words.rolesDialog.text}
      </Text>
    </DialogForm>
  )
}
