import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { identitiesOf, ManyFiles, mapInParallel, Recollection, temporaryName, type FileCrew, type Range, type RecollectionOptions, type StorePlace } from '../content/index.ts'
import type { BlobRef } from './blobs.ts'

/** The store as many files at a time need it. */
export interface Intake {
  readonly crew: FileCrew
  /** See `flushFileSystem`. */
  readonly flush: (folder: string) => Promise<boolean>
  /** `blobs/sha256`, `blobs/hints`, `blobs/incoming`. */
  readonly root: string
  readonly hints: string
  readonly incoming: string
  readonly pathOf: (sha256: string) => string
  /** Folders whose names are to be made durable. */
  readonly touched: Set<string>
  /** A blob is needed: it is not removed from now on. */
  readonly uses: (sha256: string) => void
  /** What was removed since this began: it was perhaps still there when it was looked at. */
  readonly removed: ReadonlySet<string>
  /** A blob that is missing is ours to remove from now on, should its entry not come about. What it answers takes that back. */
  readonly claim: (sha256: string) => () => void
}

export interface IntakeControl extends RecollectionOptions {
  readonly signal?: AbortSignal | undefined
}

export interface TakenIn {
  readonly refs: readonly BlobRef[]
  /** To be called once the names are durable. */
  readonly remember: () => void
}

/** From so many files on, one call for the whole file system costs less than one for each. */
export const FLUSHED_TOGETHER = 32
/** Copies that wait for their names: how much is written again after a crash in the middle. */
const MOST_WAITING = 8_192
const MOST_WAITING_BYTES = 1 << 30

/**
 * Copies files into the store on all cores. Each copy is written under a temporary name, many are made durable together, and only then do they get the names of
 * their blobs, so that a name is never seen without its whole content. The names themselves are made durable by the caller (`touched`).
 */
export async function takeInFiles(paths: readonly string[], intake: Intake, { signal, ...options }: IntakeControl): Promise<TakenIn> {
  const files = new ManyFiles(paths, new Recollection(options))
  const folder = join(intake.incoming, randomUUID())
  await mkdir(folder, { mode: 0o700 })
  const sync = paths.length < FLUSHED_TOGETHER
  const storeOf = ({ from }: Range): StorePlace => ({ blobs: intake.root, hints: intake.hints, temporary: join(folder, String(from)), sync })
  const digests = new Array<string>(paths.length)
  const waiting = new Waiting()
  const gone: number[] = []
  const takeIn = async (range: Range, isAgain = false): Promise<void> => {
    for (let index = range.from; index < range.to; index++) {
      const { sha256, bytes } = files.digest(index)
      digests[index] = sha256
      intake.uses(sha256)
      if (files.isCopied(index)) waiting.add({ index, sha256, temporary: temporaryName(storeOf(range), index - range.from), replaces: files.replaces(index) }, bytes)
      else if (!isAgain && intake.removed.has(sha256)) gone.push(index)
      // Its name may be somebody else's who has not made it durable yet; that of one which was remembered is.
      else if (!files.wasKnown(index)) intake.touched.add(dirname(intake.pathOf(sha256)))
    }
    if (waiting.isFull) await nameAll(waiting.take())
  }
  const nameAll = (copies: readonly Copy[]): Promise<void> => nameCopies(copies, { files, folder, sync, intake })
  try {
    await files.read(intake.crew, { signal, store: storeOf, onRead: takeIn })
    // Needed from now on, these are not removed again.
    for (const index of gone.splice(0)) {
      files.forget(index)
      await files.read(intake.crew, { signal, store: storeOf, onRead: (range) => takeIn(range, true) }, { from: index, to: index + 1 })
    }
    await nameAll(waiting.take())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return { refs: digests.map((sha256, index) => ({ sha256, bytes: files.digest(index).bytes })), remember: () => files.remember(intake.root) }
}

/** A copy under its temporary name. */
interface Copy {
  /** Of the file it was made of. */
  readonly index: number
  readonly sha256: string
  readonly temporary: string
  readonly replaces: boolean
}

class Waiting {
  #copies: Copy[] = []
  #bytes = 0

  add(copy: Copy, bytes: number): void {
    this.#copies.push(copy)
    this.#bytes += bytes
  }

  get isFull(): boolean {
    return this.#copies.length >= MOST_WAITING || this.#bytes >= MOST_WAITING_BYTES
  }

  take(): Copy[] {
    this.#bytes = 0
    return this.#copies.splice(0)
  }
}

interface Naming {
  readonly files: ManyFiles
  readonly folder: string
  /** Whether each copy is durable already. */
  readonly sync: boolean
  readonly intake: Intake
}

async function nameCopies(copies: readonly Copy[], { files, folder, sync, intake }: Naming): Promise<void> {
  if (copies.length === 0) return
  const { crew, flush, pathOf, touched, claim } = intake
  const parts = partsOf(copies, crew.size)
  if (!sync && !(await flush(folder))) await mapInParallel(parts, (part) => crew.do({ kind: 'sync', paths: part.map(({ temporary }) => temporary) }), crew.size)
  const targets = new Set(copies.map(({ sha256 }) => dirname(pathOf(sha256))))
  for (const target of targets) await mkdir(target, { recursive: true, mode: 0o700 })
  for (const target of targets) touched.add(target)
  const name = async (part: readonly Copy[]): Promise<void> => {
    const disclaim = part.map(({ sha256, replaces }) => (replaces ? undefined : claim(sha256)))
    try {
      // Not to be cancelled in the middle: whose a blob is would not be known.
      const found = await crew.do({ kind: 'name', names: part.map(({ sha256, temporary, replaces }) => ({ temporary, target: pathOf(sha256), replaces })) })
      for (const [at, identity] of identitiesOf(found).entries()) {
        const copy = part[at]
        if (!copy) continue
        if (Number.isNaN(identity[0])) disclaim[at]?.()
        files.setKept(copy.index, identity)
      }
    } catch (error) {
      // A file more in the store does no harm; one that somebody needs is not removed.
      for (const each of disclaim) each?.()
      throw error
    }
  }
  await mapInParallel(parts, name, crew.size)
}

function partsOf(copies: readonly Copy[], count: number): Copy[][] {
  const each = Math.ceil(copies.length / count)
  return Array.from({ length: Math.ceil(copies.length / each) }, (_, index) => copies.slice(index * each, (index + 1) * each))
}
