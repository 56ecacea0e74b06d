export { Evidence, type EvidenceDependencies, type ExportRequest } from './evidence.ts'
export { BundleInvalid, isBundle, openBundle, type OpenBundle } from './bundle-reader.ts'
export { isSpdx, meantBySpdx } from './spdx.ts'
