import { sep } from 'node:path'
import { AT, DIGEST_BYTES, FOUND_COLUMNS, IDENTITY, KNOWN_COLUMNS, WAS_KNOWN, type Found } from './file-jobs.ts'
import { settlingTime, tellsChanges } from './platform/settled.ts'

/**
 * Where it is kept what files were found to be. It may forget anything at any time, and answers only what it was given for that folder: who keeps it sees
 * to that (`Hints` in storage).
 */
export interface FileMemory {
  get(folder: string): Uint8Array | undefined
  set(folders: ReadonlyMap<string, Uint8Array>): void
}

/** What decides whether a file may be remembered: of tests only. */
export interface Settling {
  /** See `settlingTime`. */
  readonly afterMs: number
  /** See `tellsChanges`. */
  readonly tells: (folder: string) => boolean
}

export interface RecollectionOptions {
  /** Null remembers nothing. */
  readonly memory: FileMemory | null
  /** Nothing is believed, and everything is remembered anew. */
  readonly rehash?: boolean | undefined
  readonly settling?: Settling | undefined
}

/** Numbers of a file that is remembered: when it was read, its identity, that of its blob. */
const COLUMNS = 1 + KNOWN_COLUMNS

interface Folder {
  readonly names: readonly string[]
  readonly index: ReadonlyMap<string, number>
  /** `COLUMNS` a file. */
  readonly numbers: Float64Array
  readonly digests: Uint8Array
}

/**
 * What is remembered of files while they are read: it is asked before, and told after. A file that has path, device, inode, size, time of content (mtime) and
 * time of inode (ctime) of when it was read is not read again. Neither time can be believed alone: anybody sets mtime back, and nobody sets ctime, but
 * it has a granularity. So a file is remembered only if it had been left alone for a while before it was read (`settlingTime`), which shows any later write in
 * its ctime, and only on file systems that set it (`tellsChanges`); where the clock was set back to before that, it is not believed until it has caught up.
 */
export class Recollection {
  readonly #memory: FileMemory | null
  readonly #rehash: boolean
  readonly #settling: Settling
  readonly #folders = new Map<string, Folder | undefined>()

  constructor({ memory, rehash = false, settling = { afterMs: settlingTime(), tells: tellsChanges } }: RecollectionOptions) {
    this.#memory = memory
    this.#rehash = rehash
    this.#settling = settling
  }

  /** What is known of files, in the columns of a job. */
  recall(paths: readonly string[]): { known: Float64Array; digests: Uint8Array } {
    const known = new Float64Array(paths.length * KNOWN_COLUMNS).fill(Number.NaN)
    const digests = new Uint8Array(paths.length * DIGEST_BYTES)
    const now = Date.now()
    if (!this.#memory || this.#rehash) return { known, digests }
    for (const [at, path] of paths.entries()) {
      const folder = this.#folder(folderOf(path))
      const index = folder?.index.get(nameOf(path))
      if (!folder || index === undefined) continue
      if ((folder.numbers[index * COLUMNS] ?? Number.NaN) > now) continue
      known.set(folder.numbers.subarray(index * COLUMNS + 1, (index + 1) * COLUMNS), at * KNOWN_COLUMNS)
      digests.set(folder.digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES), at * DIGEST_BYTES)
    }
    return { known, digests }
  }

  /** Whether the times of files there tell that they were written to. */
  tells(folder: string): boolean {
    return this.#settling.tells(folder)
  }

