import { useState } from 'react'
import { RequestError, type VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, Button, Dialog, Hash, KeyValue, Text, TextField } from '../../design/index.ts'
import { formatBytes, useApi } from '../../state/index.ts'
import styles from './models.module.css'

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
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const [done, setDone] = useState<string | null>(null)
  const copy = async () => {
    setBusy(true)
    setFailure(null)
    setDone(null)
    try {
      setDone((await api.call('models.download', { project, model, version, to: path })).path)
    } catch (error) {
      if (error instanceof RequestError) setFailure(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form
      className={styles.dialog}
      onSubmit={(event) => {
        event.preventDefault()
        if (path !== '' && !isBusy) void copy()
      }}
    >
      <Text as="p" tone="dim">
        {words.downloadText}
      </Text>
      <KeyValue
        pairs={[
          { label: words.artifact, value: <Hash value={artifact} copyLabel={words.copyHash} copiedLabel={words.copied} length={16} /> },
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
      {done !== null && <Banner kind="success" title={words.downloaded(done)} />}
      <div className={styles.buttons}>
        <Button kind="ghost" onPress={onClose}>
          {done === null ? words.cancel : words.close}
        </Button>
        <Button type="submit" kind="primary" icon="download" isBusy={isBusy} isDisabled={path === ''}>
          {words.downloadDo}
        </Button>
      </div>
    </form>
  )
}
