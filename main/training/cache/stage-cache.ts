import { ENTRY_DETAILS, RunId, type DetailOf } from '../../../shared/contract/index.ts'
import { LedgerError, type Ledger } from '../../ledger/index.ts'
import type { Database } from '../../storage/index.ts'
import { Basis, keyOf } from './basis.ts'

/** A recorded success that can stand for a stage. */
export interface CachedSuccess {
  readonly entry: number
  readonly run: RunId
  readonly attempt: number
  readonly success: DetailOf<'stage.succeeded'>
}

/** The last success of a stage of a project, and what it was made of. */
export interface LastSuccess {
  readonly entry: number
  readonly key: string
  readonly basis: Basis
}

export interface Foretold {
  readonly entry: number
  readonly run: RunId
  readonly outs: readonly { readonly path: string; readonly sha256: string }[]
}

interface CacheRow {
  readonly entry: number
  readonly key: string
  readonly basis: string
}

/** How many successes of the same key are looked at before the stage is run again: more than one only where content was lost. */
const MOST_TRIED = 3

/**
 * Which success was made of what. Rows find entries and say nothing of their own: a success counts by its ledger entry, proved when it is found,
 * which names its cache key.
 */
export class StageCache {
  readonly #db: Database
  readonly #ledger: Ledger

  constructor(db: Database, ledger: Ledger) {
    this.#db = db
    this.#ledger = ledger
  }

  /** Adds a success, in the transaction of its entry. */
  add(success: { entry: number; project: string; run: number; stage: string; basis: Basis }): void {
    const { entry, project, run, stage, basis } = success
    this.#db.prepare('INSERT INTO stage_cache (entry, project, run, stage, key, basis) VALUES (?, ?, ?, ?, ?, ?)').run(entry, project, run, stage, keyOf(basis), JSON.stringify(basis))
  }

  /** The successes of a project with a key, the latest first. A row that its entry does not bear out is passed over. */
  find(project: string, key: string): CachedSuccess[] {
    const rows = this.#db
      .prepare<[string, string, number], number>('SELECT entry FROM stage_cache WHERE project = ? AND key = ? ORDER BY entry DESC LIMIT ?')
      .pluck()
      .all(project, key, MOST_TRIED)
    return rows.flatMap((entry) => this.#prove(entry, key) ?? [])
  }

  /** What would be found by a key, as the rows say it: enough to foretell, not to rely on. */
  foretell(project: string, key: string): Foretold | null {
    const query = `SELECT stage_cache.entry, stage_cache.run, run_stages.outs FROM stage_cache JOIN run_stages USING (run, stage)
      WHERE project = ? AND key = ? ORDER BY stage_cache.entry DESC LIMIT 1`
    const row = this.#db.prepare<[string, string], { entry: number; run: number; outs: string }>(query).get(project, key)
    return row ? { entry: row.entry, run: RunId.parse(row.run), outs: JSON.parse(row.outs) as Foretold['outs'] } : null
  }

  /** Null where the stage never succeeded with a recorded basis. */
  last(project: string, stage: string): LastSuccess | null {
    const row = this.#db
      .prepare<[string, string], CacheRow>('SELECT entry, key, basis FROM stage_cache WHERE project = ? AND stage = ? ORDER BY entry DESC LIMIT 1')
      .get(project, stage)
    if (!row) return null
    const basis = Basis.safeParse(JSON.parse(row.basis))
    return basis.success ? { entry: row.entry, key: row.key, basis: basis.data } : null
  }

  #prove(seq: number, key: string): CachedSuccess | null {
    try {
      const { entry } = this.#ledger.proved(seq)
      if (entry.action !== 'stage.succeeded') return null
      const success = ENTRY_DETAILS['stage.succeeded'].parse(entry.detail)
      // One that was taken from the cache itself names the one that ran.
      const { from } = success
      if (success.cacheKey !== key || from !== undefined) return null
      return { entry: seq, run: RunId.parse(success.run), attempt: success.attempt, success }
    } catch (error) {
      if (error instanceof LedgerError) return null
      throw error
    }
  }
}
