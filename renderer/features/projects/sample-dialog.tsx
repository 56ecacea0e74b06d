import { useState } from 'react'
import { ProjectId } from '../../../shared/contract/index.ts'
import { projectsMessages } from '../../../shared/messages/projects.ts'
import { Banner, Button, Dialog, Panel, Skeleton, Text } from '../../design/index.ts'
import { navigate, projectList, sampleList, useAction, useApi } from '../../state/index.ts'
import styles from './projects.module.css'

const words = projectsMessages.sampleDialog

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
  const { value } = sampleList.use('samples')
  const taken = new Set((projectList.use('projects').value ?? []).map(({ id }) => String(id)))
  const [chosen, setChosen] = useState<string | null>(null)
  const { start: use, isBusy, failure } = useAction(async (sample: string) => {
    setChosen(sample)
    const project = await api.call('samples.add', { sample, id: ProjectId.parse(freeId(sample, taken)) })
    onClose()
    navigate({ page: 'pipeline', project: project.id })
  })

  return (
    <div className={styles.samples}>
      <Text as="p" tone="dim">
        {words.text}
      </Text>
      {failure && <Banner kind="failure" title={failure.message} />}
      {value === undefined && <Skeleton label={words.title} lines={4} />}
      {value?.map(({ id, title, description, requirement }) => (
        <Panel key={id} title={title} actions={<Button isBusy={isBusy && chosen === id} isDisabled={isBusy && chosen !== id} onPress={() => use(id)}>{words.use(title)}</Button>}>
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
