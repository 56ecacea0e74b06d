import { parseEnvelope } from './dsse.ts'
import { parseEntry, type Entry } from './entry.ts'
import { canonicalJson, isJsonObject, parseCanonicalJson, type JsonValue } from './jcs.ts'
import { decodeBase64 } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import type { Checkpoint, LogKeys } from './checkpoint.ts'
import { appendLeaf, emptyFrontier, frontierRoot, hashLeaf, hashNode, proveInclusion, verifyInclusion, type Frontier } from './merkle.ts'
import { verifyProofFile } from './proof-file.ts'

/**
 * A segment: records that come too fast to be entries (metrics, predictions), each canonical JSON, under an RFC 6962 root. An entry seals it
 * by `records`, how many, and `root`, in hexadecimal, in its detail. A segment grows like a log: a later seal covers what an earlier one did.
 */
export interface Seal {
  readonly records: number
  readonly root: string
}

/** A segment so far, in memory that grows with the logarithm of its size. */
export class Segment {
  #frontier: Frontier = emptyFrontier

  get records(): number {
    return this.#frontier.size
  }

  /** @param record canonical JSON */
  add(record: string): void {
    this.#frontier = appendLeaf(this.#frontier, hashRecord(record)).frontier
  }

  seal(): Seal {
    return { records: this.#frontier.size, root: frontierRoot(this.#frontier).toString('hex') }
  }
}

/** A record, and what proves that it stands in a segment that an entry of the ledger sealed: a file that needs no database. */
export interface RecordProof {
  /** Canonical JSON. */
  readonly record: string
  /** Its position in the segment, from 0. */
  readonly index: number
  /** From the record's sibling to the segment's root. */
  readonly hashes: readonly Buffer[]
  /** The exact leaf of the entry that sealed the segment. */
  readonly entry: Buffer
  /** The proof of that entry under a checkpoint (C2SP tlog-proof). */
  readonly proof: string
}

/** What a record's proof shows once it is checked. */
export interface ProvedRecord {
  readonly record: JsonValue
  readonly index: number
  readonly entry: Entry
  /** Of the key that signed the entry, which its file does not bring along: the log's checkpoint vouches for the entry. */
  readonly keyid: string
  readonly checkpoint: Checkpoint
}

const FORMAT = 'strongroom.dev/record-proof/v1'
const MEMBERS = 'entry,format,hashes,index,proof,record'
const LARGEST_FILE = 1 << 20

/** The hashes that lead from a record to the root of all these. Time and memory linear in their number. Throws RangeError for a position that none has. */
export function proveRecord(records: readonly string[], index: number): Buffer[] {
  const levels = [records.map(hashRecord)]
  for (let row = levels[0] ?? []; row.length > 1; row = levels.at(-1) ?? []) levels.push(pairs(row))
  return proveInclusion(index, records.length, (level, at) => {
    const node = levels[level]?.[at]
    if (node === undefined) throw new RangeError(`the segment has no node ${at} at level ${level}`)
    return node
  })
}

/** The file that is handed out: canonical JSON, bytes in base64. */
export function formatRecordProof({ record, index, hashes, entry, proof }: RecordProof): string {
  return canonicalJson({ format: FORMAT, record, index, hashes: hashes.map((hash) => hash.toString('base64')), entry: entry.toString('base64'), proof })
}

/**
 * Checks a record's file with nothing but the log's key: the record stands in the segment, an entry seals the segment, the entry is under a
 * checkpoint that the key has signed. Throws LedgerError `malformed-proof`, `inconsistent`, or what opening the checkpoint or reading the entry throws.
 */
export function verifyRecordProof(file: string, logKeys: LogKeys): ProvedRecord {
  const { record, index, hashes, entry: leaf, proof } = parseRecordProof(file)
  const checkpoint = verifyProofFile(proof, hashLeaf(leaf), logKeys)
  const { payload, keyid } = parseEnvelope(leaf)
  const entry = parseEntry(payload)
  const { records, root } = entry.detail
  if (typeof records !== 'number' || typeof root !== 'string' || !/^[0-9a-f]{64}$/.test(root)) {
    throw new LedgerError('malformed-proof', `Entry ${entry.seq}, ${entry.action}, seals no records.`)
  }
  if (!verifyInclusion(hashRecord(record), index, records, hashes, Buffer.from(root, 'hex'))) {
    throw new LedgerError('inconsistent', `The record is not number ${index} of the ${records} that entry ${entry.seq} seals: it was altered, or is of another segment.`)
  }
  return { record: parseCanonicalJson(Buffer.from(record)), index, entry, keyid, checkpoint }
}

function parseRecordProof(file: string): RecordProof {
  if (file.length > LARGEST_FILE) throw malformed(`it is larger than ${LARGEST_FILE} bytes`)
  const value = readJson(file)
  if (!isJsonObject(value) || Object.keys(value).join() !== MEMBERS || value.format !== FORMAT) throw malformed(`it is not canonical JSON with ${MEMBERS} of ${FORMAT}`)
  const { record, index, hashes, entry, proof } = value
  const leaf = typeof entry === 'string' ? decodeBase64(entry) : undefined
  const path = Array.isArray(hashes) ? (hashes as readonly JsonValue[]).map((hash) => (typeof hash === 'string' ? decodeBase64(hash) : undefined)) : []
  if (typeof record !== 'string' || typeof proof !== 'string' || typeof index !== 'number' || leaf === undefined || !Array.isArray(hashes) || !path.every((hash) => hash !== undefined)) {
    throw malformed('a member is not what it should be (base64 is standard, with padding)')
  }
  return { record, index, hashes: path, entry: leaf, proof }
}

function readJson(file: string): JsonValue {
  try {
    return parseCanonicalJson(Buffer.from(file.trimEnd()))
  } catch (thrown) {
    throw malformed(thrown instanceof Error ? thrown.message : 'it is not JSON')
  }
}

function hashRecord(record: string): Buffer {
  return hashLeaf(Buffer.from(record))
}

function pairs(row: readonly Buffer[]): Buffer[] {
  const above: Buffer[] = []
  for (let i = 0; i + 1 < row.length; i += 2) above.push(hashNode(row[i] ?? Buffer.alloc(0), row[i + 1] ?? Buffer.alloc(0)))
  return above
}

function malformed(why: string): LedgerError {
  return new LedgerError('malformed-proof', `This is not the proof of a record: ${why}.`)
}
