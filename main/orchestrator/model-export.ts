import { link, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { VersionSummary } from '../../shared/contract/index.ts'
import { decodeManifest, hashFile } from '../content/index.ts'
import { copyFolder } from '../datasets/index.ts'
import type { Actor } from '../identity/index.ts'
import { storageErrorFrom, type BlobStore } from '../storage/index.ts'
import type { Services } from './services.ts'

/**
 * Hands a version out as a bundle at `to`, which must not be there, and records it, signed by `actor`. Made beside its place, and put there once the entry
 * stands: nothing leaves that no entry tells of. Throws RequestError, StorageError, LedgerError.
 */
export async function exportModel({ ledger, blobs, evidence, signatures }: Services, actor: Actor, version: VersionSummary, to: string, purpose: string): Promise<{ path: string; sha256: string; bytes: number; entry: number }> {
  const { project, model, version: number, artifact } = version
  const checked = await signatures.check(version)
  const making = await mkdtemp(join(dirname(to), '.strongroom-')).catch((error: unknown) => {
    throw storageErrorFrom(error, dirname(to))
  })
  try {
    const { zip, treeSize } = await evidence.bundle(version, making, {
      model: checked.files.map(({ name, sha256 }) => ({ name: version.imported?.kind === 'folder' ? `model/${name}` : name, path: blobs.pathOf(sha256) })),
      signature: checked.bundle,
      publicKey: checked.publicKey,
    })
    const { sha256, bytes } = await hashFile(zip)
    const detail = { project, model, version: number, artifact, bundle: sha256, bytes, treeSize, purpose }
    const { seq } = ledger.commit((tx) => tx.append(actor.signer, { action: 'model.version.exported', subject: [{ name: `${model} ${number}`, digest: { sha256: artifact } }], detail }))
    await link(zip, to)
    return { path: to, sha256, bytes, entry: seq }
  } catch (error) {
    throw storageErrorFrom(error, to)
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

/** Copies a version's file, or its folder, out of the store to a path that is not there yet; what goes wrong leaves nothing. Throws StorageError, and the signal's reason. */
export async function copyModel(version: VersionSummary, blobs: BlobStore, to: string, signal: AbortSignal): Promise<void> {
  if (version.imported?.kind !== 'folder') return blobs.copyTo(version.artifact, to)
  await copyFolder(blobs, decodeManifest(await blobs.read(version.artifact)), to, { signal, onFile: () => undefined })
}
