import { openCheckpoint, parseCheckpoint, type Checkpoint, type LogKeys } from './checkpoint.ts'
import { LedgerError } from './ledger-error.ts'

/** A checkpoint that was kept outside its ledger. */
export interface KeptCheckpoint {
  readonly note: string
  readonly checkpoint: Checkpoint
  /** Whether a log key that the ledger knows signed it. One that came in an entry which is lost is not known, nor is that of whoever makes such a text up. */
  readonly isProved: boolean
}

/** Throws what `openCheckpoint` throws, but `no-known-signature`. */
export function readKept(note: string, logKeys: LogKeys): KeptCheckpoint {
  try {
    return { note, checkpoint: openCheckpoint(note, logKeys), isProved: true }
  } catch (thrown) {
    if (!(thrown instanceof LedgerError && thrown.code === 'no-known-signature')) throw thrown
    return { note, checkpoint: parseCheckpoint(note), isProved: false }
  }
}

/**
 * Of checkpoints that a ledger falls short of, the one that its loss is known by: the largest that is proved; only where none is, the largest that
 * nobody can check. Undefined where there are none.
 */
export function chooseProof(beyond: readonly KeptCheckpoint[]): KeptCheckpoint | undefined {
  return largest(beyond.filter(({ isProved }) => isProved)) ?? largest(beyond)
}

function largest(kept: readonly KeptCheckpoint[]): KeptCheckpoint | undefined {
  return kept.toSorted((a, b) => b.checkpoint.size - a.checkpoint.size)[0]
}
