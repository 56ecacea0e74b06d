import { useState } from 'react'
import type { VersionDetail } from '../../../shared/contract/index.ts'
import { everywhereMessages } from '../../../shared/messages/everywhere.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, Dialog, DialogForm, Hash, KeyValue, Text, TextField } from '../../design/index.ts'
import { formatBytes, useAction, useApi } from '../../state/index.ts'

interface DownloadDialogProps {
  readonly detail: VersionDetail
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Copies the model's file to a path of the machine that the orchestrator runs on. */
export function DownloadDialog({ detail, isOpen, onClose }: DownloadDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={words.downloadTitle(detail.model, detail.version)}>
      <DownloadForm detail={detail} onClose={onClose} />
    </Dialog>
  )
}

function DownloadForm({ detail: { project, model, version, format, bytes, artifact }, onClose }: Omit<DownloadDialogProps, 'isOpen'>) {
  const api = useApi()
  const [path, setPath] = useState('')
  const [purpose, setPurpose] = useState('')
  const [done, setDone] = useState<string | null>(null)
  const { start: copy, isBusy, failure } = useAction(async () => {
    setDone(null)
    setDone((await api.call('models.download', { project, model, version, to: path, purpose: purpose.trim() })).path)
  })
  return (
    <DialogForm
      onSubmit={copy}
      submitLabel={words.downloadDo}
      submitIcon="download"
      onCancel={onClose}
      cancelLabel={done === null ? undefined : everywhereMessages.close}
      isReady={path !== '' && purpose.trim() !== ''}
      isBusy={isBusy}
    >
      <Text as="p" tone="dim">
        {words.downloadText}
      </Text>
      <KeyValue
        pairs={[
          { label: words.artifact, value: <Hash value={artifact} isCopyable length={16} /> },
          { label: format, value: formatBytes(bytes) },
        ]}
      />
      <TextField
        label={words.downloadPath}
        description={words.downloadHint}
        value={path}
        onChange={setPath}
        isMono
        autoFocus
        error={failure?.message}
      />
      <TextField label={words.downloadPurpose} description={words.downloadPurposeHint} value={purpose} onChange={setPurpose} />
      {done !== null && <Banner kind="success" title={words.downloaded(done)} />}
    </DialogForm>
  )
}
