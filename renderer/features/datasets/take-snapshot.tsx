import { useState } from 'react'
import type { ProjectId, Snapshot } from '../../../shared/contract/index.ts'
import { datasetsMessages as words } from '../../../shared/messages/datasets.ts'
import { Dialog, DialogForm, Text, TextField } from '../../design/index.ts'
import { useAction, useApi } from '../../state/index.ts'

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
  const { start: take, isBusy, failure } = useAction(async () => {
    const name = dataset.trim() === '' ? {} : { dataset: dataset.trim() }
    onTaken(await api.call('datasets.snapshot', { project, path: path.trim(), ...name }))
  })
  return (
    <DialogForm onSubmit={take} submitLabel={words.take} onCancel={onClose} missing={[path.trim() === '' && words.path]} isBusy={isBusy}>
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
    </DialogForm>
  )
}
