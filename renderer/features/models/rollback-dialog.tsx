import { useState } from 'react'
import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Dialog, DialogForm, Text, TextField } from '../../design/index.ts'
import { useAction, useApi } from '../../state/index.ts'

interface RollbackDialogProps {
  readonly detail: VersionDetail
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Asks that a version which was in production goes back there; a second person decides. */
export function RollbackDialog({ isOpen, ...rest }: RollbackDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={rest.onClose} title={words.rollback.title(rest.detail.model, rest.detail.version)}>
      <RollbackForm {...rest} />
    </Dialog>
  )
}

function RollbackForm({ detail: { project, model, version, gates }, onClose }: Omit<RollbackDialogProps, 'isOpen'>) {
  const api = useApi()
  const [reason, setReason] = useState('')
  const rule = gates.find(({ to }) => to === 'production')?.rollback
  const { start: ask, isBusy, failure } = useAction(async () => {
    await api.call('models.requestRollback', { project, model, version, reason: reason.trim() })
    onClose()
  })
  return (
    <DialogForm onSubmit={ask} submitLabel={words.rollback.ask} submitIcon="send" onCancel={onClose} missing={[reason.trim() === '' && words.rollback.reason]} isBusy={isBusy}>
      <Text as="p" tone="dim">
        {words.rollback.text}
      </Text>
      {rule && <Text as="p">{words.rollback.takes(rule.approvals, Object.entries(rule.roles), rule.isStated)}</Text>}
      <TextField label={words.rollback.reason} value={reason} onChange={setReason} maxLength={2000} autoFocus error={failure?.message} />
    </DialogForm>
  )
}
