import { useEffect, useState } from 'react'
import type { MetricPoint, RequestError, RunId } from '../../../shared/contract/index.ts'
import { useApi } from '../../state/index.ts'

/** Points asked for at once. */
const PAGE = 10_000

export interface LiveMetrics {
  /** Undefined until the first answer. */
  readonly points: readonly MetricPoint[] | undefined
  readonly error: RequestError | null
}

const NOTHING: LiveMetrics = { points: undefined, error: null }

/** The metric points of a run, each fetched once: what follows the last one known, whenever more were appended. */
export function useLiveMetrics(run: RunId): LiveMetrics {
  const api = useApi()
  const [known, setKnown] = useState<LiveMetrics & { readonly run: RunId }>({ ...NOTHING, run })
  useEffect(() => {
    let points: MetricPoint[] = []
    let isStopped = false
    let isReading = false
    let isWoken = false

    async function readOn(): Promise<void> {
      for (;;) {
        const page = await api.call('runs.metrics', { run, after: points.at(-1)?.id ?? 0, limit: PAGE })
        if (isStopped) return
        points = points.concat(page)
        setKnown({ run, points, error: null })
        if (page.length < PAGE) return
      }
    }
    async function wake(): Promise<void> {
      isWoken = true
      if (isReading) return
      isReading = true
      try {
        while (isWoken && !isStopped) {
          isWoken = false
          await readOn()
          // Events that come within a frame are answered together.
          await new Promise((resolve) => requestAnimationFrame(resolve))
        }
      } catch (error) {
        if (!isStopped) setKnown({ run, points, error: error as RequestError })
      } finally {
        isReading = false
      }
    }
    void wake()
    const stopEvents = api.onEvent((event) => {
      if ((event.type === 'metrics.appended' || event.type === 'run.changed') && event.run === run) void wake()
    })
    const stopState = api.onState((state) => {
      if (state === 'open') void wake()
    })
    return () => {
      isStopped = true
      stopEvents()
      stopState()
    }
  }, [api, run])
  return known.run === run ? known : NOTHING
}
