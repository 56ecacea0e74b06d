import { z } from 'zod'
import { request } from './request.ts'

/** What the trust strip shows beside the ledger's state. */
export const MachineState = z.object({
  cpus: z.number().int(),
  cpusBusy: z.number().int(),
  memoryBytes: z.number(),
  gpus: z.array(z.object({ name: z.string(), uuid: z.string(), memoryBytes: z.number() })),
  runningStages: z.number().int(),
  /** Open TCP connections of the orchestrator beyond loopback; null where the system does not tell. */
  outsideConnections: z.number().int().nullable(),
  dataFolderBytesFree: z.number(),
})
export type MachineState = z.infer<typeof MachineState>

export const machineRequests = {
  'machine.state': request('session', z.object({}), MachineState),
  /** Ends the orchestrator; running stages go on and are adopted by the next one. */
  'orchestrator.stop': request('orchestrator.stop', z.object({}), z.object({})),
}
