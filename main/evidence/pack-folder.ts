import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { storageErrorFrom, syncFolder } from '../storage/index.ts'

/** A file of a pack as it was written. */
export interface PackFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  readonly crc32: number
}

/** The files of a pack under way, each durable once `add` has returned. Paths are those of the format: `/`, no `..`, at most 200 bytes. */
export class PackFolder {
  readonly root: string
  readonly #files = new Map<string, PackFile>()

  constructor(root: string) {
    this.root = root
  }

  /** Whether a file can have this path in the format. */
  static isPath(path: string): boolean {
    return /^(?!.*(^|\/)\.{0,2}(\/|$))[A-Za-z0-9._/-]{1,200}$/.test(path)
  }

  /** In the order of the format: by path, code unit by code unit. */
  get files(): PackFile[] {
    return [...this.#files.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** Writes a file that the pack does not have yet. Throws StorageError. */
  async add(path: string, content: string | Uint8Array): Promise<PackFile> {
    return this.#write(path, [typeof content === 'string' ? Buffer.from(content) : content])
  }

  /** Copies a file in, streaming. Throws StorageError. */
  async addFile(path: string, source: string): Promise<PackFile> {
    return this.#write(path, createReadStream(source, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>)
  }

  /** Makes the names of the files as durable as their content. Throws StorageError. */
  sync(): void {
    try {
      const folders = [...this.#files.keys()].map((path) => dirname(join(this.root, path)))
      for (const folder of new Set([...folders, join(this.root, 'data'), this.root])) syncFolder(folder)
    } catch (thrown) {
      throw storageErrorFrom(thrown, this.root)
    }
  }

  async #write(path: string, chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<PackFile> {
    if (!PackFolder.isPath(path) || this.#files.has(path)) {
      throw new Error(`"${path}" cannot be a file of the pack: it is no path of the format, or there is one already`)
    }
    const target = join(this.root, path)
    try {
      await mkdir(dirname(target), { recursive: true, mode: 0o700 })
      const sink = await open(target, 'wx', 0o600)
      try {
        const hash = createHash('sha256')
        let checksum = 0
        let bytes = 0
        for await (const chunk of chunks) {
          hash.update(chunk)
          checksum = crc32(chunk, checksum)
          bytes += chunk.length
          await sink.writeFile(chunk)
        }
        await sink.sync()
        const file = { path, bytes, sha256: hash.digest('hex'), crc32: checksum }
        this.#files.set(path, file)
        return file
      } finally {
        await sink.close()
      }
    } catch (thrown) {
      throw storageErrorFrom(thrown, target)
    }
  }
}
