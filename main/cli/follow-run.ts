import type { Client, RunDetail, RunId, StageRun, StageState } from '../../shared/contract/index.ts'
import { shortenDecimal } from '../../shared/graph/decimal.ts'
import { duration } from './output.ts'

const RUN_OVER: readonly RunDetail['state'][] = ['succeeded', 'failed', 'cancelled', 'interrupted']
const STAGE_OVER: readonly StageState[] = ['succeeded', 'failed', 'cancelled', 'interrupted', 'skipped']

/** Reports each stage once as it starts, once as it ends, and why it waits where it does; answers the run when it is over. */
export async function followRun(client: Client, run: RunId, say: (line: string) => void): Promise<RunDetail> {
  const told = new Map<string, string>()
  for (;;) {
    const change = nextChange(client, run)
    const detail = await client.call('runs.get', { run })
    for (const stage of detail.stages) {
      const line = describeChange(stage)
      if (line === null || told.get(stage.stage) === line) continue
      told.set(stage.stage, line)
      say(line)
    }
    if (RUN_OVER.includes(detail.state)) {
      change.forget()
      return detail
    }
    await change.happened
  }
}

/** Resolves at the run's next change, or after two seconds in case an event was missed. Listening begins before the state is read. */
function nextChange(client: Client, run: RunId): { happened: Promise<void>; forget(): void } {
  let forget: () => void = () => undefined
  const happened = new Promise<void>((resolve) => {
    const timer = setTimeout(() => forget(), 2000)
    const unsubscribe = client.onEvent((event) => {
      if (event.type === 'run.changed' && event.run === run) forget()
    })
    forget = () => {
      clearTimeout(timer)
      unsubscribe()
      resolve()
    }
  })
  return { happened, forget: () => forget() }
}

function describeChange({ stage, state, startedAt, endedAt, reason, metrics, cached }: StageRun): string | null {
  const name = stage.padEnd(14)
  if (!STAGE_OVER.includes(state)) {
    if (reason === null) return state === 'running' ? `  ${name} running` : null
    return `  ${name} ${state.padEnd(11)} ${''.padStart(8)}  ${reason}`
  }
  const took = startedAt && endedAt ? duration(Date.parse(endedAt) - Date.parse(startedAt)) : ''
  const shown = Object.entries(metrics)
    .slice(0, 5)
    .map(([metric, value]) => `${metric} ${shortenDecimal(value)}`)
    .join('  ')
  const from = cached ? `from run ${cached.run}, for which nothing changed  ` : ''
  return `  ${name} ${state.padEnd(11)} ${took.padStart(8)}  ${from}${reason ?? shown}`.trimEnd()
}
