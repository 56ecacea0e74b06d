import { join } from 'node:path'
import { verifyLedger } from '../ledger/index.ts'
import { placeOf, readManifest, setPaths, type Manifest } from './backup-set.ts'
import { ContentStore, digestOf } from './content-store.ts'

export interface BackupCheck {
  readonly ok: boolean
  readonly manifest: Manifest
  /** SHA-256 of the backup's list. */
  readonly digest: string
  /** What is wrong, each with its file. */
  readonly faults: readonly string[]
  /** Digests of what is damaged or missing in the store. */
  readonly damaged: readonly string[]
}

export interface BackupCheckOptions {
  readonly program?: string | undefined
  /** Checkpoints that were kept elsewhere, which the backed-up ledger must contain. */
  readonly anchors?: readonly string[]
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((share: number, text: string) => void) | undefined
}

/**
 * Reads a backup through, writing nothing: the database's digest, pages and ledger, and every key, file and blob by its digest. Throws
 * RequestError `not-found`, `storage-damaged` for a list that cannot be read; the signal's reason.
 */
export async function verifyBackup(folder: string, { program, anchors = [], signal, onProgress }: BackupCheckOptions = {}): Promise<BackupCheck> {
  const { manifest, digest } = readManifest(folder)
  const place = placeOf(folder)
  const store = new ContentStore(setPaths(place.set).store)
  const faults: string[] = []
  const damaged: string[] = []
  const compare = async (path: string, expected: { sha256: string; bytes: number }, name: string): Promise<boolean> => {
    const found = await digestOf(path, signal)
    if (found === undefined) faults.push(`${name} is missing (${path})`)
    else if (found.sha256 !== expected.sha256) faults.push(`${name} is damaged (${path})`)
    return found?.sha256 === expected.sha256
  }
  await compare(place.database, manifest.database, 'the database')
  if (faults.length === 0) {
    const found = await verifyLedger(place.database, {
      ...(program === undefined ? {} : { program }),
      ...(signal === undefined ? {} : { signal }),
      anchors: [manifest.ledger.checkpoint, ...anchors],
      pinned: [manifest.ledger.logKey],
      onProgress: ({ done, total }) => onProgress?.(total === 0 ? 0 : (done / total) * 0.4, `${done} of ${total} entries`),
    })
    if (!found.ok) faults.push(`the ledger does not hold: ${found.damage.message}`)
    else if (found.size !== manifest.ledger.size) faults.push(`the ledger has ${found.size} entries, not ${manifest.ledger.size}`)
  }
  for (const { path, sha256, bytes } of manifest.keys) await compare(join(folder, path), { sha256, bytes }, path)
  const contents = [...manifest.blobs.map((blob) => ({ ...blob, name: `the stored file ${blob.sha256}` })), ...manifest.files.map((file) => ({ ...file, name: file.path }))]
  for (const [index, { sha256, bytes, name }] of contents.entries()) {
    if (!(await compare(store.pathOf(sha256), { sha256, bytes }, name))) damaged.push(sha256)
    onProgress?.(0.4 + ((index + 1) / contents.length) * 0.6, `${index + 1} of ${contents.length} files`)
  }
  return { ok: faults.length === 0, manifest, digest, faults, damaged }
}
