import { useState } from 'react'
import { RequestError, type ProjectId, type Snapshot } from '../../../shared/contract/index.ts'
import { datasetsMessages as words } from '../../../shared/messages/datasets.ts'
import { Button, Dialog, Text, TextField } from '../../design/index.ts'
import { useApi } from '../../state/index.ts'
import styles from './datasets.module.css'

export interface TakeSnapshotProps {
  readonly project: ProjectId
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onTaken: (snapshot: Snapshot) => void
}

/** Asks for a path inside the project and records what lies there. */
export function TakeSnapshot({ isOpen, onClose, ...rest }: TakeSnapshotProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={words.take}>
      <SnapshotForm {...rest} onClose={onClose} />
    </Dialog>
  )
}

function SnapshotForm({ project, onClose, onTaken }: Omit<TakeSnapshotProps, 'isOpen'>) {
  const api = useApi()
  const [path, setPath] = useState('')
  const [dataset, setDataset] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const take = async () => {
    setBusy(true)
    setFailure(null)
    try {
      onTaken(
        await api.call('datasets.snapshot', { project, path: path.trim(), ...(dataset.trim() === '' ? {} : { dataset: dataset.trim() }) }),
      )
    } catch (error) {
      if (error instanceof RequestError) setFailure(error)
      setBusy(false)
    }
  }
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (path.trim() !== '' && !isBusy) void take()
      }}
    >
      <Text as="p" tone="dim">
        {words.takeText}
      </Text>
      <TextField
        label={words.path}
        description={words.pathHint}
        value={path}
        onChange={setPath}
        isMono
        autoFocus
        error={failure?.message}
      />
      <TextField label={words.name} description={words.nameHint} value={dataset} onChange={setDataset} />
      <div className={styles.buttons}>
        <Button kind="ghost" onPress={onClose}>
          {words.cancel}
        </Button>
        <Button type="submit" kind="primary" isBusy={isBusy} isDisabled={path.trim() === ''}>
          {words.take}
        </Button>
      </div>
    </form>
  )
}
