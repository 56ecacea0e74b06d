import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { RequestError } from '../../shared/contract/index.ts'
import type { DataFolder } from '../client/index.ts'
import { isInside, nearestReal } from '../content/index.ts'
import { parseCheckpoint, readLedgerEnds } from '../ledger/index.ts'
import { acquireLock, backUpDatabase, replaceFile, StorageError, storageErrorFrom, syncFolder, type BlobStore, type Database } from '../storage/index.ts'
import { claimSet, idOf, placeOf, prune, setPaths, writeManifest, type Manifest, type StoredFile } from './backup-set.ts'
import { ContentStore, copyDurably, digestOf } from './content-store.ts'
import { isCopied, LEFT_OUT, PERSONAL_KEYS } from './left-out.ts'
import { verifyBackup, type BackupCheck } from './verify.ts'

export interface BackupSource {
  readonly db: Database
  readonly blobs: BlobStore
  readonly folder: DataFolder
  readonly organisation: string
  readonly software: string
  readonly origin: string
}

export interface BackupOptions {
  readonly madeAt: Date
  /** Whether the folder has backups already, and is not to be begun anew. */
  readonly mustExist?: boolean | undefined
  /** How many backups stay, the newest of those whose lists' digests are recorded; without it, all do. */
  readonly keep?: { readonly count: number; readonly recorded: ReadonlySet<string> } | undefined
  /** The program of the threads that verify the ledger. */
  readonly program?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((share: number, text: string) => void) | undefined
}

export interface BackupMade {
  readonly id: string
  readonly folder: string
  readonly manifest: Manifest
  /** SHA-256 of the backup's list. */
  readonly digest: string
  readonly removed: readonly string[]
}

/**
 * Backs a workplace up while it runs into a set: the database as it stands at one moment, then every blob and file that lies there by then
 * (an entry never comes before what it names), then verifies what was written. A backup has its name only once it was found whole. Throws
 * RequestError `conflict`, `storage-damaged`; StorageError; the signal's reason.
 */
export async function makeBackup(source: BackupSource, set: string, options: BackupOptions): Promise<BackupMade> {
  const { madeAt, keep, mustExist = false, program, signal, onProgress } = options
  claim(source.folder.root, set, source.origin, mustExist)
  const lock = acquireLock(setPaths(set).lock)
  if (lock === null) throw new RequestError('conflict', `Another process makes a backup in ${set}. Wait until it has ended.`)
  const id = idOf(madeAt)
  const place = placeOf(join(set, `${id}.part`))
  try {
    for (const name of readdirSync(set).filter((each) => each.endsWith('.part'))) rmSync(join(set, name), { recursive: true, force: true })
    mkdirSync(place.keys, { recursive: true, mode: 0o700 })
    const store = new ContentStore(setPaths(set).store)
    await store.open()
    const keys = await copyKeys(source.folder.keys, place.keys)
    await backUpDatabase(source.db, place.database, { signal, onProgress: (share) => onProgress?.(share * 0.2, 'database') })
    const { checkpoint, firstLogKey } = readLedgerEnds(place.database)
    const { origin, size, root } = parseCheckpoint(checkpoint)
    const database = await digestOf(place.database, signal)
    if (!database) throw new StorageError('unavailable', place.database, `${place.database} cannot be read back. Check the medium.`)
    await refuseRotated(source.folder.keys, keys)
    const blobs = await storeBlobs(source.blobs, store, signal, (share, text) => onProgress?.(0.2 + share * 0.3, text))
    const files = await storeFiles(source.folder.root, store, signal)
    const manifest: Manifest = {
      version: 1,
      id,
      organisation: source.organisation,
      software: source.software,
      madeAt: madeAt.toISOString(),
      ledger: { origin, size, root: root.toString('base64'), checkpoint, logKey: firstLogKey },
      database,
      keys,
      files,
      blobs,
      leftOut: { ...LEFT_OUT },
    }
    const digest = writeManifest(place.folder, manifest)
    const verify = () => verifyBackup(place.folder, { program, signal, onProgress: (share, text) => onProgress?.(0.6 + share * 0.4, text) })
    let check = await verify()
    if (check.damaged.length > 0) {
      // Of an earlier backup: what lies here takes its place.
      for (const sha256 of check.damaged) rmSync(store.pathOf(sha256), { force: true })
      await storeBlobs(source.blobs, store, signal, () => undefined)
      await storeFiles(source.folder.root, store, signal)
      check = await verify()
    }
    if (!check.ok) throw new RequestError('storage-damaged', `The backup in ${set} did not read back as it was written: ${describeFaults(check)}. Check the medium; nothing of it is kept.`)
    replacePersonalKeys(source.folder.keys, setPaths(set).personalKeys)
    renameSync(place.folder, join(set, id))
    syncFolder(set)
    return { id, folder: join(set, id), manifest, digest, removed: keep === undefined ? [] : prune(set, keep.count, id, keep.recorded) }
  } catch (thrown) {
    rmSync(place.folder, { recursive: true, force: true })
    throw signal?.aborted ? thrown : storageErrorFrom(thrown, set)
  } finally {
    lock.release()
  }
}

