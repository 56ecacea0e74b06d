export { Snapshots, type SnapshotRequest } from './snapshots.ts'
