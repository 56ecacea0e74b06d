import { useState } from 'react'
import { RequestError, type Role } from '../../../shared/contract/index.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Banner, Button, Panel } from '../../design/index.ts'
import { useApi } from '../../state/index.ts'
import { AccountFields } from './account-fields.tsx'
import { accountProblems, EMPTY_ACCOUNT } from './new-account.ts'
import styles from './welcome.module.css'

const words = welcomeMessages.setUp

/** Enrols the two people that a promotion takes; either may be left for later. */
export function SetUpPeople({ onDone }: { readonly onDone: () => void }) {
  const [enrolled, setEnrolled] = useState<readonly Role[]>([])
  const isComplete = enrolled.length === 2
  const note = (role: Role) => setEnrolled((before) => [...before, role])
  return (
    <div className={styles.form}>
      <Enrol title={words.engineer} role="engineer" onEnrolled={() => note('engineer')} />
      <Enrol title={words.approver} role="approver" onEnrolled={() => note('approver')} />
      <Button kind={isComplete ? 'primary' : 'default'} size="large" isWide onPress={onDone}>
        {isComplete ? words.finish : words.later}
      </Button>
    </div>
  )
}

interface EnrolProps {
  readonly title: string
  readonly role: Role
  readonly onEnrolled: () => void
}

function Enrol({ title, role, onEnrolled }: EnrolProps) {
  const api = useApi()
  const [account, setAccount] = useState(EMPTY_ACCOUNT)
  const [isTried, setTried] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const [isDone, setDone] = useState(false)
  const problems = accountProblems(account)

  const enrol = async () => {
    setTried(true)
    if (Object.keys(problems).length > 0 || isBusy) return
    setBusy(true)
    setFailure(null)
    try {
      const { handle, displayName, passphrase } = account
      await api.call('people.enrol', { handle, displayName, passphrase, roles: [role] })
      setDone(true)
      onEnrolled()
    } catch (error) {
      setFailure(error instanceof RequestError ? error : new RequestError('internal', String(error)))
    } finally {
      setBusy(false)
    }
  }

  return (
    <Panel title={title}>
      {isDone ? (
        <Banner kind="success" title={words.enrolled(account.displayName)} />
      ) : (
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault()
            void enrol()
          }}
        >
          <AccountFields account={account} onChange={setAccount} problems={isTried ? problems : {}} />
          {failure && <Banner kind="failure" title={failure.message} />}
          <div className={styles.buttons}>
            <Button type="submit" isBusy={isBusy}>
              {words.enrol}
            </Button>
          </div>
        </form>
      )}
    </Panel>
  )
}
