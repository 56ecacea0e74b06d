/** Every way in which the ledger can refuse. The message says what happened, to which input, and what to do next. */
export type LedgerErrorCode =
  // what was handed in
  | 'malformed-json'
  | 'malformed-envelope'
  | 'malformed-entry'
  | 'malformed-key'
  | 'malformed-note'
  | 'malformed-checkpoint'
  | 'malformed-proof'
  | 'malformed-request'
  | 'malformed-report'
  | 'entry-too-large'
  | 'no-such-entry'
  | 'no-such-size'
  // signatures
  | 'unknown-signer'
  | 'no-known-signature'
  | 'signature-invalid'
  // the state of the ledger
  | 'already-created'
  | 'not-created'
  | 'wrong-log-key'
  | 'wrong-origin'
  | 'inconsistent'
  | 'behind-high-water'
  | 'history-parted'
  | 'ledger-gone'
  | 'read-back-mismatch'
  // how it was called
  | 'not-reentrant'
  | 'nothing-appended'
  | 'async-work'

export class LedgerError extends Error {
  override readonly name = 'LedgerError'
  readonly code: LedgerErrorCode

  constructor(code: LedgerErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}