function claim(root: string, set: string, origin: string, mustExist: boolean): void {
  try {
    refuseInside(root, set)
    claimSet(set, origin, mustExist)
  } catch (thrown) {
    throw storageErrorFrom(thrown, set)
  }
}

function refuseInside(root: string, set: string): void {
  if (isInside(realpathSync(root), nearestReal(set))) throw new RequestError('invalid-path', `${set} lies in the data folder itself, and would be lost with it. Choose a folder on another disk.`)
}

async function copyKeys(from: string, to: string): Promise<StoredFile[]> {
  const names = readdirSync(from, { withFileTypes: true }).filter((entry) => entry.isFile() && !entry.name.endsWith('.new'))
  const copied: StoredFile[] = []
  for (const { name } of names) copied.push({ path: `keys/${name}`, ...(await copyDurably(join(from, name), join(to, name))), mode: 0o600 })
  return copied
}

/** Keys from before a rotation do not go with a ledger from after it, nor the other way round. */
async function refuseRotated(from: string, keys: readonly StoredFile[]): Promise<void> {
  for (const { path, sha256 } of keys) {
    if ((await digestOf(join(from, '..', path)))?.sha256 !== sha256) throw new RequestError('conflict', 'A key was put in the place of another while the backup was made. Nothing is kept of it: make it again.')
  }
}

async function storeBlobs(blobs: BlobStore, store: ContentStore, signal: AbortSignal | undefined, onProgress: (share: number, text: string) => void): Promise<Manifest['blobs']> {
  const found: string[] = []
  for await (const { sha256 } of blobs.files()) if (sha256 !== null) found.push(sha256)
  const stored: Manifest['blobs'] = []
  for (const sha256 of found.sort()) {
    signal?.throwIfAborted()
    const state = await store.put(blobs.pathOf(sha256), signal)
    if (state.sha256 !== sha256) throw new RequestError('storage-damaged', `The stored file ${blobs.pathOf(sha256)} is damaged: 'strongroom ledger verify --blobs' says what it is. Mend it before it is backed up; the last good backup may have it.`)
    stored.push({ sha256: state.sha256, bytes: state.bytes })
    onProgress(stored.length / found.length, `${stored.length} of ${found.length} stored files`)
  }
  return stored
}

/** Everything else that lies in the data folder, file by file: runs, packs, projects. Links and sockets are no files. */
async function storeFiles(root: string, store: ContentStore, signal: AbortSignal | undefined): Promise<StoredFile[]> {
  const stored: StoredFile[] = []
  for (const top of readdirSync(root).filter(isCopied).sort()) {
    const entries = await readdir(join(root, top), { withFileTypes: true, recursive: true }).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOTDIR') return null
      throw thrown
    })
    const paths = entries === null ? [join(root, top)] : entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    for (const path of paths.sort()) {
      signal?.throwIfAborted()
      if (!existsSync(path)) continue
      stored.push({ path: relative(root, path).split(sep).join('/'), ...(await store.put(path, signal)) })
    }
  }
  return stored
}

/** Replaced, never kept in versions: with an older state of it, what was erased would come back. Throws StorageError. */
export function replacePersonalKeys(keys: string, target: string): void {
  const folder = join(keys, PERSONAL_KEYS)
  const names = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name) : []
  const files = Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name)).toString('base64')]))
  replaceFile(target, `${JSON.stringify({ version: 1, files })}\n`)
}

function describeFaults({ faults }: BackupCheck): string {
  const [first = ''] = faults
  return faults.length > 1 ? `${first}, and ${faults.length - 1} more` : first
}
