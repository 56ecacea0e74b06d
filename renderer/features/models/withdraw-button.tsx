import { useState } from 'react'
import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages } from '../../../shared/messages/models.ts'
import { Button, Dialog, DialogForm, Text, TextField } from '../../design/index.ts'
import { useAction, useApi, useSession } from '../../state/index.ts'
import { versionDetail } from './version-resources.ts'

const words = modelsMessages.withdrawal

/** Takes the open request back, for who made it; nothing for anybody else. */
export function WithdrawButton({ detail }: { readonly detail: VersionDetail }) {
  const session = useSession()
  const [isOpen, setOpen] = useState(false)
  if (detail.openPromotion?.requestedByPerson !== session?.person.id) return null
  const close = () => setOpen(false)
  return (
    <>
      <Button icon="undo" onPress={() => setOpen(true)}>
        {words.act}
      </Button>
      <Dialog isOpen={isOpen} onClose={close} title={words.title(detail.model, detail.version)}>
        <WithdrawForm detail={detail} onClose={close} />
      </Dialog>
    </>
  )
}

/* Its own component, so that what was typed is gone when the dialog closes. */
function WithdrawForm({ detail: { project, model, version }, onClose }: { readonly detail: VersionDetail; readonly onClose: () => void }) {
  const api = useApi()
  const [reason, setReason] = useState('')
  const { start: withdraw, isBusy, failure } = useAction(async () => {
    const key = { project, model, version }
    versionDetail.set(key, await api.call('models.withdraw', { ...key, comment: reason.trim() }))
    onClose()
  })
  return (
    <DialogForm onSubmit={withdraw} submitLabel={words.act} submitIcon="undo" onCancel={onClose} isBusy={isBusy}>
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      <TextField label={words.reason} value={reason} onChange={setReason} maxLength={2000} autoFocus error={failure?.message} />
    </DialogForm>
  )
}
