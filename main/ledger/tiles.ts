import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { openForReading, replaceFile } from '../storage/index.ts'
import type { Checkpoint } from './checkpoint.ts'
import { LedgerError } from './ledger-error.ts'
import { readRoot } from './merkle.ts'
import { TreeStore } from './tree-store.ts'

/** Hashes of a full tile, and entries of a full bundle (C2SP tlog-tiles). */
const WIDTH = 256
/** Levels of the tree that one level of tiles spans. */
const HEIGHT = 8
const CHECKPOINT = 'checkpoint'
/** Tiles are there for others, a server's user for one: who reaches them, the folder decides. */
const READABLE = 0o644

export interface TilesOptions {
  /** The checkpoint that is exported, as a note: of the entries as they stand. */
  readonly checkpoint: string
  /** Reads a note as a checkpoint of this ledger; throws LedgerError for any other. */
  readonly open: (note: string) => Checkpoint
  readonly onProgress?: (progress: { done: number; total: number }) => void
  readonly signal?: AbortSignal
}

/** `written`: files that were added. `removed`: partial tiles of earlier exports that a full one has taken the place of. `before`: how many entries the folder held until now. */
export interface TilesExport {
  readonly size: number
  readonly before: number
  readonly written: number
  readonly removed: number
}

/**
 * Writes the ledger as files that other people's tools read (C2SP tlog-tiles): `checkpoint`, `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`.
 * What the folder holds of an earlier export stays, and only what is new is added; the checkpoint comes last, so that whoever reads
 * meanwhile finds all that it is of. Each file is whole or not there. Partial tiles go once their full one is there, which whoever reads under
 * an earlier checkpoint takes instead; the others stay, as such a checkpoint still needs them (tlog-tiles, Partial Tiles).
 *
 * Throws LedgerError `inconsistent` where the folder holds another log or another history of this one; StorageError; the signal's reason.
 *
 * @param path the database, which another connection has open.
 */
export async function exportTiles(path: string, folder: string, { checkpoint, open, onProgress, signal }: TilesOptions): Promise<TilesExport> {
  const { origin, size } = open(checkpoint)
  const db = openForReading(path)
  try {
    const store = new TreeStore(db)
    const before = readEarlier(folder, open, store, { origin, size })
    let [written, removed] = [0, 0]
    const put = (name: string, content: string | Uint8Array): void => {
      const file = join(folder, name)
      makeFolders(folder, dirname(name))
      if (name !== CHECKPOINT && isThere(file)) return
      replaceFile(file, content, READABLE)
      written++
    }
    const wanted = tilesOf(size).filter(({ index, span }) => (index + 1) * WIDTH * span > before || before === 0)
    for (const [done, tile] of wanted.entries()) {
      put(pathOf(tile), tile.level === 'entries' ? bundle(store, tile) : hashes(store, tile))
      if (tile.width === WIDTH) removed += removePartial(join(folder, `${pathOf(tile)}.p`))
      onProgress?.({ done: done + 1, total: wanted.length })
      await setImmediate()
      signal?.throwIfAborted()
    }
    put(CHECKPOINT, checkpoint)
    return { size, before, written, removed }
  } finally {
    db.close()
  }
}

/** Makes the folders of a file, each where it is not there. Throws LedgerError `inconsistent` where a link stands in the place of one: what it leads to is no part of the export. */
function makeFolders(folder: string, path: string): void {
  mkdirSync(folder, { recursive: true })
  const parts = path === '.' ? [] : path.split('/')
  for (const [index] of parts.entries()) {
    const at = join(folder, ...parts.slice(0, index + 1))
    const there = lstatSync(at, { throwIfNoEntry: false })
    if (there === undefined) mkdirSync(at)
    else if (!there.isDirectory()) throw notOurs(at)
  }
}

/** Whether the file is there. Throws LedgerError `inconsistent` where something else than a file is: nobody knows what it says, or whose it is. */
function isThere(file: string): boolean {
  const there = lstatSync(file, { throwIfNoEntry: false })
  if (there !== undefined && !there.isFile()) throw notOurs(file)
  return there !== undefined
}

