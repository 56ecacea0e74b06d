import type { Database, Statement } from '../storage/index.ts'
import { LedgerError } from './ledger-error.ts'
import { HASH_SIZE } from './merkle.ts'

/** A stored entry: its position, its tree nodes, the exact leaf bytes and, at the end of a commit, the log key's signature. */
export interface StoredEntry {
  readonly seq: number
  /** The leaf's hash, then those of the larger subtrees that it completes, 32 bytes each. */
  readonly nodes: Buffer
  readonly envelope: Buffer
  /** The log key's signature on the checkpoint of all entries up to this one, if it is the last of its commit. */
  readonly checkpoint: Buffer | null
}

/**
 * The ledger's rows: entries with the tree nodes that each completes, and checkpoints. The only place that knows the tables. No statement
 * of a commit has a parameter for its LIMIT: SQLite then prepares it anew for each value, which takes longer than the rest of it.
 */
export class TreeStore {
  readonly #insertEntry: Statement<[number, Buffer, Buffer]>
  readonly #updateCheckpoint: Statement<[Buffer, number]>
  readonly #selectNode: Statement<[number, number], Buffer>
  readonly #selectEntry: Statement<[number], StoredEntry>
  readonly #selectRange: Statement<[number, number], StoredEntry>
  readonly #selectBytes: Statement<[number, number], Buffer>
  readonly #selectSize: Statement<[], number>
  readonly #selectSignedSize: Statement<[number], number>

  constructor(db: Database) {
    this.#insertEntry = db.prepare('INSERT INTO ledger_entries (seq, nodes, envelope) VALUES (?, ?, ?)')
    this.#updateCheckpoint = db.prepare('UPDATE ledger_entries SET checkpoint = ? WHERE seq = ?')
    this.#selectNode = db.prepare<[number, number], Buffer>('SELECT substr(nodes, ?, 32) FROM ledger_entries WHERE seq = ?').pluck()
    this.#selectEntry = db.prepare('SELECT seq, nodes, envelope, checkpoint FROM ledger_entries WHERE seq = ?')
    this.#selectRange = db.prepare('SELECT seq, nodes, envelope, checkpoint FROM ledger_entries WHERE seq >= ? ORDER BY seq LIMIT ?')
    this.#selectBytes = db
      .prepare<[number, number], Buffer>(`SELECT CAST(group_concat(nodes || envelope, '') AS BLOB) FROM ledger_entries WHERE seq BETWEEN ? AND ?`)
      .pluck()
    this.#selectSize = db.prepare<[], number>('SELECT coalesce(max(seq) + 1, 0) FROM ledger_entries').pluck()
    this.#selectSignedSize = db
      .prepare<[number], number>('SELECT seq + 1 FROM ledger_entries WHERE checkpoint IS NOT NULL AND seq < ? ORDER BY seq DESC LIMIT 1')
      .pluck()
  }

  /** Throws LedgerError `inconsistent` where the table's guard knows of other entries than the caller. */
  addEntry(seq: number, nodes: Buffer, envelope: Buffer): void {
    try {
      this.#insertEntry.run(seq, nodes, envelope)
    } catch (thrown) {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'SQLITE_CONSTRAINT_TRIGGER')) throw thrown
      throw new LedgerError('inconsistent', `Entry ${seq} is not the next: another program has written the ledger. Stop it, then open it again.`, thrown)
    }
  }

  /** Gives the last entry its checkpoint: the log key's signature on a ledger of that size. The table's guard throws if it is not the last. */
  addCheckpoint(size: number, signature: Buffer): void {
    this.#updateCheckpoint.run(signature, size - 1)
  }

  /** One more than the last position. */
  size(): number {
    return this.#selectSize.get() ?? 0
  }

  entry(seq: number): StoredEntry | undefined {
    return this.#selectEntry.get(seq)
  }

  /** Up to `limit` entries from `seq` on, in order. */
  range(seq: number, limit: number): StoredEntry[] {
    return this.#selectRange.all(seq, limit)
  }

  /** The nodes and the envelope of each row from `first` to `last`, all in one piece: the quickest way to read many. */
  bytes(first: number, last: number): Buffer {
    return this.#selectBytes.get(first, last) ?? Buffer.alloc(0)
  }

  /** How many entries the last checkpoint is of, or the last one of at most `size` entries. */
  signedSize(size = Number.MAX_SAFE_INTEGER): number {
    return this.#selectSignedSize.get(size) ?? 0
  }

  /** A NodeReader. Throws LedgerError `inconsistent` where the database has no such node. */
  readonly node = (level: number, index: number): Buffer => {
    const hash = this.#selectNode.get(level * HASH_SIZE + 1, (index + 1) * 2 ** level - 1)
    if (hash?.length !== HASH_SIZE) {
      throw new LedgerError('inconsistent', `The node at level ${level}, index ${index} of the ledger's tree is missing. Verify the ledger.`)
    }
    return hash
  }
}
