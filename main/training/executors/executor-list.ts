import { ENTRY_DETAILS, ExecutorName, RequestError, type Executor as ExecutorRecord, type ExecutorConfig } from '../../../shared/contract/index.ts'
import type { Actor } from '../../identity/index.ts'
import { canonicalJson, personName, type Ledger } from '../../ledger/index.ts'
import type { Database } from '../../storage/index.ts'

/** Where stages may run beside this machine. Rows find entries and say nothing of their own: whoever can write to the database could otherwise send work elsewhere. */
export class ExecutorList {
  readonly #db: Database
  readonly #ledger: Ledger

  constructor(db: Database, ledger: Ledger) {
    this.#db = db
    this.#ledger = ledger
  }

  /** `addedBy`: the person's id. */
  list(): ExecutorRecord[] {
    return this.#db.prepare<[], string>('SELECT name FROM executors ORDER BY name').pluck().all().map((name) => this.get(name))
  }

  /** Throws RequestError `not-found`, and `storage-damaged` where the row's entry says something else. */
  get(name: string): ExecutorRecord {
    const seq = this.#db.prepare<[string], number>('SELECT entry FROM executors WHERE name = ?').pluck().get(name)
    if (seq === undefined) {
      const others = this.#db.prepare<[], string>('SELECT name FROM executors ORDER BY name').pluck().all()
      const known = others.length === 0 ? "There are none; add one with 'strongroom executor set'" : `There are ${others.join(', ')}`
      throw new RequestError('not-found', `There is no executor '${name}'. ${known}.`)
    }
    const { entry } = this.#ledger.proved(seq)
    const detail = entry.action === 'executor.set' ? ENTRY_DETAILS['executor.set'].parse(entry.detail) : undefined
    if (detail?.name !== name) throw new RequestError('storage-damaged', `Executor '${name}' is not what entry ${seq} recorded: somebody wrote to the database. Verify the ledger, then restore a backup.`)
    return { name: ExecutorName.parse(name), config: detail.config, entry: seq, addedAt: entry.time, addedBy: entry.actor.slice(personName(this.#ledger.origin, '').length) }
  }

  /** How one is configured, in a line; that there is none. */
  describe(name: string): string {
    return this.#db.prepare('SELECT 1 FROM executors WHERE name = ?').get(name) === undefined ? 'there is none' : `${name} ${canonicalJson(this.get(name).config)}`
  }

  /** Throws RequestError `conflict` while something runs there: it is followed where it was started. */
  set(actor: Actor, name: ExecutorName, config: ExecutorConfig): ExecutorRecord {
    this.#refuseBusy(name)
    this.#ledger.commit((tx) => {
      const { seq } = tx.append(actor.signer, { action: 'executor.set', subject: [], detail: { name, config } })
      this.#db.prepare('INSERT INTO executors (name, entry) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET entry = excluded.entry').run(name, seq)
    })
    return this.get(name)
  }

  /** Returns the position of the entry. Throws RequestError `not-found`, and `conflict` while something runs there. */
  remove(actor: Actor, name: ExecutorName, reason: string): number {
    this.get(name)
    this.#refuseBusy(name)
    return this.#ledger.commit((tx) => {
      this.#db.prepare('DELETE FROM executors WHERE name = ?').run(name)
      return tx.append(actor.signer, { action: 'executor.removed', subject: [], detail: { name, reason } }).seq
    })
  }

  #refuseBusy(name: string): void {
    const busy = this.#db.prepare<[string], number>(`SELECT run FROM stage_attempts WHERE executor = ? AND state = 'running'`).pluck().get(name)
    if (busy !== undefined) throw new RequestError('conflict', `Run ${busy} has a stage on '${name}'. Wait until it ends, or cancel it.`)
  }
}
