export { openCheckpoint, parseCheckpoint, signCheckpoint, type Checkpoint } from './checkpoint.ts'
export { cosign, verifyCosignature } from './cosignature.ts'
export { ENTRY_TYPE, parseEnvelope, preAuthEncoding, sealEnvelope, verifyEnvelope, type Envelope } from './dsse.ts'
export { MAX_LEAF_BYTES, parseEntry, type Entry, type Seen, type Subject } from './entry.ts'
export { openHighWater, type HighWater } from './high-water.ts'
export { canonicalJson, isJsonObject, parseCanonicalJson, type JsonValue } from './jcs.ts'
export { orchestratorName, personName } from './keyring.ts'
export { keyReference, parseVerifierKey, signerFromKey, verifierKeyText, type KeyType, type Signer, type Verifier } from './keys.ts'
export {
  Ledger,
  type AppendedEntry,
  type EntryQuery,
  type Fact,
  type LedgerOptions,
  type LedgerTransaction,
  type ListedKey,
  type SignedEntry,
} from './ledger.ts'
export { LedgerError, type LedgerErrorCode } from './ledger-error.ts'
export { emptyRoot, hashLeaf, hashNode, verifyConsistency, verifyInclusion } from './merkle.ts'
export { openNote, parseNote, signNote, type NoteSignature, type OpenNote } from './note.ts'
export { formatProofFile, parseProofFile, verifyProofFile, type InclusionProof } from './proof-file.ts'
export { verifyLedger, type Damage, type DamageKind, type Verification, type VerifyOptions } from './verify.ts'
