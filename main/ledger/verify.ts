import { setImmediate } from 'node:timers/promises'
import { findPageDamage, type Database } from '../storage/index.ts'
import { formatCheckpoint, openCheckpoint, parseCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { parseEnvelope } from './dsse.ts'
import { parseEntry, type Entry } from './entry.ts'
import { indexRow } from './entry-index.ts'
import { emptyKeyring, findSignatureFault, foldKeyring, logKeyAt, type Keyring } from './keyring.ts'
import { LedgerError } from './ledger-error.ts'
import { appendLeaf, emptyFrontier, frontierRoot, HASH_SIZE, hashLeaf, readRoot, type Frontier } from './merkle.ts'
import { TreeStore, type StoredEntry } from './tree-store.ts'

/** What can be wrong with a ledger. */
export type DamageKind =
  | 'database-corrupt'
  | 'entry-altered'
  | 'entry-missing'
  | 'entry-misplaced'
  | 'signature-invalid'
  | 'unknown-key'
  | 'pinned-key-differs'
  | 'seen-mismatch'
  | 'node-mismatch'
  | 'root-mismatch'
  | 'checkpoint-invalid'
  | 'truncated'
  | 'uncheckpointed'
  | 'index-mismatch'

/** The first damage that was found. */
export interface Damage {
  readonly kind: DamageKind
  /** The first position that is bad or, where only a stretch is known to be bad, the first of the stretch. */
  readonly seq: number
  readonly message: string
}

/** `size`: entries. `checkpoints`: how many signed checkpoints were checked against the entries. */
export type Verification =
  | { readonly ok: true; readonly size: number; readonly checkpoints: number; readonly checkpoint: string }
  | { readonly ok: false; readonly size: number; readonly checkpoints: number; readonly damage: Damage }

export interface VerifyOptions {
  /** The verifier keys (text) that the auditor pinned out of band: any of them that the first entry does not introduce is damage. */
  readonly pinned?: readonly string[]
  /** Checkpoint notes known from elsewhere (high-water mark, paper, witness): the ledger must be consistent with each. */
  readonly anchors?: readonly string[]
  readonly onProgress?: (progress: { done: number; total: number }) => void
  readonly signal?: AbortSignal
}

/** Rows that are read at a time; other work runs between two batches. */
const BATCH = 200

class Damaged extends Error {
  readonly damage: Damage
  constructor(kind: DamageKind, seq: number, message: string) {
    super(message)
    this.damage = { kind, seq, message }
  }
}

/**
 * Recomputes everything that the database claims, in time linear in its entries and O(log n) memory: pages, entries (strictly parsed),
 * positions, signatures against the key valid at each position, `seen`, tree nodes, the root and signature of every checkpoint, anchors,
 * and the search index. The ledger is taken as it stands when this begins; it may grow meanwhile. Damage is the result, never thrown;
 * throws only what reading throws (StorageError) and the signal's reason.
 */
export async function verifyLedger(db: Database, options: VerifyOptions = {}): Promise<Verification> {
  const store = new TreeStore(db)
  const size = store.size()
  let pass: Pass | undefined
  try {
    const [page] = findPageDamage(db)
    if (page !== undefined) throw new Damaged('database-corrupt', 0, `The database is corrupt or was tampered with: ${page}`)
    checkExtent(size, store.signedSize())
    pass = new Pass(db, store, size, options)
    for (let at = 0; at < size; at += BATCH) {
      pass.checkRows(at, Math.min(BATCH, size - at))
      options.onProgress?.({ done: Math.min(at + BATCH, size), total: size })
      await setImmediate()
      options.signal?.throwIfAborted()
    }
    pass.checkAnchors()
    return { ok: true, size, checkpoints: pass.checkpoints, checkpoint: pass.lastCheckpoint }
  } catch (thrown) {
    if (thrown instanceof Damaged) return { ok: false, size, checkpoints: pass?.checkpoints ?? 0, damage: thrown.damage }
    throw thrown
  }
}

function checkExtent(size: number, signed: number): void {
  if (size === 0) throw new Damaged('truncated', 0, 'The ledger is empty: a ledger has at least the entry that created it.')
  if (size > signed) throw new Damaged('uncheckpointed', signed, `The ledger has ${size} entries, but only ${signed} were signed by its key.`)
}

/** One linear pass over the entries with all that it has to remember. */
class Pass {
  /** Checked so far. */
  checkpoints = 0
  /** The last of them, as a note. */
  lastCheckpoint = ''
  readonly #store: TreeStore
  readonly #size: number
  readonly #options: VerifyOptions
  readonly #indexed: (seq: number) => unknown
  readonly #indexSize: number
  readonly #anchorRoots = new Map<number, Buffer | undefined>()
  #frontier: Frontier = emptyFrontier
  #keyring: Keyring = emptyKeyring
  #origin = ''
  /** The last size whose root an entry claimed to have seen, with that root. */
  #seen = { size: -1, root: '' }
  #lastSigned = 0

  constructor(db: Database, store: TreeStore, size: number, options: VerifyOptions) {
    this.#store = store
    this.#size = size
    this.#options = options
    const select = db.prepare<[number]>('SELECT seq, action, actor, text FROM ledger_index WHERE seq = ?')
    this.#indexed = (seq) => select.get(seq)
    this.#indexSize = db.prepare<[], number>('SELECT coalesce(max(seq) + 1, 0) FROM ledger_index').pluck().get() ?? 0
    for (const anchor of options.anchors ?? []) this.#anchorRoots.set(parseCheckpoint(anchor).size, undefined)
  }

  checkRows(from: number, count: number): void {
    let at = from
    for (const row of this.#store.range(from, count)) {
      if (row.seq !== at) break
      this.#checkRow(row)
      at++
    }
    if (at < from + count) throw new Damaged('entry-missing', at, `Entry ${at} is missing.`)
  }

  checkAnchors(): void {
    const logKeys = (size: number) => logKeyAt(this.#keyring, size)
    for (const note of this.#options.anchors ?? []) {
      const anchor = this.#attempt('checkpoint-invalid', 0, () => openCheckpoint(note, logKeys))
      if (anchor.size > this.#size) {
        throw new Damaged('truncated', this.#size, `An anchor shows that ${anchor.size} entries were signed, but the ledger ends after ${this.#size}.`)
      }
      if (this.#anchorRoots.get(anchor.size)?.equals(anchor.root) !== true) {
        throw new Damaged('root-mismatch', 0, `The first ${anchor.size} entries are not those that an anchor was signed for: history was rewritten.`)
      }
    }
  }

  #checkRow({ seq, nodes, envelope, checkpoint }: StoredEntry): void {
    const leafHash = hashLeaf(envelope)
    if (!leafHash.equals(nodes.subarray(0, HASH_SIZE))) {
      throw new Damaged('entry-altered', seq, `Entry ${seq} is not the one that was recorded: its hash differs from the stored leaf.`)
    }
    const entry = this.#checkEntry(seq, envelope)
    const appended = appendLeaf(this.#frontier, leafHash)
    if (!Buffer.concat(appended.nodes).equals(nodes)) {
      throw new Damaged('node-mismatch', seq, `The tree nodes stored with entry ${seq} are not those of its tree.`)
    }
    this.#frontier = appended.frontier
    if (checkpoint !== null) this.#checkCheckpoint(seq, checkpoint)
    if (this.#anchorRoots.has(seq + 1)) this.#anchorRoots.set(seq + 1, frontierRoot(this.#frontier))
    this.#checkIndex(entry)
  }

  #checkEntry(seq: number, bytes: Buffer): Entry {
    const envelope = this.#attempt('entry-altered', seq, () => parseEnvelope(bytes))
    const entry = this.#attempt('entry-altered', seq, () => parseEntry(envelope.payload))
    if (entry.seq !== seq) throw new Damaged('entry-misplaced', seq, `At position ${seq} stands the entry that was signed for position ${entry.seq}.`)
    if (seq === 0) this.#origin = entry.origin
    if (entry.origin !== this.#origin) throw new Damaged('entry-misplaced', seq, `Entry ${seq} was signed for the log ${entry.origin}.`)
    const keyring = this.#attempt('unknown-key', seq, () => foldKeyring(this.#keyring, entry))
    if (seq === 0) this.#checkPins(keyring)
    const fault = findSignatureFault(keyring, envelope, entry)
    if (fault === 'unknown-key') throw new Damaged(fault, seq, `Entry ${seq} is signed by ${envelope.keyid}, which may not sign there.`)
    if (fault !== undefined) throw new Damaged(fault, seq, `Entry ${seq} does not bear the good signatures of ${entry.actor} and of whoever must sign it too.`)
    this.#checkSeen(entry)
    this.#keyring = keyring
    return entry
  }

  #checkPins(keyring: Keyring): void {
    const introduced = [...keyring.logKeys, ...keyring.keys.values()].map(({ verifier }) => verifier.text)
    const differing = this.#options.pinned?.find((text) => !introduced.includes(text))
    if (differing !== undefined) throw new Damaged('pinned-key-differs', 0, `The ledger was not begun with the pinned key ${differing}.`)
  }

  #checkSeen({ seq, seen }: Entry): void {
    if (seen.size > seq) throw new Damaged('seen-mismatch', seq, `Entry ${seq} claims to have seen ${seen.size} entries before it.`)
    if (seen.size !== this.#seen.size) {
      // Mostly the tree just before the entry; else an earlier one, whose nodes are verified by now.
      const root = seen.size === seq ? frontierRoot(this.#frontier) : readRoot(seen.size, this.#store.node)
      this.#seen = { size: seen.size, root: root.toString('base64') }
    }
    if (this.#seen.root !== seen.root) {
      throw new Damaged('seen-mismatch', seq, `The signer of entry ${seq} saw other entries before it: history was rewritten before ${seen.size}.`)
    }
  }

  #checkCheckpoint(seq: number, signature: Buffer): void {
    const checkpoint = { origin: this.#origin, size: seq + 1, root: frontierRoot(this.#frontier) }
    const logKey = logKeyAt(this.#keyring, seq + 1)
    if (logKey === undefined || !verifyCheckpoint(checkpoint, signature, logKey)) {
      const first = this.#lastSigned
      throw new Damaged('root-mismatch', first, `The log key did not sign the entries ${first} to ${seq} as they stand: they or its signature were altered.`)
    }
    this.#lastSigned = checkpoint.size
    this.lastCheckpoint = formatCheckpoint(checkpoint, logKey, signature)
    this.checkpoints++
  }

  #checkIndex(entry: Entry): void {
    if (entry.seq >= this.#indexSize) return
    if (JSON.stringify(this.#indexed(entry.seq)) === JSON.stringify(indexRow(entry))) return
    throw new Damaged('index-mismatch', entry.seq, `The search index hides or misnames entry ${entry.seq}: the ledger's views cannot be trusted.`)
  }

  #attempt<T>(kind: DamageKind, seq: number, parse: () => T): T {
    try {
      return parse()
    } catch (thrown) {
      if (!(thrown instanceof LedgerError)) throw thrown
      throw new Damaged(kind, seq, `Position ${seq}: ${thrown.message}`)
    }
  }
}
