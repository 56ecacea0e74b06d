import type { StageChange, StageStatus } from '../../shared/contract/index.ts'
import { shortHash, table } from './output.ts'

/** A line a stage, and one more for each further reason. */
export function describeStatus(stages: readonly StageStatus[]): string {
  const rows = stages.flatMap(({ stage, state, changes, restores, from }) => {
    const reasons = state === 'restorable' ? restores.map((path) => `${path} comes back from run ${from?.run}`) : changes.map(describeChange)
    const [first = state === 'current' ? `as run ${from?.run} left it` : ''] = reasons
    return [[stage, STATES[state], first], ...reasons.slice(1).map((reason) => ['', '', reason])]
  })
  const wouldRun = stages.filter(({ state }) => state === 'changed').length
  return `${table(['STAGE', 'WOULD', 'BECAUSE'], rows)}\n\n${wouldRun === 0 ? 'Nothing would run.' : `${wouldRun} of ${stages.length} stages would run.`}`
}

const STATES: Readonly<Record<StageStatus['state'], string>> = { current: 'stay', restorable: 'be restored', changed: 'run', frozen: 'stay frozen' }

function describeChange(change: StageChange): string {
  switch (change.what) {
    case 'never-run':
      return 'it never succeeded'
    case 'always-changed':
      return 'it is always_changed'
    case 'upstream':
      return `${change.stage} would run`
    case 'command':
      return 'its command is another'
    case 'dependency':
      return `${change.path} ${change.change === 'missing' ? 'is missing' : `was ${change.change}`}`
    case 'parameter':
      return `${change.name} ${wasAndIs(change)}`
    case 'environment':
      return `its environment: ${change.name} ${wasAndIs(change)}`
    case 'outs':
      return `${change.path} was ${change.change} as an out`
    case 'unreadable':
      return change.message
  }
}

function wasAndIs({ before, after }: { before: string | null; after: string | null }): string {
  return `was ${shown(before)}, is ${shown(after)}`
}

function shown(value: string | null): string {
  return value === null ? 'absent' : /^[0-9a-f]{64}$/.test(value) ? shortHash(value) : value
}
