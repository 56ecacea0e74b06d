import { ENTRY_DETAILS, type QueuePolicy } from '../../shared/contract/index.ts'
import type { Actor } from '../identity/index.ts'
import { LedgerError, type Ledger } from '../ledger/index.ts'
import type { Database } from '../storage/index.ts'
import { DEFAULT_POLICY } from './scheduler/policy.ts'

const NAME = 'queue-policy'

/** By what the queue decides: the latest `queue.policy.changed`, or what every workplace begins with. The row finds the entry and says nothing of its own. */
export class QueuePolicies {
  readonly #db: Database
  readonly #ledger: Ledger
  #known: { readonly policy: QueuePolicy; readonly entry: number } | null = null

  constructor(db: Database, ledger: Ledger) {
    this.#db = db
    this.#ledger = ledger
  }

  /** Throws LedgerError `inconsistent` where the row names another entry. */
  current(): { readonly policy: QueuePolicy; readonly entry: number | null } {
    const seq = this.#db.prepare<[string], number>('SELECT entry FROM settings WHERE name = ?').pluck().get(NAME)
    if (seq === undefined) return { policy: DEFAULT_POLICY, entry: null }
    if (this.#known?.entry === seq) return this.#known
    const { entry } = this.#ledger.proved(seq)
    if (entry.action !== 'queue.policy.changed') throw new LedgerError('inconsistent', `The queue's policy is said to stand in entry ${seq}, which is ${entry.action}: the database was altered. Verify the ledger and restore a backup.`)
    this.#known = { policy: ENTRY_DETAILS['queue.policy.changed'].parse(entry.detail).policy, entry: seq }
    return this.#known
  }

  set(actor: Actor, policy: QueuePolicy, reason: string): void {
    this.#ledger.commit((tx) => {
      const { seq } = tx.append(actor.signer, { action: 'queue.policy.changed', subject: [], detail: { policy, reason } })
      this.#db.prepare('INSERT INTO settings (name, entry) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET entry = excluded.entry').run(NAME, seq)
    })
  }
}
