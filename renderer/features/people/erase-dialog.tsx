import { useState } from 'react'
import type { Person, ResultOf } from '../../../shared/contract/index.ts'
import { everywhereMessages } from '../../../shared/messages/everywhere.ts'
import { peopleMessages } from '../../../shared/messages/people.ts'
import { Banner, BulletList, Button, Dialog, DialogForm, PasswordField, Stack, Text, TextField } from '../../design/index.ts'
import { passphraseError, SignFailure, useAction, useApi } from '../../state/index.ts'

const words = peopleMessages.eraseDialog

export interface EraseDialogProps {
  /** Whose names; null while the dialog is closed. */
  readonly person: Person | null
  readonly onClose: () => void
}

/** Destroys the names of somebody who was deactivated, then tells where they stand still. */
export function EraseDialog({ person, onClose }: EraseDialogProps) {
  return (
    <Dialog isOpen={person !== null} onClose={onClose} title={words.title(person?.displayName ?? '')} isAlert>
      {person && <Erasure person={person} onClose={onClose} />}
    </Dialog>
  )
}

function Erasure({ person, onClose }: { readonly person: Person; readonly onClose: () => void }) {
  const api = useApi()
  const [typed, setTyped] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [erased, setErased] = useState<ResultOf<'people.erase'> | null>(null)
  const { start: erase, isBusy, failure } = useAction(async () => {
    setPassphrase('')
    setErased(await api.call('people.erase', { person: person.id, passphrase }))
  })
  if (erased) return <Erased result={erased} onClose={onClose} />
  const wrong = passphraseError(failure)
  return (
    <DialogForm onSubmit={erase} submitLabel={words.confirm} submitIcon="sign" onCancel={onClose} missing={[typed !== person.handle && everywhereMessages.typed(person.handle), passphrase === '' && peopleMessages.ownPassphrase]} isBusy={isBusy} isDanger>
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      <BulletList items={words.follows} />
      <TextField label={words.typed(person.handle)} value={typed} onChange={setTyped} autoComplete="off" autoFocus isMono />
      <PasswordField label={peopleMessages.ownPassphrase} value={passphrase} onChange={setPassphrase} autoComplete="current-password" error={wrong} />
      <SignFailure failure={failure} />
    </DialogForm>
  )
}

/** What was not reached, to be written down: it is told once. */
function Erased({ result: { person, packs, backups }, onClose }: { readonly result: ResultOf<'people.erase'>; readonly onClose: () => void }) {
  return (
    <Stack gap={3}>
      <Banner kind="success" title={words.done}>
        {words.doneText(person.id)}
      </Banner>
      <Left title={words.packs} none={words.noPacks} text={words.packsText} names={packs} />
      <Left title={words.backups} none={words.noBackups} text={words.backupsText} names={backups} />
      <Stack align="end">
        <Button kind="primary" onPress={onClose} autoFocus>
          {words.close}
        </Button>
      </Stack>
    </Stack>
  )
}

interface LeftProps {
  readonly title: string
  /** Said where there is nothing. */
  readonly none: string
  readonly text: string
  readonly names: readonly string[]
}

function Left({ title, none, text, names }: LeftProps) {
  if (names.length === 0) {
    return (
      <Text as="p" tone="dim">
        {none}
      </Text>
    )
  }
  return (
    <Stack gap={1}>
      <Text as="h3" weight="medium">
        {title}
      </Text>
      <BulletList items={names.map((name) => <code key={name}>{name}</code>)} />
      <Text as="p" size="small" tone="dim">
        {text}
      </Text>
    </Stack>
  )
}
