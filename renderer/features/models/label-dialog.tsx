import { useState } from 'react'
import type { VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Dialog, DialogForm, Text, TextField } from '../../design/index.ts'
import { useAction, useApi } from '../../state/index.ts'
import { versionDetail } from './version-resources.ts'

const text = words.labels

interface LabelDialogProps {
  readonly detail: VersionDetail
  /** Which kind is set; null while the dialog is closed. */
  readonly kind: 'alias' | 'tag' | null
  readonly onClose: () => void
}

/** Gives a version an alias, which may leave another version, or a tag with a value. */
export function LabelDialog({ kind, ...rest }: LabelDialogProps) {
  return (
    <Dialog isOpen={kind !== null} onClose={rest.onClose} title={kind === 'tag' ? text.setTag : text.setAlias}>
      {kind !== null && <LabelForm {...rest} kind={kind} />}
    </Dialog>
  )
}

function LabelForm({ detail: { project, model, version }, kind, onClose }: LabelDialogProps & { readonly kind: 'alias' | 'tag' }) {
  const api = useApi()
  const key = { project, model, version }
  const [name, setName] = useState('')
  const [value, setValue] = useState('')
  const { start: set, isBusy, failure } = useAction(async () => {
    const named = name.trim()
    const request = kind === 'alias' ? api.call('models.setAlias', { ...key, alias: named }) : api.call('models.setTag', { ...key, key: named, value: value.trim() })
    versionDetail.set(key, await request)
    onClose()
  })
  return (
    <DialogForm onSubmit={set} submitLabel={kind === 'alias' ? text.setAlias : text.setTag} onCancel={onClose} missing={[name.trim() === '' && (kind === 'alias' ? text.alias : text.key)]} isBusy={isBusy}>
      <Text as="p" tone="dim">
        {kind === 'alias' ? text.aliasText(model) : text.tagText}
      </Text>
      <TextField label={kind === 'alias' ? text.alias : text.key} value={name} onChange={setName} isMono autoFocus error={failure?.message} />
      {kind === 'tag' && <TextField label={text.value} value={value} onChange={setValue} maxLength={500} />}
    </DialogForm>
  )
}
