import { lstat } from 'node:fs/promises'
import { hashFile } from './content.ts'
import type { FileCrew } from './file-crew.ts'
import { ManyFiles } from './many-files.ts'
import { mapInParallel } from './parallel.ts'
import { Recollection, type FileMemory, type RecollectionOptions } from './recollection.ts'

export interface HashControl {
  readonly signal?: AbortSignal
  /** Reads each file, whatever is remembered of it. */
  readonly rehash?: boolean
}

/** As many files, of so many bytes together, are read sooner than a thread is started. */
const FEW = 16
const FEW_BYTES = 8 << 20

/** Finds the digests of files: of those that are remembered unchanged without reading them, of the others on all cores. */
export class FileHasher {
  readonly #crew: FileCrew
  readonly #options: RecollectionOptions

  constructor(crew: FileCrew, options: { readonly memory: FileMemory | null; readonly settling?: RecollectionOptions['settling'] }) {
    this.#crew = crew
    this.#options = options
  }

  /** The digests of files, in order. Throws as `hashFile` does. */
  async hash(paths: readonly string[], { signal, rehash = false }: HashControl = {}): Promise<{ sha256: string; bytes: number }[]> {
    const recollection = new Recollection({ ...this.#options, rehash })
    const files = new ManyFiles(paths, recollection)
    if (!files.areKnown && (await areFew(paths))) return mapInParallel(paths, (path) => hashFile(path, signal))
    await files.read(this.#crew, { signal })
    files.remember()
    return paths.map((_, index) => files.digest(index))
  }
}

/** Whether it is not worth while to start threads. */
export async function areFew(paths: readonly string[]): Promise<boolean> {
  if (paths.length > FEW) return false
  // What cannot be looked at says so when it is read.
  const sizes = await Promise.all(paths.map((path) => lstat(path).then(({ size }) => size, () => 0)))
  return sizes.reduce((sum, size) => sum + size, 0) <= FEW_BYTES
}

