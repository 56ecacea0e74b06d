import { openCheckpoint, parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { parseEnvelope } from './dsse.ts'
import { MAX_LEAF_BYTES, parseEntry, type Entry } from './entry.ts'
import { emptyKeyring, findSignatureFault, foldKeyring, logKeyAt, originAt } from './keyring.ts'
import type { Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import { hashLeaf, verifyInclusion } from './merkle.ts'
import { parseProofFile } from './proof-file.ts'

/** An entry that left its ledger: the exact leaf, and its proof (C2SP tlog-proof). */
export interface ProvedEntry {
  readonly seq: number
  readonly envelope: Uint8Array
  readonly proof: string
}

/**
 * Holds entries of another ledger against its first log key alone: the first of them introduces it, those that concern keys lead from it to every key that
 * signed, each entry is signed by one that was valid there, and stands in the tree of the one checkpoint that the log key of that size signed. What entry was
 * left out cannot be seen. Throws LedgerError.
 */
export function openProvedEntries(proved: readonly ProvedEntry[], note: string, firstLogKey: Verifier): { readonly checkpoint: Checkpoint; readonly entries: ReadonlyMap<number, Entry> } {
  const { size, root } = parseCheckpoint(note)
  const entries = new Map<number, Entry>()
  let keyring = emptyKeyring
  for (const { seq, envelope, proof } of proved.toSorted((a, b) => a.seq - b.seq)) {
    if (envelope.length > MAX_LEAF_BYTES) throw new LedgerError('malformed-entry', `Entry ${seq} is larger than an entry can be.`)
    const opened = parseEnvelope(envelope)
    const entry = parseEntry(opened.payload)
    if (entry.seq !== seq || entries.has(seq)) throw new LedgerError('malformed-entry', `Entry ${seq} says that it is entry ${entry.seq}.`)
    keyring = foldKeyring(keyring, entry)
    if (keyring.logKeys.length === 0) throw new LedgerError('unknown-signer', 'Entry 0, which introduces the first keys, is not there.')
    if (originAt(keyring, seq) !== entry.origin) throw new LedgerError('wrong-origin', `Entry ${seq} is of ${entry.origin}, another ledger.`)
    const fault = findSignatureFault(keyring, opened, entry)
    if (fault === 'unknown-key') throw new LedgerError('unknown-signer', `Entry ${seq} is signed with a key that no entry beside it introduces as valid there.`)
    if (fault) throw new LedgerError('signature-invalid', `Entry ${seq} is not what its signer signed.`)
    const { index, hashes, checkpoint } = parseProofFile(proof)
    if (index !== seq || checkpoint !== note || !verifyInclusion(hashLeaf(envelope), seq, size, hashes, root)) throw new LedgerError('inconsistent', `Entry ${seq} is not proved to be in the tree of ${size} entries that the checkpoint signs.`)
    entries.set(seq, entry)
  }
  const first = keyring.logKeys[0]?.verifier
  if (first?.text !== firstLogKey.text) throw new LedgerError('wrong-log-key', `The ledger's first log key is ${first?.text ?? 'not there'}, not the one that was given.`)
  // The key of that size alone, by its own name: one of an origin that was given up signs nothing of what came after.
  return { checkpoint: openCheckpoint(note, () => logKeyAt(keyring, size)), entries }
}
