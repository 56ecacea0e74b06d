import { z } from 'zod'
import { ProjectId, RunId } from './ids.ts'

/** What changed, never what to do about it. Sent to every signed-in client. */
export const OrchestratorEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('workplace.changed') }),
  z.object({ type: z.literal('session.changed') }),
  z.object({ type: z.literal('people.changed') }),
  z.object({ type: z.literal('projects.changed') }),
  z.object({ type: z.literal('datasets.changed'), project: ProjectId }),
  z.object({ type: z.literal('run.changed'), run: RunId, project: ProjectId }),
  z.object({ type: z.literal('terminal.grew'), run: RunId, stage: z.string(), attempt: z.number().int(), size: z.number().int() }),
  z.object({ type: z.literal('metrics.appended'), run: RunId }),
  z.object({ type: z.literal('models.changed'), project: ProjectId }),
  z.object({ type: z.literal('packs.changed'), project: ProjectId }),
  z.object({ type: z.literal('backups.changed') }),
  z.object({ type: z.literal('ledger.grew'), size: z.number().int() }),
])
export type OrchestratorEvent = z.infer<typeof OrchestratorEvent>
