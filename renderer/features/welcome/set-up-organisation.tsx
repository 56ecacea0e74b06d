import { useState } from 'react'
import { RequestError } from '../../../shared/contract/index.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Banner, Button, Text, TextField } from '../../design/index.ts'
import { useApi } from '../../state/index.ts'
import { AccountFields } from './account-fields.tsx'
import { accountProblems, EMPTY_ACCOUNT } from './new-account.ts'
import styles from './welcome.module.css'

const words = welcomeMessages.setUp

export interface SetUpOrganisationProps {
  readonly dataFolder: string
  /** Receives the log's verifier key. */
  readonly onCreated: (logKey: string) => void
}

/** Names the organisation and its administrator, and creates the ledger. */
export function SetUpOrganisation({ dataFolder, onCreated }: SetUpOrganisationProps) {
  const api = useApi()
  const [organisation, setOrganisation] = useState('')
  const [account, setAccount] = useState(EMPTY_ACCOUNT)
  const [isTried, setTried] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const problems = accountProblems(account)
  const isComplete = organisation.trim() !== '' && Object.keys(problems).length === 0

  const create = async () => {
    setTried(true)
    if (!isComplete || isBusy) return
    setBusy(true)
    setFailure(null)
    try {
      const { handle, displayName, passphrase } = account
      const { logKey } = await api.call('workplace.setUp', { organisation, administrator: { handle, displayName, passphrase } })
      onCreated(logKey)
    } catch (error) {
      setFailure(error instanceof RequestError ? error : new RequestError('internal', String(error)))
      setBusy(false)
    }
  }

  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault()
        void create()
      }}
    >
      <TextField
        label={words.organisation}
        description={words.organisationHint}
        value={organisation}
        onChange={setOrganisation}
        autoFocus
        error={isTried && organisation.trim() === '' ? words.missing : undefined}
      />
      <AccountFields account={account} onChange={setAccount} problems={isTried ? problems : {}} />
      <Text as="p" size="small" tone="dim">
        {words.passphraseHint}
      </Text>
      {failure && <Banner kind="failure" title={failure.message} />}
      <Button type="submit" kind="primary" size="large" isWide isBusy={isBusy}>
        {words.submit}
      </Button>
      <Text as="p" size="small" tone="dim">
        {words.folder(dataFolder)}
      </Text>
    </form>
  )
}
