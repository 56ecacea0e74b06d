import type { ProjectId, Snapshot } from '../../../shared/contract/index.ts'
import { defineResource } from '../../state/index.ts'

/** The snapshots of a project. A run that starts takes some, and becomes one of their runs. */
export const snapshotList = defineResource(
  (api, project: ProjectId) => api.call('datasets.list', { project }),
  (event, project) => (event.type === 'datasets.changed' || event.type === 'run.changed') && event.project === project,
)

/** The newest first, as far as dataset, path or manifest contain the words. */
export function listSnapshots(snapshots: readonly Snapshot[], text: string): Snapshot[] {
  const wanted = text.trim().toLowerCase()
  return snapshots
    .filter(({ dataset, path, manifest }) => wanted === '' || `${dataset} ${path} ${manifest}`.toLowerCase().includes(wanted))
    .sort((a, b) => b.takenAt.localeCompare(a.takenAt) || b.id - a.id)
}
