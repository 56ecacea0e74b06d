import type { Database } from '../storage/index.ts'
import { formatCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { Damaged, orDamaged, type Damage } from './damage.ts'
import { parseEnvelope, type Envelope } from './dsse.ts'
import { parseEntry, type Entry } from './entry.ts'
import { IndexCheck } from './index-check.ts'
import { findSignatureFault, keyActions, keyringOf, logKeyAt, originAt, type Keyring, type ListedKey } from './keyring.ts'
import { appendLeaf, emptyFrontier, frontierRoot, HASH_SIZE, hashLeaf, readFrontier, readRoot, type Frontier } from './merkle.ts'
import { TreeStore, type StoredEntry } from './tree-store.ts'

/** What a verification knows before it reads each entry. Plain data: it crosses threads. */
export interface VerifyContext {
  /** Every key that may sign somewhere, learnt from the entries that concern keys. */
  readonly keys: readonly ListedKey[]
  /** The positions of those entries, in order. */
  readonly keySeqs: readonly number[]
  /** The first entry that concerns keys and cannot be followed: the keys after it are not known. */
  readonly keyDamage: Damage | null
  /** Verifier keys, as text, that entry 0 must introduce. */
  readonly pinned: readonly string[]
  /** Sizes of which the root is wanted, to be compared with checkpoints from elsewhere. */
  readonly anchorSizes: readonly number[]
  /** How many entries the search index holds. */
  readonly indexSize: number
}

/** What was found in the entries `from` to `to` (exclusive). Plain data. */
export interface StretchFindings {
  readonly from: number
  readonly to: number
  /** The roots of the complete subtrees before the stretch, in hexadecimal, as the database holds them: the stretch before must end so. */
  readonly start: readonly string[]
  /** The same after it, computed from `start` and the entries alone. */
  readonly end: readonly string[]
  /** Terms that the index must hold of them, counted for each entry. */
  readonly terms: number
  /** Those up to the last checkpoint. */
  readonly signedTerms: number
  /** Signed checkpoints that were checked; the last of them as a note, or ''. */
  readonly checkpoints: number
  readonly lastCheckpoint: string
  /** Size -> root in hexadecimal, for the wanted sizes within the stretch. */
  readonly anchorRoots: readonly (readonly [number, string])[]
  /** The first damage: nothing after it was read. */
  readonly damage: Damage | null
}

/** Rows that are read at a time; other work runs between two batches. As many as a row of the index is of. */
const BATCH = 256

/**
 * Checks every entry from `from` to `to` (exclusive): strict parse, position, signature against the key valid there, `seen`, tree nodes,
 * checkpoints, what the index says of it. What it takes from the database without proof are the subtree roots before the stretch and the roots that
 * signers saw before it: whoever verifies those rows proves them, and damage there is damage at a lower position.
 *
 * @param pause called after each batch with the number of rows checked in it; may throw to stop.
 */
export async function checkStretch(db: Database, context: VerifyContext, from: number, to: number, pause: (rows: number) => Promise<void>): Promise<StretchFindings> {
  const store = new TreeStore(db)
  let frontier = emptyFrontier
  let pass: Pass | undefined
  let damage: Damage | null = null
  try {
    frontier = orDamaged('node-mismatch', from, () => readFrontier(from, store.node))
    pass = new Pass(db, store, context, frontier)
    for (let at = from; at < to; at += BATCH) {
      const count = Math.min(BATCH, to - at)
      pass.checkRows(at, count)
      await pause(count)
    }
  } catch (thrown) {
    if (!(thrown instanceof Damaged)) throw thrown
    damage = thrown.damage
  }
  const { checkpoints = 0, lastCheckpoint = '', signedTerms = 0, anchorRoots = [] } = pass ?? {}
  return { from, to, start: peaksOf(frontier), end: peaksOf(pass?.frontier ?? frontier), terms: pass?.terms ?? 0, signedTerms, checkpoints, lastCheckpoint, anchorRoots, damage }
}

/** The roots of the complete subtrees that a tree divides into, the largest first, in hexadecimal. */
export function peaksOf({ peaks }: Frontier): string[] {
  return peaks.map((peak) => peak.toString('hex'))
}

/** One linear pass over a stretch with all that it has to remember. */
class Pass {
  checkpoints = 0
  lastCheckpoint = ''
  signedTerms = 0
  readonly anchorRoots: [number, string][] = []
  frontier: Frontier
  readonly #store: TreeStore
  readonly #context: VerifyContext
  readonly #keyring: Keyring
  readonly #keySeqs: ReadonlySet<number>
  readonly #anchorSizes: ReadonlySet<number>
  readonly #index: IndexCheck
  /** The root of the entries so far, once somebody has asked for it. */
  #root: { size: number; root: Buffer; base64: string } | undefined
  /** The last earlier tree that an entry claimed to have seen, with its root. */
  #seen = { size: -1, root: '' }
  #lastSigned: number | undefined

  constructor(db: Database, store: TreeStore, context: VerifyContext, frontier: Frontier) {
    this.#store = store
    this.#context = context
    this.frontier = frontier
    this.#keyring = keyringOf(context.keys)
    this.#keySeqs = new Set(context.keySeqs)
    this.#anchorSizes = new Set(context.anchorSizes)
    this.#index = new IndexCheck(db, context.indexSize)
  }

  /** Terms of the entries so far that the index must hold. */
  get terms(): number {
    return this.#index.terms
  }

  checkRows(from: number, count: number): void {
    try {
      this.#checkEntries(from, count)
    } catch (thrown) {
      // What the index says of an earlier entry comes before the damage that was found; what stopped the reading comes before both.
      if (thrown instanceof Damaged) this.#checkIndex()
      throw thrown
    }
    this.#checkIndex()
  }

  #checkEntries(from: number, count: number): void {
    let at = from
    for (const row of this.#store.range(from, count)) {
      if (row.seq !== at) break
      this.#index.add(this.#checkRow(row))
      if (row.checkpoint !== null) this.signedTerms = this.terms
      at++
    }
    if (at < from + count) throw new Damaged('entry-missing', at, `Entry ${at} is missing.`)
  }

  #checkIndex(): void {
    const seq = this.#index.firstMismatch()
    if (seq !== undefined) throw new Damaged('index-mismatch', seq, `The search index hides or misnames entry ${seq}: the ledger's views cannot be trusted.`)
  }

  #checkRow({ seq, nodes, envelope, checkpoint }: StoredEntry): Entry {
    const leafHash = hashLeaf(envelope)
    if (!leafHash.equals(nodes.subarray(0, HASH_SIZE))) {
      throw new Damaged('entry-altered', seq, `Entry ${seq} is not the one that was recorded: its hash differs from the stored leaf.`)
    }
    const entry = this.#checkEntry(seq, envelope)
    const appended = appendLeaf(this.frontier, leafHash)
    if (!Buffer.concat(appended.nodes).equals(nodes)) {
      throw new Damaged('node-mismatch', seq, `The tree nodes stored with entry ${seq} are not those of its tree.`)
    }
    this.frontier = appended.frontier
    if (checkpoint !== null) this.#checkCheckpoint(seq, checkpoint)
    if (this.#anchorSizes.has(seq + 1)) this.anchorRoots.push([seq + 1, this.#currentRoot().root.toString('hex')])
    return entry
  }

  #checkEntry(seq: number, bytes: Buffer): Entry {
    const envelope = orDamaged('entry-altered', seq, () => parseEnvelope(bytes))
    const entry = orDamaged('entry-altered', seq, () => parseEntry(envelope.payload))
    if (entry.seq !== seq) throw new Damaged('entry-misplaced', seq, `At position ${seq} stands the entry that was signed for position ${entry.seq}.`)
    const { keyDamage } = this.#context
    if (keyDamage?.seq === seq) throw new Damaged(keyDamage.kind, seq, keyDamage.message)
    const origin = originAt(this.#keyring, seq)
    if (origin !== undefined && entry.origin !== origin) throw new Damaged('entry-misplaced', seq, `Entry ${seq} was signed for the log ${entry.origin}.`)
    this.#checkKeys(entry)
    checkSignatures(this.#keyring, envelope, entry)
    this.#checkSeen(entry)
    return entry
  }

  /** That the entry says nothing of keys that was not known before: else it was another one when they were looked for. */
  #checkKeys({ seq, action }: Entry): void {
    const { keys, pinned } = this.#context
    if (keyActions.includes(action) && !this.#keySeqs.has(seq)) {
      throw new Damaged('entry-altered', seq, `Entry ${seq} concerns keys, and was another a moment ago: the database is being altered.`)
    }
    if (seq > 0) return
    const introduced = keys.filter(({ from }) => from === 0).map(({ text }) => text)
    const differing = pinned.find((text) => !introduced.includes(text))
    if (differing !== undefined) throw new Damaged('pinned-key-differs', 0, `The ledger was not begun with the pinned key ${differing}.`)
  }

  #checkSeen({ seq, seen }: Entry): void {
    if (seen.size > seq) throw new Damaged('seen-mismatch', seq, `Entry ${seq} claims to have seen ${seen.size} entries before it.`)
    if (this.#seenRoot(seen.size, seq) !== seen.root) {
      throw new Damaged('seen-mismatch', seq, `The signer of entry ${seq} saw other entries before it: history was rewritten before ${seen.size}.`)
    }
  }

  /** Mostly of the tree just before the entry; else of an earlier one, the same for each entry of a commit. */
  #seenRoot(size: number, seq: number): string {
    if (size === this.#seen.size) return this.#seen.root
    const root = size === seq ? this.#currentRoot().base64 : orDamaged('node-mismatch', seq, () => readRoot(size, this.#store.node)).toString('base64')
    this.#seen = { size, root }
    return root
  }

  #currentRoot(): { root: Buffer; base64: string } {
    if (this.#root?.size !== this.frontier.size) {
      const root = frontierRoot(this.frontier)
      this.#root = { size: this.frontier.size, root, base64: root.toString('base64') }
    }
    return this.#root
  }

  #checkCheckpoint(seq: number, signature: Buffer): void {
    const logKey = logKeyAt(this.#keyring, seq + 1)
    const checkpoint = { origin: logKey?.name ?? '', size: seq + 1, root: this.#currentRoot().root }
    if (logKey === undefined || !verifyCheckpoint(checkpoint, signature, logKey)) {
      const first = this.#lastSigned ?? this.#store.signedSize(seq)
      throw new Damaged('root-mismatch', first, `The log key did not sign the entries ${first} to ${seq} as they stand: they or its signature were altered.`)
    }
    this.#lastSigned = checkpoint.size
    this.lastCheckpoint = formatCheckpoint(checkpoint, logKey, signature)
    this.checkpoints++
  }
}

/** @param keyring of all entries, or of this and those before it. */
export function checkSignatures(keyring: Keyring, envelope: Envelope, entry: Entry): void {
  const { seq, actor } = entry
  const fault = findSignatureFault(keyring, envelope, entry)
  if (fault === 'unknown-key') throw new Damaged(fault, seq, `Entry ${seq} is signed by ${envelope.keyid}, which may not sign there.`)
  if (fault !== undefined) throw new Damaged(fault, seq, `Entry ${seq} does not bear the good signatures of ${actor} and of whoever must sign it too.`)
}
