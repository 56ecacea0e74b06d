import { useRef, useState } from 'react'
import { RequestError, type Pack, type Progress } from '../../../shared/contract/index.ts'
import { useApi } from '../../state/index.ts'
import type { VersionKey } from './evidence-resources.ts'

/** Time after which a piece of work can be cancelled, in ms. */
const CANCEL_AFTER = 2000

export interface PackExport {
  readonly progress: Progress | null
  readonly isCancellable: boolean
  readonly failure: RequestError | null
  readonly pack: Pack | null
  /** `treeSize`: the ledger's size that the shown statement names. */
  readonly start: (passphrase: string, treeSize: number) => void
  readonly cancel: () => void
}

/** Exports a pack. Leaving the view does not cancel: the pack appears among the others when it is there. */
export function useExport({ project, model, version }: VersionKey): PackExport {
  const api = useApi()
  const [progress, setProgress] = useState<Progress | null>(null)
  const [isCancellable, setCancellable] = useState(false)
  const [failure, setFailure] = useState<RequestError | null>(null)
  const [pack, setPack] = useState<Pack | null>(null)
  const running = useRef<AbortController | null>(null)
  const start = async (passphrase: string, treeSize: number) => {
    if (running.current) return
    const cancellation = new AbortController()
    running.current = cancellation
    setProgress({ share: 0, text: '' })
    setFailure(null)
    const timer = setTimeout(() => setCancellable(true), CANCEL_AFTER)
    try {
      setPack(
        await api.call(
          'evidence.export',
          { project, model, version, treeSize, passphrase },
          { signal: cancellation.signal, onProgress: setProgress },
        ),
      )
    } catch (error) {
      if (error instanceof RequestError) setFailure(error)
    } finally {
      clearTimeout(timer)
      running.current = null
      setProgress(null)
      setCancellable(false)
    }
  }
  return { progress, isCancellable, failure, pack, start: (passphrase, treeSize) => void start(passphrase, treeSize), cancel: () => running.current?.abort() }
}
