import type { Paper, Timestamps, Witnesses } from '../anchors/index.ts'
import type { Backups } from '../backup/index.ts'
import type { FileHasher } from '../content/index.ts'
import type { Evidence } from '../evidence/index.ts'
import type { Snapshots } from '../datasets/index.ts'
import type { People, Roles, Sessions } from '../identity/index.ts'
import type { Ledger, Signer } from '../ledger/index.ts'
import type { Projects } from '../projects/index.ts'
import type { ModelSignatures, Registry } from '../registry/index.ts'
import type { BlobStore, Database, Hints } from '../storage/index.ts'
import type { Training } from '../training/index.ts'

/** Everything that answers requests once the workplace is set up. Wired in compose.ts, nowhere else. */
export interface Services {
  readonly organisation: string
  readonly db: Database
  readonly blobs: BlobStore
  /** What files were found to be before. */
  readonly memory: Hints | null
  /** Finds digests of files by it, on all cores. */
  readonly hasher: FileHasher
  readonly ledger: Ledger
  readonly orchestrator: Signer
  readonly people: People
  readonly roles: Roles
  readonly sessions: Sessions
  readonly projects: Projects
  readonly snapshots: Snapshots
  readonly training: Training
  readonly registry: Registry
  readonly signatures: ModelSignatures
  readonly evidence: Evidence
  readonly witnesses: Witnesses
  readonly backups: Backups
  readonly paper: Paper
  readonly timestamps: Timestamps
}
