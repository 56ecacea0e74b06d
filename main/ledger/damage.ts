import { LedgerError } from './ledger-error.ts'

/** What can be wrong with a ledger. */
export type DamageKind =
  | 'database-corrupt'
  | 'entry-altered'
  | 'entry-missing'
  | 'entry-misplaced'
  | 'signature-invalid'
  | 'unknown-key'
  | 'pinned-key-differs'
  | 'seen-mismatch'
  | 'node-mismatch'
  | 'root-mismatch'
  | 'checkpoint-invalid'
  | 'truncated'
  | 'uncheckpointed'
  | 'index-mismatch'

/** The first damage that was found. Plain data: it crosses threads. */
export interface Damage {
  readonly kind: DamageKind
  /** The first position that is bad or, where only a stretch is known to be bad, the first of the stretch. */
  readonly seq: number
  readonly message: string
}

/** Thrown inside a verification, where nothing after it needs to be looked at. */
export class Damaged extends Error {
  readonly damage: Damage
  constructor(kind: DamageKind, seq: number, message: string) {
    super(message)
    this.damage = { kind, seq, message }
  }
}

/** What `work` returns; what the ledger refuses in it (LedgerError) is damage of that kind at that position. */
export function orDamaged<T>(kind: DamageKind, seq: number, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    throw new Damaged(kind, seq, `Position ${seq}: ${thrown.message}`)
  }
}
