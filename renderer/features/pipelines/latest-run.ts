import type { ProjectId, RunDetail } from '../../../shared/contract/index.ts'
import { defineResource } from '../../state/index.ts'

/** The newest run of a project, with its stages; null before the first. */
export const latestRun = defineResource(
  async (api, project: ProjectId): Promise<RunDetail | null> => {
    const [newest] = await api.call('runs.list', { project, limit: 1 })
    return newest ? api.call('runs.get', { run: newest.id }) : null
  },
  (event, project) => event.type === 'run.changed' && event.project === project,
)
