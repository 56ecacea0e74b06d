import { realpath } from 'node:fs/promises'
import { ProjectId, RequestError, type Snapshot } from '../../shared/contract/index.ts'
import { CHANGED_WHILE_READ, ContentError, decodeManifest, encodeManifest, isInside, listFiles, type FileMemory, type ManifestFile } from '../content/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger } from '../ledger/index.ts'
import type { BlobStore, BlobWriter, Database, PutControl } from '../storage/index.ts'
import { copyFolder, type CopyControl } from './copy-folder.ts'

export interface SnapshotsDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly blobs: BlobStore
  /** What files were found to be before; nothing is remembered without it. */
  readonly memory?: FileMemory | null
  readonly clock: () => number
  readonly nameOf: (person: string) => string
  /** The runs that read the snapshot which this ledger entry recorded. */
  readonly runsUsing: (entry: number) => number[]
}

export interface SnapshotRequest {
  readonly project: ProjectId
  readonly folder: string
  readonly path: string
  readonly dataset?: string | undefined
  /** Reads every file, and every one that is stored, whatever is remembered of them. */
  readonly rehash?: boolean | undefined
}

interface SnapshotRow {
  id: number
  project: string
  dataset: string
  path: string
  manifest: string
  files: number
  bytes: number
  taken_at: string
  taken_by: string
  entry: number
}

/** Dataset snapshots: what a file or folder of a project held, by content, recorded before anything reads it. */
export class Snapshots {
  readonly #db: Database
  readonly #ledger: Ledger
  readonly #blobs: BlobStore
  readonly #memory: FileMemory | null
  readonly #clock: () => number
  readonly #nameOf: (person: string) => string
  readonly #runsUsing: (entry: number) => number[]

  constructor({ db, ledger, blobs, memory = null, clock, nameOf, runsUsing }: SnapshotsDependencies) {
    this.#db = db
    this.#ledger = ledger
    this.#blobs = blobs
    this.#memory = memory
    this.#clock = clock
    this.#nameOf = nameOf
    this.#runsUsing = runsUsing
  }

  /**
   * Stores every file by content, then records the manifest in the ledger, signed by `actor`. Content that the last snapshot of the path
   * already recorded is not recorded twice: that snapshot is answered. Streams: memory does not grow with the size of the files. Throws the signal's
   * reason before anything is recorded; what was stored by then goes again.
   */
  async take(actor: Actor, request: SnapshotRequest, signal?: AbortSignal): Promise<Snapshot> {
    // Described after: what fails once it is recorded takes nothing out of the store.
    return this.#describe(await this.#blobs.forEntry((blobs) => this.#take(blobs, actor, request, signal)))
  }

  async #take(blobs: BlobWriter, actor: Actor, { project, folder, path, dataset, rehash }: SnapshotRequest, signal: AbortSignal | undefined): Promise<SnapshotRow> {
    const stored = await this.#store(blobs, folder, path, { signal, rehash, memory: this.#memory })
    const files = stored.map(({ path, sha256, bytes }): ManifestFile => ({ path, sha256, bytes }))
    const manifest = encodeManifest(files)
    await blobs.putBytes(manifest.bytes)

    const last = this.#db.prepare<[string, string], SnapshotRow>('SELECT * FROM snapshots WHERE project = ? AND path = ? ORDER BY id DESC LIMIT 1').get(project, path)
    if (last?.manifest === manifest.sha256) return last

