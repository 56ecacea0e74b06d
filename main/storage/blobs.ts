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

  /** Creates the folders and throws away what a crash left half-written. */
  async open(): Promise<void> {
    await rm(this.#incoming, { recursive: true, force: true })
    await mkdir(this.#incoming, { recursive: true, mode: 0o700 })
    await mkdir(this.#root, { recursive: true, mode: 0o700 })
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

  /** Copies a file in, streaming: memory stays at one chunk whatever its size. Throws StorageError `disk-full`, or the file's own error. */
  async putFile(path: string): Promise<BlobRef> {
    // A symbolic link is followed by nobody: what is stored is what was looked at.
    const source = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      return await this.#store(async (sink, hash) => {
        const buffer = Buffer.allocUnsafe(CHUNK)
        let bytes = 0
        for (;;) {
          const { bytesRead } = await source.read(buffer, 0, CHUNK, null)
          if (bytesRead === 0) return bytes
          const chunk = buffer.subarray(0, bytesRead)
          hash.update(chunk)
          await sink.writeFile(chunk)
          bytes += bytesRead
        }
      })
    } finally {
      await source.close()
    }
  }

  async putBytes(content: Uint8Array): Promise<BlobRef> {
    return this.#store(async (sink, hash) => {
      hash.update(content)
      await sink.writeFile(content)
      return content.length
    })
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
    const sink = await open(temporary, 'wx', 0o644)
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

  async #store(write: (sink: FileHandle, hash: Hash) => Promise<number>): Promise<BlobRef> {
    const temporary = join(this.#incoming, randomUUID())
    const sink = await open(temporary, 'wx', 0o600).catch((thrown: unknown) => {
      throw storageErrorFrom(thrown, temporary)
    })
    try {
      const hash = createHash('sha256')
      const bytes = await write(sink, hash)
      const sha256 = hash.digest('hex')
      if (await this.has(sha256)) {
        await sink.close()
        await rm(temporary)
        return { sha256, bytes }
      }
      await sink.sync()
      await sink.close()
      const target = this.pathOf(sha256)
      await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      await chmod(temporary, 0o444)
      await rename(temporary, target)
      await syncFolder(dirname(target))
      return { sha256, bytes }
    } catch (thrown) {
      await sink.close().catch(() => undefined)
      await rm(temporary, { force: true })
      throw storageErrorFrom(thrown, temporary)
    }
  }

  #damaged(sha256: string): StorageError {
    const path = this.pathOf(sha256)
    return new StorageError('corrupt-database', path, `The stored file ${path} no longer has the content of its name. Restore it from a backup.`)
  }
}

/** Makes a rename durable. Windows has no such call and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
