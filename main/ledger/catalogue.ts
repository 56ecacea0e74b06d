import { readFileSync } from 'node:fs'
import { hash } from 'node:crypto'
import { replaceFile } from '../storage/index.ts'
import { parseEnvelope } from './dsse.ts'
import { parseEntry } from './entry.ts'
import { isCorrupt } from './entry-rows.ts'
import type { Signer } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import { appendLeaf, emptyFrontier, emptyRoot, frontierRoot, HASH_SIZE, hashLeaf, hashNode, type Frontier, type NodeReader } from './merkle.ts'
import type { StoredEntry, TreeStore } from './tree-store.ts'

/** Where a catalogue is kept between two processes. */
export interface CatalogueFile {
  /** What was kept last, or undefined where nothing can be read. */
  read(): string | undefined
  /** Throws StorageError. */
  write(text: string): void
  /** After how many further entries it is kept anew: a process that is killed leaves no more for the next to read. */
  readonly every: number
}

/** A tree of entries. */
interface Tree {
  readonly size: number
  readonly root: Buffer
}

/** What was read of a ledger. `fault`: the first position whose entry is not the one under the root. */
interface CatalogueReading {
  readonly catalogue: Catalogue
  readonly fault: number | undefined
  /** Entries that were read for it. */
  readonly read: number
}

/** No action has this name: it is that of a position whose entry is not the one under the root. */
const UNREADABLE = ''
/** As many names as a byte tells apart: the list of actions is a third of that, and closed. */
const MOST_NAMES = 256
/** Entries under a hash that is kept, a power of two: a row that is damaged keeps no more of them from being proved. */
const BLOCK = 64
/** Entries that are read at a time. */
const BATCH = 1_024
const KIND = 'strongroom ledger catalogue 1'

/**
 * The action of every entry, by position: a byte each. What has consequences finds its entries by it and not by the search index, which is a table that whoever
 * writes to the database can empty of a term and fill again. Beside it the roots of the tree's subtrees of 64 entries, by which an entry is proved to be the one that
 * was recorded. It is read from entries that lead to the signed root, and grows with what this process appends.
 */
export class Catalogue {
  readonly #names: string[] = []
  readonly #codes = new Map<string, number>()
  #actions = Buffer.alloc(BATCH)
  #size = 0
  /** Of each complete block, end to end. */
  #roots = Buffer.alloc(BATCH)
  /** The leaves after those. */
  #leaves: Buffer[] = []

  get size(): number {
    return this.#size
  }