    const name = dataset ?? path
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    return this.#ledger.commit((tx) => {
      const { seq } = tx.append(actor.signer, {
        action: 'dataset.snapshot',
        subject: [{ name, digest: { sha256: manifest.sha256 } }],
        detail: { project, dataset: name, path, manifest: manifest.sha256, files: files.length, bytes },
      })
      const row = this.#db
        .prepare<unknown[], SnapshotRow>(
          `INSERT INTO snapshots (project, dataset, path, manifest, files, bytes, taken_at, taken_by, entry)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING *`,
        )
        .get(project, name, path, manifest.sha256, files.length, bytes, new Date(this.#clock()).toISOString(), actor.person, seq)
      if (!row) throw new Error('the inserted snapshot was not returned')
      return row
    })
  }

  /** Stores every file of the project's path. Throws `invalid-path`, naming the file that is refused or could not be read. */
  async #store(blobs: BlobWriter, folder: string, path: string, control: PutControl) {
    let root = folder
    try {
      root = await realpath(folder)
      const { files: found } = await listFiles(folder, path, { signal: control.signal })
      if (found.length === 0) throw new RequestError('invalid-path', `${path} holds no files. There is nothing to take a snapshot of.`)
      return await blobs.putFiles(found, control)
    } catch (error) {
      if (!(error instanceof ContentError)) throw unreadable(error, root) ?? error
      throw unreadable(error.cause ?? error, root) ?? new RequestError('invalid-path', error.message)
    }
  }

  list(project: ProjectId): Snapshot[] {
    return this.#db
      .prepare<[string], SnapshotRow>('SELECT * FROM snapshots WHERE project = ? ORDER BY id DESC')
      .all(project)
      .map((row) => this.#describe(row))
  }

  /** Undefined where there is no such snapshot. */
  projectOf(id: number): string | undefined {
    return this.#db.prepare<[number], string>('SELECT project FROM snapshots WHERE id = ?').pluck().get(id)
  }

  /** A snapshot of a project. Throws `not-found`, and `storage-damaged` where its row names another manifest than its entry does. */
  get(project: ProjectId, id: number): Snapshot {
    const row = this.#db.prepare<[number, string], SnapshotRow>('SELECT * FROM snapshots WHERE id = ? AND project = ?').get(id, project)
    if (!row) throw new RequestError('not-found', `There is no snapshot ${id} of the project ${project}.`)
    if (this.#ledger.proved(row.entry).entry.detail.manifest !== row.manifest) {
      throw new RequestError('storage-damaged', `Snapshot ${id} is not what entry ${row.entry} recorded: somebody wrote to the database. Verify the ledger, then restore a backup.`)
    }
    return this.#describe(row)
  }

  /**
   * Copies a snapshot's files, each checked against its digest, into a folder that must not be there yet; whatever goes wrong leaves none.
   * Throws StorageError, `invalid-path`, and the signal's reason.
   */
  async copyTo({ manifest }: Snapshot, to: string, control: CopyControl): Promise<void> {
    await copyFolder(this.#blobs, decodeManifest(await this.#blobs.read(manifest)), to, control)
  }

  /** The manifest of every snapshot there is, with the entry that recorded it. */
  manifests(): { sha256: string; name: string; entry: number }[] {
    return this.#db
      .prepare<[], { sha256: string; name: string; entry: number }>('SELECT manifest AS sha256, path AS name, entry FROM snapshots ORDER BY entry')
      .all()
  }

  /** The files of a snapshot in order of path, after a given one. */
  async files(id: number, after: string, limit: number): Promise<ManifestFile[]> {
    const manifest = this.#db.prepare<[number], string>('SELECT manifest FROM snapshots WHERE id = ?').pluck().get(id)
    if (manifest === undefined) throw new RequestError('not-found', `There is no snapshot ${id}.`)
    const files = decodeManifest(await this.#blobs.read(manifest))
    return files.filter((file) => file.path > after).slice(0, limit)
  }

  #describe(row: SnapshotRow): Snapshot {
    return {
      id: row.id,
      project: ProjectId.parse(row.project),
      dataset: row.dataset,
      path: row.path,
      manifest: row.manifest,
      files: row.files,
      bytes: row.bytes,
      takenAt: row.taken_at,
      takenBy: this.#nameOf(row.taken_by),
      entry: row.entry,
      runs: this.#runsUsing(row.entry),
    }
  }
}

/** What to tell of a file of the project that could not be read; undefined where the fault lies elsewhere. */
function unreadable(error: unknown, folder: string): RequestError | undefined {
  const { code = '', path } = error as NodeJS.ErrnoException
  if (path === undefined || !isInside(folder, path)) return undefined
  const why = WHY_UNREADABLE[code]
  return why === undefined ? undefined : new RequestError('invalid-path', `${path} cannot be read: ${why}. Nothing was recorded.`)
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  EACCES: 'it may not be read by you. Check whose it is and its permissions',
  EPERM: 'it may not be read by you. Check whose it is and its permissions',
  ENOENT: 'it went away meanwhile. Try again when nothing changes the folder',
  ENOTDIR: 'it changed meanwhile. Try again when nothing changes the folder',
  ENAMETOOLONG: 'its path is too long for this system',
  [CHANGED_WHILE_READ]: 'it changed while it was read. Try again when nothing writes to it',
  EIO: 'its disk reports a fault',
}
