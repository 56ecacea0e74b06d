import { useState } from 'react'
import { ProjectId, RequestError } from '../../../shared/contract/index.ts'
import { projectsMessages } from '../../../shared/messages/projects.ts'
import { Banner, Button, Dialog, Panel, Skeleton, Text } from '../../design/index.ts'
import { defineResource, navigate, projectList, useApi } from '../../state/index.ts'
import styles from './projects.module.css'

const words = projectsMessages.sampleDialog

const samples = defineResource(
  (api, _: 'samples') => api.call('samples.list', {}),
  () => false,
)

export interface SampleDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** The bundled samples; choosing one copies it and opens it as a project. */
export function SampleDialog({ isOpen, onClose }: SampleDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={words.title}>
      <Samples onClose={onClose} />
    </Dialog>
  )
}

function Samples({ onClose }: Pick<SampleDialogProps, 'onClose'>) {
  const api = useApi()
  const { value } = samples.use('samples')
  const taken = new Set((projectList.use('projects').value ?? []).map(({ id }) => String(id)))
  const [busy, setBusy] = useState<string | null>(null)
  const [failure, setFailure] = useState<RequestError | null>(null)

  const use = async (sample: string) => {
    setBusy(sample)
    setFailure(null)
    try {
      const project = await api.call('samples.add', { sample, id: ProjectId.parse(freeId(sample, taken)) })
      onClose()
      navigate({ page: 'pipeline', project: project.id })
    } catch (error) {
      setFailure(error instanceof RequestError ? error : new RequestError('internal', String(error)))
      setBusy(null)
    }
  }

  return (
    <div className={styles.samples}>
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      {failure && <Banner kind="failure" title={failure.message} />}
      {value === undefined && <Skeleton label={words.title} lines={4} />}
      {value?.map(({ id, title, description, requirement }) => (
        <Panel key={id} title={title} actions={<Button isBusy={busy === id} isDisabled={busy !== null && busy !== id} onPress={() => void use(id)}>{words.use(title)}</Button>}>
          <Text as="p">{description}</Text>
          <Text as="p" size="small" tone="dim">
            {requirement === null ? words.needsNothing : words.needs(requirement)}
          </Text>
        </Panel>
      ))}
    </div>
  )
}

/** The sample's name, with a number behind it when a project has it already. */
function freeId(sample: string, taken: ReadonlySet<string>): string {
  let id = sample
  for (let number = 2; taken.has(id); number++) id = `${sample}-${number}`
  return id
}
