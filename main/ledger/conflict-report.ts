import { type Checkpoint } from './checkpoint.ts'
import { verifyCosignature } from './cosignature.ts'
import { canonicalJson, isJsonObject, parseCanonicalJson, type JsonValue } from './jcs.ts'
import { parseVerifierKey, type Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'

/** What a witness hands out when a checkpoint does not continue the one that it cosigned: both of them, and what was to join them. */
export interface ConflictReport {
  /** The witness's verifier key, as text. */
  readonly witness: string
  /** The checkpoint that the witness has cosigned, with its cosignature. */
  readonly held: string
  /** The checkpoint that was offered afterwards. */
  readonly offered: string
  /** The whole request in which it was offered (C2SP tlog-witness). */
  readonly request: string
  /** UTC, by the witness's clock. */
  readonly at: string
}

/** A report whose signatures were found good. */
export interface OpenConflict {
  readonly witness: Verifier
  readonly held: Checkpoint
  readonly offered: Checkpoint
}

const TYPE = 'strongroom.local/witness-conflict@v1'
const MEMBERS = 'at,held,offered,request,type,witness'

/** Writes a conflict report: canonical JSON (RFC 8785) and a newline. */
export function formatConflictReport(report: ConflictReport): string {
  return `${canonicalJson({ type: TYPE, ...report })}\n`
}

/** Whether a text begins as a conflict report does; whether it is one, `parseConflictReport` says. */
export function looksLikeConflictReport(text: string): boolean {
  return text.startsWith('{')
}

/** Reads a conflict report without checking its signatures. Throws LedgerError `malformed-report`. */
export function parseConflictReport(text: string): ConflictReport {
  let value: JsonValue
  try {
    value = parseCanonicalJson(Buffer.from(text.trimEnd()))
  } catch (thrown) {
    if (!(thrown instanceof LedgerError)) throw thrown
    throw malformed(thrown.message, thrown)
  }
  if (!isJsonObject(value) || value.type !== TYPE) throw malformed('it is JSON of another kind')
  const { witness, held, offered, request, at } = value
  if (Object.keys(value).sort().join() !== MEMBERS) throw malformed('its members are not those of a report')
  if (!isText(witness) || !isText(held) || !isText(offered) || !isText(request) || !isText(at)) throw malformed('a member is not text')
  return { witness, held, offered, request, at }
}

/**
 * The two checkpoints of a report, once the log key's signature on both and the witness's on the one that it held are found good. Whether
 * they contradict one another only a tree can tell. `openLog` opens a checkpoint with the keys of the log. Throws LedgerError
 * `malformed-key`, `signature-invalid`, or what `openCheckpoint` throws.
 */
export function openConflict({ witness, held, offered }: ConflictReport, openLog: (note: string) => Checkpoint): OpenConflict {
  const key = parseVerifierKey(witness)
  if (verifyCosignature(held, key) === undefined) {
    throw new LedgerError('signature-invalid', `The report is not of the witness ${key.name}: its cosignature on the checkpoint that it held is not good.`)
  }
  return { witness: key, held: openLog(held), offered: openLog(offered) }
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === 'string'
}

function malformed(why: string, cause?: unknown): LedgerError {
  return new LedgerError('malformed-report', `This is not a witness's report of a conflict: ${why}.`, cause)
}
