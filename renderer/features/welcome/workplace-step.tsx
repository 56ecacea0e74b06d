import { useState } from 'react'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Banner, BulletList, Button, Panel, Text, TextField } from '../../design/index.ts'
import { NOBODY, PersonFields, personProblems, useAction, useApi } from '../../state/index.ts'
import { Front } from './front.tsx'
import styles from './welcome.module.css'

const words = welcomeMessages.workplace

export interface WorkplaceStepProps {
  readonly dataFolder: string
  /** The ledger exists and the administrator is signed in. */
  readonly onCreated: (logKey: string, organisation: string) => void
}

/** Names the organisation and its administrator, and creates the ledger. */
export function WorkplaceStep({ dataFolder, onCreated }: WorkplaceStepProps) {
  const api = useApi()
  const [organisation, setOrganisation] = useState('')
  const [person, setPerson] = useState(NOBODY)
  const [isTried, setTried] = useState(false)

  const unnamed = organisation.trim() === '' ? words.noOrganisation : undefined
  const problems = personProblems(person)
  const isReady = unnamed === undefined && Object.keys(problems).length === 0

  const { start: create, isBusy, failure } = useAction(async () => {
    const { displayName, handle, passphrase } = person
    const { logKey } = await api.call('workplace.setUp', { organisation, administrator: { handle, displayName, passphrase } })
    onCreated(logKey, organisation.trim())
  })

  return (
    <Front title={words.title} lead={words.lead} step={0}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (isReady) create()
        }}
      >
        {failure && <Banner kind="failure" title={failure.message} />}
        <TextField
          label={words.organisation}
          description={words.organisationHint}
          value={organisation}
          onChange={setOrganisation}
          maxLength={120}
          autoComplete="organization"
          autoFocus
          error={isTried ? unnamed : undefined}
        />
        <div className={styles.group} role="group" aria-label={words.administrator}>
          <div>
            <Text as="h2" weight="strong">
              {words.administrator}
            </Text>
            <Text as="p" size="small" tone="dim">
              {words.administratorText}
            </Text>
          </div>
          <PersonFields person={person} onChange={setPerson} problems={isTried ? problems : {}} isSelf />
        </div>
        <Panel title={words.follows}>
          <BulletList
            items={[
              ...words.followsText,
              <>
                {words.folder} <code>{dataFolder}</code>
              </>,
            ]}
          />
        </Panel>
        {isBusy && (
          <Banner kind="note" title={words.busy}>
            {words.busyText}
          </Banner>
        )}
        <div className={styles.foot}>
          <Button type="submit" kind="primary" size="large" isBusy={isBusy}>
            {words.submit}
          </Button>
        </div>
      </form>
    </Front>
  )
}
