import { useEffect, useRef, useState } from 'react'
import type { ProjectId, RequestError } from '../../../shared/contract/index.ts'
import { useApi } from '../../state/index.ts'

export interface StartRun {
  readonly start: () => void
  readonly isStarting: boolean
  readonly error: RequestError | null
}

/** Starts a run of the project; the canvas then follows it. Ctrl Enter does the same while `isOpen` says that it may. */
export function useStartRun(project: ProjectId, isOpen: boolean): StartRun {
  const api = useApi()
  const [isStarting, setStarting] = useState(false)
  const [error, setError] = useState<RequestError | null>(null)
  const start = () => {
    if (isStarting) return
    setStarting(true)
    setError(null)
    api
      .call('runs.start', { project })
      .catch((failure: unknown) => setError(failure as RequestError))
      .finally(() => setStarting(false))
  }
  const latest = useRef({ start, isOpen })
  useEffect(() => {
    latest.current = { start, isOpen }
  })
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isUnderDialog = document.querySelector('[role=dialog], [role=alertdialog]') !== null
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.repeat || isUnderDialog || !latest.current.isOpen) return
      event.preventDefault()
      latest.current.start()
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
  return { start, isStarting, error }
}
