export { resolveInside } from './folder-walk.ts'
export { Snapshots, type SnapshotRequest } from './snapshots.ts'
