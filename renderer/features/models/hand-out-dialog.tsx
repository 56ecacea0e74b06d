import { useState } from 'react'
import type { VersionDetail } from '../../../shared/contract/index.ts'
import { everywhereMessages } from '../../../shared/messages/everywhere.ts'
import { modelsMessages } from '../../../shared/messages/models.ts'
import { Banner, Dialog, DialogForm, Hash, KeyValue, Text, TextField } from '../../design/index.ts'
import { formatBytes, useAction, useApi } from '../../state/index.ts'

interface HandOutDialogProps {
  readonly detail: VersionDetail
  /** The model alone, or with all that says where it comes from; null while the dialog is closed. */
  readonly what: 'download' | 'export' | null
  readonly onClose: () => void
}

/** Copies a model out of the registry to a path of the machine that the orchestrator runs on, for a purpose that is recorded. */
export function HandOutDialog({ detail, what, onClose }: HandOutDialogProps) {
  const { model, version } = detail
  return (
    <Dialog isOpen={what !== null} onClose={onClose} title={modelsMessages.handOut[what ?? 'download'].title(model, version)}>
      {what !== null && <HandOutForm detail={detail} what={what} onClose={onClose} />}
    </Dialog>
  )
}

function HandOutForm({ detail, what, onClose }: HandOutDialogProps & { readonly what: 'download' | 'export' }) {
  const { project, model, version, format, bytes, artifact } = detail
  const api = useApi()
  const [path, setPath] = useState('')
  const [purpose, setPurpose] = useState('')
  const [done, setDone] = useState<string | null>(null)
  const words = modelsMessages.handOut[what]
  const { start: copy, isBusy, failure } = useAction(async () => {
    setDone(null)
    const request = { project, model, version, to: path, purpose: purpose.trim() }
    const { path: copied } = what === 'export' ? await api.call('models.export', request) : await api.call('models.download', request)
    setDone(copied)
  })
  return (
    <DialogForm
      onSubmit={copy}
      submitLabel={words.submit}
      submitIcon="download"
      onCancel={onClose}
      cancelLabel={done === null ? undefined : everywhereMessages.close}
      missing={[path === '' && words.path, purpose.trim() === '' && modelsMessages.handOut.purpose]}
      isBusy={isBusy}
    >
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      <KeyValue
        pairs={[
          { label: modelsMessages.artifact, value: <Hash value={artifact} isCopyable length={16} /> },
          { label: format, value: formatBytes(bytes) },
        ]}
      />
      <TextField label={words.path} description={words.pathHint} value={path} onChange={setPath} isMono autoFocus error={failure?.message} />
      <TextField label={modelsMessages.handOut.purpose} description={modelsMessages.handOut.purposeHint} value={purpose} onChange={setPurpose} />
      {done !== null && <Banner kind="success" title={words.done(done)} />}
    </DialogForm>
  )
}
