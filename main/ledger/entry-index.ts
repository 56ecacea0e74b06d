import { transact, type Database, type Statement } from '../storage/index.ts'
import { isDamage, readRows } from './entry-rows.ts'
import { ANY, positionOf, termsOf, type Condition, type TermQuery, type TermRange } from './entry-terms.ts'
import type { TreeStore } from './tree-store.ts'

/** Positions of a row of the index: those that differ in their last byte alone. */
export const BLOCK = 256
/** Bytes with a bit for each position of a block. */
const BLOCK_BYTES = BLOCK / 8
/** Entries that are indexed in one transaction: enough that a page of rare terms is written for several of them. */
const BATCH = 16_384
/** Blocks that a search for the first few looks at to begin with; each time it goes on, twice as many. */
const FIRST_BLOCKS = 16

type Row = [block: number, seqs: Buffer]

/**
 * Finds entries by their terms: an inverted index whose rows hold, for a term and a block of 256 positions, the last byte of each
 * position that has it, in order. It is derived from the envelopes and catches up when it is asked, so that appending does not pay for it;
 * nothing is shown from it, only found by it, and the verifier compares it with the entries.
 */
export class EntryIndex {
  readonly #db: Database
  readonly #store: TreeStore
  readonly #insert: Statement<[string, number, Buffer]>
  readonly #term: Statement<[string, number, number], Row>
  readonly #range: Statement<[string, string, number, number], Row>

  constructor(db: Database, store: TreeStore) {
    this.#db = db
    this.#store = store
    this.#insert = db.prepare(
      'INSERT INTO ledger_terms (term, block, seqs) VALUES (?, ?, ?) ON CONFLICT (term, block) DO UPDATE SET seqs = CAST(seqs || excluded.seqs AS BLOB)',
    )
    this.#term = db.prepare<[string, number, number], Row>('SELECT block, seqs FROM ledger_terms WHERE term = ? AND block BETWEEN ? AND ?').raw()
    this.#range = db.prepare<[string, string, number, number], Row>('SELECT block, seqs FROM ledger_terms WHERE term >= ? AND term < ? AND block BETWEEN ? AND ?').raw()
  }

  /** Indexes every entry up to `size` that it does not hold yet. */
  catchUp(size: number): void {
    while (indexedSize(this.#db) < size) transact(this.#db, () => this.#add(size))
  }

  /** How many entries from `first` to `last` match. */
  count(query: TermQuery, first: number, last: number): number {
    const blocks = blockOf(last) - blockOf(first) + 1
    const found = this.#match(query, blockOf(first), blocks)
    clearOutside(found, first - blockOf(first) * BLOCK, last - blockOf(first) * BLOCK)
    return found.reduce((sum, byte) => sum + bitsOf(byte), 0)
  }

  /** Up to `limit` positions from `first` to `last` whose entries match, the last of them first if `descending`. */
  find(query: TermQuery, first: number, last: number, limit: number, descending: boolean): number[] {
    const found: number[] = []
    for (const [block, blocks] of spans(blockOf(first), blockOf(last), descending)) {
      const base = block * BLOCK
      const bits = this.#match(query, block, blocks)
      clearOutside(bits, first - base, last - base)
      const bytes = descending ? bits.length - 1 : 0
      const step = descending ? -1 : 1
      for (let at = bytes; at >= 0 && at < bits.length; at += step) {
        const byte = bits[at] ?? 0
        if (byte === 0) continue
        for (let bit = descending ? 7 : 0; bit >= 0 && bit < 8; bit += step) if ((byte >> bit) & 1) found.push(base + at * 8 + bit)
        if (found.length >= limit) return found.slice(0, limit)
      }
    }
    return found
  }

  #add(size: number): void {
    const from = indexedSize(this.#db)
    const added = new Map<string, Map<number, number[]>>()
    // One that is damaged has its place, so that what comes after it is found.
    for (const row of readRows(this.#store, from, Math.min(BATCH, size - from))) {
      for (const term of isDamage(row) ? [ANY] : termsOf(row.entry)) note(added, term, row.seq)
    }
    // In their order in the table.
    for (const [term, blocks] of [...added].sort(([a], [b]) => (a < b ? -1 : 1))) {
      for (const [block, seqs] of blocks) this.#insert.run(term, block, Buffer.from(seqs))
    }
  }

  /** A bit for each position of the blocks, set where the entry matches. */
  #match({ conditions, without }: TermQuery, block: number, blocks: number): Uint8Array {
    const [first = [{ term: ANY, isPrefix: false }], ...more] = conditions
    const found = this.#read(first, block, blocks)
    for (const condition of more) {
      const other = this.#read(condition, block, blocks)
      for (const [at, byte] of other.entries()) found[at] = (found[at] ?? 0) & byte
    }
    if (without.length > 0) {
      const other = this.#read(without, block, blocks)
      for (const [at, byte] of other.entries()) found[at] = (found[at] ?? 0) & ~byte
    }
    return found
  }

  #read(condition: Condition, block: number, blocks: number): Uint8Array {
    const bits = new Uint8Array(blocks * BLOCK_BYTES)
    for (const range of condition) {
      for (const [each, seqs] of this.#rows(range, block, block + blocks - 1)) {
        const base = (each - block) * BLOCK_BYTES
        for (const byte of seqs) bits[base + (byte >> 3)] = (bits[base + (byte >> 3)] ?? 0) | (1 << (byte & 7))
      }
    }
    return bits
  }

  #rows({ term, isPrefix }: TermRange, first: number, last: number): Row[] {
    const seq = positionOf(term)
    if (seq !== undefined) return blockOf(seq) >= first && blockOf(seq) <= last ? [[blockOf(seq), Buffer.of(seq % BLOCK)]] : []
    return isPrefix ? this.#range.all(term, `${term}\u{10ffff}`, first, last) : this.#term.all(term, first, last)
  }
}

