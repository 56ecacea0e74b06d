import { useState } from 'react'
import { ProjectId } from '../../../shared/contract/index.ts'
import { projectsMessages } from '../../../shared/messages/projects.ts'
import { Banner, Button, Checkbox, Dialog, DialogForm, Select, Text, TextArea, TextField } from '../../design/index.ts'
import { navigate, useAction, useApi } from '../../state/index.ts'
import styles from './projects.module.css'

const words = projectsMessages.addDialog
const POINTS = projectsMessages.annexIII.map(([id, label]) => ({ id, label }))
const ROLES = ['provider', 'deployer'] as const
type OrganisationRole = (typeof ROLES)[number]

export interface AddDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Registers a folder of the user's own and describes the AI system in it. */
export function AddDialog({ isOpen, onClose }: AddDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={words.title}>
      <AddForm onClose={onClose} />
    </Dialog>
  )
}

function AddForm({ onClose }: Pick<AddDialogProps, 'onClose'>) {
  const api = useApi()
  const [folder, setFolder] = useState('')
  const [id, setId] = useState<string | null>(null)
  const [name, setName] = useState('')
  const [intendedPurpose, setPurpose] = useState('')
  const [roles, setRoles] = useState<readonly OrganisationRole[]>(['provider'])
  const [annexIII, setPoint] = useState('')
  const [isTried, setTried] = useState(false)

  const shownId = id ?? suggestId(folder)
  const parsedId = ProjectId.safeParse(shownId)
  const isComplete = folder !== '' && parsedId.success && name.trim() !== '' && intendedPurpose.trim() !== '' && roles.length > 0
  const missing = (value: string) => (isTried && value.trim() === '' ? words.missing : undefined)

  const choose = async () => setFolder((await api.desktop?.chooseFolder()) ?? folder)
  const { start: add, isBusy, failure } = useAction(async () => {
    const project = await api.call('projects.add', { id: ProjectId.parse(shownId), folder, name, intendedPurpose, roles: [...roles], annexIII })
    onClose()
    navigate({ page: 'pipeline', project: project.id })
  })

  return (
    <DialogForm
      onSubmit={() => {
        setTried(true)
        if (isComplete) add()
      }}
      submitLabel={words.submit}
      onCancel={onClose}
      isBusy={isBusy}
    >
      <div className={styles.folder}>
        <TextField label={words.folder} description={words.folderHint} value={folder} onChange={setFolder} isMono autoFocus error={missing(folder)} />
        {api.desktop && <Button onPress={() => void choose()}>{words.choose}</Button>}
      </div>
      <TextField label={words.id} description={words.idHint} value={shownId} onChange={setId} isMono error={isTried && !parsedId.success ? words.idHint : undefined} />
      <TextField label={words.name} value={name} onChange={setName} error={missing(name)} />
      <TextArea label={words.purpose} description={words.purposeHint} value={intendedPurpose} onChange={setPurpose} rows={2} error={missing(intendedPurpose)} />
      <fieldset className={styles.roles}>
        <legend>
          <Text size="micro" tone="faint">
            {words.role}
          </Text>
        </legend>
        {ROLES.map((role) => (
          <Checkbox key={role} isSelected={roles.includes(role)} onChange={(isOn) => setRoles(ROLES.filter((each) => (each === role ? isOn : roles.includes(each))))}>
            {projectsMessages.roles[role]}
          </Checkbox>
        ))}
        {isTried && roles.length === 0 && <Text tone="danger">{words.noRole}</Text>}
      </fieldset>
      <Select label={words.annexIII} description={words.annexHint} options={POINTS} value={annexIII === '' ? null : annexIII} onChange={setPoint} placeholder={words.notClassified} />
      {failure && <Banner kind="failure" title={failure.message} />}
    </DialogForm>
  )
}

/** The folder's own name as an id. */
function suggestId(folder: string): string {
  const last = folder.split(/[/\\]/).filter((part) => part !== '').at(-1) ?? ''
  return last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
}
