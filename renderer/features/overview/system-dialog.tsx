import { useState } from 'react'
import type { Project } from '../../../shared/contract/index.ts'
import { overviewMessages as words } from '../../../shared/messages/overview.ts'
import { projectsMessages } from '../../../shared/messages/projects.ts'
import { Banner, Checkbox, Dialog, DialogForm, Row, Select, TextArea, TextField } from '../../design/index.ts'
import { projectDetail, useAction, useApi } from '../../state/index.ts'

const form = projectsMessages.addDialog
const POINTS = projectsMessages.annexIII.map(([id, label]) => ({ id, label }))
const ROLES = ['provider', 'deployer'] as const

export interface SystemDialogProps {
  readonly project: Project
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Changes how the system is described; the change is an entry in the ledger. */
export function SystemDialog({ project, isOpen, onClose }: SystemDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={words.changeTitle}>
      <SystemForm project={project} onClose={onClose} />
    </Dialog>
  )
}

function SystemForm({ project, onClose }: Pick<SystemDialogProps, 'project' | 'onClose'>) {
  const api = useApi()
  const [name, setName] = useState(project.name)
  const [intendedPurpose, setPurpose] = useState(project.intendedPurpose)
  const [roles, setRoles] = useState(project.roles)
  const [annexIII, setPoint] = useState(project.annexIII)
  const missing = [name.trim() === '' && form.name, intendedPurpose.trim() === '' && form.purpose, roles.length === 0 && form.role]

  const { start: save, isBusy, failure } = useAction(async () => {
    projectDetail.set(project.id, await api.call('projects.change', { project: project.id, name, intendedPurpose, roles, annexIII }))
    onClose()
  })

  return (
    <DialogForm onSubmit={save} submitLabel={words.save} onCancel={onClose} missing={missing} isBusy={isBusy}>
      {failure && <Banner kind="failure" title={failure.message} />}
      <TextField label={form.name} value={name} onChange={setName} maxLength={120} autoFocus error={name.trim() === '' ? form.missing : undefined} />
      <TextArea label={form.purpose} description={form.purposeHint} value={intendedPurpose} onChange={setPurpose} maxLength={4000} rows={4} error={intendedPurpose.trim() === '' ? form.missing : undefined} />
      <div role="group" aria-label={form.role}>
        <Row gap={4}>
          {ROLES.map((role) => (
            <Checkbox key={role} isSelected={roles.includes(role)} onChange={(isOn) => setRoles(ROLES.filter((each) => (each === role ? isOn : roles.includes(each))))}>
              {projectsMessages.roles[role]}
            </Checkbox>
          ))}
        </Row>
      </div>
      <Select label={form.annexIII} description={form.annexHint} options={POINTS} value={annexIII === '' ? null : annexIII} onChange={setPoint} placeholder={form.notClassified} />
    </DialogForm>
  )
}
