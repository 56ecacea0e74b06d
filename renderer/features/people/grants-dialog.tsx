import { useState } from 'react'
import { BUILT_IN_ROLES, type Grant, type Person, type ProjectId } from '../../../shared/contract/index.ts'
import { peopleMessages } from '../../../shared/messages/people.ts'
import { Button, Dialog, DialogForm, KeyValue, Select, Text } from '../../design/index.ts'
import { projectList, SignFailure, useAction, useApi, versionList } from '../../state/index.ts'
import { roleList } from './role-resources.ts'

const words = peopleMessages.grantsDialog
/** No model's name is empty. */
const ALL_MODELS = ''

export interface GrantsDialogProps {
  /** Whose roles; null while the dialog is closed. */
  readonly person: Person | null
  readonly onClose: () => void
}

/** Gives and takes roles for one project or model. */
export function GrantsDialog({ person, onClose }: GrantsDialogProps) {
  return (
    <Dialog isOpen={person !== null} onClose={onClose} title={words.title(person?.displayName ?? '')}>
      {person && <GrantsForm person={person} onClose={onClose} />}
    </Dialog>
  )
}

function GrantsForm({ person, onClose }: { readonly person: Person; readonly onClose: () => void }) {
  const api = useApi()
  const { value: roles = BUILT_IN_ROLES } = roleList.use('roles')
  const { value: projects = [] } = projectList.use('projects')
  const [role, setRole] = useState<string | null>(null)
  const [project, setProject] = useState<ProjectId | null>(null)
  const [model, setModel] = useState(ALL_MODELS)
  const { start: grant, isBusy, failure } = useAction(async () => {
    if (role === null || project === null) return
    await api.call('people.grant', { person: person.id, role, scope: model === ALL_MODELS ? { kind: 'project', project } : { kind: 'model', project, model } })
    onClose()
  })
  return (
    <DialogForm onSubmit={grant} submitLabel={words.give} onCancel={onClose} missing={[role === null && words.role, project === null && words.project]} isBusy={isBusy}>
      {person.grants.length > 0 && <KeyValue wraps pairs={person.grants.map((each) => ({ label: peopleMessages.held({ roles: [], grants: [each] }), value: <Revoke person={person} grant={each} onRevoked={onClose} /> }))} />}
      <SignFailure failure={failure} />
      <Select
        label={words.role}
        options={roles.filter((each) => each.role !== 'administrator').map((each) => ({ id: each.role, label: peopleMessages.roleName(each.role) }))}
        value={role}
        onChange={setRole}
      />
      <Select
        label={words.project}
        options={projects.map(({ id, name }) => ({ id, label: name }))}
        value={project}
        onChange={(id) => {
          setProject(id)
          setModel(ALL_MODELS)
        }}
      />
      {project !== null && <ModelChoice project={project} value={model} onChange={setModel} />}
      <Text as="p" size="small" tone="dim">
        {words.text}
      </Text>
    </DialogForm>
  )
}

function ModelChoice({ project, value, onChange }: { readonly project: ProjectId; readonly value: string; readonly onChange: (model: string) => void }) {
  const { value: versions = [] } = versionList.use(project)
  const models = [...new Set(versions.map(({ model }) => model))].sort()
  return <Select label={words.model} options={[{ id: ALL_MODELS, label: words.allModels }, ...models.map((model) => ({ id: model, label: model }))]} value={value} onChange={onChange} />
}

function Revoke({ person, grant, onRevoked }: { readonly person: Person; readonly grant: Grant; readonly onRevoked: () => void }) {
  const api = useApi()
  const { start: revoke, isBusy, failure } = useAction(async () => {
    await api.call('people.revoke', { person: person.id, role: grant.role, scope: grant.scope })
    onRevoked()
  })
  return (
    <>
      <Button size="small" onPress={revoke} isBusy={isBusy}>
        {words.revoke}
      </Button>
      {failure && <Text tone="danger">{failure.message}</Text>}
    </>
  )
}
