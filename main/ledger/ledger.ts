import { StorageError, transact, type Database } from '../storage/index.ts'
import { Appender, type LedgerTransaction, type Fact } from './appender.ts'
import { Catalogue, readCatalogue, type CatalogueFile } from './catalogue.ts'
import { checkLogSigner, formatCheckpoint, parseCheckpoint, signCheckpoint, verifyCheckpoint, type Checkpoint } from './checkpoint.ts'
import { parseEnvelope } from './dsse.ts'
import { EntryIndex } from './entry-index.ts'
import { isCorrupt, isDamage, misindexed, readRowAt, readRows, requireSound, type EntryRow, type SignedEntry } from './entry-rows.ts'
import { answers, narrows, queryOf, type EntryFilter } from './entry-terms.ts'
import type { HighWater } from './high-water.ts'
import { openKept, readKept, type KeptCheckpoint } from './kept-checkpoint.ts'
import { emptyKeyring, findSignatureFault, foldKeyring, keyActions, listKeys, logKeyAt, originAt, relateLost, type Keyring, type ListedKey, type Loss } from './keyring.ts'
import type { Signer, Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import {
  emptyFrontier,
  frontierRoot,
  hashLeaf,
  proveConsistency,
  proveInclusion,
  readFrontier,
  readRoot,
  verifyConsistency,
  type Frontier,
} from './merkle.ts'
import { formatProofFile } from './proof-file.ts'
import { TreeStore } from './tree-store.ts'

export interface LedgerOptions {
  /** The log's first name, of which the names of keys are made. */
  readonly origin: string
  /** Named by the log's present name, which is another where the ledger was continued (`readOrigin`). */
  readonly logSigner: Signer
  readonly clock: () => Date
  /** Asked before each entry is signed by the key named `actor`: throws what must keep it out. */
  readonly guard: (fact: Fact, actor: string) => void
  readonly highWater: HighWater
  /** Where the action of every entry is kept for the next process; without it, each opening reads every entry. */
  readonly catalogue?: CatalogueFile | undefined
  /** Actions, beside those that concern keys, of entries that say who may do what. Where one of these cannot be proved at opening, nobody signs anything of consequence. */
  readonly deciding?: readonly string[] | undefined
}

export interface EntryQuery extends EntryFilter {
  /** First position to look at; without it, the newest if descending, else 0. */
  readonly from?: number | undefined
  /** Last position to look at; without it, all there are. */
  readonly to?: number | undefined
  readonly limit: number
  /** How many that match are passed over before those. */
  readonly skip?: number | undefined
  readonly descending?: boolean | undefined
}

/** Which positions of those that have one of some actions. */
export interface HistoryRange {
  /** The lowest position: 0 unless given. */
  readonly from?: number | undefined
  /** The highest: the last unless given. */
  readonly to?: number | undefined
  readonly descending?: boolean | undefined
}

/** Entries that were proved and are remembered: those that decide are asked for again and again. */
const MOST_PROVED = 2_048

/** All that changes with a commit; replaced as a whole once the transaction is on the disk. */
interface LedgerState {
  readonly frontier: Frontier
  readonly root: Buffer
  readonly keyring: Keyring
  /** Holds the present log key. */
  readonly logSigner: Signer
  /** The log key's, on the checkpoint of this state; undefined before the first commit. */
  readonly signature: Buffer | undefined
}

/** How a checkpoint that was kept elsewhere stands to the entries. `lost`: it is of more, and the ledger itself says that those are lost. */
export type Relation = 'continued' | 'ahead' | 'differs' | 'lost'

/**
 * The signed append-only log: RFC 6962 tree over DSSE envelopes, a C2SP checkpoint at each commit, all in the caller's database. One
 * process writes it at a time; a second writer is noticed and refused.
 */
export class Ledger {
  /** The first one, of which the names of keys are made: what checkpoints are of, `presentOrigin` says. */
  readonly origin: string
  readonly #db: Database
  readonly #store: TreeStore
  readonly #index: EntryIndex
  readonly #options: LedgerOptions
  #state: LedgerState
  #committing = false
  /** More was signed than there is: only a commit that begins by saying so is taken. */
  #isShort = false
  #catalogue = new Catalogue()
  /** Entries of which the catalogue is kept. */
  #kept = 0
  #fault: LedgerError | undefined
  /** An entry under the root stays what it is. */
  readonly #proved = new Map<number, SignedEntry>()

  private constructor(db: Database, options: LedgerOptions) {
    this.origin = options.origin
    this.#db = db
    this.#options = options
    this.#store = new TreeStore(db)
    this.#index = new EntryIndex(db, this.#store)
    this.#state = { frontier: emptyFrontier, root: frontierRoot(emptyFrontier), keyring: emptyKeyring, logSigner: options.logSigner, signature: undefined }
  }

  /**
   * A new ledger in a database that has none. Nothing is written yet: the first entry of the first commit must be `ledger.created`,
   * signed by the orchestrator's key, with `logKey` and `orchestratorKey` (verifier keys as text) in its detail. Throws LedgerError
   * `already-created`; `ledger-gone` if the mark outside the database knows of a ledger that is gone.
   */
  static create(db: Database, options: LedgerOptions): Ledger {
    const ledger = new Ledger(db, options)
    if (ledger.#store.size() > 0) {
      throw new LedgerError('already-created', `${db.name} holds a ledger already: open it.`)
    }
    if (options.highWater.read() !== undefined) {
      throw new LedgerError('ledger-gone', `A ledger was kept here before, and ${db.name} does not hold it. Restore a backup of it.`)
    }
    return ledger
  }

  /**
   * Opens the ledger of a database and checks what can be checked in O(log n): the latest checkpoint's signature, its size and root
   * against the stored tree, the signatures of the entries that concern keys, and the high-water mark. `verifyLedger` checks all. Entries of which no catalogue
   * was kept are read and hashed, in time linear in their bytes.
   * Throws LedgerError `not-created`, `wrong-log-key`, `wrong-origin`, `inconsistent`, `behind-high-water`, `history-parted`, `ledger-gone` without any entry, `signature-invalid`.
   */
  static open(db: Database, options: LedgerOptions): Ledger {
    const ledger = new Ledger(db, options)
    ledger.#load()
    return ledger
  }

  /**
   * The same of one that may fall short of what was signed of it, or have something else in its place (`isShort`), so that an administrator may let it go on: it takes no commit then but one that begins
   * with `ledger.continued`, under another origin and with a log key of its own, whichever the one of `options` is. Throws what `open` throws, but `behind-high-water` and `history-parted`.
   */
  static openShort(db: Database, options: LedgerOptions): Ledger {
    const ledger = new Ledger(db, options)
    ledger.#load({ evenShort: true })
    return ledger
  }

  /** What checkpoints are signed as from now on: the origin, or the last one under which the ledger was continued. */
  get presentOrigin(): string {
    return originAt(this.#state.keyring) ?? this.origin
  }

  /** Where entries were lost and the ledger says so, oldest first. */
  get losses(): readonly Loss[] {
    return this.#state.keyring.losses
  }

  /** Whether it waits for an administrator to let it go on. */
  get isShort(): boolean {
    return this.#isShort
  }

  /**
   * Takes from here on no commit but one that begins with `ledger.continued`, as `note` shows that more was signed than there is, or something else: a checkpoint that a
   * key of the log signed. It becomes the high-water mark, so that an ordinary `open` refuses too. Throws StorageError.
   */
  fallShort(note: string): void {
    this.#isShort = true
    this.#options.highWater.raise(note)
  }

  /** Number of entries. */
  get size(): number {
    return this.#state.frontier.size
  }

  /** Root of the tree of all entries. */
  get root(): Buffer {
    return this.#state.root
  }

  /** The latest checkpoint, as a note signed by the log key (C2SP tlog-checkpoint). Throws LedgerError `not-created`. */
  checkpoint(): string {
    const { frontier, root, logSigner, signature } = this.#state
    if (signature === undefined) throw new LedgerError('not-created', 'The ledger has no entry yet, so there is no checkpoint of it.')
    return formatCheckpoint({ origin: logSigner.name, size: frontier.size, root }, logSigner, signature)
  }

  /** The checkpoint that was signed when the ledger had `size` entries, as a note; undefined where no commit ended there. Throws LedgerError `no-such-size`. */
  checkpointAt(size: number): string | undefined {
    this.#checkSize(size)
    const signature = this.#store.entry(size - 1)?.checkpoint ?? undefined
    if (signature === undefined) return undefined
    const logKey = logKeyAt(this.#state.keyring, size) ?? this.#options.logSigner
    return formatCheckpoint({ origin: logKey.name, size, root: readRoot(size, this.#store.node) }, logKey, signature)
  }

  /**
   * Reads a checkpoint of this ledger that was kept elsewhere, once the log key's signature on it is found good. What it says of the
   * entries, `relate` tells. Throws what `openCheckpoint` throws.
   */
  openCheckpoint(note: string): Checkpoint {
    const { keyring } = this.#state
    if (logKeyAt(keyring) === undefined) throw new LedgerError('not-created', 'The ledger has no entry yet, so there is no checkpoint of it.')
    return openKept(note, keyring)
  }

  /** The same of one that need not be proved, as its key may have come in an entry that is lost. Throws what `readKept` throws. */
  readKept(note: string): KeptCheckpoint {
    return readKept(note, this.#state.keyring)
  }

  /** How a checkpoint stands to the entries: they begin with what it is of, they are fewer, or they are others. O(log n). */
  relate(checkpoint: Checkpoint): Relation {
    const { size, root } = checkpoint
    const lost = relateLost(this.#state.keyring, checkpoint)
    if (lost?.relation === 'lost') return 'lost'
    if (lost !== undefined) return size > lost.loss.anchor.size ? 'ahead' : 'differs'
    if (size > this.size) return 'ahead'
    const own = size === 0 ? frontierRoot(emptyFrontier) : readRoot(size, this.#store.node)
    return own.equals(root) ? 'continued' : 'differs'
  }

  /**
   * Runs `work` in one IMMEDIATE transaction: the rows that it writes, the entries that it appends, their tree nodes and one checkpoint
   * come to be together or not at all. Before the checkpoint is signed, the new rows are read back and hashed again. When this returns,
   * all is on the disk. Throws LedgerError `not-reentrant`, `nothing-appended` (a change without an entry is refused), `async-work`
   * (`work` must be synchronous), `read-back-mismatch`, `inconsistent` (another program wrote the ledger); StorageError; and whatever
   * `work` throws. After any of them the ledger is as before.
   */
  commit<T>(work: (transaction: LedgerTransaction) => T): T {
    if (this.#committing || this.#db.inTransaction) {
      throw new LedgerError('not-reentrant', 'A commit was begun inside another transaction: append to the open one.')
    }
    this.#committing = true
    try {
      const { result, state, appended } = transact(this.#db, () => this.#runCommit(work))
      this.#state = state
      for (const { action, leafHash } of appended) this.#catalogue.add(action, leafHash)
      this.#isShort = false
      this.#options.highWater.record(() => this.checkpoint())
      this.#keepIfDue()
      return result
    } finally {
      this.#committing = false
    }
  }

  /**
   * Why nobody may sign anything of consequence: an entry about keys or roles is damaged, or one that no catalogue was kept of, and what it said of roles, keys or gates is not known.
   * Undefined where there is none.
   */
  get fault(): LedgerError | undefined {
    return this.#fault
  }

  /** Has the catalogue for the next process; one that cannot be kept is read from the entries again. */
  keepCatalogue(): void {
    const { catalogue } = this.#options
    if (catalogue === undefined || this.#fault !== undefined || this.size === this.#kept) return
    // Tried again after as many more.
    this.#kept = this.size
    try {
      catalogue.write(this.#catalogue.seal(this.#state.logSigner))
    } catch (thrown) {
      if (!(thrown instanceof StorageError)) throw thrown
    }
  }

  /**
   * The entries that have one of the actions, in order of position or the last of them first: all of them, and each proved to stand under the root. What has
   * consequences is decided by these, whatever the search index says. Throws LedgerError `inconsistent`.
   */
  *history(actions: readonly string[], { from = 0, to = Infinity, descending = false }: HistoryRange = {}): Generator<SignedEntry, undefined> {
    const last = Math.min(to, this.size - 1)
    for (const seq of this.#catalogue.positions(actions, from, last, descending)) yield this.proved(seq)
    return undefined
  }

  /** The entry at a position, proved to stand under the root (RFC 6962, 2.1.1). Throws LedgerError `no-such-entry`, `inconsistent`. */
  proved(seq: number): SignedEntry {
    this.#checkPosition(seq)
    return this.#proveAt(seq)
  }

  #proveAt(seq: number): SignedEntry {
    const known = this.#proved.get(seq)
    if (known !== undefined) return known
    const found = this.#prove(requireSound(readRowAt(this.#store, seq)))
    const [oldest] = this.#proved.keys()
    if (oldest !== undefined && this.#proved.size >= MOST_PROVED) this.#proved.delete(oldest)
    this.#proved.set(seq, found)
    return found
  }

  /** The entry at a position. Throws LedgerError `no-such-entry`; `inconsistent` where it is damaged. */
  entry(seq: number): SignedEntry {
    return requireSound(this.row(seq))
  }

  /** What stands at a position. Throws LedgerError `no-such-entry`. */
  row(seq: number): EntryRow {
    this.#checkPosition(seq)
    return readRowAt(this.#store, seq)
  }

  /** Entries in order of position that match all that the query names, as the search index finds them: for people to read. Throws LedgerError `inconsistent` where one of them is damaged. */
  entries(query: EntryQuery): SignedEntry[] {
    return this.rows(query).map(requireSound)
  }

  /** The same, each that is damaged as what is wrong with it. One that was damaged before it could be found by what it says is found as one that matches nothing in particular. */
  rows(query: EntryQuery): EntryRow[] {
    const { limit, skip = 0, descending = false, action, without, actor, text } = query
    const filter = { action, without, actor, text }
    const [first, last] = this.#bounds(query)
    if (first > last || limit < 1) return []
    if (!narrows(filter)) {
      const end = descending ? last - skip : Math.min(last, first + skip + limit - 1)
      const begin = descending ? Math.max(first, end - limit + 1) : first + skip
      if (begin > end) return []
      const found = readRows(this.#store, begin, end - begin + 1)
      return descending ? found.reverse() : found
    }
    this.#index.catchUp(this.size)
    const wanted = queryOf(filter)
    return this.#index.find(wanted, first, last, skip + limit, descending).slice(skip).map((seq) => {
      const found = readRowAt(this.#store, seq)
      return isDamage(found) || answers(found.entry, wanted) ? found : misindexed(seq)
    })
  }

  /** How many entries from position `from` (0 unless given) to `to` (the last unless given) match the filter. */
  count({ from, to, ...filter }: EntryFilter & Pick<EntryQuery, 'from' | 'to'>): number {
    const [first, last] = this.#bounds({ from, to })
    if (!narrows(filter) || first > last) return Math.max(0, last - first + 1)
    this.#index.catchUp(this.size)
    return this.#index.count(queryOf(filter), first, last)
  }

  /** Hashes from the leaf's sibling to the root of the first `size` entries (RFC 6962, 2.1.1). Throws `no-such-entry`, `no-such-size`. */
  inclusionProof(seq: number, size = this.size): Buffer[] {
    this.#checkSize(size)
    if (!Number.isSafeInteger(seq) || seq < 0 || seq >= size) {
      throw new LedgerError('no-such-entry', `There is no entry ${seq} in the first ${size} entries.`)
    }
    return proveInclusion(seq, size, this.#store.node)
  }

  /** Hashes that show the first `older` entries to be the beginning of the first `newer` (RFC 6962, 2.1.2). Throws `no-such-size`. */
  consistencyProof(older: number, newer = this.size): Buffer[] {
    this.#checkSize(newer)
    if (!Number.isSafeInteger(older) || older < 1 || older > newer) {
      throw new LedgerError('no-such-size', `A consistency proof leads from a size of at least 1 up to ${newer}, not from ${older}.`)
    }
    return proveConsistency(older, newer, this.#store.node)
  }

  /** The offline proof of an entry under the latest checkpoint (C2SP tlog-proof). Throws LedgerError `no-such-entry`. */
  proofFile(seq: number): string {
    return formatProofFile({ index: seq, hashes: this.inclusionProof(seq), checkpoint: this.checkpoint() })
  }

  /** Every key that ever signed: the log keys, oldest first, then those of entries in order of appearance. */
  verifierKeys(): ListedKey[] {
    return listKeys(this.#state.keyring)
  }

  /** The key that may sign the next entry under that name, if there is one. */
  currentKey(name: string): Verifier | undefined {
    for (const { verifier, until } of this.#state.keyring.keys.values()) {
      if (verifier.name === name && until === undefined) return verifier
    }
    return undefined
  }

  /** The lowest and the highest position that a query looks at. */
  #bounds({ from, to, descending = false }: Pick<EntryQuery, 'from' | 'to' | 'descending'>): [number, number] {
    const [first, last] = descending ? [to, from] : [from, to]
    return [Math.max(first ?? 0, 0), Math.min(last ?? Infinity, this.size - 1)]
  }

  #runCommit<T>(work: (transaction: LedgerTransaction) => T): { result: T; state: LedgerState; appended: Appender['appended'] } {
    const before = this.#state
    const appender = new Appender(this.#store, this.#options, before, this.#isShort)
    let result: T
    try {
      result = work(appender)
    } finally {
      appender.close()
    }
    if (result instanceof Promise) throw new LedgerError('async-work', 'The work of a commit must be done when it returns, not promised.')
    if (appender.frontier.size === before.frontier.size) {
      throw new LedgerError('nothing-appended', 'The work of a commit appended no entry: what changes without one is not recorded.')
    }
    appender.readBack()
    const { frontier, keyring, logSigner, appended } = appender
    const root = frontierRoot(frontier)
    const signature = signCheckpoint({ origin: logSigner.name, size: frontier.size, root }, logSigner)
    this.#store.addCheckpoint(frontier.size, signature)
    return { result, state: { frontier, root, keyring, logSigner, signature }, appended }
  }

  #load({ evenShort } = { evenShort: false }): void {
    const { origin, logSigner, highWater } = this.#options
    // Before the entries: a writer that is at work meanwhile makes both grow, and is found out by the first commit.
    const mark = highWater.read()
    const size = this.#store.size()
    if (size === 0) {
      if (mark === undefined) throw new LedgerError('not-created', `${this.#db.name} holds no ledger yet: create one.`)
      throw new LedgerError('ledger-gone', `The ledger in ${this.#db.name} lost its entries. Restore a backup.`)
    }
    const firstKey = logKeyAt(foldKeyring(emptyKeyring, requireSound(readRowAt(this.#store, 0)).entry))
    if (firstKey === undefined) throw new LedgerError('inconsistent', `Entry 0 of the ledger in ${this.#db.name} does not create it.`)
    if (firstKey.name !== origin) throw new LedgerError('wrong-origin', `The ledger in ${this.#db.name} is ${firstKey.name}, not ${origin}.`)
    const frontier = readFrontier(size, this.#store.node)
    const root = frontierRoot(frontier)
    this.#readCatalogue(size, root)
    this.#strikeUnproved(size)
    const keyring = this.#readKeyring(size)
    const logKey = logKeyAt(keyring) ?? firstKey
    const signature = this.#store.entry(size - 1)?.checkpoint ?? undefined
    if (signature === undefined || !verifyCheckpoint({ origin: logKey.name, size, root }, signature, logKey)) {
      throw new LedgerError('inconsistent', `The log key did not sign the ${size} entries of the ledger as they stand. It was altered: verify it.`)
    }
    // First, as a key may be another because the entry that brought it is gone.
    try {
      if (mark !== undefined) this.#checkHighWater(mark, keyring, size, root)
    } catch (thrown) {
      if (!evenShort || !isShortfall(thrown)) throw thrown
      this.#isShort = true
    }
    if (!this.#isShort) checkLogSigner(logKey, logSigner)
    this.#state = { frontier, root, keyring, logSigner, signature }
    this.#index.catchUp(size)
    this.#keepIfDue()
  }

  #checkHighWater(note: string, keyring: Keyring, size: number, root: Buffer): void {
    const mark = readMark(note, keyring, size)
    if (mark === undefined) return
    const lost = relateLost(keyring, mark)
    // Of before it was continued: the one of after could not be written any more.
    if (lost?.relation === 'lost') return
    if (lost !== undefined || mark.size > size) throw behindHighWater(mark.size, size)
    const proof = proveConsistency(mark.size, size, this.#store.node)
    if (!verifyConsistency(mark.size, size, proof, mark.root, root)) {
      throw new LedgerError(
        'history-parted',
        `The first ${mark.size} entries are not those that were signed before: the history was rewritten, or went on from an older copy. Restore the newest backup that has them. Where there is none, an administrator lets it go on under another origin, which says so: strongroom --as NAME ledger continue.`,
      )
    }
  }

  #keepIfDue(): void {
    if (this.size - this.#kept >= (this.#options.catalogue?.every ?? Infinity)) this.keepCatalogue()
  }

  #readCatalogue(size: number, root: Buffer): void {
    const { catalogue: file, logSigner } = this.#options
    const { catalogue, fault, read } = readCatalogue(this.#store, { size, root }, logSigner, file?.read())
    this.#catalogue = catalogue
    this.#kept = size - read
    if (fault !== undefined) this.#fault = faultAt(fault)
  }

  /** What a damaged entry said of keys or roles is not known, also where the list that was kept knows that it said something: then no more is done than where it does not. */
  #strikeUnproved(size: number): void {
    for (const seq of this.#catalogue.positions([...keyActions, ...(this.#options.deciding ?? [])], 0, size - 1)) {
      try {
        this.#proveAt(seq)
      } catch (thrown) {
        if (!(thrown instanceof LedgerError)) throw thrown
        this.#catalogue.strike(seq)
        this.#fault ??= faultAt(seq)
      }
    }
  }

  #readKeyring(size: number): Keyring {
    let keyring = emptyKeyring
    for (const seq of this.#catalogue.positions(keyActions, 0, size - 1)) {
      try {
        keyring = this.#foldAt(seq, keyring)
      } catch (thrown) {
        // It may rest on the one that is damaged.
        if (this.#fault === undefined || !(thrown instanceof LedgerError)) throw thrown
      }
    }
    return keyring
  }

  #foldAt(seq: number, keyring: Keyring): Keyring {
    const { envelope: bytes, entry } = this.#proveAt(seq)
    const folded = foldKeyring(keyring, entry)
    if (findSignatureFault(folded, parseEnvelope(bytes), entry) === undefined) return folded
    throw new LedgerError('signature-invalid', `Entry ${seq}, which concerns keys, is not signed by a key that may: verify the ledger.`)
  }

  #prove(signed: SignedEntry): SignedEntry {
    const { seq, envelope } = signed
    if (this.#isRecorded(seq, hashLeaf(envelope))) return signed
    throw new LedgerError('inconsistent', `Entry ${seq} cannot be proved to be the one that was recorded: it or one beside it was altered. Keep a copy of the data folder for examination, and verify the ledger.`)
  }

  #isRecorded(seq: number, leafHash: Buffer): boolean {
    try {
      return this.#catalogue.has(seq, leafHash, this.#store.node)
    } catch (thrown) {
      if (thrown instanceof LedgerError || isCorrupt(thrown)) return false
      throw thrown
    }
  }

  #checkPosition(seq: number): void {
    if (!Number.isSafeInteger(seq) || seq < 0 || seq >= this.size) throw new LedgerError('no-such-entry', `There is no entry ${seq}: the ledger has ${this.size}, from 0.`)
  }

  #checkSize(size: number): void {
    if (Number.isSafeInteger(size) && size >= 1 && size <= this.size) return
    throw new LedgerError('no-such-size', `The ledger never had a size of ${size}: it has ${this.size} entries.`)
  }
}

function faultAt(seq: number): LedgerError {
  return new LedgerError('inconsistent', `Entry ${seq} of the ledger, or one after it, is not what was recorded: what it said of roles, keys or gates is not known. Nothing of consequence is signed. Verify the ledger, then restore a backup.`)
}

/** Undefined for one of before the ledger was continued that nobody can check: it says nothing of what there is since. */
function readMark(note: string, keyring: Keyring, ledgerSize: number): Checkpoint | undefined {
  try {
    return openKept(note, keyring)
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    // The key that signed the mark may have come to be in an entry that was cut off.
    const { origin, size } = thrown.code === 'no-known-signature' ? parseCheckpoint(note) : { origin: '', size: 0 }
    if (keyring.losses.some(({ predecessor }) => predecessor === origin)) return undefined
    if (size > ledgerSize) throw behindHighWater(size, ledgerSize)
    const reason = `The high-water mark beside the database is not a checkpoint of this ledger: ${thrown.message}`
    throw new LedgerError(thrown.code, `${reason} Keep both for examination, then restore the folder from a backup.`, thrown)
  }
}

/** Whether it says that the ledger has not what was signed of it, so that an administrator may let it go on without. */
export function isShortfall(thrown: unknown): thrown is LedgerError {
  return thrown instanceof LedgerError && (thrown.code === 'behind-high-water' || thrown.code === 'history-parted')
}

function behindHighWater(signed: number, size: number): LedgerError {
  return new LedgerError(
    'behind-high-water',
    `The ledger has ${size} entries, but ${signed} were signed: it was cut, or an older copy was put back. Restore the newest backup. Where none has more, an administrator lets it go on under another origin, which says what is lost: strongroom --as NAME ledger continue.`,
  )
}
