import { createHash, randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { storageErrorFrom, syncFolder } from '../storage/index.ts'

const CHUNK = 1 << 20

/** Files by the SHA-256 of their content, each once, whatever number of backups has it. */
export class ContentStore {
  readonly #root: string
  readonly #incoming: string

  constructor(folder: string) {
    this.#root = join(folder, 'blobs', 'sha256')
    this.#incoming = join(folder, 'blobs', 'incoming')
  }

  /** Creates the folders and throws away what was left half-written. Throws StorageError. */
  async open(): Promise<void> {
    try {
      await rm(this.#incoming, { recursive: true, force: true })
      await mkdir(this.#incoming, { recursive: true, mode: 0o700 })
      await mkdir(this.#root, { recursive: true, mode: 0o700 })
    } catch (thrown) {
      throw storageErrorFrom(thrown, this.#root)
    }
  }

  pathOf(sha256: string): string {
    return join(this.#root, sha256.slice(0, 2), sha256)
  }

  /** Whether a file of that digest and length lies there; whether it is whole, `digestOf` says. */
  async has(sha256: string, bytes: number): Promise<boolean> {
    const found = await stat(this.pathOf(sha256)).catch(() => undefined)
    return found?.isFile() === true && found.size === bytes
  }

  /**
   * Takes in a file as far as it reaches now, though somebody may go on writing at its end. It is read before it is copied: mostly it is
   * there already. Throws StorageError; the signal's reason.
   */
  async put(path: string, signal?: AbortSignal): Promise<{ sha256: string; bytes: number; mode: number }> {
    const source = await openPlain(path)
    try {
      const { size, mode } = await source.stat()
      const seen = await digest(source, size, signal)
      if (await this.has(seen.sha256, seen.bytes)) return { ...seen, mode: mode & 0o777 }
      const temporary = join(this.#incoming, randomUUID())
      try {
        const sink = await open(temporary, 'wx', 0o600)
        let copied: { sha256: string; bytes: number }
        try {
          // What was written over meanwhile is kept under the name of what was read this time.
          copied = await digest(source, size, signal, sink)
          await sink.sync()
        } finally {
          await sink.close()
        }
        const target = this.pathOf(copied.sha256)
        await mkdir(dirname(target), { recursive: true, mode: 0o700 })
        await rename(temporary, target)
        syncFolder(dirname(target))
        return { ...copied, mode: mode & 0o777 }
      } catch (thrown) {
        await rm(temporary, { force: true })
        throw signal?.aborted ? thrown : storageErrorFrom(thrown, this.#root)
      }
    } finally {
      await source.close()
    }
  }
}

/** The SHA-256 and length of a file, or undefined where it is not there or cannot be read. */
export async function digestOf(path: string, signal?: AbortSignal): Promise<{ sha256: string; bytes: number } | undefined> {
  try {
    const file = await openPlain(path)
    try {
      return await digest(file, (await file.stat()).size, signal)
    } finally {
      await file.close()
    }
  } catch (thrown) {
    if (signal?.aborted) throw thrown
    return undefined
  }
}

/** Copies a file to a new one, durable, and answers the digest of what was copied. Throws StorageError. */
export async function copyDurably(from: string, to: string, mode = 0o600): Promise<{ sha256: string; bytes: number }> {
  const source = await openPlain(from)
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    const sink = await open(to, 'wx', mode)
    try {
      const copied = await digest(source, (await source.stat()).size, undefined, sink)
      await sink.sync()
      return copied
    } finally {
      await sink.close()
    }
  } catch (thrown) {
    throw storageErrorFrom(thrown, to)
  } finally {
    await source.close()
  }
}

async function openPlain(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch((thrown: unknown) => {
    throw storageErrorFrom(thrown, path)
  })
}

/** Reads up to `size` bytes from the beginning, writing them to `sink` where there is one. */
async function digest(file: FileHandle, size: number, signal?: AbortSignal, sink?: FileHandle): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(Math.min(CHUNK, Math.max(size, 1)))
  let at = 0
  while (at < size) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - at), at)
    if (bytesRead === 0) break
    const chunk = buffer.subarray(0, bytesRead)
    hash.update(chunk)
    // Not write, which may write part of it where the disk becomes full.
    if (sink) await sink.writeFile(chunk)
    at += bytesRead
  }
  return { sha256: hash.digest('hex'), bytes: at }
}
