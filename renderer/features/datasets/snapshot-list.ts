import type { ProjectId, Snapshot } from '../../../shared/contract/index.ts'
import { isCode } from '../../../shared/graph/code-files.ts'
import { defineResource } from '../../state/index.ts'

/** The snapshots of a project. A run that starts takes some, and becomes one of their runs. */
export const snapshotList = defineResource(
  (api, project: ProjectId) => api.call('datasets.list', { project }),
  (event, project) => (event.type === 'datasets.changed' || event.type === 'run.changed') && event.project === project,
)

/** Whether code and its descriptions are listed, which a run takes snapshots of as of all that it reads. */
export type SnapshotKind = 'data' | 'code' | 'all'

const isOfKind = ({ path }: Snapshot, kind: SnapshotKind) => kind === 'all' || isCode(path) === (kind === 'code')

export function countKind(snapshots: readonly Snapshot[], kind: SnapshotKind): number {
  return snapshots.filter((snapshot) => isOfKind(snapshot, kind)).length
}

/** Those of a kind, the newest first, as far as dataset, path or manifest contain the words. */
export function listSnapshots(snapshots: readonly Snapshot[], text: string, kind: SnapshotKind): Snapshot[] {
  const wanted = text.trim().toLowerCase()
  return snapshots
    .filter((snapshot) => isOfKind(snapshot, kind))
    .filter(({ dataset, path, manifest }) => wanted === '' || `${dataset} ${path} ${manifest}`.toLowerCase().includes(wanted))
    .sort((a, b) => b.takenAt.localeCompare(a.takenAt) || b.id - a.id)
}
