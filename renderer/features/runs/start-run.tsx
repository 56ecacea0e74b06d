import { useState } from 'react'
import type { ProjectId, RequestError } from '../../../shared/contract/index.ts'
import { runMessages as words } from '../../../shared/messages/runs.ts'
import { Banner, Button, type ButtonProps } from '../../design/index.ts'
import { navigate, useApi, useMay } from '../../state/index.ts'

export interface StartRun {
  readonly start: () => void
  readonly isStarting: boolean
  readonly error: RequestError | null
}

/** Starts a run of the project and goes to its page. */
export function useStartRun(project: ProjectId): StartRun {
  const api = useApi()
  const [isStarting, setStarting] = useState(false)
  const [error, setError] = useState<RequestError | null>(null)
  const start = async () => {
    setStarting(true)
    setError(null)
    try {
      const { id } = await api.call('runs.start', { project })
      navigate({ page: 'run', project, run: id })
    } catch (failure) {
      setError(failure as RequestError)
    } finally {
      setStarting(false)
    }
  }
  return { start: () => void (isStarting || start()), isStarting, error }
}

export interface StartButtonProps {
  readonly starting: StartRun
  readonly label: string
  readonly kind: NonNullable<ButtonProps['kind']>
}

export function StartButton({ starting, label, kind }: StartButtonProps) {
  const mayStart = useMay('run.start')
  return (
    <Button kind={kind} icon="run" isBusy={starting.isStarting} disabledReason={mayStart ? undefined : words.mayNotStart} onPress={starting.start}>
      {label}
    </Button>
  )
}

/** Why a run was not started, with each problem of the pipeline. */
export function StartFailure({ error }: Pick<StartRun, 'error'>) {
  if (!error) return null
  const places = error.problems.map(({ file, line, column, message }) => `${[file, line, column].filter((part) => part !== null).join(':')}: ${message}`)
  return (
    <Banner kind="failure" title={words.startFailed}>
      {places.length > 0 ? places.map((place) => <div key={place}>{place}</div>) : error.message}
    </Banner>
  )
}
