import { useEffect, useState } from 'react'
import type { RequestError, ResultOf, RunId, StageRun } from '../../../shared/contract/index.ts'
import { useApi } from '../../state/index.ts'

/** Time between two readings while the stage runs, in ms. */
const INTERVAL = 2000

export type Samples = ResultOf<'runs.samples'>

export interface StageSamples {
  /** Oldest first, one a second; undefined until the first answer. */
  readonly samples: Samples | undefined
  readonly error: RequestError | null
}

/** The use of the machine by an attempt, read every two seconds while it runs and once more when it has ended. */
export function useStageSamples(run: RunId, { stage, attempt, state }: Pick<StageRun, 'stage' | 'attempt' | 'state'>): StageSamples {
  const api = useApi()
  const key = JSON.stringify([run, stage, attempt])
  const [known, setKnown] = useState<StageSamples & { readonly key: string }>({ key, samples: undefined, error: null })
  const isRunning = state === 'running'
  const hasBegun = state !== 'waiting' && state !== 'skipped'
  useEffect(() => {
    if (!hasBegun) return
    let isStopped = false
    const read = async () => {
      try {
        const samples = await api.call('runs.samples', { run, stage, attempt })
        if (!isStopped) setKnown({ key, samples, error: null })
      } catch (error) {
        if (!isStopped) setKnown((before) => ({ key, samples: before.key === key ? before.samples : undefined, error: error as RequestError }))
      }
    }
    void read()
    const timer = isRunning ? setInterval(() => void read(), INTERVAL) : undefined
    return () => {
      isStopped = true
      clearInterval(timer)
    }
  }, [api, key, run, stage, attempt, isRunning, hasBegun])
  return known.key === key ? known : { samples: undefined, error: null }
}
