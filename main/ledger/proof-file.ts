import { openCheckpoint, type Checkpoint, type LogKeys } from './checkpoint.ts'
import { decodeBase64 } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import { HASH_SIZE, verifyInclusion } from './merkle.ts'

/** An offline proof that a leaf stands at `index` in the tree of a checkpoint (C2SP tlog-proof). */
export interface InclusionProof {
  readonly index: number
  /** From the leaf's sibling to the root. */
  readonly hashes: readonly Buffer[]
  /** The signed checkpoint, verbatim. */
  readonly checkpoint: string
  /** Whatever the maker wanted to add; nothing authenticates it. */
  readonly extra?: Buffer
}

const HEADER = 'c2sp.org/tlog-proof@v1'

/** Writes a proof file (C2SP tlog-proof). */
export function formatProofFile(proof: InclusionProof): string {
  const lines = [HEADER]
  if (proof.extra !== undefined) lines.push(`extra ${proof.extra.toString('base64')}`)
  lines.push(`index ${proof.index}`, ...proof.hashes.map((hash) => hash.toString('base64')), '', proof.checkpoint)
  return lines.join('\n')
}

/** Reads a proof file (C2SP tlog-proof) without checking it. Throws LedgerError `malformed-proof`. */
export function parseProofFile(file: string): InclusionProof {
  const end = file.indexOf('\n\n')
  if (end < 0) throw malformed('no empty line divides the proof from the checkpoint')
  const [header, ...lines] = file.slice(0, end).split('\n')
  if (header !== HEADER) throw malformed(`its first line is not ${HEADER}`)
  const extra = lines[0]?.startsWith('extra ') === true ? decodeBase64(lines.shift()?.slice('extra '.length) ?? '') : null
  if (extra === undefined) throw malformed('its extra line is not base64')
  const [, decimal = ''] = /^index (0|[1-9][0-9]*)$/.exec(lines.shift() ?? '') ?? []
  const index = Number(decimal)
  if (decimal === '' || !Number.isSafeInteger(index)) throw malformed('it has no index line')
  const hashes = lines.map((line) => {
    const hash = decodeBase64(line)
    if (hash?.length !== HASH_SIZE) throw malformed(`"${line}" is not a hash`)
    return hash
  })
  const proof = { index, hashes, checkpoint: file.slice(end + 2) }
  return extra === null ? proof : { ...proof, extra }
}

/**
 * The checkpoint under which the proof shows the leaf to stand, checked against the log key. Throws LedgerError `malformed-proof`,
 * `inconsistent` if the hashes do not lead to the root, or what `openCheckpoint` throws.
 */
export function verifyProofFile(file: string, leafHash: Uint8Array, logKeys: LogKeys): Checkpoint {
  const proof = parseProofFile(file)
  const checkpoint = openCheckpoint(proof.checkpoint, logKeys)
  if (!verifyInclusion(leafHash, proof.index, checkpoint.size, proof.hashes, checkpoint.root)) {
    throw new LedgerError('inconsistent', `The leaf is not at ${proof.index} in the tree of ${checkpoint.size} that the checkpoint signs.`)
  }
  return checkpoint
}

function malformed(why: string): LedgerError {
  return new LedgerError('malformed-proof', `This is not a proof file: ${why}.`)
}
