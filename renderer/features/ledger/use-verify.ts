import { useEffect, useRef, useState } from 'react'
import { RequestError, type Progress } from '../../../shared/contract/index.ts'
import { useApi } from '../../state/index.ts'

/** Time after which a piece of work can be cancelled, in ms: what is over before needs no button. */
const CANCEL_AFTER = 2000

export interface VerifyingLedger {
  /** Null while nothing is verified. */
  readonly progress: Progress | null
  readonly isCancellable: boolean
  readonly failure: RequestError | null
  readonly start: () => void
  readonly cancel: () => void
}

/** Verifies the whole ledger on request; `onDone` reads the result where it is kept. Leaving the view cancels. */
export function useVerify(onDone: () => void): VerifyingLedger {
  const api = useApi()
  const [progress, setProgress] = useState<Progress | null>(null)
  const [isCancellable, setCancellable] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])

  const verify = async () => {
    if (running.current) return
    const cancellation = new AbortController()
    running.current = cancellation
    setProgress({ share: 0, text: '' })
    setFailure(null)
    const timer = setTimeout(() => setCancellable(true), CANCEL_AFTER)
    try {
      await api.call('ledger.verify', {}, { signal: cancellation.signal, onProgress: setProgress })
      onDone()
    } catch (error) {
      if (error instanceof RequestError) setFailure(error)
    } finally {
      clearTimeout(timer)
      running.current = null
      setProgress(null)
      setCancellable(false)
    }
  }
  return { progress, isCancellable, failure, start: () => void verify(), cancel: () => running.current?.abort() }
}
