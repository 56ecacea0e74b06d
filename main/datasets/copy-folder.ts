import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RequestError } from '../../shared/contract/index.ts'
import { isInside, type ManifestFile } from '../content/index.ts'
import type { BlobStore } from '../storage/index.ts'

export interface CopyControl {
  readonly signal: AbortSignal
  readonly onFile: (done: number) => void
}

/**
 * Copies the files of a manifest out of the store, each checked against its digest, into a folder that must not be there yet; whatever goes wrong leaves
 * none. Throws StorageError, `invalid-path`, and the signal's reason.
 */
export async function copyFolder(blobs: Pick<BlobStore, 'copyTo'>, files: readonly ManifestFile[], to: string, { signal, onFile }: CopyControl): Promise<void> {
  await mkdir(to)
  try {
    for (const [index, { path, sha256 }] of files.entries()) {
      signal.throwIfAborted()
      const target = join(to, path)
      if (!isInside(to, target)) throw new RequestError('invalid-path', `${path} in the manifest leads out of the folder. Nothing was copied.`)
      await mkdir(dirname(target), { recursive: true })
      await blobs.copyTo(sha256, target)
      onFile(index + 1)
    }
  } catch (error) {
    await rm(to, { recursive: true, force: true })
    throw error
  }
}
