import type { Stage } from '../../shared/graph/pipeline.ts'
import { ContentError, encodeManifest, readContent, type Content } from '../content/index.ts'
import type { AttemptResult } from './runner/attempt-folder.ts'
import type { BlobPort, MetricsReader } from './training-ports.ts'

export interface StoredContent {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
}

/** Everything that a succeeded stage left, copied into the blob store. */
export interface StageContent {
  readonly metrics: Readonly<Record<string, string>>
  readonly artifact: StoredContent | null
}

/**
 * Copies a stage's outs, evidence and registered files into the blob store and reads its metrics. What is stored must be what the runner
 * digested when the stage ended: a file that changed since is a `ContentError` `changed`.
 */
export async function storeStageContent(
  { blobs, readMetrics }: { blobs: BlobPort; readMetrics: MetricsReader },
  project: string,
  stage: Stage,
  result: Pick<AttemptResult, 'outs' | 'evidence'>,
): Promise<StageContent> {
  // Before the copy: what the metrics were read from is then proved by the copy's digest.
  const metrics = await readMetrics(project, stage)
  if (!metrics.ok) {
    const [first] = metrics.problems
    throw new ContentError('unreadable', first ? `${first.file}:${first.line}: ${first.message}` : 'The metrics cannot be read.')
  }
  const stored = new Map<string, StoredContent>()
  const store = async (path: string, expected?: string): Promise<StoredContent> => {
    const known = stored.get(path)
    if (known) return known
    const content = await storeContent(blobs, project, path)
    if (expected !== undefined && content.sha256 !== expected) {
      throw new ContentError('changed', `'${path}' changed after the stage ended. Let nothing else write there, and run again.`)
    }
    const reference = { path, sha256: content.sha256, bytes: content.bytes }
    stored.set(path, reference)
    return reference
  }
  for (const { path, sha256 } of result.outs) await store(path, sha256)
  for (const { path, sha256 } of result.evidence) await store(path, sha256)
  const { register } = stage.meta
  return {
    metrics: metrics.value,
    artifact: register ? await store(register.path) : null,
  }
}

async function storeContent(blobs: BlobPort, project: string, path: string): Promise<Content> {
  const content = await readContent(project, path, (file) => blobs.putFile(file))
  if (content.kind === 'folder') await blobs.putBytes(encodeManifest(content.files).bytes)
  return content
}