  /** Remembers what was found of the same files. */
  remember(paths: readonly string[], found: Found['read']): void {
    if (!this.#memory) return
    const changed = new Map<string, Uint8Array>()
    for (const [folder, members] of byFolder(paths)) {
      const next = this.#next(folder, members, paths, found)
      if (next) changed.set(folder, encode(next))
    }
    if (changed.size > 0) this.#memory.set(changed)
  }

  #folder(path: string): Folder | undefined {
    if (!this.#folders.has(path)) this.#folders.set(path, decode(this.#memory?.get(path)))
    return this.#folders.get(path)
  }

  /** What is to be remembered of a folder now; undefined for what is remembered already. */
  #next(path: string, members: readonly number[], paths: readonly string[], { numbers, digests }: Found['read']): Folder | undefined {
    const before = this.#folder(path)
    const files = new Map<string, Entry>()
    const tells = this.#settling.tells(path)
    let isNew = false
    for (const at of members) {
      const name = nameOf(paths[at] ?? '')
      const row = numbers.subarray(at * FOUND_COLUMNS, (at + 1) * FOUND_COLUMNS)
      const known = before?.index.get(name)
      const old = before && known !== undefined ? entryOf(before, known) : undefined
      if (old && (row[AT.state] ?? 0) & WAS_KNOWN && isEqual(old.numbers.subarray(1 + IDENTITY), row.subarray(AT.kept))) {
        files.set(name, old)
        continue
      }
      if (!tells || !isSettled(row, this.#settling.afterMs)) continue
      isNew = true
      files.set(name, { numbers: row.subarray(AT.looked), digest: digests.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES) })
    }
    if (!isNew) return undefined
    return asFolder(withOthers(files, before, members.length))
  }
}

interface Entry {
  readonly numbers: Float64Array
  readonly digest: Uint8Array
}

function isSettled(row: Float64Array, afterMs: number): boolean {
  // A file that changed while it was read has no identity.
  return !Number.isNaN(row[AT.identity]) && (row[AT.looked] ?? 0) - (row[AT.ctime] ?? Number.NaN) >= afterMs
}

/** Other files of the folder, that were looked at some other time; not for ever, as they may be gone. */
const MOST_OTHERS = 1_000

function withOthers(files: Map<string, Entry>, before: Folder | undefined, looked: number): Map<string, Entry> {
  if (!before || before.names.length - looked > MOST_OTHERS) return files
  const all = new Map(before.names.map((name, index) => [name, entryOf(before, index)]))
  for (const [name, entry] of files) all.set(name, entry)
  return all
}

/** Of an absolute path that is as short as it can be: `dirname` and `basename` look at each letter of a hundred thousand. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf(sep))
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf(sep) + 1)
}

function byFolder(paths: readonly string[]): Map<string, number[]> {
  const folders = new Map<string, number[]>()
  for (const [at, path] of paths.entries()) {
    const folder = folderOf(path)
    const members = folders.get(folder)
    if (members) members.push(at)
    else folders.set(folder, [at])
  }
  return folders
}

function entryOf({ numbers, digests }: Folder, index: number): Entry {
  return { numbers: numbers.subarray(index * COLUMNS, (index + 1) * COLUMNS), digest: digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES) }
}

function asFolder(files: ReadonlyMap<string, Entry>): Folder {
  const names = [...files.keys()]
  const numbers = new Float64Array(names.length * COLUMNS)
  const digests = new Uint8Array(names.length * DIGEST_BYTES)
  for (const [index, entry] of [...files.values()].entries()) {
    numbers.set(entry.numbers, index * COLUMNS)
    digests.set(entry.digest, index * DIGEST_BYTES)
  }
  return { names, index: new Map(), numbers, digests }
}

function isEqual(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, index) => Object.is(value, b[index]))
}

/** How many files, as a number; their numbers (little endian as on every platform that this runs on), digests, then names, each ended by a zero byte. */
function encode({ names, numbers, digests }: Folder): Uint8Array {
  const text = names.map((name) => `${name}\0`).join('')
  return Buffer.concat([bytesOf(Float64Array.of(names.length)), bytesOf(numbers), digests, Buffer.from(text, 'utf8')])
}

function decode(bytes: Uint8Array | undefined): Folder | undefined {
  if (!bytes) return undefined
  const count = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true)
  const start = Float64Array.BYTES_PER_ELEMENT
  const middle = start + count * COLUMNS * Float64Array.BYTES_PER_ELEMENT
  const end = middle + count * DIGEST_BYTES
  // A copy: numbers have to begin where a multiple of eight is.
  const numbers = new Float64Array(count * COLUMNS)
  bytesOf(numbers).set(bytes.subarray(start, middle))
  const names = Buffer.from(bytes.buffer, bytes.byteOffset + end, bytes.byteLength - end).toString('utf8').split('\0').slice(0, -1)
  return { names, index: new Map(names.map((name, index) => [name, index])), numbers, digests: bytes.subarray(middle, end) }
}

function bytesOf(numbers: Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}
