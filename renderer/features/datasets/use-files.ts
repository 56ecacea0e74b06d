import { useCallback, useEffect, useState } from 'react'
import { toRequestError, type RequestError, type ResultOf } from '../../../shared/contract/index.ts'
import { useApi } from '../../state/index.ts'

/** Files that are asked for at a time. */
const PAGE = 500
/** Rows before the end at which the next page is asked for. */
const AHEAD = 100

export type SnapshotFile = ResultOf<'datasets.files'>[number]

export interface SnapshotFiles {
  readonly files: readonly SnapshotFile[]
  readonly isComplete: boolean
  readonly error: RequestError | null
  /** Tells the last row in sight. */
  readonly show: (first: number, last: number) => void
  readonly retry: () => void
}

/** The files of a snapshot, in the order of their paths, read as they come in sight. Give the component a key of the snapshot. */
export function useFiles(snapshot: number): SnapshotFiles {
  const api = useApi()
  const [files, setFiles] = useState<readonly SnapshotFile[]>([])
  const [isComplete, setComplete] = useState(false)
  const [error, setError] = useState<RequestError | null>(null)
  const [last, setLast] = useState(0)
  const after = files[files.length - 1]?.path ?? ''
  const isWanted = !isComplete && error === null && last >= files.length - AHEAD
  useEffect(() => {
    if (!isWanted) return
    let isCurrent = true
    api.call('datasets.files', { snapshot, after, limit: PAGE }).then(
      (page) => {
        if (!isCurrent) return
        setFiles((known) => [...known, ...page])
        setComplete(page.length < PAGE)
      },
      (thrown: unknown) => {
        if (isCurrent) setError(toRequestError(thrown))
      },
    )
    return () => {
      isCurrent = false
    }
  }, [after, api, isWanted, snapshot])
  const show = useCallback((_: number, to: number) => setLast((before) => Math.max(before, to)), [])
  return { files, isComplete, error, show, retry: () => setError(null) }
}
