import type { Database, Statement } from '../storage/index.ts'
import type { Entry } from './entry.ts'
import { BLOCK, note } from './entry-index.ts'
import { termsOf } from './entry-terms.ts'

/** Compares the index with entries, in order of position. */
export class IndexCheck {
  readonly #size: number
  /** None where the index holds nothing: there may be no such table. */
  readonly #row: Statement<[string, number], Buffer> | undefined
  #noted = new Map<string, Map<number, number[]>>()
  #from = 0
  #to = 0
  /** Terms of all entries that were compared. */
  terms = 0

  /** @param size entries that the index held when the verification began. */
  constructor(db: Database, size: number) {
    this.#size = size
    if (size > 0) this.#row = db.prepare<[string, number], Buffer>('SELECT seqs FROM ledger_terms WHERE term = ? AND block = ?').pluck()
  }

  add(entry: Entry): void {
    const { seq } = entry
    if (seq >= this.#size) return
    if (this.#noted.size === 0) this.#from = seq
    this.#to = seq
    for (const term of termsOf(entry)) {
      note(this.#noted, term, seq)
      this.terms++
    }
  }

  /** The first position since the last call at which the index says something else of a term that an entry there has; undefined if there is none. */
  firstMismatch(): number | undefined {
    let first: number | undefined
    for (const [term, blocks] of this.#noted) {
      for (const [block, seqs] of blocks) {
        const differing = differingByte(Buffer.from(seqs), this.#within(block, this.#row?.get(term, block)))
        if (differing !== undefined) first = Math.min(first ?? Infinity, block * BLOCK + differing)
      }
    }
    this.#noted = new Map()
    return first
  }

  /** What a row says of the positions that were added. */
  #within(block: number, row: Buffer | undefined): Uint8Array {
    const [low, high] = [this.#from - block * BLOCK, this.#to - block * BLOCK]
    if (row === undefined || (low <= 0 && high >= BLOCK - 1)) return row ?? new Uint8Array()
    return row.filter((byte) => byte >= low && byte <= high)
  }
}

/** The lowest byte of which only one of two ascending lists knows; of a list that does not ascend, the first that does not. */
function differingByte(expected: Uint8Array, stored: Uint8Array): number | undefined {
  const at = expected.findIndex((byte, index) => byte !== stored[index])
  if (at >= 0) return Math.min(expected[at] ?? Infinity, stored[at] ?? Infinity)
  return stored[expected.length]
}
