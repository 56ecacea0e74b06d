import { useState } from 'react'
import { ProjectId, RequestError } from '../../../shared/contract/index.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Banner, Button, ErrorState, Panel, Skeleton, Text } from '../../design/index.ts'
import { defineResource, navigate, useApi } from '../../state/index.ts'
import { Front } from './front.tsx'
import styles from './welcome.module.css'

const words = welcomeMessages.project

const sampleList = defineResource(
  (api, _: 'samples') => api.call('samples.list', {}),
  () => false,
)

/** Starts the first project from a sample, or leads to where a folder of one's own is added. */
export function ProjectStep({ onDone }: { readonly onDone: () => void }) {
  const api = useApi()
  const { value: samples, error } = sampleList.use('samples')
  const [busy, setBusy] = useState<string | null>(null)
  const [failure, setFailure] = useState<RequestError | null>(null)

  const start = async (sample: string) => {
    setBusy(sample)
    setFailure(null)
    try {
      const project = await api.call('samples.add', { sample, id: ProjectId.parse(sample) })
      navigate({ page: 'overview', project: project.id })
      onDone()
    } catch (error) {
      setFailure(error instanceof RequestError ? error : new RequestError('internal', String(error)))
      setBusy(null)
    }
  }

  const leave = () => {
    navigate({ page: 'projects' })
    onDone()
  }

  return (
    <Front title={words.title} lead={words.lead} step={3}>
      {failure && <Banner kind="failure" title={failure.message} />}
      {error && <ErrorState title={words.failed}>{error.message}</ErrorState>}
      {!samples && !error && <Skeleton label={words.title} lines={4} />}
      {samples?.map(({ id, title, description, requirement }, index) => (
        <Panel key={id} title={title}>
          <div className={styles.form}>
            <Text as="p" tone="dim">
              {description}
            </Text>
            <div className={styles.buttons}>
              <Button kind={index === 0 ? 'primary' : 'default'} onPress={() => void start(id)} isBusy={busy === id} isDisabled={busy !== null && busy !== id}>
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
