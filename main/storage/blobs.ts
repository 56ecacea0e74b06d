import { createHash, randomUUID } from 'node:crypto'
import { constants, createReadStream, rmSync, type ReadStream } from 'node:fs'
import { chmod, link, mkdir, open, readdir, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { areFew, CHANGED_WHILE_READ, FileCrew, mapInParallel, type RecollectionOptions } from '../content/index.ts'
import { flushFileSystem } from './flush.ts'
import { FLUSHED_TOGETHER, takeInFiles, type Intake } from './many-files.ts'
import { StorageError, storageErrorFrom } from './storage-error.ts'

/** What a stored blob is known by: SHA-256 of its content in lower-case hex, and its length. */
export interface BlobRef {
  readonly sha256: string
  readonly bytes: number
}

/** `damaged`: its content is no longer that of its name, or cannot be read. */
export type BlobState = 'whole' | 'damaged' | 'missing'

/** A file of the store. `sha256` is null where its name is no digest, or is not in the folder of its name: no blob is looked for there. */
export interface StoredFile {
  readonly path: string
  readonly sha256: string | null
}

/** Puts content into the store. */
export interface BlobWriter {
  /** Copies a file in, streaming: memory stays at a few chunks whatever its size. Throws StorageError `disk-full`, or the file's own error; one with the code `CHANGED_WHILE_READ` where it was written to meanwhile. */
  putFile(path: string): Promise<BlobRef>
  /** Copies files in as `putFile` does, on all cores, and answers each with its reference, in order. All are durable when it resolves. Throws the signal's reason, in the middle of a file as well. */
  putFiles<File extends { readonly absolute: string }>(files: readonly File[], control?: PutControl): Promise<(File & BlobRef)[]>
  putBytes(content: Uint8Array): Promise<BlobRef>
  /** Copies `bytes` bytes of a file from `offset` on in, as `putFile` does a whole one. */
  putPart(path: string, offset: number, bytes: number, signal?: AbortSignal): Promise<BlobRef>
}

/** How files are copied in. */
export interface PutControl extends Partial<RecollectionOptions> {
  readonly signal?: AbortSignal | undefined
}

/** Who works for a store. */
export interface BlobStoreOptions {
  readonly crew?: FileCrew
  readonly flush?: (folder: string) => Promise<boolean>
}

/** What is put in one call. */
interface Batch {
  /** Folders whose names are to be made durable. */
  readonly touched: Set<string>
  /** A blob is needed, whoever writes it: told before it is looked whether it is there. */
  readonly uses: (sha256: string) => void
}

const CHUNK = 1 << 20
const DIGEST = /^[0-9a-f]{64}$/

/**
 * A content-addressed store of immutable files: `blobs/sha256/ab/abcdef...`. A blob is written under a temporary name, made durable
 * (fsync of file and folder) and then renamed, so that a name is never seen without its whole content. That it is there is never taken for
 * granted: content that is stored again is compared with what is kept, and takes its place where that is damaged.
 *
 * `blobs/hints/` says of each large blob what begins like it and is as long: a file whose name is the SHA-256 of its first MiB and its
 * length, and that holds its digest. Such a file is compared before anything is written, so that a snapshot of what is kept already only
 * reads. Hints are never believed, and may be deleted.
 *
 * What is stored before the entry that names it is stored in vain where that entry never comes: `forEntry` takes it away again, unless
 * somebody else relies on it by then. What a process leaves that is killed in between, `ledger verify --blobs` lists as unreferenced.
 */
export class BlobStore implements BlobWriter {
  readonly #folder: string
  readonly #root: string
  readonly #incoming: string
  readonly #hints: string
  /** Folders of blobs whose own name is on the disk. */
  readonly #durable = new Set<string>()
  /** Blobs that were missing when this process wrote them, until what needs one has come about. */
  readonly #fresh = new Set<string>()
  /** How much that is under way needs each blob. */
  readonly #held = new Map<string, number>()
  /** What is removed while many files are taken in, for each of those. */
  readonly #removals = new Set<Set<string>>()
  readonly #crew: FileCrew
  readonly #flush: (folder: string) => Promise<boolean>

  constructor(dataFolder: string, { crew = new FileCrew(null), flush = flushFileSystem }: BlobStoreOptions = {}) {
    this.#crew = crew
    this.#flush = flush
    this.#folder = join(dataFolder, 'blobs')
    this.#root = join(this.#folder, 'sha256')
    this.#incoming = join(this.#folder, 'incoming')
    this.#hints = join(this.#folder, 'hints')
  }

  /** Creates the folders and throws away what a crash left half-written. Throws StorageError. */
  async open(): Promise<void> {
    try {
      await rm(this.#incoming, { recursive: true, force: true })
      for (const folder of [this.#incoming, this.#hints, this.#root]) await mkdir(folder, { recursive: true, mode: 0o700 })
      await syncFolder(this.#folder)
      await syncFolder(dirname(this.#folder))
    } catch (thrown) {
      throw storageErrorFrom(thrown, this.#incoming)
    }
  }

  /** Where a blob lies. The file is read-only; nobody may write to it. */
  pathOf(sha256: string): string {
    return join(this.#root, sha256.slice(0, 2), sha256)
  }

  /** Reads a blob through and says whether it is what its name says. */
  async check(sha256: string): Promise<BlobState> {
    try {
      const file = await open(this.pathOf(sha256), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
      try {
        const hash = createHash('sha256')
        for await (const chunk of chunksOf(file)) hash.update(chunk)
        return hash.digest('hex') === sha256 ? 'whole' : 'damaged'
      } finally {
        await file.close()
      }
    } catch (thrown) {
      return (thrown as NodeJS.ErrnoException).code === 'ENOENT' ? 'missing' : 'damaged'
    }
  }

  /** Everything that lies where blobs do, in no order. */
  async *files(): AsyncGenerator<StoredFile> {
    for (const folder of await readdir(this.#root, { withFileTypes: true })) {
      const path = join(this.#root, folder.name)
      if (!folder.isDirectory()) {
        yield { path, sha256: null }
        continue
      }
      for (const name of await readdir(path)) yield { path: join(path, name), sha256: DIGEST.test(name) && name.startsWith(folder.name) ? name : null }
    }
  }

  putFile(path: string): Promise<BlobRef> {
    return this.forEntry((blobs) => blobs.putFile(path))
  }

  putFiles<File extends { readonly absolute: string }>(files: readonly File[], control?: PutControl): Promise<(File & BlobRef)[]> {
    return this.forEntry((blobs) => blobs.putFiles(files, control))
  }

  putBytes(content: Uint8Array): Promise<BlobRef> {
    return this.forEntry((blobs) => blobs.putBytes(content))
  }

  putPart(path: string, offset: number, bytes: number, signal?: AbortSignal): Promise<BlobRef> {
    return this.forEntry((blobs) => blobs.putPart(path, offset, bytes, signal))
  }

  /**
   * Lets `work` store what an entry is to name, which it records itself. Where it throws, what it wrote goes again, but for what was there before, and for what
   * somebody else put meanwhile, or is putting. Throws what `work` throws.
   */
  async forEntry<T>(work: (blobs: BlobWriter) => Promise<T>): Promise<T> {
    const used = new Set<string>()
    const uses = (sha256: string): void => {
      if (used.has(sha256)) return
      used.add(sha256)
      this.#held.set(sha256, (this.#held.get(sha256) ?? 0) + 1)
    }
    try {
      const done = await work(this.#writer(uses))
      for (const sha256 of used) this.#fresh.delete(sha256)
      return done
    } finally {
      for (const sha256 of used) this.#letGo(sha256)
    }
  }

  /** Removes it in one step with the count: whoever needs it from here on finds it missing, and writes it. */
  #letGo(sha256: string): void {
    const others = (this.#held.get(sha256) ?? 1) - 1
    if (others > 0) this.#held.set(sha256, others)
    else this.#held.delete(sha256)
    if (others > 0 || !this.#fresh.delete(sha256)) return
    rmSync(this.pathOf(sha256), { force: true })
    for (const removed of this.#removals) removed.add(sha256)
  }

  #writer(uses: Batch['uses']): BlobWriter {
    const durably = async <T>(put: (batch: Batch) => Promise<T>): Promise<T> => {
      const batch = { touched: new Set<string>(), uses }
      const stored = await put(batch)
      await this.#sync(batch.touched)
      return stored
    }
    return {
      putFile: (path) => durably((batch) => this.#putFile(path, batch)),
      putFiles: async (files, control = {}) => {
        const paths = files.map(({ absolute }) => absolute)
        if (await areFew(paths)) return durably((batch) => mapInParallel(files, async (file) => ({ ...file, ...(await this.#putFile(file.absolute, batch, control.signal)) })))
        const { refs, remember } = await durably((batch) => this.#putMany(paths, batch, control))
        // Not before the names are durable.
        remember()
        return files.map((file, index) => ({ ...file, ...refOf(refs, index) }))
      },
      putBytes: (content) => durably((batch) => this.#putBytes(content, batch)),
      putPart: (path, offset, bytes, signal) => durably((batch) => unchanged(path, (source) => this.#store(batch, (sink) => copyPart(source, offset, bytes, sink, signal)))),
    }
  }

  /** Reads a small blob whole and checks it. Throws StorageError `corrupt-database` when its bytes are no longer those of its name. */
  async read(sha256: string): Promise<Buffer> {
    const content = await readFile(this.pathOf(sha256))
    if (createHash('sha256').update(content).digest('hex') !== sha256) throw this.#damaged(sha256)
    return content
  }

  /** Copies a blob out, checking it on the way; the target appears only when it is whole, and never in place of a file that is there (EEXIST). */
  async copyTo(sha256: string, target: string): Promise<void> {
    const temporary = join(dirname(target), `.${randomUUID()}.part`)
    const sink = await open(temporary, 'wx', 0o644).catch((thrown: unknown) => {
      throw storageErrorFrom(thrown, target)
    })
    try {
      const hash = createHash('sha256')
      for await (const chunk of this.stream(sha256) as AsyncIterable<Buffer>) {
        hash.update(chunk)
        await sink.writeFile(chunk)
      }
      if (hash.digest('hex') !== sha256) throw this.#damaged(sha256)
      await sink.sync()
      await sink.close()
      await link(temporary, target)
      await rm(temporary)
    } catch (thrown) {
      await sink.close().catch(() => undefined)
      await rm(temporary, { force: true })
      throw storageErrorFrom(thrown, target)
    }
  }

  stream(sha256: string): ReadStream {
    return createReadStream(this.pathOf(sha256), { highWaterMark: CHUNK })
  }

  async #putMany(paths: readonly string[], { touched, uses }: Batch, { memory = null, ...control }: PutControl): ReturnType<typeof takeInFiles> {
    const removed = new Set<string>()
    this.#removals.add(removed)
    const intake: Intake = {
      crew: this.#crew,
      flush: this.#flush,
      root: this.#root,
      hints: this.#hints,
      incoming: this.#incoming,
      pathOf: (sha256) => this.pathOf(sha256),
      touched,
      uses,
      removed,
      claim: (sha256) => this.#claim(sha256),
    }
    try {
      return await takeInFiles(paths, intake, { ...control, memory })
    } catch (thrown) {
      // What cannot be read of a project is another matter.
      throw thrown instanceof Error && 'isWriting' in thrown ? storageErrorFrom(thrown, this.#incoming) : thrown
    } finally {
      this.#removals.delete(removed)
    }
  }

  /** From now on a blob that is missing is ours to remove. What it answers takes that back. */
  #claim(sha256: string): () => void {
    const wasFresh = this.#fresh.has(sha256)
    this.#fresh.add(sha256)
    return () => {
      if (!wasFresh) this.#fresh.delete(sha256)
    }
  }

  async #putFile(path: string, batch: Batch, signal?: AbortSignal): Promise<BlobRef> {
    signal?.throwIfAborted()
    return unchanged(path, (source, size) => this.#putContent(source, size, batch, signal))
  }

  async #putContent(source: FileHandle, size: number, batch: Batch, signal?: AbortSignal): Promise<BlobRef> {
    const head = await readHead(source, size)
    if (head.length <= size && size < CHUNK) return this.#putBytes(head, batch)
    const hint = join(this.#hints, `${createHash('sha256').update(head).digest('hex')}-${size}`)
    const kept = await this.#findKept(source, hint, batch, signal)
    if (kept) {
      batch.touched.add(dirname(this.pathOf(kept.sha256)))
      return kept
    }
    const ref = await this.#store(batch, (sink) => copy(source, sink, signal))
    // Without it the file is only written again one day.
    await writeFile(hint, ref.sha256, { mode: 0o600 }).catch(() => undefined)
    return ref
  }

  async #putBytes(content: Uint8Array, batch: Batch): Promise<BlobRef> {
    const ref = { sha256: createHash('sha256').update(content).digest('hex'), bytes: content.length }
    batch.uses(ref.sha256)
    if ((await this.check(ref.sha256)) === 'whole') {
      batch.touched.add(dirname(this.pathOf(ref.sha256)))
      return ref
    }
    return this.#store(batch, async (sink) => {
      await sink.writeFile(content)
      return ref
    })
  }

  /** The blob that a hint names, if its bytes are those of the file and their digest is its name. */
  async #findKept(source: FileHandle, hint: string, { uses }: Batch, signal?: AbortSignal): Promise<BlobRef | undefined> {
    const sha256 = await readFile(hint, 'utf8').catch(() => '')
    if (!DIGEST.test(sha256)) return undefined
    uses(sha256)
    const kept = await open(this.pathOf(sha256), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(() => undefined)
    if (!kept) return undefined
    try {
      const ref = await hashWhileEqual(source, kept, signal)
      return ref?.sha256 === sha256 ? ref : undefined
    } catch {
      signal?.throwIfAborted()
      // What cannot be read is written again; a file that cannot be read says so then.
      return undefined
    } finally {
      await kept.close()
    }
  }

  /** Adds the blob's folder to those touched: the name is durable once that is synced, by whomever it was written. */
  async #store({ touched, uses }: Batch, write: (sink: FileHandle) => Promise<BlobRef>): Promise<BlobRef> {
    const temporary = join(this.#incoming, randomUUID())
    const sink = await open(temporary, 'wx', 0o600).catch((thrown: unknown) => {
      throw storageErrorFrom(thrown, this.#incoming)
    })
    try {
      const ref = await write(sink)
      const target = this.pathOf(ref.sha256)
      touched.add(dirname(target))
      uses(ref.sha256)
      const state = await this.check(ref.sha256)
      if (state === 'whole') {
        await sink.close()
        await rm(temporary)
        return ref
      }
      await sink.sync()
      await sink.close()
      await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      await chmod(temporary, 0o444)
      if (state === 'missing') {
        await this.#add(temporary, target, ref.sha256)
        return ref
      }
      // Windows puts nothing in the place of a file that is read-only.
      if (process.platform === 'win32') await rm(target, { force: true })
      await rename(temporary, target)
      return ref
    } catch (thrown) {
      await sink.close().catch(() => undefined)
      await rm(temporary, { force: true })
      throw storageErrorFrom(thrown, this.#incoming)
    }
  }

  /**
   * Gives a blob that is missing its name. Where somebody else was quicker, the file that has it stays, and is not ours to remove: so it is told from the
   * first moment on, and nothing is put in its place.
   */
  async #add(temporary: string, target: string, sha256: string): Promise<void> {
    const disclaim = this.#claim(sha256)
    try {
      await link(temporary, target)
      await rm(temporary)
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') {
        disclaim()
        await rm(temporary)
      }
      // No file system has to know of links.
      else await rename(temporary, target)
    }
  }

  /** Makes the names in folders of blobs durable, and the name of each folder itself: it may be new, to us or to who made it a moment ago. */
  async #sync(folders: ReadonlySet<string>): Promise<void> {
    const isFlushed = folders.size >= FLUSHED_TOGETHER && (await this.#flush(this.#root))
    if (!isFlushed) for (const folder of folders) await syncFolder(folder)
    const unknown = [...folders].filter((folder) => !this.#durable.has(folder))
    if (unknown.length === 0) return
    await syncFolder(this.#root)
    for (const folder of unknown) this.#durable.add(folder)
  }

  #damaged(sha256: string): StorageError {
    const path = this.pathOf(sha256)
    return new StorageError('corrupt-database', path, `The stored file ${path} no longer has the content of its name. Restore it from a backup.`)
  }
}

function refOf(refs: readonly BlobRef[], index: number): BlobRef {
  const ref = refs[index]
  if (!ref) throw new Error('a file was not answered')
  return ref
}

/** Reads a file that nobody may write to meanwhile: the beginning of one state and the end of another is what it never held. */
async function unchanged<T>(path: string, read: (source: FileHandle, size: number) => Promise<T>): Promise<T> {
  // A symbolic link is followed by nobody: what is stored is what was looked at.
  const source = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    const before = await source.stat({ bigint: true })
    const result = await read(source, Number(before.size))
    const after = await source.stat({ bigint: true })
    if (before.size !== after.size || before.mtimeNs !== after.mtimeNs || before.ctimeNs !== after.ctimeNs) {
      throw Object.assign(new Error(`${path} changed while it was read.`), { code: CHANGED_WHILE_READ, path })
    }
    return result
  } finally {
    await source.close()
  }
}

/** Copies a part of a file, hashing it; less where the file ends before. */
async function copyPart(source: FileHandle, offset: number, bytes: number, sink: FileHandle, signal?: AbortSignal): Promise<BlobRef> {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(Math.min(CHUNK, bytes))
  let done = 0
  while (done < bytes) {
    signal?.throwIfAborted()
    const { bytesRead } = await source.read(chunk, 0, Math.min(chunk.length, bytes - done), offset + done)
    if (bytesRead === 0) break
    hash.update(chunk.subarray(0, bytesRead))
    await sink.writeFile(chunk.subarray(0, bytesRead))
    done += bytesRead
  }
  return { sha256: hash.digest('hex'), bytes: done }
}

/** The beginning of a file, a MiB at most. It is longer than `size` where the file grew meanwhile. */
async function readHead(file: FileHandle, size: number): Promise<Buffer> {
  const head = Buffer.allocUnsafe(Math.min(size + 1, CHUNK))
  let filled = 0
  for (;;) {
    const { bytesRead } = await file.read(head, filled, head.length - filled, filled)
    filled += bytesRead
    if (bytesRead === 0 || filled === head.length) return head.subarray(0, filled)
  }
}

/** A file from its beginning; the next chunk is read while the caller works on one, which is valid until then. */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer, void> {
  const { size } = await file.stat()
  const length = Math.min(size + 1, CHUNK)
  let [current, next] = [Buffer.allocUnsafe(length), Buffer.allocUnsafe(length)]
  let position = 0
  let { bytesRead } = await file.read(current, 0, length, position)
  while (bytesRead > 0) {
    position += bytesRead
    const reading = file.read(next, 0, length, position)
    const over = reading.catch(() => undefined)
    try {
      yield current.subarray(0, bytesRead)
    } finally {
      // Also where the caller leaves: a file is not closed under a read.
      await over
    }
    ;({ bytesRead } = await reading)
    ;[current, next] = [next, current]
  }
}

/** Copies a file, hashing each chunk while it is written. */
async function copy(source: FileHandle, sink: FileHandle, signal?: AbortSignal): Promise<BlobRef> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of chunksOf(source)) {
    signal?.throwIfAborted()
    const written = sink.writeFile(chunk)
    hash.update(chunk)
    bytes += chunk.length
    await written
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** What a file is, as long as its bytes are those of another; undefined from the first chunk that differs. */
async function hashWhileEqual(file: FileHandle, other: FileHandle, signal?: AbortSignal): Promise<BlobRef | undefined> {
  const hash = createHash('sha256')
  let bytes = 0
  const others = chunksOf(other)
  try {
    for await (const chunk of chunksOf(file)) {
      signal?.throwIfAborted()
      const theirs = await others.next()
      if (theirs.done || !chunk.equals(theirs.value)) return undefined
      hash.update(chunk)
      bytes += chunk.length
    }
    return (await others.next()).done ? { sha256: hash.digest('hex'), bytes } : undefined
  } finally {
    await others.return(undefined)
  }
}

/** Makes a rename durable, without holding up who else is served meanwhile. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
