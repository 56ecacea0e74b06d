import { useState } from 'react'
import { RequestError, type VersionDetail } from '../../../shared/contract/index.ts'
import { modelsMessages as words } from '../../../shared/messages/models.ts'
import { Banner, Button, Dialog, PasswordField, Text, TextField } from '../../design/index.ts'
import { useApi, useMay } from '../../state/index.ts'
import styles from './models.module.css'
import { versionDetail } from './version-resources.ts'

interface ArchiveDialogProps {
  readonly detail: VersionDetail
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Retires a version for good, signed by the person here. */
export function ArchiveDialog({ detail, isOpen, onClose }: ArchiveDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={words.archiveTitle(detail.model, detail.version)} isAlert>
      <ArchiveForm detail={detail} onClose={onClose} />
    </Dialog>
  )
}

function ArchiveForm({ detail: { project, model, version, openPromotion }, onClose }: Omit<ArchiveDialogProps, 'isOpen'>) {
  const api = useApi()
  const may = useMay('model.decide')
  const [comment, setComment] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const closed = !may ? words.archiveMay : openPromotion ? words.archiveOpen : undefined
  const archive = async () => {
    setBusy(true)
    setFailure(null)
    try {
      versionDetail.set({ project, model, version }, await api.call('models.archive', { project, model, version, comment, passphrase }))
      onClose()
    } catch (error) {
      if (error instanceof RequestError) setFailure(error)
    } finally {
      setPassphrase('')
      setBusy(false)
    }
  }
  const isPassphrase = failure?.code === 'wrong-passphrase' || failure?.code === 'too-many-attempts'
  return (
    <form
      className={styles.dialog}
      onSubmit={(event) => {
        event.preventDefault()
        if (passphrase !== '' && !isBusy && closed === undefined) void archive()
      }}
    >
      <Text as="p" tone="dim">
        {words.archiveText}
      </Text>
      {closed !== undefined && <Banner kind="note" title={closed} />}
      <TextField label={words.archiveReason} value={comment} onChange={setComment} maxLength={2000} isDisabled={closed !== undefined} />
      <PasswordField
        label={words.passphrase}
        value={passphrase}
        onChange={setPassphrase}
        autoComplete="current-password"
        reveal={{ show: words.show, hide: words.hide }}
        isDisabled={closed !== undefined}
        error={isPassphrase ? failure.message : undefined}
      />
      {failure && !isPassphrase && <Banner kind="failure" title={failure.message} />}
      <div className={styles.buttons}>
        <Button kind="ghost" onPress={onClose}>
          {words.cancel}
        </Button>
        <Button type="submit" kind="destructive" icon="sign" isBusy={isBusy} isDisabled={passphrase === '' || closed !== undefined}>
          {words.archiveSign}
        </Button>
      </div>
    </form>
  )
}
