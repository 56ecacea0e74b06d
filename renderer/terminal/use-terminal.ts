import { useEffect, useMemo, useSyncExternalStore } from 'react'
import type { RunId } from '../../shared/contract/index.ts'
import { terminalMessages } from '../../shared/messages/runs.ts'
import { useApi } from '../state/index.ts'
import { TerminalSession, type TerminalStatus } from './terminal-session.ts'

export interface StageAttempt {
  readonly run: RunId
  readonly stage: string
  readonly attempt: number
}

export interface StageTerminal extends StageAttempt {
  readonly session: TerminalSession
  readonly status: TerminalStatus
}

/** The terminal of an attempt, followed while it runs. One element may show it: TerminalView. */
export function useTerminal({ run, stage, attempt }: StageAttempt): StageTerminal {
  const api = useApi()
  const session = useMemo(
    () => new TerminalSession((offset) => api.call('runs.terminal', { run, stage, attempt, offset }), terminalMessages),
    [api, run, stage, attempt],
  )
  useEffect(() => {
    const stopEvents = api.onEvent((event) => {
      const grew = event.type === 'terminal.grew' && event.run === run && event.stage === stage && event.attempt === attempt
      if (grew || (event.type === 'run.changed' && event.run === run)) session.wake()
    })
    const stopState = api.onState((state) => {
      if (state === 'open') session.wake()
    })
    return () => {
      stopEvents()
      stopState()
    }
  }, [api, session, run, stage, attempt])
  const status = useSyncExternalStore(
    (changed) => session.subscribe(changed),
    () => session.status,
  )
  return { run, stage, attempt, session, status }
}
