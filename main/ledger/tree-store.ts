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

/** Null without any row. */
interface WrittenBytes {
  readonly nodes: Buffer | null
  readonly envelopes: Buffer | null
}

/** Columns of consecutive rows: the values end to end, and the bytes of each (-1: none), separated by commas. Null without any row. */
interface Columns {
  readonly nodes: Buffer | null
  readonly nodeSizes: string | null
  readonly envelopes: Buffer | null
  readonly envelopeSizes: string | null
  readonly checkpoints: Buffer | null
  readonly checkpointSizes: string | null
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
  readonly #selectColumns: Statement<[number, number], Columns>
  readonly #selectBytes: Statement<[number, number], WrittenBytes>
  readonly #selectSize: Statement<[], number>
  readonly #selectSignedSize: Statement<[number], number>

  constructor(db: Database) {
    this.#insertEntry = db.prepare('INSERT INTO ledger_entries (seq, nodes, envelope) VALUES (?, ?, ?)')
    this.#updateCheckpoint = db.prepare('UPDATE ledger_entries SET checkpoint = ? WHERE seq = ?')
    this.#selectNode = db.prepare<[number, number], Buffer>('SELECT substr(nodes, ?, 32) FROM ledger_entries WHERE seq = ?').pluck()
    this.#selectEntry = db.prepare('SELECT seq, nodes, envelope, checkpoint FROM ledger_entries WHERE seq = ?')
    this.#selectRange = db.prepare('SELECT seq, nodes, envelope, checkpoint FROM ledger_entries WHERE seq BETWEEN ? AND ? ORDER BY seq')
    this.#selectColumns = db.prepare(
      `SELECT CAST(group_concat(nodes, '') AS BLOB) AS nodes, group_concat(octet_length(nodes)) AS nodeSizes,
         CAST(group_concat(envelope, '') AS BLOB) AS envelopes, group_concat(octet_length(envelope)) AS envelopeSizes,
         CAST(group_concat(checkpoint, '') AS BLOB) AS checkpoints, group_concat(coalesce(octet_length(checkpoint), -1)) AS checkpointSizes
       FROM ledger_entries WHERE seq BETWEEN ? AND ?`,
    )
    this.#selectBytes = db.prepare(
      `SELECT CAST(group_concat(nodes, '') AS BLOB) AS nodes, CAST(group_concat(envelope, '') AS BLOB) AS envelopes
       FROM ledger_entries WHERE seq BETWEEN ? AND ?`,
    )
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

  /**
   * The entries that there are of the `count` from `first` on, in order. Read column by column, each in one piece, which takes a third of
   * the time of reading row by row; that is left for where a row is missing or holds what does not belong there.
   */
  range(first: number, count: number): StoredEntry[] {
    const last = first + count - 1
    const columns = this.#selectColumns.get(first, last)
    return (columns && splitColumns(columns, first, count)) ?? this.#selectRange.all(first, last)
  }

  /** The nodes of the rows from `first` to `last` end to end, and their envelopes: the quickest way to read many. */
  bytes(first: number, last: number): WrittenBytes {
    return this.#selectBytes.get(first, last) ?? { nodes: null, envelopes: null }
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

/** The rows that the columns are of, without a copy; undefined unless they are those of `count` whole rows. */
function splitColumns(columns: Columns, first: number, count: number): StoredEntry[] | undefined {
  const nodes = splitColumn(columns.nodes, columns.nodeSizes)
  const envelopes = splitColumn(columns.envelopes, columns.envelopeSizes)
  const checkpoints = splitColumn(columns.checkpoints, columns.checkpointSizes)
  if (nodes?.length !== count || envelopes?.length !== count || checkpoints?.length !== count) return undefined
  const rows: StoredEntry[] = []
  for (let i = 0; i < count; i++) {
    const [node, envelope] = [nodes[i], envelopes[i]]
    if (!node || !envelope) return undefined
    rows.push({ seq: first + i, nodes: node, envelope, checkpoint: checkpoints[i] ?? null })
  }
  return rows
}

function splitColumn(bytes: Buffer | null, sizes: string | null): (Buffer | null)[] | undefined {
  if (sizes === null) return undefined
  const values: (Buffer | null)[] = []
  let at = 0
  for (const text of sizes.split(',')) {
    const size = Number(text)
    values.push(size < 0 || bytes === null ? null : bytes.subarray(at, at + size))
    at += Math.max(0, size)
  }
  return at === (bytes?.length ?? 0) ? values : undefined
}