  /** The root of the tree of all entries (RFC 6962, 2.1). */
  get root(): Buffer {
    let blocks = emptyFrontier
    for (let at = 0; at < this.#blocks * HASH_SIZE; at += HASH_SIZE) blocks = appendLeaf(blocks, this.#roots.subarray(at, at + HASH_SIZE)).frontier
    return frontierRoot({ size: this.#size, peaks: [...blocks.peaks, ...frontierOf(this.#leaves).peaks] })
  }

  /** Takes in the next entry. Throws LedgerError `malformed-entry` beyond 256 actions. */
  add(action: string, leafHash: Buffer): void {
    const code = this.#codeOf(action)
    if (this.#size === this.#actions.length) this.#actions = Buffer.concat([this.#actions], this.#size * 2 + BATCH)
    this.#actions[this.#size] = code
    this.#leaves.push(leafHash)
    if (this.#leaves.length === BLOCK) this.#closeBlock()
    this.#size++
  }

  /** What is there is not the entry under the root: whatever it says, it has no action. */
  strike(seq: number): void {
    this.#actions[seq] = this.#codeOf(UNREADABLE)
  }

  /** Whether that is the leaf at a position, by the nodes that the database holds of its block. */
  has(seq: number, leafHash: Buffer, node: NodeReader): boolean {
    const block = Math.floor(seq / BLOCK)
    if (block >= this.#blocks) return leafHash.equals(this.#leaves[seq % BLOCK] ?? emptyRoot)
    let hash = leafHash
    for (let level = 0, index = seq; 2 ** level < BLOCK; level++, index = Math.floor(index / 2)) {
      hash = index % 2 === 1 ? hashNode(node(level, index - 1), hash) : hashNode(hash, node(level, index + 1))
    }
    return hash.equals(this.#roots.subarray(block * HASH_SIZE, (block + 1) * HASH_SIZE))
  }

  /** Positions from `from` to `to`, both included, whose entries have one of the actions: in order, or from the last to the first. */
  *positions(actions: readonly string[], from: number, to: number, descending = false): Generator<number> {
    const codes = actions.flatMap((action) => this.#codes.get(action) ?? [])
    const last = Math.min(to, this.#size - 1)
    const [code] = codes
    if (code === undefined) return
    if (codes.length > 1) {
      const wanted = new Uint8Array(MOST_NAMES)
      for (const each of codes) wanted[each] = 1
      const step = descending ? -1 : 1
      for (let at = descending ? last : from; at >= from && at <= last; at += step) if (wanted[this.#actions[at] ?? 0] === 1) yield at
    } else if (descending) {
      // A negative offset would count from the end.
      for (let at = last; at >= from && (at = this.#actions.lastIndexOf(code, at)) >= from; at--) yield at
    } else {
      for (let at = from; at <= last && (at = this.#actions.indexOf(code, at)) >= 0 && at <= last; at++) yield at
    }
  }

  /** As text that only who holds the key can have made. */
  seal(signer: Signer): string {
    const body = JSON.stringify({
      kind: KIND,
      size: this.#size,
      names: this.#names,
      actions: this.#actions.toString('base64', 0, this.#size),
      roots: this.#roots.toString('base64', 0, this.#blocks * HASH_SIZE),
      leaves: this.#leaves.map((leaf) => leaf.toString('base64')),
    })
    return `${signatureOf(body, signer)}\n${body}\n`
  }

  /** What `seal` made; undefined for what this key did not sign. An Ed25519 signature of the same bytes is always the same (RFC 8032, 5.1.6). */
  static open(text: string, signer: Signer): Catalogue | undefined {
    const [signature = '', body = ''] = text.split('\n')
    if (signature !== signatureOf(body, signer)) return undefined
    // It is our own, since it bears our signature.
    const { size, names, actions, roots, leaves } = JSON.parse(body) as { size: number; names: string[]; actions: string; roots: string; leaves: string[] }
    const catalogue = new Catalogue()
    for (const name of names) catalogue.#codeOf(name)
    catalogue.#actions = Buffer.from(actions, 'base64')
    catalogue.#roots = Buffer.from(roots, 'base64')
    catalogue.#leaves = leaves.map((leaf) => Buffer.from(leaf, 'base64'))
    catalogue.#size = size
    return catalogue
  }

  get #blocks(): number {
    return Math.floor(this.#size / BLOCK)
  }

  #closeBlock(): void {
    const at = this.#blocks * HASH_SIZE
    if (at + HASH_SIZE > this.#roots.length) this.#roots = Buffer.concat([this.#roots], at * 2 + BATCH)
    frontierRoot(frontierOf(this.#leaves)).copy(this.#roots, at)
    this.#leaves = []
  }

  #codeOf(action: string): number {
    const known = this.#codes.get(action)
    if (known !== undefined) return known
    if (this.#names.length === MOST_NAMES) throw new LedgerError('malformed-entry', `The action ${action} is one more than the ${MOST_NAMES} that a ledger can have.`)
    this.#codes.set(action, this.#names.length)
    return this.#names.push(action) - 1
  }
}

/** A catalogue in a file beside the database. One that cannot be read is none: it is made again from the entries. */
export function openCatalogueFile(path: string, every = 16_384): CatalogueFile {
  return {
    every,
    read() {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        return undefined
      }
    },
    write: (text) => replaceFile(path, text),
  }
}

/**
 * The catalogue of a tree whose root is known to be signed. Where one was kept of a beginning of it, by this key, only what came after is read; else every entry is, in
 * time linear in their bytes: some seconds for a million. Entries are hashed and their tree is computed; the action of one that is not what the tree was made of
 * counts for nothing.
 */
export function readCatalogue(store: TreeStore, tree: Tree, signer: Signer, kept: string | undefined): CatalogueReading {
  const begun = kept === undefined ? undefined : Catalogue.open(kept, signer)
  if (begun !== undefined && begun.size <= tree.size) {
    const from = begun.size
    const fault = addEntries(begun, store, tree.size)
    // Of another history, or something after it cannot be read.
    if (begun.root.equals(tree.root)) return { catalogue: begun, fault, read: tree.size - from }
  }
  const catalogue = new Catalogue()
  const fault = addEntries(catalogue, store, tree.size)
  return { catalogue, fault: fault ?? (catalogue.root.equals(tree.root) ? undefined : 0), read: tree.size }
}

/** Takes in what the database holds after what there is, up to `size`; answers the first position whose entry is not that of its stored hash. */
function addEntries(catalogue: Catalogue, store: TreeStore, size: number): number | undefined {
  let fault: number | undefined
  for (let at = catalogue.size; at < size; at += BATCH) {
    for (const [index, row] of rowsOf(store, at, Math.min(BATCH, size - at)).entries()) {
      const stored = row?.nodes.subarray(0, HASH_SIZE) ?? emptyRoot
      const action = row !== undefined && hashLeaf(row.envelope).equals(stored) ? actionOf(row) : UNREADABLE
      if (action === UNREADABLE) fault ??= at + index
      catalogue.add(action, stored)
    }
  }
  return fault
}

function frontierOf(leaves: readonly Buffer[]): Frontier {
  return leaves.reduce((frontier, leaf) => appendLeaf(frontier, leaf).frontier, emptyFrontier)
}

/** What stands at each position; undefined where nothing can be read. */
function rowsOf(store: TreeStore, first: number, count: number): (StoredEntry | undefined)[] {
  const rows = orUnreadable(() => store.range(first, count))
  if (rows?.length === count) return rows
  return Array.from({ length: count }, (_, index) => orUnreadable(() => store.entry(first + index)))
}

/** Undefined where the file is damaged. */
function orUnreadable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (isCorrupt(thrown)) return undefined
    throw thrown
  }
}

/** Base64 characters that hold the longest action, and whole groups of them. */
const HEAD = 128
const PAYLOAD = '{"payload":"'

/** Of an envelope as it was recorded: its payload is its first member, and `action` that of the payload. Whatever else it is, is parsed. */
function actionOf({ envelope }: StoredEntry): string {
  if (envelope.toString('latin1', 0, PAYLOAD.length) === PAYLOAD) {
    const head = Buffer.from(envelope.toString('latin1', PAYLOAD.length, PAYLOAD.length + HEAD), 'base64').toString('latin1')
    const action = /^\{"action":"([a-z.]+)","/.exec(head)?.[1]
    if (action !== undefined) return action
  }
  try {
    return parseEntry(parseEnvelope(envelope).payload).action
  } catch (thrown) {
    if (thrown instanceof LedgerError) return UNREADABLE
    throw thrown
  }
}

function signatureOf(body: string, signer: Signer): string {
  return signer.sign(Buffer.from(`${KIND}\n${hash('sha256', body)}\n`)).toString('base64')
}
