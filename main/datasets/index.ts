export { encodeManifest, decodeManifest, type ManifestFile } from './manifest.ts'
export { resolveInside } from './folder-walk.ts'
export { Snapshots, type SnapshotRequest } from './snapshots.ts'
