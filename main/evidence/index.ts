export { Evidence, type EvidenceDependencies, type ExportRequest } from './evidence.ts'
