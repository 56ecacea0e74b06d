import { transact, type Database, type Statement } from '../storage/index.ts'
import type { Entry } from './entry.ts'
import { parseEntry } from './entry.ts'
import { parseEnvelope } from './dsse.ts'
import type { TreeStore } from './tree-store.ts'

/** What to look for; every member that is given must hold. */
export interface EntryFilter {
  readonly action?: string | undefined
  /** Actions that begin with this are left out. */
  readonly without?: string | undefined
  readonly actor?: string | undefined
  /** Found anywhere in the action, a subject's name or a subject's digest; upper and lower case (of ASCII) are the same. */
  readonly text?: string | undefined
}

/** One row of the index, as its entry demands it. */
export interface IndexRow {
  readonly seq: number
  readonly action: string
  readonly actor: string
  readonly text: string
}

/** Entries that are indexed in one transaction. */
const BATCH = 2_000

/**
 * Finds entries by action, actor and text. The index is derived from the envelopes and catches up when it is asked, so that appending
 * does not pay for it; nothing is shown from it, only found by it, and the verifier compares it with the entries.
 */
export class EntryIndex {
  readonly #db: Database
  readonly #store: TreeStore
  readonly #insert: Statement<[number, string, string, string]>
  readonly #size: Statement<[], number>

  constructor(db: Database, store: TreeStore) {
    this.#db = db
    this.#store = store
    this.#insert = db.prepare('INSERT INTO ledger_index (seq, action, actor, text) VALUES (?, ?, ?, ?)')
    this.#size = db.prepare<[], number>('SELECT coalesce(max(seq) + 1, 0) FROM ledger_index').pluck()
  }

  /** Indexes every entry up to `size` that it does not hold yet. */
  catchUp(size: number): void {
    for (let at = this.#size.get() ?? 0; at < size; at = this.#size.get() ?? size) {
      transact(this.#db, () => {
        for (const { seq, envelope } of this.#store.range(at, Math.min(BATCH, size - at))) {
          const row = indexRow(parseEntry(parseEnvelope(envelope).payload))
          this.#insert.run(seq, row.action, row.actor, row.text)
        }
      })
    }
  }

  /** How many entries from `first` to `last` match. */
  count(filter: EntryFilter, first: number, last: number): number {
    const { where, values } = condition(filter, first, last)
    return this.#db.prepare<(string | number)[], number>(`SELECT count(*) FROM ledger_index WHERE ${where}`).pluck().get(...values) ?? 0
  }

  /** Up to `limit` positions from `first` to `last` whose entries match, the last of them first if `descending`. */
  find(filter: EntryFilter, first: number, last: number, limit: number, descending: boolean): number[] {
    const { where, values } = condition(filter, first, last)
    const sql = `SELECT seq FROM ledger_index WHERE ${where} ORDER BY seq ${descending ? 'DESC' : 'ASC'} LIMIT ?`
    return this.#db.prepare<(string | number)[], number>(sql).pluck().all(...values, limit)
  }
}

/** Whether a filter leaves anything out. */
export function narrows(filter: EntryFilter): boolean {
  return Object.values(filter).some((member) => member !== undefined)
}

function condition(filter: EntryFilter, first: number, last: number): { where: string; values: (string | number)[] } {
  const where = ['seq BETWEEN ? AND ?']
  const values: (string | number)[] = [first, last]
  if (filter.action !== undefined) {
    where.push('action = ?')
    values.push(filter.action)
  }
  if (filter.without !== undefined) {
    where.push('substr(action, 1, length(?)) <> ?')
    values.push(filter.without, filter.without)
  }
  if (filter.actor !== undefined) {
    where.push('actor = ?')
    values.push(filter.actor)
  }
  if (filter.text !== undefined) {
    where.push(`text LIKE ? ESCAPE '!'`)
    values.push(`%${filter.text.replace(/[!%_]/g, '!$&')}%`)
  }
  return { where: where.join(' AND '), values }
}

/** What the index holds of an entry. */
export function indexRow(entry: Entry): IndexRow {
  const words = [entry.action, ...entry.subject.flatMap(({ name, digest }) => [name, digest.sha256])]
  return { seq: entry.seq, action: entry.action, actor: entry.actor, text: words.join('\n') }
}
