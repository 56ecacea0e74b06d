import { useCallback, useRef, useState } from 'react'
import { toRequestError, type CallOptions, type Progress, type RequestError } from '../../shared/contract/index.ts'

/** Time after which a piece of work can be cancelled, in ms: what is over before needs no button. */
const CANCEL_AFTER = 2000

export interface LongTask<Args extends readonly unknown[]> {
  /** Null while nothing is under way. */
  readonly progress: Progress | null
  readonly isCancellable: boolean
  readonly failure: RequestError | null
  readonly start: (...args: Args) => void
  readonly cancel: () => void
}

/** A piece of work that tells its progress and can be cancelled; `work` passes the options on to its request. */
export function useLongTask<Args extends readonly unknown[]>(work: (options: CallOptions, ...args: Args) => Promise<void>): LongTask<Args> {
  const [progress, setProgress] = useState<Progress | null>(null)
  const [isCancellable, setCancellable] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const running = useRef<AbortController | null>(null)
  const start = async (...args: Args) => {
    if (running.current) return
    const cancellation = new AbortController()
    running.current = cancellation
    setProgress({ share: 0, text: '' })
    setFailure(null)
    const timer = setTimeout(() => setCancellable(true), CANCEL_AFTER)
    try {
      await work({ signal: cancellation.signal, onProgress: setProgress }, ...args)
    } catch (error) {
      setFailure(toRequestError(error))
    } finally {
      clearTimeout(timer)
      running.current = null
      setProgress(null)
      setCancellable(false)
    }
  }
  const cancel = useCallback(() => running.current?.abort(), [])
  return { progress, isCancellable, failure, start: (...args) => void start(...args), cancel }
}
