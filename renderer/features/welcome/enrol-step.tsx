import { useState } from 'react'
import type { Person } from '../../../shared/contract/index.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Banner, Button, Panel, Text } from '../../design/index.ts'
import { NOBODY, PersonFields, personProblems, useAction, useApi } from '../../state/index.ts'
import { Front } from './front.tsx'
import styles from './welcome.module.css'

const words = welcomeMessages.people

/** Enrols the two people without whom no model is promoted. */
export function EnrolStep({ onNext }: { readonly onNext: (isDone: boolean) => void }) {
  const [enrolled, setEnrolled] = useState<ReadonlySet<string>>(new Set())
  const isDone = enrolled.size === 2
  const note = (role: string) => setEnrolled((before) => new Set([...before, role]))
  return (
    <Front title={words.title} lead={words.lead} step={2}>
      <EnrolForm role="engineer" title={words.engineer} text={words.engineerText} onEnrolled={() => note('engineer')} isFirst />
      <EnrolForm role="approver" title={words.approver} text={words.approverText} onEnrolled={() => note('approver')} />
      <div className={styles.buttons}>
        <Button kind={isDone ? 'primary' : 'default'} size="large" onPress={() => onNext(isDone)}>
          {isDone ? words.continue : welcomeMessages.later}
        </Button>
        {!isDone && (
          <Text size="small" tone="dim">
            {welcomeMessages.laterText}
          </Text>
        )}
      </div>
    </Front>
  )
}

interface EnrolFormProps {
  readonly role: 'engineer' | 'approver'
  readonly title: string
  readonly text: string
  readonly onEnrolled: () => void
  readonly isFirst?: boolean
}

function EnrolForm({ role, title, text, onEnrolled, isFirst = false }: EnrolFormProps) {
  const api = useApi()
  const [typed, setTyped] = useState(NOBODY)
  const [isTried, setTried] = useState(false)
  const [person, setPerson] = useState<Person | null>(null)
  const problems = personProblems(typed)
  const isReady = Object.keys(problems).length === 0
  const { start: enrol, isBusy, failure } = useAction(async () => {
    const { displayName, handle, passphrase } = typed
    setPerson(await api.call('people.enrol', { displayName, handle, passphrase, roles: [role] }))
    onEnrolled()
  })

  if (person) return <Banner kind="success" title={words.enrolled(person.displayName, person.handle)}>{title}</Banner>
  return (
    <Panel title={title} meta={text}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (isReady) enrol()
        }}
      >
        {failure && <Banner kind="failure" title={failure.message} />}
        <PersonFields person={typed} onChange={setTyped} problems={isTried ? problems : {}} isFocused={isFirst} />
        <div className={styles.buttons}>
          <Button type="submit" isBusy={isBusy}>
            {words.enrol(title.toLowerCase())}
          </Button>
          <Text size="small" tone="dim">
            {words.own}
          </Text>
        </div>
      </form>
    </Panel>
  )
}
