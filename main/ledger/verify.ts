import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { openForReading, type Database } from '../storage/index.ts'
import { openCheckpoint, parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { Damaged, orDamaged, type Damage } from './damage.ts'
import { parseEnvelope } from './dsse.ts'
import { parseEntry } from './entry.ts'
import { indexedSize } from './entry-index.ts'
import { foldKeyEntries, type FoldedKeys, type KeyEntry } from './key-entries.ts'
import { openKept } from './kept-checkpoint.ts'
import { listKeys, logKeyAt, relateLost, type Loss } from './keyring.ts'
import { emptyFrontier, frontierRoot, hashLeaf, proveInclusion, readFrontier, verifyInclusion, type Frontier } from './merkle.ts'
import { TreeStore } from './tree-store.ts'
import { crewOfOne, crewOfThreads, type Crew } from './verify-crew.ts'
import { checkSignatures, peaksOf, type StretchFindings, type VerifyContext } from './verify-stretch.ts'

export type { Damage, DamageKind } from './damage.ts'

/** The beginning of a ledger that a verification found good: what a later one can begin after. */
export interface VerifiedPart {
  /** The checkpoint of its last entry, a note signed by the log key. */
  readonly checkpoint: string
  /** The positions of its entries that concern keys, in order: each is proved again under the checkpoint before its keys are used. */
  readonly keySeqs: readonly number[]
  /** Terms that the search index must hold of its entries, counted for each; null where it did not hold all of them yet. */
  readonly terms: number | null
}

/** How an anchor stands to a ledger that holds: it begins with what the anchor is of, or says in its entry `lostIn` that this is lost. */
export interface AnchorRelation {
  readonly size: number
  readonly lostIn: number | null
}

/**
 * `size`: entries of the ledger. `from`: the first of them that was read, 0 unless it began after a part that was verified before.
 * `checkpoints`: how many signed checkpoints were checked against the entries read. `checkpoint`: the last one, as a note. `losses`: where the ledger
 * itself says that entries were lost; an anchor that knew of no more than that is no damage. `anchors`: of each that was given, in their order, what the ledger has.
 */
export type Verification =
  | { readonly ok: true; readonly size: number; readonly from: number; readonly checkpoints: number; readonly checkpoint: string; readonly verified: VerifiedPart; readonly losses: readonly Loss[]; readonly anchors: readonly AnchorRelation[] }
  | { readonly ok: false; readonly size: number; readonly from: number; readonly checkpoints: number; readonly damage: Damage }

export interface VerifyOptions {
  /** The verifier keys (text) that the auditor pinned out of band: any of them that the first entry does not introduce is damage. */
  readonly pinned?: readonly string[]
  /** Checkpoint notes known from elsewhere (high-water mark, paper, witness): the ledger must be consistent with each. */
  readonly anchors?: readonly string[]
  /** Reads only what came after this part, whose checkpoint the stored tree must still continue. Throws LedgerError if the log key did not sign it. */
  readonly after?: VerifiedPart
  /** Whether every page of the file is checked too, in time linear in its size. Default: yes. */
  readonly pages?: boolean
  /** The program of its threads (verify-thread, as it is installed); without it, all is done in this thread. */
  readonly program?: string
  /** How many threads; as many as the machine runs at once, unless given, and none of its own for a small file. */
  readonly threads?: number
  /** Entries that one thread checks at a time; stretches end at multiples of it. */
  readonly stretch?: number
  /** Entries checked so far, of those that are to be read. */
  readonly onProgress?: (progress: { done: number; total: number }) => void
  /** The beginning that was found good so far, each time that it has grown: a verification that is stopped can go on after it. */
  readonly onVerified?: (part: VerifiedPart) => void
  readonly signal?: AbortSignal
}

/** Some tenths of a second. */
const STRETCH = 4_096
/** Entries that one job looks through for those that concern keys. */
const KEY_STRETCH = 65_536
/** Bytes of a database whose verification takes no longer than threads take to start. */
const SMALL = 4 << 20

/**
 * Recomputes everything that the database claims, in time linear in its entries, on all cores: pages, entries (strictly parsed), positions,
 * signatures against the key valid at each position, `seen`, tree nodes, the root and signature of every checkpoint, anchors, and the
 * search index. First the entries that concern keys are found and followed; then stretches of entries are checked side by side, each
 * starting from the subtree roots that the database holds before it, and joined: each must end in what the next one started from. Of
 * several that are bad the first is named. The ledger is taken as it stands when this begins; it may grow meanwhile.
 *
 * Damage is the result, never thrown; throws only what reading throws (StorageError), the signal's reason, and LedgerError for an `after`
 * that is none.
 *
 * @param path a database that this process, or nobody, has open.
 */
export async function verifyLedger(path: string, options: VerifyOptions = {}): Promise<Verification> {
  const { program, signal, threads = availableParallelism() } = options
  const db = openForReading(path)
  const verifying = new Verifying(db, options)
  const crewOptions = { signal, onRows: (rows: number) => verifying.count(rows) }
  const inThreads = program !== undefined && (options.threads !== undefined || statSync(path).size > SMALL)
  const crew = inThreads ? crewOfThreads(path, program, threads, crewOptions) : crewOfOne(path, crewOptions)
  try {
    return await verifying.run(crew)
  } finally {
    await crew.close()
    db.close()
  }
}

class Verifying {
  readonly #options: VerifyOptions
  readonly #store: TreeStore
  readonly #size: number
  readonly #signedSize: number
  readonly #indexSize: number
  #from = 0
  #done = 0
  #checkpoints = 0
  #terms = 0
  #lastCheckpoint = ''
  readonly #anchorRoots = new Map<number, string>()

  constructor(db: Database, options: VerifyOptions) {
    this.#options = options
    this.#store = new TreeStore(db)
    this.#size = this.#store.size()
    this.#signedSize = this.#store.signedSize()
    this.#indexSize = Math.min(indexedSize(db), this.#size)
  }

  /** Rows that were checked, wherever. */
  count(rows: number): void {
    this.#done += rows
    if (rows > 0) this.#options.onProgress?.({ done: this.#done, total: this.#size - this.#from })
  }

  /** The pages are looked at beside the rest, and what is wrong with them is said before anything else. */
  async run(crew: Crew): Promise<Verification> {
    const pages = this.#options.pages === false ? Promise.resolve([]) : crew.ask({ kind: 'pages' })
    const [checked, rows] = await Promise.allSettled([pages, this.#run(crew)])
    if (checked.status === 'rejected') throw checked.reason
    const [page] = checked.value
    if (page !== undefined) return this.#damaged({ kind: 'database-corrupt', seq: 0, message: `The database is corrupt or was tampered with: ${page}` })
    if (rows.status === 'rejected') throw rows.reason
    return rows.value
  }

  async #run(crew: Crew): Promise<Verification> {
    const size = this.#size
    try {
      this.#checkExtent()
      const { keys, frontier } = await this.#readKeys(crew)
      await this.#checkStretches(crew, this.#contextOf(keys), frontier)
      await this.#checkTerms(crew)
      this.#checkLosses(keys)
      const anchors = this.#checkAnchors(keys)
      const verified = { checkpoint: this.#lastCheckpoint, keySeqs: keys.seqs, terms: this.#termsOf(size, this.#terms) }
      return { ok: true, size, from: this.#from, checkpoints: this.#checkpoints, checkpoint: this.#lastCheckpoint, verified, losses: keys.keyring.losses, anchors }
    } catch (thrown) {
      if (thrown instanceof Damaged) return this.#damaged(thrown.damage)
      throw thrown
    }
  }

  #damaged(damage: Damage): Verification {
    return { ok: false, size: this.#size, from: this.#from, checkpoints: this.#checkpoints, damage }
  }

  #checkExtent(): void {
    const [size, signed] = [this.#size, this.#signedSize]
    if (size === 0) throw new Damaged('truncated', 0, 'The ledger is empty: a ledger has at least the entry that created it.')
    if (size > signed) throw new Damaged('uncheckpointed', signed, `The ledger has ${size} entries, but only ${signed} were signed by its key.`)
  }

  /** The keys, and the tree before the first entry that is to be read. */
  async #readKeys(crew: Crew): Promise<{ keys: FoldedKeys; frontier: Frontier }> {
    const { after } = this.#options
    const frontier = after === undefined ? emptyFrontier : this.#checkPart(after)
    const begun = after === undefined ? [] : this.#proveKeyEntries(after, frontier)
    const jobs = stretches(this.#from, this.#size, KEY_STRETCH)
    const found = await Promise.all(jobs.map(([from, to]) => crew.ask({ kind: 'keys', from, to })))
    return { keys: foldKeyEntries([...begun, ...found.flat()]), frontier }
  }

  /** That the stored tree still continues the part, by its subtree roots. */
  #checkPart({ checkpoint }: VerifiedPart): Frontier {
    const { size, root } = parseCheckpoint(checkpoint)
    this.#from = size
    this.#lastCheckpoint = checkpoint
    if (size > this.#size) {
      throw new Damaged('truncated', this.#size, `${size} entries were verified before, but the ledger ends after ${this.#size}.`)
    }
    const frontier = orDamaged('node-mismatch', 0, () => readFrontier(size, this.#store.node))
    if (frontierRoot(frontier).equals(root)) return frontier
    throw new Damaged('root-mismatch', 0, `The first ${size} entries are no longer those that were verified before: history was rewritten.`)
  }

  /** The part's entries that concern keys, each proved to stand under its checkpoint; and that one of the keys signed that. */
  #proveKeyEntries({ checkpoint, keySeqs }: VerifiedPart, frontier: Frontier): KeyEntry[] {
    const entries = keySeqs.map((seq) => this.#proveEntry(seq, frontier))
    const { keyring } = foldKeyEntries(entries)
    for (const { envelope } of entries) {
      const parsed = parseEnvelope(envelope)
      checkSignatures(keyring, parsed, parseEntry(parsed.payload))
    }
    openCheckpoint(checkpoint, ({ size }) => logKeyAt(keyring, size))
    return entries
  }

  #proveEntry(seq: number, frontier: Frontier): KeyEntry {
    const envelope = this.#store.entry(seq)?.envelope
    if (envelope === undefined) throw new Damaged('entry-missing', seq, `Entry ${seq} is missing.`)
    const proof = orDamaged('node-mismatch', seq, () => proveInclusion(seq, frontier.size, this.#store.node))
    if (verifyInclusion(hashLeaf(envelope), seq, frontier.size, proof, frontierRoot(frontier))) return { seq, envelope }
    throw new Damaged('entry-altered', seq, `Entry ${seq}, which concerns keys, is no longer the one that was verified before.`)
  }

  #contextOf({ keyring, seqs, damage }: FoldedKeys): VerifyContext {
    const { anchors = [], pinned = [] } = this.#options
    return {
      keys: listKeys(keyring),
      keySeqs: seqs,
      keyDamage: damage,
      pinned,
      anchorSizes: [...anchors.map((anchor) => parseCheckpoint(anchor).size), ...keyring.losses.map(({ anchor }) => anchor.size)],
      indexSize: this.#indexSize,
    }
  }

  /** All stretches, several at once and in order; after the first bad one no further is begun. */
  async #checkStretches(crew: Crew, context: VerifyContext, frontier: Frontier): Promise<void> {
    const jobs = stretches(this.#from, this.#size, this.#options.stretch ?? STRETCH)
    const findings: (StretchFindings | undefined)[] = []
    let end = peaksOf(frontier)
    let begun = 0
    let joined = 0
    let isBad = false
    const take = async (): Promise<void> => {
      for (let job = jobs[begun]; job !== undefined && !isBad; job = jobs[begun]) {
        const index = begun++
        const [from, to] = job
        const found = await crew.ask({ kind: 'stretch', from, to, context })
        if (found.damage !== null) isBad = true
        findings[index] = found
        for (let next = findings[joined]; next?.damage === null && next.start.join() === end.join(); next = findings[++joined]) {
          end = [...next.end]
          this.#add(next, context)
        }
      }
    }
    await Promise.all(Array.from({ length: crew.size }, take))
    const first = findings[joined]
    if (first === undefined) return
    if (first.damage !== null) throw new Damaged(first.damage.kind, first.damage.seq, first.damage.message)
    throw new Damaged('node-mismatch', first.from, `The tree nodes before entry ${first.from} are not those of the entries before it.`)
  }

  /** That the index says nothing beside what each entry was found in it by, those before included where their terms were counted. A look at what is new does not count all. */
  async #checkTerms(crew: Crew): Promise<void> {
    const { after, pages } = this.#options
    if (this.#indexSize < this.#from || (after !== undefined && pages === false)) return
    const [from, before] = after === undefined || after.terms === null ? [this.#from, 0] : [0, after.terms]
    if ((await crew.ask({ kind: 'terms', from, size: this.#indexSize })) === before + this.#terms) return
    throw new Damaged('index-mismatch', from, "The search index finds entries by what they do not say, or hides one: the ledger's views cannot be trusted.")
  }

  /** The terms of the first `size` entries, of which those after the part before are so many; null where the index did not hold them all. */
  #termsOf(size: number, terms: number): number | null {
    const before = this.#options.after === undefined ? 0 : this.#options.after.terms
    return before === null || size > this.#indexSize ? null : before + terms
  }

  #add({ to, terms, signedTerms, checkpoints, lastCheckpoint, anchorRoots }: StretchFindings, { keySeqs }: VerifyContext): void {
    const signed = this.#terms + signedTerms
    this.#terms += terms
    this.#checkpoints += checkpoints
    for (const [size, root] of anchorRoots) this.#anchorRoots.set(size, root)
    if (lastCheckpoint === '') return
    this.#lastCheckpoint = lastCheckpoint
    const { size } = parseCheckpoint(lastCheckpoint)
    if (to < this.#size) this.#options.onVerified?.({ checkpoint: lastCheckpoint, keySeqs: keySeqs.filter((seq) => seq < size), terms: this.#termsOf(size, signed) })
  }

  /** That something was lost where it says so: a tree that begins with what the anchor is of has all of it. */
  #checkLosses({ keyring: { losses } }: FoldedKeys): void {
    for (const { seq, anchor } of losses) {
      if (anchor.size > seq || this.#rootOf(anchor.size) !== anchor.root.toString('hex')) continue
      throw new Damaged('root-mismatch', seq, `Entry ${seq} says that entries are lost by a checkpoint of ${anchor.size} entries. They are all here: nothing was lost by it, and the origin was given up without a reason.`)
    }
  }

  #checkAnchors({ keyring }: FoldedKeys): AnchorRelation[] {
    return (this.#options.anchors ?? []).map((note) => {
      const anchor = orDamaged('checkpoint-invalid', 0, () => openKept(note, keyring))
      const lost = relateLost(keyring, anchor)
      if (lost?.relation === 'lost') return { size: anchor.size, lostIn: lost.loss.seq }
      if (lost !== undefined) throw describeUnsaid(lost.loss, anchor)
      if (anchor.size > this.#size) {
        throw new Damaged('truncated', this.#size, `An anchor shows that ${anchor.size} entries were signed, but the ledger ends after ${this.#size}.`)
      }
      if (this.#rootOf(anchor.size) !== anchor.root.toString('hex')) {
        throw new Damaged('root-mismatch', 0, `The first ${anchor.size} entries are not those that an anchor was signed for: history was rewritten.`)
      }
      return { size: anchor.size, lostIn: null }
    })
  }

  /** Computed from the entries; of a part that was verified before, from the stored nodes. */
  #rootOf(size: number): string | undefined {
    if (size > this.#from) return this.#anchorRoots.get(size)
    return frontierRoot(orDamaged('node-mismatch', 0, () => readFrontier(size, this.#store.node))).toString('hex')
  }
}

/** An anchor of an origin that was given up, beyond what the ledger says of its end. */
function describeUnsaid({ seq, predecessor, anchor: said }: Loss, { size }: Checkpoint): Damaged {
  if (size === said.size) return new Damaged('root-mismatch', seq, `Two checkpoints of ${size} entries of ${predecessor} contradict one another: one in entry ${seq}, one that was kept elsewhere. Keep both: they are the proof.`)
  return new Damaged('truncated', seq, `Entry ${seq} says that ${said.size} entries were signed as ${predecessor} before this ledger went on under another origin. An anchor shows ${size}: those from ${Math.max(seq, said.size)} to ${size - 1} are missing too, and nothing says so.`)
}

/** The positions `from` to `to` (exclusive) in stretches that end at multiples of `length`. */
function stretches(from: number, to: number, length: number): [number, number][] {
  const divided: [number, number][] = []
  for (let at = from; at < to; ) {
    const end = Math.min(to, (Math.floor(at / length) + 1) * length)
    divided.push([at, end])
    at = end
  }
  return divided
}