function notOurs(path: string): LedgerError {
  return new LedgerError('inconsistent', `${path} is a link, or something else that no export makes: nothing is written through it. Choose an empty folder.`)
}

/** How wide a partial tile can be, as its file is named: 1 to 255. */
const PARTIAL_WIDTH = /^([1-9]\d?|1\d\d|2[0-4]\d|25[0-5])$/

/**
 * Removes the partial tiles of one that is full, and their folder unless something else lies there. Answers how many there were. No link is followed,
 * and none removed: it is somebody else's, and what it leads to may be anybody's.
 */
function removePartial(folder: string): number {
  if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return 0
  const all = readdirSync(folder, { withFileTypes: true })
  const partial = all.filter((each) => each.isFile() && PARTIAL_WIDTH.test(each.name))
  for (const { name } of partial) rmSync(join(folder, name))
  if (partial.length === all.length) rmdirSync(folder)
  return partial.length
}

interface Tile {
  readonly level: number | 'entries'
  readonly index: number
  /** How many hashes or entries it holds: 256 but for the last of its level. */
  readonly width: number
  /** How many entries are under each of its hashes. */
  readonly span: number
}

/** Every tile of a tree of that size, entries and lower levels first. */
function tilesOf(size: number): Tile[] {
  const tiles = tilesOfLevel('entries', size, 1)
  for (let level = 0, span = 1; span <= size; level++, span *= WIDTH) tiles.push(...tilesOfLevel(level, Math.floor(size / span), span))
  return tiles
}

function tilesOfLevel(level: Tile['level'], nodes: number, span: number): Tile[] {
  return Array.from({ length: Math.ceil(nodes / WIDTH) }, (_, index) => ({ level, index, width: Math.min(WIDTH, nodes - index * WIDTH), span }))
}

/** `tile/<L>/<N>`, N in groups of three digits, all but the last with an x before them; `.p/<W>` where it is not full. */
function pathOf({ level, index, width }: Tile): string {
  const groups = [String(index % 1_000).padStart(3, '0')]
  for (let rest = Math.floor(index / 1_000); rest > 0; rest = Math.floor(rest / 1_000)) groups.unshift(`x${String(rest % 1_000).padStart(3, '0')}`)
  return `tile/${level}/${groups.join('/')}${width < WIDTH ? `.p/${width}` : ''}`
}

function hashes(store: TreeStore, { level, index, width }: Tile): Buffer {
  return Buffer.concat(Array.from({ length: width }, (_, i) => store.node(Number(level) * HEIGHT, index * WIDTH + i)))
}

/** Each entry's leaf behind its length, two bytes. */
function bundle(store: TreeStore, { index, width }: Tile): Buffer {
  const rows = store.range(index * WIDTH, width)
  if (rows.length < width) throw new LedgerError('inconsistent', `An entry from ${index * WIDTH} on is missing. Verify the ledger.`)
  return Buffer.concat(
    rows.flatMap(({ envelope }) => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(envelope.length)
      return [length, envelope]
    }),
  )
}

/** How many entries an earlier export holds, if it is one of this ledger as it stands. */
function readEarlier(folder: string, open: TilesOptions['open'], store: TreeStore, { origin, size }: Pick<Checkpoint, 'origin' | 'size'>): number {
  const file = join(folder, CHECKPOINT)
  if (!existsSync(file)) {
    if (existsSync(join(folder, 'tile'))) throw new LedgerError('inconsistent', `${folder} holds tiles and no checkpoint, so that it is not known of what. Choose an empty folder.`)
    return 0
  }
  const earlier = open(readFileSync(file, 'utf8'))
  // A log has one origin for whoever follows it.
  if (earlier.origin !== origin) throw new LedgerError('inconsistent', `${folder} holds ${earlier.size} entries of ${earlier.origin}, as this ledger was called before entries were lost; it is ${origin} now. Choose an empty folder, and keep this one.`)
  if (earlier.size <= size && readRoot(earlier.size, store.node).equals(earlier.root)) return earlier.size
  throw new LedgerError('inconsistent', `${folder} holds ${earlier.size} entries of another history than this one: one of the two was rewritten or put back. Keep both for examination.`)
}
