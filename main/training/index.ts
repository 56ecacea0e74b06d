/** Training: runs, their stages, the runners that outlive the orchestrator, and what they report. */
export { Training, type StartRequest } from './training.ts'
export type { BlobPort, MetricsReader, SnapshotPort, StageSuccess, TrainingDependencies } from './training-ports.ts'
export { findGpus } from './gpus/find-gpus.ts'
export type { Environment, OutResult } from './runner/attempt-folder.ts'
export { readCodeVersion } from './code-version.ts'
