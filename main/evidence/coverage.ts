import type { BlobStore } from '../storage/index.ts'
import { assessRows, type Assessment } from './claims.ts'
import { listDocuments, readJsonDocuments, type EvidenceDocument } from './documents.ts'
import type { EvidenceFact } from './fact.ts'
import { collectFacts } from './facts.ts'
import type { Framework } from './frameworks.ts'
import type { Recorded } from './recorded.ts'
import type { Scope } from './scope.ts'

export interface AssessedVersion {
  readonly documents: readonly EvidenceDocument[]
  readonly facts: readonly EvidenceFact[]
  readonly assessed: readonly Assessment[]
}

/** From a version's entries to its documents, facts and claims; which rows apply, the recorded description decides. `asOf` is a date `YYYY-MM-DD`. Throws StorageError for a damaged blob. */
export async function assessVersion({ frameworks, scope, recorded, blobs, asOf }: {
  readonly frameworks: readonly Framework[]
  readonly scope: Scope
  readonly recorded: Recorded
  readonly blobs: BlobStore
  readonly asOf: string
}): Promise<AssessedVersion> {
  const documents = await listDocuments(scope, blobs)
  const facts = collectFacts(scope, documents, await readJsonDocuments(documents, blobs))
  return { documents, facts, assessed: assessRows(frameworks, facts, recorded.system, asOf) }
}
