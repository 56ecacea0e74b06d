import type { z } from 'zod'
import { anchorRequests } from './anchors.ts'
import { backupRequests } from './backups.ts'
import { evidenceRequests } from './evidence.ts'
import { executorRequests } from './executors.ts'
import { ledgerRequests } from './ledger.ts'
import { machineRequests } from './machine.ts'
import { modelRequests } from './models.ts'
import { peopleRequests } from './people.ts'
import { projectRequests } from './projects.ts'
import { queueRequests } from './queue.ts'
import { runRequests } from './runs.ts'

/** Every request that the orchestrator answers. There is no other way to change or to read anything. */
export const contract = {
  ...peopleRequests,
  ...projectRequests,
  ...runRequests,
  ...modelRequests,
  ...ledgerRequests,
  ...anchorRequests,
  ...backupRequests,
  ...evidenceRequests,
  ...machineRequests,
  ...executorRequests,
  ...queueRequests,
}

export type Method = keyof typeof contract
/** What a caller passes: defaults may be left out. */
export type ParamsOf<M extends Method> = z.input<(typeof contract)[M]['params']>
/** What a service receives: parsed, defaults filled in. */
export type InputOf<M extends Method> = z.output<(typeof contract)[M]['params']>
export type ResultOf<M extends Method> = z.output<(typeof contract)[M]['result']>
export const METHODS = Object.keys(contract) as Method[]
