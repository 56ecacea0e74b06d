import { canonicalJson, canonicalString, isJsonObject, parseCanonicalJson, type JsonValue } from './jcs.ts'
import { decodeBase64 } from './keys.ts'
import { LedgerError } from './ledger-error.ts'
import { HASH_SIZE } from './merkle.ts'

/** Largest leaf, in bytes: what is larger stands in the entry by its digest. */
export const MAX_LEAF_BYTES = 65_535

/** Something that the entry is about, by name and content. */
export interface Subject {
  readonly name: string
  /** Lower-case hexadecimal. */
  readonly digest: { readonly sha256: string }
}

/** The state of the log that the signer had seen: the last checkpoint before the entry. */
export interface Seen {
  readonly size: number
  /** Standard base64. */
  readonly root: string
}

/** One fact of the ledger, as the person (or the orchestrator) signs it. */
export interface Entry {
  readonly v: 1
  readonly origin: string
  /** Position in the log, from 0. */
  readonly seq: number
  /** UTC, `YYYY-MM-DDTHH:MM:SS.mmmZ`. Asserted by the signer: order is proved by position alone. */
  readonly time: string
  /** Name of the key that signs. */
  readonly actor: string
  readonly action: string
  readonly subject: readonly Subject[]
  readonly detail: { readonly [key: string]: JsonValue }
  /** Salted commitments to personal data that is kept beside the ledger: field -> lower-case hexadecimal SHA-256. */
  readonly commitments: { readonly [field: string]: string }
  readonly seen: Seen
}

const MEMBERS = 'action,actor,commitments,detail,origin,seen,seq,subject,time,v'
const SHA256_HEX = /^[0-9a-f]{64}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/**
 * The canonical text of an entry (RFC 8785). Written member by member in sorted order, which is what makes appending fast; only
 * `detail` and `commitments` have members of their own choosing. What the ledger itself supplies (`v`, `seq`, `seen`) is taken as its type
 * says; the rest is checked. Throws LedgerError `malformed-entry` or `malformed-json`.
 */
export function encodeEntry(entry: Entry): string {
  const { v, origin, seq, time, actor, action, subject, detail, commitments, seen } = entry
  checkTexts(origin, time, actor, action)
  let subjects = ''
  for (const { name, digest } of subject) {
    if (!isText(name) || !isDigest(digest.sha256)) throw malformedSubject()
    subjects += `${subjects === '' ? '' : ','}{"digest":{"sha256":"${digest.sha256}"},"name":${canonicalString(name)}}`
  }
  for (const field in commitments) {
    if (!isDigest(commitments[field])) throw malformedCommitments()
  }
  return (
    `{"action":${canonicalString(action)},"actor":${canonicalString(actor)},"commitments":${canonicalJson(commitments)},` +
    `"detail":${canonicalJson(detail)},"origin":${canonicalString(origin)},"seen":{"root":"${seen.root}","size":${seen.size}},` +
    `"seq":${seq},"subject":[${subjects}],"time":"${time}","v":${v}}`
  )
}

/** Reads an entry strictly: canonical bytes, exactly these members. Throws LedgerError `malformed-entry` or `malformed-json`. */
export function parseEntry(bytes: Uint8Array): Entry {
  const value = parseCanonicalJson(bytes)
  checkEntry(value)
  return value
}

function checkEntry(value: JsonValue): asserts value is JsonValue & Entry {
  if (!isJsonObject(value) || Object.keys(value).sort().join() !== MEMBERS) throw malformed('its members', 'are not those of an entry')
  const { v, origin, seq, time, actor, action, subject, detail, commitments, seen } = value
  if (v !== 1) throw malformed('v', 'is not 1')
  if (!isCount(seq)) throw malformed('seq', 'is not a position')
  checkTexts(origin, time, actor, action)
  if (typeof time === 'string' && Number.isNaN(Date.parse(time))) throw malformed('time', 'is not a time that there is')
  if (!Array.isArray(subject) || !(subject as readonly JsonValue[]).every(isSubject)) throw malformedSubject()
  if (!isJsonObject(detail)) throw malformed('detail', 'is not an object')
  if (!isJsonObject(commitments) || !Object.values(commitments).every(isDigest)) throw malformedCommitments()
  if (!isJsonObject(seen) || Object.keys(seen).sort().join() !== 'root,size' || !isCount(seen.size) || !isRoot(seen.root)) throw malformedSeen()
}

function checkTexts(origin: JsonValue | undefined, time: JsonValue | undefined, actor: JsonValue | undefined, action: JsonValue | undefined): void {
  if (!isText(origin)) throw malformed('origin', 'is not a name')
  if (typeof time !== 'string' || !TIME.test(time)) throw malformed('time', 'is not YYYY-MM-DDTHH:MM:SS.mmmZ')
  if (!isText(actor)) throw malformed('actor', 'is not the name of a key')
  if (!isText(action)) throw malformed('action', 'is not a name')
}

function isSubject(value: JsonValue): boolean {
  if (!isJsonObject(value) || Object.keys(value).sort().join() !== 'digest,name' || !isText(value.name)) return false
  return isJsonObject(value.digest) && Object.keys(value.digest).join() === 'sha256' && isDigest(value.digest.sha256)
}

function isDigest(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && SHA256_HEX.test(value)
}

function isRoot(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && decodeBase64(value)?.length === HASH_SIZE
}

function isText(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value !== ''
}

function isCount(value: JsonValue | undefined): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function malformedSubject(): LedgerError {
  return malformed('subject', 'is not a list of {name, digest: {sha256}}')
}

function malformedCommitments(): LedgerError {
  return malformed('commitments', 'is not an object of hexadecimal SHA-256 digests')
}

function malformedSeen(): LedgerError {
  return malformed('seen', 'is not {size, root}')
}

function malformed(member: string, why: string): LedgerError {
  return new LedgerError('malformed-entry', `The entry cannot stand in the ledger: ${member} ${why}.`)
}
