import type { OrchestratorEvent, ProjectId, RunId } from '../../shared/contract/index.ts'
import type { Stage } from '../../shared/graph/pipeline.ts'
import type { KeptContent, ReadFiles } from '../content/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger, LedgerTransaction, Signer } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'
import type { Discovery } from './gpus/find-gpus.ts'
import type { OutResult } from './runner/attempt-folder.ts'

/** What training asks of the dataset domain. */
export interface SnapshotPort {
  take(actor: Actor, request: { project: ProjectId; folder: string; path: string }): Promise<{ manifest: string; entry: number }>
}

export interface BlobPort extends KeptContent {
  putFile(path: string): Promise<{ sha256: string; bytes: number }>
  putBytes(content: Uint8Array): Promise<{ sha256: string; bytes: number }>
}

/** Reads the metric files of a stage as exact decimals by dotted name. */
export type MetricsReader = (projectFolder: string, stage: Stage) => Promise<MetricsReading>
export type MetricsReading =
  | { readonly ok: true; readonly value: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly problems: readonly { message: string; file: string; line: number }[] }

/** Reads the parameters that stages name, as text by name, and says which bytes of which files they were read from. Throws RequestError `invalid-pipeline`. */
export type ParametersReader = (projectFolder: string, stages: readonly Pick<Stage, 'name' | 'params'>[]) => Promise<ParametersReading>
export interface ParametersReading {
  readonly values: Readonly<Record<string, string>>
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[]
}

/** A stage that has succeeded, as its ledger entry says. */
export interface StageSuccess {
  readonly run: RunId
  readonly project: ProjectId
  /** The person who started the run: the author of what it made. */
  readonly author: string
  readonly stage: Stage
  /** The `run.started` entry, where the gates stand. */
  readonly runEntry: number
  /** The `stage.succeeded` entry. */
  readonly stageEntry: number
  readonly outs: readonly OutResult[]
  /** Content of `meta.strongroom.register.path`, which is in the blob store. */
  readonly artifact: { readonly path: string; readonly sha256: string; readonly bytes: number } | null
}

export interface TrainingDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly orchestrator: Signer
  readonly clock: () => Date
  readonly dataFolder: string
  /** The Node that runs runners, and the runner's program. */
  readonly nodePath: string
  readonly runnerPath: string
  /** First in every stage's PATH. */
  readonly binFolder: string | null
  /** `attempt.sh`, which runs attempts where there is no Node. */
  readonly remoteProgram: string
  /** Further arguments of ssh; none unless told. */
  readonly sshArguments?: readonly string[]
  readonly blobs: BlobPort
  /** Digests of files of a project, in order; of one that was left alone since it was read, without reading it. Throws ContentError. */
  readonly hash: ReadFiles
  /** The version of Strongroom. */
  readonly software: string
  /** Looks at the machine's GPUs. */
  readonly findGpus: () => Promise<Discovery>
  readonly snapshots: SnapshotPort
  readonly readMetrics: MetricsReader
  readonly readParameters: ParametersReader
  /** Called inside the commit that records the success. What it throws makes the stage fail, with its message as the reason. */
  readonly onStageSucceeded: (tx: LedgerTransaction, success: StageSuccess) => void
  readonly emit: (event: OrchestratorEvent) => void
  /** A fault that no request waits for; the log wants it. */
  readonly onFault: (error: unknown) => void
  /** CPUs that stages may use together; those of the machine unless told. */
  readonly cpus?: number
  /** Between SIGTERM and SIGKILL, milliseconds; 10,000 unless told. */
  readonly graceMs?: number
  /** 256 MiB unless told. */
  readonly recordingCapBytes?: number
}
