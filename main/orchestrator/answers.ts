import type { Machine } from './machine.ts'
import { answerAnchors } from './requests/anchors.ts'
import { answerBackups } from './requests/backups.ts'
import { answerEvidence } from './requests/evidence.ts'
import { answerExecutors } from './requests/executors.ts'
import { answerLedger } from './requests/ledger.ts'
import { answerModels } from './requests/models.ts'
import { answerPeople } from './requests/people.ts'
import { answerProjects } from './requests/projects.ts'
import { answerQueue } from './requests/queue.ts'
import { answerRuns } from './requests/runs.ts'
import type { Answers } from './router.ts'
import type { Workplace } from './workplace.ts'

/** An answer for every request of the contract. */
export function answerAll(workplace: Workplace, machine: Machine, stop: (reason: string) => void): Answers {
  return {
    ...answerPeople(workplace),
    ...answerProjects(workplace),
    ...answerRuns(workplace),
    ...answerQueue(workplace),
    ...answerModels(workplace),
    ...answerLedger(workplace),
    ...answerAnchors(workplace, stop),
    ...answerBackups(workplace),
    ...answerEvidence(workplace),
    ...answerExecutors(workplace),
    'machine.state': () => machine.state(workplace.ready().training.load()),
    'orchestrator.stop': () => {
      // The answer leaves first.
      setImmediate(stop, 'asked to stop')
      return {}
    },
  }
}
