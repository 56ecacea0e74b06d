import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile, storageErrorFrom, syncFolder } from '../storage/index.ts'

const KEY_BYTES = 32

/**
 * The data key of each person, a file of 32 bytes in hexadecimal that this user alone may read, outside the database. Destroying one erases
 * the names that it seals, in every copy of the database. `erased` lists whose was destroyed and by which entry, so that a copy that is put
 * back is not asked again for what was erased after it.
 */
export class PersonKeys {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw storageErrorFrom(error, folder)
    }
  }

  /** The person's key, made and durable when this returns if there was none. Throws StorageError. */
  create(id: string): Buffer {
    const known = this.read(id)
    if (known !== undefined) return known
    const key = randomBytes(KEY_BYTES)
    replaceFile(join(this.#folder, id), `${key.toString('hex')}\n`)
    return key
  }

  /** Undefined where there is none, or none that could be one. */
  read(id: string): Buffer | undefined {
    const text = this.#read(id)?.trim()
    return text !== undefined && /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : undefined
  }

  /** Overwrites the key, then removes it. A disk that writes elsewhere than it is told (flash, copy on write) may keep the old bytes for a while. Throws StorageError. */
  destroy(id: string): void {
    const path = join(this.#folder, id)
    if (this.#read(id) === undefined) return
    try {
      const file = openSync(path, 'r+')
      try {
        writeSync(file, randomBytes(KEY_BYTES).toString('hex'), 0)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      rmSync(path)
      syncFolder(this.#folder)
    } catch (error) {
      throw storageErrorFrom(error, path)
    }
  }

  /** Id -> the entry that erased them. */
  erased(): Map<string, number> {
    const lines = (this.#read('erased') ?? '').split('\n').map((line) => /^(p-[0-9a-f]{8}) (\d+)$/.exec(line))
    return new Map(lines.flatMap((line) => (line?.[1] === undefined ? [] : [[line[1], Number(line[2])] as const])))
  }

  /** Throws StorageError. */
  noteErased(id: string, entry: number): void {
    const lines = [...this.erased().set(id, entry)].map(([person, seq]) => `${person} ${seq}\n`)
    replaceFile(join(this.#folder, 'erased'), lines.join(''))
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(join(this.#folder, name), 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw storageErrorFrom(error, join(this.#folder, name))
    }
  }
}
