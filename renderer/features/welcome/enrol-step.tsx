import { useState } from 'react'
import { Handle, RequestError, type Person } from '../../../shared/contract/index.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Banner, Button, Panel, Text, TextField } from '../../design/index.ts'
import { useApi } from '../../state/index.ts'
import { Front } from './front.tsx'
import { PassphrasePair, passphraseProblems } from './passphrase-pair.tsx'
import styles from './welcome.module.css'

const words = welcomeMessages.people

/** Enrols the two people without whom no model is promoted. */
export function EnrolStep({ onNext }: { readonly onNext: () => void }) {
  const [enrolled, setEnrolled] = useState<ReadonlySet<string>>(new Set())
  const isDone = enrolled.size === 2
  const note = (role: string) => setEnrolled((before) => new Set([...before, role]))
  return (
    <Front title={words.title} lead={words.lead} step={2}>
      <EnrolForm role="engineer" title={words.engineer} text={words.engineerText} onEnrolled={() => note('engineer')} isFirst />
      <EnrolForm role="approver" title={words.approver} text={words.approverText} onEnrolled={() => note('approver')} />
      <div className={styles.buttons}>
        <Button kind={isDone ? 'primary' : 'default'} size="large" onPress={onNext}>
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
  const [displayName, setDisplayName] = useState('')
  const [handle, setHandle] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const [isTried, setTried] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const [person, setPerson] = useState<Person | null>(null)

  const form = welcomeMessages.workplace
  const noName = displayName.trim() === '' ? form.noName : undefined
  const badHandle = Handle.safeParse(handle).success ? undefined : form.badHandle
  const { passphrase: wrong, again: differs } = passphraseProblems(passphrase, again)

  const enrol = async () => {
    setTried(true)
    if (isBusy || [noName, badHandle, wrong, differs].some((error) => error !== undefined)) return
    setBusy(true)
    setFailure(null)
    try {
      setPerson(await api.call('people.enrol', { displayName, handle, passphrase, roles: [role] }))
      onEnrolled()
    } catch (error) {
      setFailure(error instanceof RequestError ? error : new RequestError('internal', String(error)))
    } finally {
      setBusy(false)
    }
  }

  if (person) return <Banner kind="success" title={words.enrolled(person.displayName, person.handle)}>{title}</Banner>
  return (
    <Panel title={title} meta={text}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          void enrol()
        }}
      >
        {failure && <Banner kind="failure" title={failure.message} />}
        <div className={styles.pair}>
          <TextField label={form.displayName} value={displayName} onChange={setDisplayName} maxLength={120} autoComplete="off" autoFocus={isFirst} error={isTried ? noName : undefined} />
          <TextField label={form.handle} value={handle} onChange={setHandle} maxLength={32} autoComplete="off" isMono error={isTried ? badHandle : undefined} />
        </div>
        <PassphrasePair labels={form} value={passphrase} again={again} onChange={setPassphrase} onAgain={setAgain} isTried={isTried} />
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
