import type { FileCrew } from './file-crew.ts'
import { AT, DIGEST_BYTES, FOUND_COLUMNS, IDENTITY, IS_COPIED, IS_KEPT, KNOWN_COLUMNS, REPLACES, WAS_KNOWN, type StorePlace } from './file-jobs.ts'
import { mapInParallel } from './parallel.ts'
import type { Recollection } from './recollection.ts'

/** Files of a call, by their number in it. */
export interface Range {
  readonly from: number
  readonly to: number
}

export interface Reading {
  readonly signal?: AbortSignal | undefined
  /** Copies the files of a job into a store too. */
  readonly store?: (range: Range) => StorePlace
  /** Called for each job that is done; the next one of its place begins when it resolves. */
  readonly onRead?: (range: Range) => Promise<void>
}

const MOST_IN_A_JOB = 512

/** Many files that are read by a crew, and what was found of each: columns of numbers (`file-jobs.ts`), as an object a file costs more than hashing a small one. */
export class ManyFiles {
  readonly paths: readonly string[]
  readonly #recollection: Recollection
  readonly #known: Float64Array
  readonly #knownDigests: Uint8Array
  readonly #numbers: Float64Array<ArrayBuffer>
  readonly #digests: Uint8Array<ArrayBuffer>

  constructor(paths: readonly string[], recollection: Recollection) {
    this.paths = paths
    this.#recollection = recollection
    const { known, digests } = recollection.recall(paths)
    this.#known = known
    this.#knownDigests = digests
    this.#numbers = new Float64Array(paths.length * FOUND_COLUMNS).fill(Number.NaN)
    this.#digests = new Uint8Array(paths.length * DIGEST_BYTES)
  }

  /** Whether anything is remembered of any. */
  get areKnown(): boolean {
    return this.#known.some((value) => !Number.isNaN(value))
  }

  /** Reads all of them, or some. Once one cannot be read, no further job is begun; it rejects when none is under way. */
  async read(crew: FileCrew, { signal, store, onRead }: Reading, within: Range = { from: 0, to: this.paths.length }): Promise<void> {
    const read = async (range: Range): Promise<void> => {
      const found = await crew.do({ kind: 'read', ...this.#part(range), store: store?.(range) ?? null }, signal)
      this.#numbers.set(found.numbers, range.from * FOUND_COLUMNS)
      this.#digests.set(found.digests, range.from * DIGEST_BYTES)
      await onRead?.(range)
    }
    await mapInParallel(rangesOf(within, crew.size), read, crew.size)
  }

  /** Lets later readings know what was found. @param store where their blobs lie, on whose file system it depends whether those are remembered too. */
  remember(store?: string): void {
    if (store !== undefined && !this.#recollection.tells(store)) {
      for (let row = AT.kept; row < this.#numbers.length; row += FOUND_COLUMNS) this.#numbers.fill(Number.NaN, row, row + IDENTITY)
    }
    this.#recollection.remember(this.paths, { numbers: this.#numbers, digests: this.#digests })
  }

  digest(index: number): { sha256: string; bytes: number } {
    return { sha256: Buffer.from(this.#digests.buffer, index * DIGEST_BYTES, DIGEST_BYTES).toString('hex'), bytes: this.#number(index, AT.size) }
  }

  /** The file was not read: it and its blob are what is remembered of them. */
  wasKnown(index: number): boolean {
    return this.#has(index, WAS_KNOWN)
  }

  /** Its blob was there, and whole. */
  isKept(index: number): boolean {
    return this.#has(index, IS_KEPT)
  }

  /** Its copy lies under its temporary name. */
  isCopied(index: number): boolean {
    return this.#has(index, IS_COPIED)
  }

  /** Its copy is to take the place of a blob that is damaged. */
  replaces(index: number): boolean {
    return this.#has(index, REPLACES)
  }

  /** Says what became of its blob: an identity, of `IDENTITY` numbers. */
  setKept(index: number, identity: Float64Array): void {
    this.#numbers.set(identity, index * FOUND_COLUMNS + AT.kept)
  }

  /** Has it read, and its blob too, when it is read again. */
  forget(index: number): void {
    this.#known.fill(Number.NaN, index * KNOWN_COLUMNS, (index + 1) * KNOWN_COLUMNS)
  }

  #has(index: number, bit: number): boolean {
    return (this.#number(index, AT.state) & bit) !== 0
  }

  #number(index: number, at: number): number {
    return this.#numbers[index * FOUND_COLUMNS + at] ?? Number.NaN
  }

  /** Copies: a message to a thread takes a whole buffer with it. */
  #part({ from, to }: Range): { paths: string[]; known: Float64Array; digests: Uint8Array } {
    return {
      paths: this.paths.slice(from, to),
      known: this.#known.slice(from * KNOWN_COLUMNS, to * KNOWN_COLUMNS),
      digests: this.#knownDigests.slice(from * DIGEST_BYTES, to * DIGEST_BYTES),
    }
  }
}

/** Jobs of some files each: several a thread, as some take longer than others. */
function rangesOf({ from, to }: Range, threads: number): Range[] {
  const each = Math.min(MOST_IN_A_JOB, Math.max(1, Math.ceil((to - from) / (threads * 4))))
  return Array.from({ length: Math.ceil((to - from) / each) }, (_, index) => ({ from: from + index * each, to: Math.min(to, from + (index + 1) * each) }))
}

/** The identities that a job answers, one each. */
export function identitiesOf(numbers: Float64Array): Float64Array[] {
  return Array.from({ length: numbers.length / IDENTITY }, (_, index) => numbers.subarray(index * IDENTITY, (index + 1) * IDENTITY))
}
