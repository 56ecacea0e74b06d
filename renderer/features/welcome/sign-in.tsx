import { useEffect, useState } from 'react'
import { readWait, type RequestError, type Session, type WorkplaceState } from '../../../shared/contract/index.ts'
import { welcomeMessages } from '../../../shared/messages/welcome.ts'
import { Banner, Button, KeyValue, PasswordField, Text, TextField } from '../../design/index.ts'
import { useAction, useApi } from '../../state/index.ts'
import { Front } from './front.tsx'
import styles from './welcome.module.css'

const words = welcomeMessages.signIn

export interface SignInProps {
  readonly workplace: WorkplaceState
  readonly onSignedIn: (session: Session) => void
}

/** Opens a session. The address stays, so that one comes back to where one was. */
export function SignIn({ workplace, onSignedIn }: SignInProps) {
  const api = useApi()
  const [handle, setHandle] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const [isTried, setTried] = useState(false)
  const { start: signIn, isBusy, failure, forget } = useAction(async () => {
    setPassphrase('')
    setTried(false)
    onSignedIn(await api.call('session.open', { handle: handle.trim(), passphrase }))
  })
  const wait = useCountdown(failure)

  const changeHandle = (next: string) => {
    setHandle(next)
    // A refusal is about one name: another one may sign in meanwhile.
    forget()
  }

  const isWrong = failure?.code === 'wrong-passphrase'
  return (
    <Front title={words.title}>
      <KeyValue
        pairs={[
          { label: words.organisation, value: workplace.organisation ?? '' },
          { label: words.origin, value: workplace.origin ?? '', isMono: true },
        ]}
      />
      {workplace.sessionEnd && !failure && <Banner kind="note" title={words.end[workplace.sessionEnd]} />}
      {failure && !isWrong && <Banner kind="failure" title={wait > 0 ? words.wait(wait) : failure.message} />}
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (handle.trim() !== '' && passphrase !== '' && wait === 0) signIn()
        }}
      >
        <TextField label={words.handle} value={handle} onChange={changeHandle} autoComplete="username" autoFocus {...(isTried && handle.trim() === '' ? { error: words.noHandle } : {})} />
        <PasswordField
          label={words.passphrase}
          value={passphrase}
          onChange={setPassphrase}
          autoComplete="current-password"
          {...(isWrong ? { error: failure.message } : isTried && passphrase === '' ? { error: words.noPassphrase } : {})}
        />
        <Button type="submit" kind="primary" size="large" isWide isBusy={isBusy} isDisabled={wait > 0}>
          {words.submit}
        </Button>
      </form>
      <Text as="p" size="small" tone="dim">
        {words.forgot}
      </Text>
    </Front>
  )
}

/** Seconds until signing in opens again, counted down from what the refusal said. */
function useCountdown(failure: RequestError | null): number {
  const [left, setLeft] = useState(0)
  useEffect(() => {
    const seconds = failure?.code === 'too-many-attempts' ? readWait(failure.message) : 0
    const end = Date.now() + seconds * 1000
    const tick = () => setLeft(Math.max(0, Math.ceil((end - Date.now()) / 1000)))
    tick()
    if (seconds === 0) return
    const timer = setInterval(tick, 250)
    return () => clearInterval(timer)
  }, [failure])
  return left
}
