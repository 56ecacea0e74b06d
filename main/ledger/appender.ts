import { checkLogSigner } from './checkpoint.ts'
import { ENTRY_TYPE, sealEnvelope } from './dsse.ts'
import { encodeEntry, MAX_LEAF_BYTES, type Entry, type Subject } from './entry.ts'
import type { JsonValue } from './jcs.ts'
import { CONTINUED, cosignersOf, foldKeyring, logKeyAt, originAt, verifierAt, type Keyring } from './keyring.ts'
import { keyReference, parseVerifierKey, type Signer } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import type { LedgerOptions } from './ledger.ts'
import { appendLeaf, HASH_SIZE, hashLeaf, type Frontier } from './merkle.ts'
import type { TreeStore } from './tree-store.ts'

/** What happened, as the caller says it; the ledger adds where, when and what the signer had seen. */
export interface Fact {
  readonly action: string
  readonly subject: readonly Subject[]
  readonly detail: { readonly [key: string]: JsonValue }
  /** Field -> lower-case hexadecimal SHA-256 of a salted value that is kept beside the ledger. */
  readonly commitments?: { readonly [field: string]: string }
}

export interface AppendedEntry {
  readonly seq: number
  readonly leafHash: Buffer
}

/** The open transaction of a commit; of no use after it. */
export interface LedgerTransaction {
  /**
   * Appends an entry signed by `signer`, whose key must be valid at that position, and by `cosigners` where it puts a key in the place of
   * another (`cosignersOf`). Throws LedgerError `unknown-signer`, `entry-too-large`, `malformed-entry`, `malformed-json`,
   * `malformed-key`, or what the guard throws.
   */
  append(signer: Signer, fact: Fact, cosigners?: readonly Signer[]): AppendedEntry
}

/** What is kept of a row to compare it with when it is read back. */
interface Written {
  readonly nodes: Buffer
  readonly envelopeSize: number
}

const CREATED = 'ledger.created'

/** Entries that are read back at a time. */
const READ_BATCH = 100

/** What one commit appends: written row by row, then read back. */
export class Appender implements LedgerTransaction {
  frontier: Frontier
  keyring: Keyring
  /** Signs the checkpoint of what was appended. */
  logSigner: Signer
  /** Each entry that was appended, in order. */
  readonly appended: { readonly action: string; readonly leafHash: Buffer }[] = []
  readonly #store: TreeStore
  readonly #options: LedgerOptions
  readonly #first: number
  readonly #seen: { size: number; root: string }
  readonly #written: Written[] = []
  #open = true
  #mustContinue: boolean

  /** @param mustContinue whether the first entry is to say that the ledger goes on under another origin. */
  constructor(store: TreeStore, options: LedgerOptions, before: { frontier: Frontier; root: Buffer; keyring: Keyring; logSigner: Signer }, mustContinue: boolean) {
    this.#store = store
    this.#options = options
    this.frontier = before.frontier
    this.keyring = before.keyring
    this.logSigner = before.logSigner
    this.#first = before.frontier.size
    this.#mustContinue = mustContinue
    this.#seen = { size: before.frontier.size, root: before.root.toString('base64') }
  }

