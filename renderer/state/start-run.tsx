import type { ProjectId, RequestError, RunSummary } from '../../shared/contract/index.ts'
import { runMessages as words } from '../../shared/messages/runs.ts'
import { Banner, Button, type ButtonProps } from '../design/index.ts'
import { useAction, type Action } from './action.ts'
import { useApi } from './api.ts'
import { placeOf } from './problem-place.ts'
import { useMay } from './session.ts'

export type StartRun = Action<[]>

/** Starts a run of the project; `onStarted` leads to it where the view does not follow it anyway. */
export function useStartRun(project: ProjectId, onStarted?: (run: RunSummary) => void): StartRun {
  const api = useApi()
  return useAction(async () => {
    const run = await api.call('runs.start', { project })
    onStarted?.(run)
  })
}

export interface StartButtonProps {
  readonly project: ProjectId
  readonly starting: StartRun
  readonly label: string
  readonly kind: NonNullable<ButtonProps['kind']>
  /** Why it cannot run as things are. */
  readonly closed?: string | undefined
  readonly isDisabled?: boolean
}

/** Starts a run, for whoever may. */
export function StartButton({ project, starting, label, kind, closed, isDisabled = false }: StartButtonProps) {
  if (!useMay('run.start', { project })) return null
  return (
    <Button kind={kind} icon="run" isBusy={starting.isBusy} disabledReason={closed} isDisabled={isDisabled} onPress={starting.start}>
      {label}
    </Button>
  )
}

/** Why a run was not started, with each problem of the pipeline. */
export function StartFailure({ failure }: { readonly failure: RequestError | null }) {
  if (!failure) return null
  return (
    <Banner kind="failure" title={words.startFailed}>
      {failure.problems.length === 0 ? failure.message : failure.problems.map((problem, index) => <div key={index}>{`${placeOf(problem)}: ${problem.message}`}</div>)}
    </Banner>
  )
}
