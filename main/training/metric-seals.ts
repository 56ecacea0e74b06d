import { setImmediate } from 'node:timers/promises'
import { RequestError, type MetricProof } from '../../shared/contract/index.ts'
import { formatRecordProof, proveRecord, Segment, type Ledger, type LedgerTransaction, type Signer, type SignedEntry } from '../ledger/index.ts'
import type { AttemptKey, MetricPoints } from './metric-points.ts'

/** Points of an attempt that come between two seals, at least. A crash of the machine or a change of the rows leaves no more than these unsealed. */
export const SEAL_EVERY = 4_096

/** After how many milliseconds no more records are read in one go. */
const TURN_MS = 50
/** How many records are read between two looks at the clock. */
const LOOK_EVERY = 256

const ACTION = 'stage.metrics.sealed'

/** What is known of an attempt that runs: its points so far, and how many of them are sealed. */
interface Open {
  readonly segment: Segment
  sealed: number
}

/**
 * Seals an attempt's points by their Merkle root, in entries: each time that enough have come, and at its end. Each seal is of all points from the
 * first on, as a checkpoint is of a log, so that the last one stands for all and the first that covers a point says until when it had come.
 */
export class MetricSeals {
  readonly #ledger: Ledger
  readonly #orchestrator: Signer
  readonly #points: MetricPoints
  /** The position of the entry that began a run. */
  readonly #startOf: (run: number) => number
  readonly #turnMs: number
  readonly #open = new Map<string, Open>()

  /** `turnMs`: how long it reads records without a pause, about, in milliseconds. */
  constructor(options: { ledger: Ledger; orchestrator: Signer; points: MetricPoints; startOf: (run: number) => number; turnMs?: number }) {
    this.#ledger = options.ledger
    this.#orchestrator = options.orchestrator
    this.#points = options.points
    this.#startOf = options.startOf
    this.#turnMs = options.turnMs ?? TURN_MS
  }

  /** Seals what has come, in a commit of its own, if it is enough. Of very much that came at once, the rest is read at the next call. */
  sealIfDue(key: AttemptKey): void {
    this.#sealSome(key)
  }

  /** Reads all that has come, and seals it as it is due, in turns with everything else that this process does: before the commit that ends the attempt. */
  async catchUp(key: AttemptKey): Promise<void> {
    while (!this.#sealSome(key)) await setImmediate()
  }

  /** Whether all that has come was read. */
  #sealSome(key: AttemptKey): boolean {
    const { open, isWhole } = this.#read(key, this.#turnMs)
    if (open.segment.records - open.sealed < SEAL_EVERY) return isWhole
    this.#ledger.commit((tx) => this.#append(tx, key, open))
    open.sealed = open.segment.records
    return isWhole
  }

  /** Seals what is not sealed yet, in the commit that ends the attempt. */
  sealLast(tx: LedgerTransaction, key: AttemptKey): void {
    const { open } = this.#read(key, Infinity)
    if (open.segment.records > open.sealed) this.#append(tx, key, open)
  }

  /** Once the attempt has ended, nothing more of it is sealed. */
  forget(key: AttemptKey): void {
    this.#open.delete(nameOf(key))
  }

  /** The proof of a point by the first seal that covers it. Throws `not-found` where there is no such point, or no seal of it yet. */
  prove(key: AttemptKey, index: number): MetricProof {
    const records = [...this.#points.records(key, 0)]
    const record = records[index]
    if (record === undefined) throw new RequestError('not-found', `Stage '${key.stage}', attempt ${key.attempt}, has ${records.length} metric records, from 0: there is no ${index}.`)
    const seal = this.#seals(key).find(({ sealed }) => sealed > index)
    if (seal === undefined) throw new RequestError('not-found', `Record ${index} is not sealed yet. A stage's records are sealed every ${SEAL_EVERY} and at its end: ask again then.`)
    const { entry, sealed } = seal
    const covered = records.slice(0, sealed)
    const segment = new Segment()
    for (const each of covered) segment.add(each)
    if (segment.records !== sealed || segment.seal().root !== entry.entry.detail.root) {
      throw new RequestError('conflict', `The records in the database are not those that entry ${entry.seq} sealed: they were altered since. Restore a backup; nothing can be proved from these.`)
    }
    const hashes = proveRecord(covered, index)
    const file = formatRecordProof({ record, index, hashes, entry: entry.envelope, proof: this.#ledger.proofFile(entry.seq) })
    return { file, record, index, sealed, entry: entry.seq, attempt: key.attempt }
  }

  #append(tx: LedgerTransaction, key: AttemptKey, { segment }: Open): void {
    tx.append(this.#orchestrator, { action: ACTION, subject: [], detail: { ...key, ...segment.seal() } })
  }

  /** Takes in what has come since, and says whether that is all of it. */
  #read(key: AttemptKey, turnMs: number): { open: Open; isWhole: boolean } {
    const name = nameOf(key)
    const open = this.#open.get(name) ?? { segment: new Segment(), sealed: this.#seals(key).at(-1)?.sealed ?? 0 }
    this.#open.set(name, open)
    const end = performance.now() + turnMs
    for (const record of this.#points.records(key, open.segment.records)) {
      open.segment.add(record)
      if (open.segment.records % LOOK_EVERY === 0 && performance.now() >= end) return { open, isWhole: false }
    }
    return { open, isWhole: true }
  }

  /** The seals of an attempt, oldest first. */
  #seals({ run, stage, attempt }: AttemptKey): { entry: SignedEntry; sealed: number }[] {
    const seals: { entry: SignedEntry; sealed: number }[] = []
    for (const entry of this.#ledger.history([ACTION], { from: this.#startOf(run) })) {
      const { detail } = entry.entry
      if (detail.run === run && detail.stage === stage && detail.attempt === attempt && typeof detail.records === 'number') seals.push({ entry, sealed: detail.records })
    }
    return seals
  }
}

function nameOf({ run, stage, attempt }: AttemptKey): string {
  return JSON.stringify([run, stage, attempt])
}