  append(signer: Signer, fact: Fact, cosigners: readonly Signer[] = []): AppendedEntry {
    if (!this.#open) throw new LedgerError('not-reentrant', 'The commit that this transaction belonged to has ended: begin another.')
    const { action, subject, detail, commitments = {} } = fact
    if (this.#mustContinue && action !== CONTINUED) throw new LedgerError('behind-high-water', 'More was signed than this ledger has, or something else. Nothing is recorded in it before an administrator lets it go on under another origin: strongroom --as NAME ledger continue.')
    this.#options.guard(fact, signer.name)
    const seq = this.frontier.size
    const time = this.#options.clock().toISOString()
    const origin = this.#originOf(fact)
    const entry: Entry = { v: 1, origin, seq, time, actor: signer.name, action, subject, detail, commitments, seen: this.#seen }
    const payload = encodeEntry(entry)
    const keyring = foldKeyring(this.keyring, entry)
    this.#checkSigners(signer, cosigners, entry, keyring)
    const envelope = sealEnvelope(payload, signer, ENTRY_TYPE, cosigners)
    if (envelope.length > MAX_LEAF_BYTES) {
      throw new LedgerError(
        'entry-too-large',
        `The entry ${action} takes ${envelope.length} bytes of at most ${MAX_LEAF_BYTES}: store what is large as a blob and name its digest.`,
      )
    }
    const leafHash = hashLeaf(envelope)
    const { frontier, nodes } = appendLeaf(this.frontier, leafHash)
    const stored = nodes.length === 1 ? leafHash : Buffer.concat(nodes)
    this.#store.addEntry(seq, stored, envelope)
    this.#written.push({ nodes: stored, envelopeSize: envelope.length })
    this.appended.push({ action, leafHash })
    this.frontier = frontier
    this.keyring = keyring
    this.#mustContinue = false
    const logKey = logKeyAt(keyring)
    this.logSigner = cosigners.find((each) => logKey !== undefined && keyReference(each) === keyReference(logKey)) ?? this.logSigner
    return { seq, leafHash }
  }

  /**
   * Reads what was written as the database now holds it, and hashes it again: a log once died of one flipped bit that it had signed.
   * Throws LedgerError `read-back-mismatch`.
   */
  readBack(): void {
    for (let from = 0; from < this.#written.length; from += READ_BATCH) {
      this.#readBatch(this.#first + from, this.#written.slice(from, from + READ_BATCH))
    }
  }

  close(): void {
    this.#open = false
  }

  #readBatch(first: number, written: readonly Written[]): void {
    const { nodes, envelopes } = this.#store.bytes(first, first + written.length - 1)
    if (nodes === null || envelopes === null) throw readBackMismatch(first)
    let seq = first
    let node = 0
    let at = 0
    for (const { nodes: expected, envelopeSize } of written) {
      const leafHash = hashLeaf(envelopes.subarray(at, at + envelopeSize))
      if (!expected.equals(nodes.subarray(node, node + expected.length)) || !leafHash.equals(expected.subarray(0, HASH_SIZE))) throw readBackMismatch(seq)
      node += expected.length
      at += envelopeSize
      seq++
    }
    if (node !== nodes.length || at !== envelopes.length) throw readBackMismatch(seq - 1)
  }

  /** That of the checkpoints which the entry will be under. */
  #originOf({ action, detail }: Fact): string {
    if (action === CONTINUED && typeof detail.key === 'string') return parseVerifierKey(detail.key).name
    return originAt(this.keyring) ?? this.#options.origin
  }

  #checkSigners(signer: Signer, cosigners: readonly Signer[], entry: Entry, keyring: Keyring): void {
    if ((entry.seq === 0) !== (entry.action === CREATED)) {
      throw new LedgerError('not-created', `The first entry of a ledger, and no other, is ${CREATED}; this is ${entry.action} at ${entry.seq}.`)
    }
    const logKey = logKeyAt(keyring)
    if (entry.seq === 0 && logKey !== undefined) checkLogSigner(logKey, this.#options.logSigner)
    if (verifierAt(keyring, keyReference(signer), entry.seq) === undefined) {
      throw new LedgerError('unknown-signer', `The key ${keyReference(signer)} may not sign entry ${entry.seq}: enrol its person first.`)
    }
    const expected = cosignersOf(keyring, entry).map(keyReference)
    if (expected.join() !== cosigners.map(keyReference).join()) {
      throw new LedgerError('unknown-signer', `Entry ${entry.seq}, ${entry.action}, must be signed with ${expected.length === 0 ? 'no further key' : expected.join(' and ')}.`)
    }
  }
}

function readBackMismatch(seq: number): LedgerError {
  return new LedgerError('read-back-mismatch', `Entry ${seq} did not read back as it was written: check the disk and the memory. Nothing was kept.`)
}
