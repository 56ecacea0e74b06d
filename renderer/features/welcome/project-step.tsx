import { useState } from 'react'
import { ProjectId } from '../../../shared/contract/index.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Banner, Button, Panel, Text, Unread } from '../../design/index.ts'
import { navigate, sampleList, useAction, useApi } from '../../state/index.ts'
import { Front } from './front.tsx'
import styles from './welcome.module.css'

const words = welcomeMessages.project

/** Starts the first project from a sample, or leads to where a folder of one's own is added. */
export function ProjectStep({ isPeopleLeft, onDone }: { readonly isPeopleLeft: boolean; readonly onDone: () => void }) {
  const api = useApi()
  const { value: samples, error, reload } = sampleList.use('samples')
  const [chosen, setChosen] = useState<string | null>(null)
  const { start, isBusy, failure } = useAction(async (sample: string) => {
    setChosen(sample)
    const project = await api.call('samples.add', { sample, id: ProjectId.parse(sample) })
    navigate({ page: 'overview', project: project.id })
    onDone()
  })

  const leave = () => {
    navigate({ page: 'projects' })
    onDone()
  }

  return (
    <Front title={words.title} lead={words.lead} step={3} left={isPeopleLeft ? [2] : []}>
      {failure && <Banner kind="failure" title={failure.message} />}
      {!samples && <Unread title={words.failed} error={error} onRetry={reload} loading={words.title} lines={4} />}
      {samples?.map(({ id, title, description, requirement }, index) => (
        <Panel key={id} title={title}>
          <div className={styles.form}>
            <Text as="p" tone="dim">
              {description}
            </Text>
            <div className={styles.buttons}>
              <Button kind={index === 0 ? 'primary' : 'default'} onPress={() => start(id)} isBusy={isBusy && chosen === id} isDisabled={isBusy && chosen !== id}>
                {words.add(title)}
              </Button>
              <Text size="small" tone="dim">
                {requirement === null ? words.needsNothing : words.needs(requirement)}
              </Text>
            </div>
          </div>
        </Panel>
      ))}
      <div className={styles.buttons}>
        <Button size="large" onPress={leave}>
          {words.own}
        </Button>
        <Text size="small" tone="dim">
          {words.ownText}
        </Text>
      </div>
    </Front>
  )
}
