import { z } from 'zod'
import { ProjectId, RunId } from './ids.ts'
import type { Permission } from './roles.ts'

/** What changed, never what to do about it. Sent to the signed-in clients of those who may read what changed. */
export const OrchestratorEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('workplace.changed') }),
  z.object({ type: z.literal('session.changed') }),
  z.object({ type: z.literal('people.changed') }),
  z.object({ type: z.literal('projects.changed'), project: ProjectId }),
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

/** Who learns of an event: whoever holds the permission for the project, or for anything of it; `session`: everybody who is signed in, as it tells of nothing in particular. */
export const TOLD_OF: Readonly<Record<OrchestratorEvent['type'], Permission | 'session'>> = {
  'workplace.changed': 'session',
  'session.changed': 'session',
  // What somebody may do may have changed.
  'people.changed': 'session',
  'projects.changed': 'project.read',
  'datasets.changed': 'dataset.read',
  'run.changed': 'run.read',
  'terminal.grew': 'run.read',
  'metrics.appended': 'run.read',
  'models.changed': 'model.read',
  'packs.changed': 'evidence.read',
  'backups.changed': 'ledger.read',
  'ledger.grew': 'ledger.read',
}
