export { Evidence, type EvidenceDependencies, type ExportRequest } from './evidence.ts'
export { isSpdx } from './spdx.ts'
