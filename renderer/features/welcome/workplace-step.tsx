import { useState } from 'react'
import { Handle, RequestError } from '../../../shared/contract/index.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Banner, Button, Panel, Text, TextField } from '../../design/index.ts'
import { useApi } from '../../state/index.ts'
import { Front } from './front.tsx'
import { PassphrasePair, passphraseProblems } from './passphrase-pair.tsx'
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
  const [displayName, setDisplayName] = useState('')
  const [handle, setHandle] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const [isTried, setTried] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)

  const errors = {
    organisation: organisation.trim() === '' ? words.noOrganisation : undefined,
    displayName: displayName.trim() === '' ? words.noName : undefined,
    handle: Handle.safeParse(handle).success ? undefined : words.badHandle,
  }
  const { passphrase: wrong, again: differs } = passphraseProblems(passphrase, again)
  const isReady = [errors.organisation, errors.displayName, errors.handle, wrong, differs].every((error) => error === undefined)

  const create = async () => {
    setTried(true)
    if (!isReady || isBusy) return
    setBusy(true)
    setFailure(null)
    try {
      const { logKey } = await api.call('workplace.setUp', { organisation, administrator: { handle, displayName, passphrase } })
      onCreated(logKey, organisation.trim())
    } catch (error) {
      setFailure(error instanceof RequestError ? error : new RequestError('internal', String(error)))
      setBusy(false)
    }
  }

  return (
    <Front title={words.title} lead={words.lead} step={0}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          void create()
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
          error={isTried ? errors.organisation : undefined}
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
          <div className={styles.pair}>
            <TextField label={words.displayName} value={displayName} onChange={setDisplayName} maxLength={120} autoComplete="name" error={isTried ? errors.displayName : undefined} />
            <TextField label={words.handle} value={handle} onChange={setHandle} maxLength={32} autoComplete="username" isMono error={isTried ? errors.handle : undefined} />
          </div>
          <PassphrasePair labels={words} value={passphrase} again={again} onChange={setPassphrase} onAgain={setAgain} isTried={isTried} />
        </div>
        <Panel title={words.follows}>
          <ul className={styles.list}>
            {words.followsText.map((line) => (
              <li key={line}>{line}</li>
            ))}
            <li>
              {words.folder} <code>{dataFolder}</code>
            </li>
          </ul>
        </Panel>
        {isBusy && (
          <Banner kind="note" title={words.busy}>
            {words.busyText}
          </Banner>
        )}
        <div className={styles.buttons}>
          <Button type="submit" kind="primary" size="large" isBusy={isBusy}>
            {words.submit}
          </Button>
        </div>
      </form>
    </Front>
  )
}
