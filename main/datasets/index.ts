export { copyFolder, type CopyControl } from './copy-folder.ts'
export { Snapshots, type SnapshotRequest } from './snapshots.ts'
