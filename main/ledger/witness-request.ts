import { decodeBase64 } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import { HASH_SIZE } from './merkle.ts'

/** What a log hands to a witness (C2SP tlog-witness, add-checkpoint). */
export interface WitnessRequest {
  /** How many entries the witness has cosigned before; 0 when it has seen nothing of this log. */
  readonly old: number
  /** The consistency proof from `old` to the checkpoint's size; empty when `old` is 0 or the same size. */
  readonly proof: readonly Buffer[]
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string
}

/** A tree of 2^63 leaves needs no more. */
const MOST_HASHES = 63

/** Writes the body of a request to a witness (C2SP tlog-witness). */
export function formatWitnessRequest({ old, proof, checkpoint }: WitnessRequest): string {
  return [`old ${old}`, ...proof.map((hash) => hash.toString('base64')), '', checkpoint].join('\n')
}

/** Reads the body of a request to a witness without checking it (C2SP tlog-witness). Throws LedgerError `malformed-request`. */
export function parseWitnessRequest(body: string): WitnessRequest {
  const end = body.indexOf('\n\n')
  if (end < 0) throw malformed('no empty line divides the proof from the checkpoint')
  const [first = '', ...lines] = body.slice(0, end).split('\n')
  const [, decimal = ''] = /^old (0|[1-9][0-9]*)$/.exec(first) ?? []
  const old = Number(decimal)
  if (decimal === '' || !Number.isSafeInteger(old)) throw malformed('its first line is not `old` and a size')
  if (lines.length > MOST_HASHES) throw malformed(`it has ${lines.length} proof lines, and ${MOST_HASHES} are the most`)
  const proof = lines.map((line, index) => {
    const hash = decodeBase64(line)
    if (hash?.length !== HASH_SIZE) throw malformed(`line ${index + 2} is not a hash in base64`)
    return hash
  })
  return { old, proof, checkpoint: body.slice(end + 2) }
}

function malformed(why: string): LedgerError {
  return new LedgerError('malformed-request', `This is not a request to a witness: ${why}. Make it again with 'strongroom ledger witness request'.`)
}
