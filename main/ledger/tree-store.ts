import type { Database, Statement } from '../storage/index.ts'
import { LedgerError } from './ledger-error.ts'
import { HASH_SIZE } from './merkle.ts'

/** A stored entry: its position, its tree nodes and the exact leaf bytes. */
export interface StoredEntry {
  readonly seq: number
  /** The leaf's hash, then those of the larger subtrees that it completes, 32 bytes each. */
  readonly nodes: Buffer
  readonly envelope: Buffer
}

/** The ledger's rows: entries with the tree nodes that each completes, and checkpoints. The only place that knows the tables. */
export class TreeStore {
  readonly #insertEntry: Statement<[number, Buffer, Buffer]>
  readonly #insertCheckpoint: Statement<[number, string]>
  readonly #selectNode: Statement<[number, number], Buffer>
  readonly #selectEntry: Statement<[number], StoredEntry>
  readonly #selectRange: Statement<[number, number], [number, Buffer, Buffer]>
  readonly #selectFrom: Statement<[number], [number, Buffer, Buffer]>
  readonly #selectSize: Statement<[], number>
  readonly #selectCheckpoint: Statement<[], { size: number; note: string }>
  readonly #selectCheckpointsFrom: Statement<[number, number], { size: number; note: string }>

  constructor(db: Database) {
    this.#insertEntry = db.prepare('INSERT INTO ledger_entries (seq, nodes, envelope) VALUES (?, ?, ?)')
    this.#insertCheckpoint = db.prepare('INSERT INTO ledger_checkpoints (size, note) VALUES (?, ?)')
    this.#selectNode = db.prepare<[number, number], Buffer>('SELECT substr(nodes, ?, 32) FROM ledger_entries WHERE seq = ?').pluck()
    this.#selectEntry = db.prepare('SELECT seq, nodes, envelope FROM ledger_entries WHERE seq = ?')
    this.#selectRange = db
      .prepare<[number, number], [number, Buffer, Buffer]>('SELECT seq, nodes, envelope FROM ledger_entries WHERE seq >= ? ORDER BY seq LIMIT ?')
      .raw()
    this.#selectFrom = db.prepare<[number], [number, Buffer, Buffer]>('SELECT seq, nodes, envelope FROM ledger_entries WHERE seq >= ?').raw()
    this.#selectSize = db.prepare<[], number>('SELECT coalesce(max(seq) + 1, 0) FROM ledger_entries').pluck()
    this.#selectCheckpoint = db.prepare('SELECT size, note FROM ledger_checkpoints ORDER BY size DESC LIMIT 1')
    this.#selectCheckpointsFrom = db.prepare('SELECT size, note FROM ledger_checkpoints WHERE size >= ? ORDER BY size LIMIT ?')
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

  addCheckpoint(size: number, note: string): void {
    this.#insertCheckpoint.run(size, note)
  }

  /** One more than the last position. */
  size(): number {
    return this.#selectSize.get() ?? 0
  }

  entry(seq: number): StoredEntry | undefined {
    return this.#selectEntry.get(seq)
  }

  /** Up to `limit` rows from `seq` on, in order: `[seq, nodes, envelope]`. */
  range(seq: number, limit: number): [number, Buffer, Buffer][] {
    return this.#selectRange.all(seq, limit)
  }

  /** All rows from `seq` on, in order of the key: what a commit has just written. */
  rowsFrom(seq: number): [number, Buffer, Buffer][] {
    return this.#selectFrom.all(seq)
  }

  lastCheckpoint(): { size: number; note: string } | undefined {
    return this.#selectCheckpoint.get()
  }

  /** Up to `limit` checkpoints of at least that size, the smallest first. */
  checkpointsFrom(size: number, limit: number): { size: number; note: string }[] {
    return this.#selectCheckpointsFrom.all(size, limit)
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
