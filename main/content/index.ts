/** What the files and folders of a project hold: safe ways in and back, digests, manifests. Opens no database, as runners use it too. */
export { ContentError, fileManifest, hashFile, isInside, listFiles, nearestReal, readContent, type Content, type FileContent, type Walk } from './content.ts'
export { decodeManifest, digestAt, encodeManifest, readManifest, type KeptContent, type ManifestFile } from './manifest.ts'
export { openRegular, openRegularLater } from './regular-file.ts'
export { restoreContent, type RecordedContent, type Restored, type RestoreControl } from './restore.ts'
