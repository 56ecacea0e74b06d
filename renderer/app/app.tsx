import { Suspense, useState, useSyncExternalStore } from 'react'
import { appMessages } from '../../shared/messages/app.ts'
import type { Bridge } from '../bridge/index.ts'
import { ReadFailure, Skeleton } from '../design/index.ts'
import { FirstPassphrase, SetUp, SignIn, WaitingLedger } from '../features/welcome/index.ts'
import { workplaceState } from '../state/index.ts'
import styles from './app.module.css'
import { useFirstPassphrase } from './first-passphrase.ts'
import { Workplace } from './workplace.tsx'

/** The window: set-up of a new workplace, sign-in, or the workplace itself. */
export function App({ bridge }: { readonly bridge: Bridge }) {
  const connection = useSyncExternalStore(
    (changed) => bridge.onState(changed),
    () => bridge.state,
  )
  const { value: state, error, reload } = workplaceState.use('workplace')
  const [isSettingUp, setSettingUp] = useState(false)
  const first = useFirstPassphrase(state?.session ?? null)
  if (state && !state.setUp && !isSettingUp) setSettingUp(true)

  if (!state) {
    if (error) {
      return (
        <ReadFailure title={appMessages.connection.failedState} error={error} onRetry={reload} />
      )
    }
    return <Waiting />
  }
  if (state.isShort) return <WaitingLedger dataFolder={state.dataFolder} />
  if (isSettingUp || !state.setUp) {
    return (
      <Suspense fallback={<Waiting />}>
        <SetUp workplace={state} onDone={() => setSettingUp(false)} />
      </Suspense>
    )
  }
  if (!state.session) {
    return (
      <SignIn
        workplace={state}
        onSignedIn={(session) => workplaceState.set('workplace', { ...state, session })}
      />
    )
  }
  if (first.isAsked) return <FirstPassphrase onChosen={first.chosen} onLater={first.later} />
  return <Workplace key={state.session.person.id} session={state.session} isConnected={connection !== 'lost'} />
}

function Waiting() {
  return (
    <div className={styles.waiting}>
      <Skeleton label={appMessages.connecting} lines={3} />
    </div>
  )
}
