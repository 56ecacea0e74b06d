import { useRef, useState } from 'react'
import { toRequestError, type RequestError } from '../../shared/contract/index.ts'

export interface Action<Args extends readonly unknown[]> {
  /** Starts it; while it is under way, nothing more. */
  readonly start: (...args: Args) => void
  readonly isBusy: boolean
  /** Why the last one failed. */
  readonly failure: RequestError | null
  /** Drops the failure: what it was about has changed. */
  readonly forget: () => void
}

/** One act of the person here, on the orchestrator: whether it is under way, and why it failed. */
export function useAction<Args extends readonly unknown[]>(act: (...args: Args) => Promise<void>): Action<Args> {
  const [isBusy, setBusy] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const isRunning = useRef(false)
  const start = async (...args: Args) => {
    if (isRunning.current) return
    isRunning.current = true
    setBusy(true)
    setFailure(null)
    try {
      await act(...args)
    } catch (error) {
      setFailure(toRequestError(error))
    } finally {
      isRunning.current = false
      setBusy(false)
    }
  }
  return { start: (...args) => void start(...args), isBusy, failure, forget: () => setFailure(null) }
}

/** What the field of the passphrase says of a failure to sign; undefined where the failure is about something else. */
export function passphraseError(failure: RequestError | null): string | undefined {
  return failure?.code === 'wrong-passphrase' || failure?.code === 'too-many-attempts' ? failure.message : undefined
}
