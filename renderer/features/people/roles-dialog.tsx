import { useState } from 'react'
import { RequestError, type Person, type Role } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Banner, Button, Dialog, Row, Stack, Text } from '../../design/index.ts'
import { useApi } from '../../state/index.ts'
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
  const [roles, setRoles] = useState<Role[]>(person.roles)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const isSame = roles.join() === person.roles.join()

  const save = async () => {
    if (isBusy || isSame || roles.length === 0) return
    setBusy(true)
    setFailure(null)
    try {
      await api.call('people.setRoles', { person: person.id, roles })
      onClose()
    } catch (error) {
      setFailure(error instanceof RequestError ? error : new RequestError('internal', String(error)))
      setBusy(false)
    }
  }

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      <Stack gap={4}>
        {failure && <Banner kind="failure" title={failure.message} />}
        <RoleChoice value={roles} onChange={setRoles} error={roles.length === 0 ? words.form.noRole : undefined} />
        <Text as="p" size="small" tone="dim">
          {words.rolesDialog.text}
        </Text>
        <Row isSpread>
          <Button kind="ghost" onPress={onClose}>
            {words.form.cancel}
          </Button>
          <Button kind="primary" type="submit" isBusy={isBusy} isDisabled={isSame || roles.length === 0}>
            {words.rolesDialog.save}
          </Button>
        </Row>
      </Stack>
    </form>
  )
}
