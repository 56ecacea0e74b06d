import { openCheckpoint, parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { logKeyAt, logKeyOf, namesLost, type Keyring } from './keyring.ts'
import { LedgerError } from './ledger-error.ts'

/** A checkpoint that was kept outside its ledger. */
export interface KeptCheckpoint {
  readonly note: string
  readonly checkpoint: Checkpoint
  /** Whether a log key that the ledger knows signed it. One that came in an entry which is lost is not known, nor is that of whoever makes such a text up. */
  readonly isProved: boolean
}

/**
 * Reads a checkpoint that was kept elsewhere: signed by the log key of its origin and size, which is the last one of the origin for those that are not there.
 * One that the ledger itself says is lost says nothing new, whoever signed it: its key may be lost too. Throws what `openCheckpoint` throws.
 */
export function openKept(note: string, keyring: Keyring): Checkpoint {
  const checkpoint = parseCheckpoint(note)
  if (namesLost(keyring, checkpoint)) return checkpoint
  // The key of an origin that never was the ledger's is the one that would have signed here, so that it is refused by its name.
  return openCheckpoint(note, () => logKeyOf(keyring, checkpoint) ?? logKeyAt(keyring, checkpoint.size))
}

/** The same of one that need not be proved. Throws what `openCheckpoint` throws, but `no-known-signature`. */
export function readKept(note: string, keyring: Keyring): KeptCheckpoint {
  try {
    return { note, checkpoint: openKept(note, keyring), isProved: true }
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