/** How many entries the index holds: none in a file of a version that had no such index, as a backup of then, which is read as it is. */
export function indexedSize(db: Database): number {
  if (!hasTerms(db)) return 0
  const sql = 'SELECT block * ? + octet_length(seqs) FROM ledger_terms WHERE term = ? ORDER BY block DESC LIMIT 1'
  return db.prepare<[number, string], number>(sql).pluck().get(BLOCK, ANY) ?? 0
}

function hasTerms(db: Database): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'ledger_terms'").get() !== undefined
}

/** How many terms the index holds of the entries `from` to `size` (exclusive), counted for each; of no entry at all, how many rows there are of an index that says it holds none. */
export function indexedTerms(db: Database, from: number, size: number): number {
  if (!hasTerms(db)) return 0
  if (size === 0) return db.prepare<[string], number>('SELECT count(*) FROM ledger_terms WHERE NOT EXISTS (SELECT 1 FROM ledger_terms WHERE term = ?)').pluck().get(ANY) ?? 0
  return termsBefore(db, size) - (from === 0 ? 0 : termsBefore(db, from))
}

function termsBefore(db: Database, size: number): number {
  const block = blockOf(size)
  const sql = `SELECT coalesce(sum(octet_length(seqs)) FILTER (WHERE block < ?), 0), CAST(group_concat(seqs, '') FILTER (WHERE block = ?) AS BLOB) FROM ledger_terms`
  const [whole = 0, last = null] = db.prepare<[number, number], [number, Buffer | null]>(sql).raw().get(block, block) ?? []
  return whole + (last ?? Buffer.alloc(0)).filter((byte) => byte < size % BLOCK).length
}

/** Notes a position under a term, by block. */
export function note(noted: Map<string, Map<number, number[]>>, term: string, seq: number): void {
  const blocks = noted.get(term) ?? new Map<number, number[]>()
  if (blocks.size === 0) noted.set(term, blocks)
  const seqs = blocks.get(blockOf(seq))
  if (seqs === undefined) blocks.set(blockOf(seq), [seq % BLOCK])
  else seqs.push(seq % BLOCK)
}

/** Spans of blocks `[first, how many]`, each twice as long as the one before, from one end to the other. */
function* spans(first: number, last: number, descending: boolean): Generator<[number, number]> {
  for (let done = 0, length = FIRST_BLOCKS; first + done <= last; done += length, length *= 2) {
    const blocks = Math.min(length, last - first - done + 1)
    yield [descending ? last - done - blocks + 1 : first + done, blocks]
    if (blocks < length) return
  }
}

/** Clears the bits before `first` and after `last`. */
function clearOutside(bits: Uint8Array, first: number, last: number): void {
  if (first > 0) {
    bits.fill(0, 0, first >> 3)
    bits[first >> 3] = (bits[first >> 3] ?? 0) & (0xff << (first & 7))
  }
  if (last < bits.length * 8 - 1) {
    bits[last >> 3] = (bits[last >> 3] ?? 0) & (0xff >> (7 - (last & 7)))
    bits.fill(0, (last >> 3) + 1)
  }
}

function bitsOf(byte: number): number {
  let count = 0
  for (let rest = byte; rest > 0; rest &= rest - 1) count++
  return count
}

export function blockOf(seq: number): number {
  return Math.floor(seq / BLOCK)
}
