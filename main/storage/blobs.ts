import { createHash, randomUUID, type Hash } from 'node:crypto'
import { constants, createReadStream, type ReadStream } from 'node:fs'
import { access, chmod, link, mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StorageError, storageErrorFrom } from './storage-error.ts'

/** What a stored blob is known by: SHA-256 of its content in lower-case hex, and its length. */
export interface BlobRef {
  readonly sha256: string
  readonly bytes: number
}

const CHUNK = 1 << 20
/** Files copied at once: while one waits for the disk, another is read and hashed. */
const PARALLEL_FILES = 4

/**
 * A content-addressed store of immutable files: `blobs/sha256/ab/abcdef...`. A blob is written under a temporary name, made durable
 * (fsync of file and folder) and then renamed, so that a name is never seen without its whole content.
 */
export class BlobStore {
  readonly #root: string
  readonly #incoming: string

  constructor(dataFolder: string) {
    this.#root = join(dataFolder, 'blobs', 'sha256')
    this.#incoming = join(dataFolder, 'blobs', 'incoming')
  }

  /** Creates the folders and throws away what a crash left half-written. Throws StorageError. */
  async open(): Promise<void> {
    try {
      await rm(this.#incoming, { recursive: true, force: true })
      await mkdir(this.#incoming, { recursive: true, mode: 0o700 })
      await mkdir(this.#root, { recursive: true, mode: 0o700 })
    } catch (thrown) {
      throw storageErrorFrom(thrown, this.#incoming)
    }
  }

  /** Where a blob lies. The file is read-only; nobody may write to it. */
  pathOf(sha256: string): string {
    return join(this.#root, sha256.slice(0, 2), sha256)
  }

  async has(sha256: string): Promise<boolean> {
    try {
      await access(this.pathOf(sha256), constants.R_OK)
      return true
    } catch {
      return false
    }
  }

  /** Copies a file in, streaming: memory stays at two chunks whatever its size. Throws StorageError `disk-full`, or the file's own error. */
  async putFile(path: string): Promise<BlobRef> {
    const touched = new Set<string>()
    const ref = await this.#putFile(path, touched)
    await syncFolders(touched)
    return ref
  }

  /** Copies files in as `putFile` does, a few at a time, and answers each with its reference, in order. All are durable when it resolves. */
  async putFiles<File extends { readonly absolute: string }>(files: readonly File[]): Promise<(File & BlobRef)[]> {
    const touched = new Set<string>()
    const stored = await mapInParallel(files, async (file) => ({ ...file, ...(await this.#putFile(file.absolute, touched)) }))
    await syncFolders(touched)
    return stored
  }

  async putBytes(content: Uint8Array): Promise<BlobRef> {
    const touched = new Set<string>()
    const ref = await this.#store(touched, async (sink, hash) => {
      hash.update(content)
      await sink.writeFile(content)
      return content.length
    })
    await syncFolders(touched)
    return ref
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

  async #putFile(path: string, touched: Set<string>): Promise<BlobRef> {
    // A symbolic link is followed by nobody: what is stored is what was looked at.
    const source = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      return await this.#store(touched, (sink, hash) => copy(source, sink, hash))
    } finally {
      await source.close()
    }
  }

  /** Adds the blob's folder to `touched`: the name is durable once that is synced, by whomever it was written. */
  async #store(touched: Set<string>, write: (sink: FileHandle, hash: Hash) => Promise<number>): Promise<BlobRef> {
    const temporary = join(this.#incoming, randomUUID())
    const sink = await open(temporary, 'wx', 0o600).catch((thrown: unknown) => {
      throw storageErrorFrom(thrown, this.#incoming)
    })
    try {
      const hash = createHash('sha256')
      const bytes = await write(sink, hash)
      const sha256 = hash.digest('hex')
      const target = this.pathOf(sha256)
      touched.add(dirname(target))
      if (await this.has(sha256)) {
        await sink.close()
        await rm(temporary)
        return { sha256, bytes }
      }
      await sink.sync()
      await sink.close()
      await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      await chmod(temporary, 0o444)
      await rename(temporary, target)
      return { sha256, bytes }
    } catch (thrown) {
      await sink.close().catch(() => undefined)
      await rm(temporary, { force: true })
      throw storageErrorFrom(thrown, this.#incoming)
    }
  }

  #damaged(sha256: string): StorageError {
    const path = this.pathOf(sha256)
    return new StorageError('corrupt-database', path, `The stored file ${path} no longer has the content of its name. Restore it from a backup.`)
  }
}

/** Copies what is left of `source` and hashes it; a chunk is hashed while it is written and the next one read. Answers the number of bytes. */
async function copy(source: FileHandle, sink: FileHandle, hash: Hash): Promise<number> {
  let [current, next] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)]
  let bytes = 0
  let { bytesRead } = await source.read(current, 0, CHUNK, null)
  while (bytesRead > 0) {
    const chunk = current.subarray(0, bytesRead)
    const both = Promise.all([sink.writeFile(chunk), source.read(next, 0, CHUNK, null)])
    hash.update(chunk)
    bytes += bytesRead
    ;[, { bytesRead }] = await both
    ;[current, next] = [next, current]
  }
  return bytes
}

/** Maps with a few promises under way, keeping the order. Once one rejects, no further item is begun; it rejects when none is under way. */
async function mapInParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  const queue = inTurn(items)
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  const ends = await Promise.allSettled(Array.from({ length: PARALLEL_FILES }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return results
}

/** A generator and no array's iterator: whoever leaves its loop by an error ends it for all who share it. */
function* inTurn<T>(items: readonly T[]): Generator<[number, T]> {
  yield* items.entries()
}

async function syncFolders(folders: Iterable<string>): Promise<void> {
  for (const folder of folders) await syncFolder(folder)
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
