import { useId, useState } from 'react'
import { Handle, Passphrase, RequestError, type Person, type Role } from '../../../shared/contract/index.ts'
import { peopleMessages as words } from '../../../shared/messages/people.ts'
import { Banner, Button, Dialog, PasswordField, Stack, TextField } from '../../design/index.ts'
import { useApi } from '../../state/index.ts'
import { RoleChoice } from './role-choice.tsx'

export interface EnrolDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onEnrolled: (person: Person) => void
}

/** Enrols a person: makes their signing key and seals it with their passphrase. They should type it themselves. */
export function EnrolDialog(props: EnrolDialogProps) {
  const formId = useId()
  const [isBusy, setBusy] = useState(false)
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={words.enrol}
      foot={
        <>
          <Button kind="ghost" onPress={props.onClose}>
            {words.form.cancel}
          </Button>
          <Button kind="primary" type="submit" form={formId} isBusy={isBusy}>
            {words.form.enrol}
          </Button>
        </>
      }
    >
      <EnrolForm {...props} formId={formId} isBusy={isBusy} onBusy={setBusy} />
    </Dialog>
  )
}

interface EnrolFormProps extends EnrolDialogProps {
  readonly formId: string
  readonly isBusy: boolean
  readonly onBusy: (isBusy: boolean) => void
}

/* Its own component, so that what was typed is gone when the dialog closes. */
function EnrolForm({ onEnrolled, formId, isBusy, onBusy }: EnrolFormProps) {
  const api = useApi()
  const [displayName, setDisplayName] = useState('')
  const [handle, setHandle] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const [roles, setRoles] = useState<Role[]>([])
  const [isTried, setTried] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)

  const errors = {
    displayName: displayName.trim() === '' ? words.form.noName : undefined,
    handle: Handle.safeParse(handle).success ? undefined : words.form.badHandle,
    passphrase: Passphrase.safeParse(passphrase).success ? undefined : words.form.tooShort(10 - passphrase.length),
    again: again === passphrase ? undefined : words.form.differs,
    roles: roles.length === 0 ? words.form.noRole : undefined,
  }
  const shown = (field: keyof typeof errors) => (isTried && errors[field] !== undefined ? { error: errors[field] } : {})

  const enrol = async () => {
    setTried(true)
    if (isBusy || Object.values(errors).some((error) => error !== undefined)) return
    onBusy(true)
    setFailure(null)
    try {
      onEnrolled(await api.call('people.enrol', { displayName, handle, passphrase, roles }))
    } catch (error) {
      setFailure(error instanceof RequestError ? error : new RequestError('internal', String(error)))
    } finally {
      onBusy(false)
    }
  }

  const reveal = { show: words.form.show, hide: words.form.hide }
  return (
    <form
      id={formId}
      onSubmit={(event) => {
        event.preventDefault()
        void enrol()
      }}
    >
      <Stack gap={4}>
        {failure && <Banner kind="failure" title={failure.message} />}
        <TextField label={words.form.displayName} description={words.form.displayNameHint} value={displayName} onChange={setDisplayName} maxLength={120} autoComplete="off" autoFocus {...shown('displayName')} />
        <TextField label={words.form.handle} description={words.form.handleHint} value={handle} onChange={setHandle} maxLength={32} autoComplete="off" isMono {...shown('handle')} />
        <RoleChoice value={roles} onChange={setRoles} {...shown('roles')} />
        <PasswordField label={words.form.passphrase} description={words.form.passphraseHint} value={passphrase} onChange={setPassphrase} autoComplete="new-password" reveal={reveal} {...shown('passphrase')} />
        <PasswordField label={words.form.again} value={again} onChange={setAgain} autoComplete="new-password" reveal={reveal} {...shown('again')} />
      </Stack>
    </form>
  )
}
