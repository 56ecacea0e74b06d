#!/usr/bin/env node
/**
 * Verifies a Strongroom evidence pack. One file, no packages, Node 18 or later.
 *
 *   node verify.mjs [PACK] [--key VERIFIER_KEY] [--json]
 *
 * PACK is a folder or a zip file; without it, the folder that this file stands in. `--key` pins the first key of the ledger, learnt from
 * its owner by another way than the pack. Exit status: 0 all checks passed, 1 at least one finding, 2 the pack could not be read or the
 * arguments are wrong.
 *
 * What is checked is written down in docs/pack-format.md of Strongroom; this file follows its order: encoding, hashes and trees, keys and
 * signatures, notes, the pack's files, folder and zip, the bag, scope, entries, checkpoint and proofs, what is said of the entries, the
 * report. Nothing is ever unpacked, executed, fetched or written.
 *
 * A word of caution to who reads this inside a pack: a verifier that came with the thing it verifies proves little. Compare its SHA-256
 * with that of a copy you have from elsewhere, or run that copy.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

// Bounds: a hostile pack must exhaust neither memory nor time.

const MIB = 1024 * 1024
/** The largest file that is read as a whole; larger ones are only hashed. */
const MAX_EXAMINED_BYTES = 64 * MIB
/** Commas and opening brackets of a JSON file, which bound the values in it. */
const MAX_JSON_MARKS = 1_000_000
const MAX_JSON_DEPTH = 64
const MAX_FILES = 100_000
const MAX_ZIP_FILES = 65_535
const MAX_PATH_BYTES = 200
const MAX_ENTRY_BYTES = 65_535
/** Of all entries together. */
const MAX_ENTRIES_BYTES = 128 * MIB
/** Of a note, a proof, bagit.txt and bag-info.txt. */
const MAX_TEXT_BYTES = 64 * 1024
const MAX_NOTE_SIGNATURES = 64
const MAX_PROOF_HASHES = 63
const CHUNK_BYTES = MIB

/** The pack could not be read at all: exit status 2. */
export class PackUnreadable extends Error {}

/** The arguments are wrong: exit status 2. */
export class ArgumentsInvalid extends Error {}

/** Bytes or values are not what they must be. The message completes a sentence about the file; it becomes a finding. */
class Malformed extends Error {}

/** What must stand at an earlier position does not. If an entry before was set aside it may have stood there: then this is no finding. */
class Absent extends Malformed {}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Encoding: UTF-8, base64, JSON and its canonical form (RFC 8785).
// ---------------------------------------------------------------------------------------------------------------------------------------

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes) {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Malformed('is not valid UTF-8')
  }
}

/** Standard base64 with padding, and only in its canonical form. @param {string} text @returns {Buffer} */
function decodeBase64(text) {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw new Malformed('holds base64 that is not canonical')
  return bytes
}

/** Code point order, which for the paths of a pack is also code unit order. */
function compareText(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function expectSize({ length }, most) {
  if (length > most) throw new Malformed(`is larger than ${most} bytes`)
}

/**
 * Parses JSON (RFC 8259) strictly: valid UTF-8, no duplicate member, no lone surrogate, no number out of range, bounded depth and size.
 * @param {Buffer} bytes @param {(number: number) => boolean} isAllowed which numbers may stand in it
 */
function parseJson(bytes, isAllowed = Number.isFinite) {
  let marks = 0
  for (const byte of bytes) if (byte === 0x2c || byte === 0x5b || byte === 0x7b) marks++
  if (marks > MAX_JSON_MARKS) throw new Malformed('holds more JSON values than a file of a pack may')
  const text = decodeUtf8(bytes)
  let value
  try {
    value = JSON.parse(text)
  } catch {
    throw new Malformed('is not JSON')
  }
  // Of two members with one name JSON.parse keeps the last: there are then more names in the text than in the value.
  if (countMembers(value, isAllowed, 0) !== countNames(text)) throw new Malformed('names a member twice in one object')
  return value
}

/** The members of all objects in a value, whose strings, numbers and depth are checked on the way. */
function countMembers(value, isAllowed, depth) {
  if (typeof value === 'number' && !isAllowed(value)) throw new Malformed(`holds the number ${value}, which it must not`)
  if (typeof value === 'string') expectWellFormed(value)
  if (typeof value !== 'object' || value === null) return 0
  if (depth === MAX_JSON_DEPTH) throw new Malformed(`nests JSON more than ${MAX_JSON_DEPTH} deep`)
  const names = Array.isArray(value) ? [] : Object.keys(value)
  names.forEach(expectWellFormed)
  return Object.values(value).reduce((members, each) => members + countMembers(each, isAllowed, depth + 1), names.length)
}

/** The strings of a JSON text that a colon follows. */
function countNames(text) {
  let names = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    while (text[++at] !== '"') if (text[at] === '\\') at++
    while (' \t\n\r'.includes(text[++at] ?? '.'));
    if (text[at] === ':') names++
  }
  return names
}

/** With the u flag, only a surrogate without its partner matches. */
function expectWellFormed(text) {
  if (/\p{Surrogate}/u.test(text)) throw new Malformed('holds half of a surrogate pair')
}

/**
 * The canonical text of a value that `parseJson` gave (RFC 8785): members sorted by UTF-16 code unit, no white space, numbers and strings
 * as ECMAScript writes them, which is where the RFC takes their form from.
 */
function toJcs(value) {
  if (Array.isArray(value)) return `[${value.map(toJcs).join()}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  const members = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${toJcs(value[name])}`)
  return `{${members.join()}}`
}

/** Parses JSON that must be in canonical form, followed by nothing; its numbers are integers within 2^53 - 1. */
function parseJcs(bytes) {
  const value = parseJson(bytes, Number.isSafeInteger)
  if (!Buffer.from(toJcs(value)).equals(bytes)) throw new Malformed('is not JSON in canonical form (RFC 8785)')
  return value
}

/** The value that a JSON Pointer (RFC 6901) leads to. Throws Malformed for a pointer that is none or leads nowhere. */
function resolvePointer(root, pointer) {
  if ((pointer !== '' && !pointer.startsWith('/')) || /~(?![01])/.test(pointer)) throw new Malformed('is not a JSON pointer')
  let value = root
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replace(/~1/g, '/').replace(/~0/g, '~')
    const isThere = Array.isArray(value)
      ? /^(?:0|[1-9][0-9]*)$/.test(name) && Number(name) < value.length
      : isObject(value) && Object.hasOwn(value, name)
    if (!isThere) throw new Malformed('leads nowhere')
    value = value[name]
  }
  return value
}

/** Adds to the list that a map holds under a key. */
function addTo(lists, key, value) {
  if (!lists.has(key)) lists.set(key, [])
  lists.get(key).push(value)
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Shapes: what the members of a JSON value must be. A shape is a kind, an object of shapes (exactly these members) or [shape] (a list).
// ---------------------------------------------------------------------------------------------------------------------------------------

class Kind {
  constructor(description, test) {
    Object.assign(this, { description, test })
  }
}
const matching = (description, pattern) => new Kind(description, (value) => typeof value === 'string' && pattern.test(value))
const exactly = (wanted) => new Kind(JSON.stringify(wanted), (value) => value === wanted)

const isText = (value) => typeof value === 'string'
const isHex256 = (value) => isText(value) && /^[0-9a-f]{64}$/.test(value)
const isCount = (value) => Number.isSafeInteger(value) && value >= 0

const text = new Kind('a string', isText)
const word = matching('a string that is not empty', /./s)
const count = new Kind('an integer from 0', isCount)
const positive = new Kind('an integer from 1', (value) => isCount(value) && value > 0)
const decimal = matching('a decimal such as 0.8125', /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?$/)
const bound = matching('min or max', /^(?:min|max)$/)
const textOrInteger = new Kind('a string or an integer', (value) => isText(value) || Number.isSafeInteger(value))
const textOrNull = new Kind('a string or null', (value) => value === null || isText(value))
const object = new Kind('an object', isObject)
const sha256 = new Kind('a SHA-256 in lower-case hexadecimal', isHex256)
const digests = new Kind('an object of SHA-256 digests', (value) => isObject(value) && Object.values(value).every(isHex256))
const hex = matching('lower-case hexadecimal', /^(?:[0-9a-f]{2})+$/)
const date = new Kind('a date', (value) => isText(value) && isDate(value))
const time = new Kind('a time in UTC', (value) => isText(value) && isTime(value))
const treeRoot = matching('a 32-byte hash in base64', /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/)
/** C2SP signed-note: no space of any kind, no plus; and no control character. */
const keyName = matching('the name of a key', /^[^\s\p{Cc}+]+$/u)
const person = matching('the id of a person', /^[^\s\p{Cc}+/]+$/u)

/** Throws Malformed unless the value has the shape. @param {string} where what to call the value in the message */
function expectShape(value, shape, where) {
  if (shape instanceof Kind) {
    if (!shape.test(value)) throw new Malformed(`has something else than ${shape.description} as ${where}`)
  } else if (Array.isArray(shape)) {
    if (!Array.isArray(value)) throw new Malformed(`has something else than a list as ${where}`)
    value.forEach((each, i) => expectShape(each, shape[0], `${where}[${i}]`))
  } else {
    const names = Object.keys(shape)
    if (!isObject(value) || Object.keys(value).length !== names.length || !names.every((name) => Object.hasOwn(value, name))) {
      throw new Malformed(`has other members than ${names.join(', ')} in ${where}`)
    }
    for (const name of names) expectShape(value[name], shape[name], `${where}.${name}`)
  }
}

function isDate(value) {
  if (!/^(?!0000)\d{4}-\d\d-\d\d$/.test(value)) return false
  const parsed = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value)
}

function isTime(value) {
  return isDate(value.slice(0, 10)) && /^T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z$/.test(value.slice(10))
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Hashes and Merkle trees (RFC 6962, section 2).
// ---------------------------------------------------------------------------------------------------------------------------------------

function sha256Of(...parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const hashLeaf = (chunks) => sha256Of(Buffer.of(0), ...chunks)
const hashNode = (left, right) => sha256Of(Buffer.of(1), left, right)

/**
 * Whether the leaf stands at `index` of the tree of that size and root (RFC 9162, section 2.1.3.2). The positions are BigInts because
 * JavaScript shifts numbers in 32 bits.
 * @param {Buffer} leaf @param {number} index @param {number} size @param {Buffer[]} hashes from the leaf's sibling up @param {Buffer} root
 */
function isIncluded(leaf, index, size, hashes, root) {
  if (index >= size) return false
  let node = BigInt(index)
  let last = BigInt(size) - 1n
  let hash = leaf
  for (const sibling of hashes) {
    if (last === 0n) return false
    if ((node & 1n) === 1n || node === last) {
      hash = hashNode(sibling, hash)
      // A last node without a sibling moves up as it is.
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n
        last >>= 1n
      }
    } else {
      hash = hashNode(hash, sibling)
    }
    node >>= 1n
    last >>= 1n
  }
  return last === 0n && hash.equals(root)
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Keys and signatures: Ed25519 (RFC 8032), verifier keys (C2SP signed-note), envelopes (DSSE v1).
// ---------------------------------------------------------------------------------------------------------------------------------------

/** What stands before the 32 bytes of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const FIELD_PRIME = 2n ** 255n - 19n
const ORDER_8_Y = BigInt('0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826')
/** The y of every point whose order divides 8. For such a "key" signatures can be made by anybody. */
const SMALL_ORDER_Y = new Set([0n, 1n, FIELD_PRIME - 1n, ORDER_8_Y, FIELD_PRIME - ORDER_8_Y])

/**
 * Reads `name+hhhhhhhh+base64(0x01 ‖ public key)`. `id` is `name+hhhhhhhh`; `publicKey` is null for a point that never verifies.
 * @param {string} verifierKey
 */
function parseVerifierKey(verifierKey) {
  const [, name = '', hash = '', base64 = ''] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/su.exec(verifierKey) ?? []
  if (!keyName.test(name)) throw new Malformed('holds a verifier key that is not name+hash+key')
  const typed = decodeBase64(base64)
  if (typed.length !== 33 || typed[0] !== 1) throw new Malformed(`holds a key of ${name} that is not an Ed25519 key`)
  const expected = sha256Of(name, '\n', typed).toString('hex', 0, 4)
  if (hash !== expected) throw new Malformed(`holds a key of ${name} whose hash is ${hash}, not ${expected}`)
  const point = typed.subarray(1)
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, point]), format: 'der', type: 'spki' })
  return { name, id: `${name}+${hash}`, text: verifierKey, point: point.toString('hex'), publicKey: isSoundPoint(point) ? publicKey : null }
}

/** Whether the point is written in its one form (RFC 8032, section 5.1.3) and not one of the few that anybody can sign for. */
function isSoundPoint(point) {
  const y = BigInt(`0x${Buffer.from(point).reverse().toString('hex')}`) & (2n ** 255n - 1n)
  return y < FIELD_PRIME && !SMALL_ORDER_Y.has(y)
}

/** Whether the signature is the key's over the message. OpenSSL, which Node calls, refuses S >= L and compares R byte for byte. */
function isSignatureOf(key, message, signature) {
  return key.publicKey !== null && signature.length === 64 && verify(null, message, key.publicKey, signature)
}

const ENVELOPE_SHAPE = { payload: text, payloadType: text, signatures: [{ keyid: text, sig: text }] }

/**
 * Reads a DSSE envelope in canonical form, around a payload in canonical form, with at least one signature. `signed` is what was signed:
 * its pre-authentication encoding. `keyid`, `signer` and `signature` are the first one's; `others` are the further ones.
 */
function parseEnvelope(bytes, payloadType) {
  const envelope = parseJcs(bytes)
  expectShape(envelope, ENVELOPE_SHAPE, 'the envelope')
  if (envelope.payloadType !== payloadType) throw new Malformed(`has another payload type than ${payloadType}`)
  const [first, ...others] = envelope.signatures.map(parseSignature)
  if (first === undefined) throw new Malformed('has no signature')
  const body = decodeBase64(envelope.payload)
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${body.length} `
  return { payload: parseJcs(body), ...first, others, signed: Buffer.concat([Buffer.from(head), body]) }
}

function parseSignature({ keyid, sig }) {
  const [, signer = ''] = /^([^+]*)\+[0-9a-f]{8}$/su.exec(keyid) ?? []
  if (!keyName.test(signer)) throw new Malformed('has a keyid that is not name+hash')
  const signature = decodeBase64(sig)
  if (signature.length !== 64) throw new Malformed('has a signature that is not 64 bytes long')
  return { keyid, signer, signature }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Notes: signed-note, checkpoint and proof file (C2SP signed-note, tlog-checkpoint, tlog-proof).
// ---------------------------------------------------------------------------------------------------------------------------------------

/** Takes a checkpoint apart without checking its signatures: three lines, an empty line, signature lines. @param {Buffer} bytes */
function parseCheckpoint(bytes) {
  expectSize(bytes, MAX_TEXT_BYTES)
  const note = decodeUtf8(bytes)
  const division = note.indexOf('\n\n')
  const signedText = note.slice(0, division + 1)
  const [, origin = '', size = '', root = ''] = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([^\n]+)\n$/.exec(signedText) ?? []
  if (!keyName.test(origin) || !Number.isSafeInteger(Number(size)) || !treeRoot.test(root)) {
    throw new Malformed('is not a checkpoint: origin, size and root, a line each, and an empty line')
  }
  const lines = note.slice(division + 2).split('\n')
  if (lines.pop() !== '' || lines.length === 0) throw new Malformed('is not a note: it does not end in a signature line')
  if (lines.length > MAX_NOTE_SIGNATURES) throw new Malformed(`is a note with more than ${MAX_NOTE_SIGNATURES} signatures`)
  return { origin, size: Number(size), root: Buffer.from(root, 'base64'), note, signedText, signatures: lines.map(parseSignatureLine) }
}

function parseSignatureLine(line) {
  const [, name = '', base64 = ''] = /^\u2014 ([^ ]+) ([^ ]+)$/u.exec(line) ?? []
  if (!keyName.test(name)) throw new Malformed('has a line that is not a signature line')
  const blob = decodeBase64(base64)
  if (blob.length < 5) throw new Malformed('has a signature line without a signature')
  return { keyId: `${name}+${blob.toString('hex', 0, 4)}`, signature: blob.subarray(4) }
}

/** Signatures of other keys are left alone; every one of this key must be good, and there must be one. */
function expectNoteSignedBy(key, { signedText, signatures }) {
  const own = signatures.filter(({ keyId }) => keyId === key.id)
  // A key that took its place may have come in an entry that is not there.
  if (own.length === 0) throw new Absent(`is not signed by ${key.id}`)
  if (!own.every(({ signature }) => isSignatureOf(key, Buffer.from(signedText), signature))) {
    throw new Malformed(`has a signature of ${key.id} that is not good`)
  }
}

/** Takes a proof file apart. `checkpoint` is what stands after the empty line, byte for byte. @param {Buffer} bytes */
function parseProof(bytes) {
  expectSize(bytes, MAX_TEXT_BYTES)
  const division = bytes.indexOf('\n\n')
  if (division < 0) throw new Malformed('is not a proof: no empty line divides proof and checkpoint')
  const [header, ...lines] = decodeUtf8(bytes.subarray(0, division)).split('\n')
  if (header !== 'c2sp.org/tlog-proof@v1') throw new Malformed('is not a proof: its first line is another')
  if (lines[0]?.startsWith('extra ')) decodeBase64(lines.shift().slice('extra '.length))
  const [, index] = /^index (0|[1-9][0-9]{0,15})$/.exec(lines.shift() ?? '') ?? []
  if (index === undefined) throw new Malformed('is not a proof: it has no index')
  if (lines.length > MAX_PROOF_HASHES) throw new Malformed(`is a proof of more than ${MAX_PROOF_HASHES} hashes`)
  if (!lines.every(treeRoot.test)) throw new Malformed('is not a proof: a line is not a hash')
  return { index: Number(index), hashes: lines.map(decodeBase64), checkpoint: bytes.subarray(division + 2) }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// A pack under verification: its files and what was found about them. A file is {size, sha256, crc32, chunks}, where `chunks` gives its
// bytes in pieces; it is hashed once and for all, and its bytes are compared with that hash whenever they are read again.
// ---------------------------------------------------------------------------------------------------------------------------------------

const TAG_MANIFEST = 'tagmanifest-sha256.txt'
const MANIFEST = 'manifest-sha256.txt'
const SIGNATURE = 'signature.dsse.json'
const PACK = 'data/pack.json'
const CHECKPOINT = 'data/checkpoint.txt'
const FACTS = 'data/facts.json'
const CLAIMS = 'data/claims.json'
const OMISSIONS = 'data/omissions.json'
const DISCLOSURES = 'data/disclosures.json'
const PERMISSIONS = 'data/permissions.json'
const GAPS = 'data/gaps.csv'
const TRACEABILITY = 'data/traceability.csv'

const REQUIRED_FILES = [
  ...['bagit.txt', 'bag-info.txt', MANIFEST, TAG_MANIFEST, SIGNATURE, 'README.txt', 'verify.mjs', 'verify.py'],
  ...[PACK, CHECKPOINT, FACTS, CLAIMS, OMISSIONS, DISCLOSURES, 'data/report.html', GAPS, TRACEABILITY],
]
const ENTRY_FILE = /^data\/entries\/(\d{8})\.json$/
const PROOF_FILE = /^data\/proofs\/(\d{8})\.tlog-proof$/
const FRAMEWORK_FILE = /^data\/frameworks\/[^/]+\.json$/
const DOCUMENT_FILE = /^data\/documents\/([0-9a-f]{64})\/[^/]+$/
const PERMISSIONS_FILE = /^data\/permissions\.json$/
const VARIABLE_FILES = [ENTRY_FILE, PROOF_FILE, FRAMEWORK_FILE, DOCUMENT_FILE, PERMISSIONS_FILE]

const entryFile = (seq) => `data/entries/${String(seq).padStart(8, '0')}.json`
const proofFile = (seq) => `data/proofs/${String(seq).padStart(8, '0')}.tlog-proof`

/** Findings that say a file is not what should lie there: about its content nothing more is said. */
const PLACE_CODES = new Set(['path-invalid', 'file-unlisted', 'file-missing', 'digest-mismatch'])

class Pack {
  /** @type {Map<string, {size: number, sha256: string, crc32: number, chunks: () => Iterable<Buffer>}>} */
  files = new Map()
  /** Whether there is anything to check: a zip may be damaged so that nothing in it can be read. */
  isReadable = true
  close = () => {}
  /** file -> code -> message */
  #findings = new Map()
  #setAside = new Set()

  /** At most one finding for a file and a code counts, the first. */
  find(code, file, message) {
    if (!this.#findings.has(file)) this.#findings.set(file, new Map())
    const byCode = this.#findings.get(file)
    if (!byCode.has(code)) byCode.set(code, message)
  }

  /** A file that is damaged, missing or not listed: what would need it is left undecided. */
  setAside(code, file, message) {
    this.#setAside.add(file)
    if (code === 'file-unlisted') this.files.delete(file)
    // What lies in the place of a missing file, or has none, was found already.
    if (![...(this.#findings.get(file)?.keys() ?? [])].some((found) => PLACE_CODES.has(found))) this.find(code, file, message)
  }

  isSetAside(file) {
    return this.#setAside.has(file)
  }

  hasFindings(file) {
    return this.#findings.has(file)
  }

  /** Sorted by file, then code. */
  findings() {
    return [...this.#findings].sort(([a], [b]) => compareText(a, b)).flatMap(([file, byCode]) => {
      const codes = [...byCode.keys()].sort()
      const ofPlace = codes.filter((code) => PLACE_CODES.has(code))
      return (ofPlace.length > 0 ? ofPlace : codes).map((code) => ({ code, file, message: byCode.get(code) }))
    })
  }

  /** What `check` returns; what it throws as Malformed becomes a finding, and undefined. After a gap, what is Absent may be in the gap. */
  attempt(code, file, check, isAfterGap = false) {
    try {
      return check()
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      if (!(isAfterGap && error instanceof Absent)) this.find(code, file, error.message)
      return undefined
    }
  }

  /** The bytes of a file that is there. */
  read(path) {
    const file = this.files.get(path)
    expectSize({ length: file.size }, MAX_EXAMINED_BYTES)
    const bytes = Buffer.concat([...file.chunks()])
    if (sha256Of(bytes).toString('hex') !== file.sha256) {
      throw new PackUnreadable(`${path} changed while it was verified. Verify a copy that nobody writes to.`)
    }
    return bytes
  }

  /** What `parse` makes of a file's bytes. Undefined if they are malformed, a finding with this code, or the file is not there or set aside. */
  examine(path, code, parse) {
    if (!this.files.has(path) || this.isSetAside(path)) return undefined
    return this.attempt(code, path, () => parse(this.read(path)))
  }

  /** A JSON file of that shape. */
  readJson(path, shape) {
    return this.examine(path, 'format-invalid', (bytes) => {
      const value = parseJcs(bytes)
      expectShape(value, shape, 'the file')
      return value
    })
  }

  /** The files whose path matches, sorted, each with what the pattern captured; with `expected`, also those that were set aside. */
  filesLike(pattern, expected = false) {
    const paths = new Set([...this.files.keys(), ...(expected ? this.#setAside : [])])
    return [...paths].sort().flatMap((path) => {
      const match = pattern.exec(path)
      return match === null ? [] : [{ path, captured: match[1] }]
    })
  }
}

/** Hashes a file. @param {() => Iterable<Buffer>} chunks */
function measureFile(chunks) {
  const hash = createHash('sha256')
  let crc = 0xffffffff
  let size = 0
  for (const chunk of chunks()) {
    hash.update(chunk)
    size += chunk.length
    for (let i = 0; i < chunk.length; i++) crc = CRC_TABLE[(crc ^ chunk[i]) & 0xff] ^ (crc >>> 8)
  }
  return { size, sha256: hash.digest('hex'), crc32: (crc ^ 0xffffffff) >>> 0, chunks }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

/** `/` between the parts, no empty, `.` or `..` part, at most 200 bytes, and few characters. */
function isPackPath(path) {
  return path.length <= MAX_PATH_BYTES && path.split('/').every((part) => /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/.test(part))
}

/** Fills the pack with the files of the folder or zip at `path`. @param {Pack} pack */
function openPack(pack, path) {
  const stats = statSync(path)
  if (stats.isDirectory()) readFolder(pack, path)
  else if (stats.isFile()) readZip(pack, path)
  else throw new PackUnreadable(`${path} is neither a folder nor a file.`)
}

/** No link is followed, no special file opened, and no folder looked into whose name no pack has. */
function readFolder(pack, root) {
  let seen = 0
  walk('')

  function walk(prefix) {
    const names = readdirSync(`${root}/${prefix}`)
    if (names.length === 0 && prefix !== '') pack.find('file-unlisted', prefix.slice(0, -1), 'is an empty folder')
    for (const name of names) {
      if (++seen > MAX_FILES) throw new PackUnreadable(`${root} holds more than ${MAX_FILES} files and folders, which no pack does.`)
      const path = prefix + name
      const stats = isPackPath(path) ? lstatSync(`${root}/${path}`) : undefined
      if (stats?.isDirectory()) walk(`${path}/`)
      else if (stats?.isFile()) pack.files.set(path, measureFile(() => readFileInChunks(`${root}/${path}`)))
      else if (stats) pack.find('path-invalid', path, 'is not a regular file: a pack holds no links and no special files')
      else pack.find('path-invalid', path, 'has a name that no file of a pack can have')
    }
  }
}

function* readFileInChunks(path) {
  // Should the file have become a link or a pipe since it was looked at, it is neither followed nor waited for.
  const fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  try {
    yield* readRange(fd, 0, fstatSync(fd).size)
  } finally {
    closeSync(fd)
  }
}

/** The bytes of an open file from `offset`, at most `length`, in pieces that are the reader's to keep. */
function* readRange(fd, offset, length) {
  for (let done = 0; done < length; ) {
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, length - done))
    const read = readSync(fd, chunk, 0, chunk.length, offset + done)
    if (read === 0) return
    done += read
    yield chunk.subarray(0, read)
  }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The zip. It has one form for given files: they are found by its directory, as any unzip program would, and the container is then built
// again from them, piece by piece, and compared. Nothing in it is compressed, so it can hold no more than its own size.
// ---------------------------------------------------------------------------------------------------------------------------------------

const LOCAL_HEADER = { signature: 0x04034b50, size: 30 }
const DIRECTORY_HEADER = { signature: 0x02014b50, size: 46 }
const DIRECTORY_END = { signature: 0x06054b50, size: 22 }
const ZIP_VERSION = 20
/** 1 January 1980, in the form of MS-DOS. */
const ZIP_DATE = 0x0021

function readZip(pack, path) {
  const altered = (why) => pack.find('container-altered', basename(path), `${why}. Fetch the pack again, or unpack it and verify the folder`)
  const fd = openSync(path, constants.O_RDONLY)
  pack.close = () => closeSync(fd)
  const read = (offset, length) => Buffer.concat([...readRange(fd, offset, length)])
  const size = fstatSync(fd).size
  const records = readZipDirectory(read, size)
  if (records === undefined) {
    pack.isReadable = false
    altered('is not a zip that can be read: nothing in it was examined')
  } else {
    const entries = records.map((record) => ({ ...record, ...measureFile(() => readRange(fd, record.start, record.length)) }))
    if (!isExactZip(read, size, entries)) altered('is not, byte for byte, the zip of the files that it holds')
    for (const { name, start, offset, length, ...file } of entries) {
      const path = name.toString()
      if (!isPackPath(path)) pack.find('path-invalid', path, 'has a name that no file of a pack can have')
      // Of two files of one name the first counts; that there are two was found already.
      else if (!pack.files.has(path)) pack.files.set(path, file)
    }
  }
}

/** The files by the directory that the last bytes lead to, each stored before it; undefined if that is not what lies there. */
function readZipDirectory(read, size) {
  if (size < DIRECTORY_END.size) return undefined
  const end = read(size - DIRECTORY_END.size, DIRECTORY_END.size)
  const directorySize = end.readUInt32LE(12)
  const directoryStart = end.readUInt32LE(16)
  const isThere = directorySize <= MAX_EXAMINED_BYTES && directoryStart + directorySize <= size - DIRECTORY_END.size
  if (end.readUInt32LE() !== DIRECTORY_END.signature || !isThere) return undefined

  const directory = read(directoryStart, directorySize)
  const records = []
  let total = 0
  for (let at = 0; at < directorySize; ) {
    if (at + DIRECTORY_HEADER.size > directorySize || directory.readUInt32LE(at) !== DIRECTORY_HEADER.signature) return undefined
    const length = directory.readUInt32LE(at + 24)
    const nameEnd = at + DIRECTORY_HEADER.size + directory.readUInt16LE(at + 28)
    const next = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    const isStored = directory.readUInt16LE(at + 10) === 0 && directory.readUInt32LE(at + 20) === length
    const name = directory.subarray(at + DIRECTORY_HEADER.size, nameEnd)
    const offset = directory.readUInt32LE(at + 42)
    const start = offset + LOCAL_HEADER.size + name.length
    total += length
    // Contents that overlap would be read again and again: together they are no larger than the zip.
    if (next > directorySize || !isStored || start + length > directoryStart || total > size || records.length === MAX_ZIP_FILES) return undefined
    records.push({ name, offset, start, length })
    at = next
  }
  return records
}

/** Builds the container from its files, each name once and in order, and compares. */
function isExactZip(read, size, entries) {
  const directory = []
  let offset = 0
  for (const [i, entry] of entries.entries()) {
    if (i > 0 && Buffer.compare(entries[i - 1].name, entry.name) >= 0) return false
    const header = buildZipHeader(LOCAL_HEADER, entry, 0)
    if (entry.offset !== offset || !read(offset, header.length).equals(header)) return false
    directory.push(buildZipHeader(DIRECTORY_HEADER, entry, offset))
    offset += header.length + entry.size
  }
  const rest = Buffer.concat([...directory, buildZipEnd(entries.length, offset, directory)])
  return size === offset + rest.length && read(offset, rest.length).equals(rest)
}

/** The header of a file as the format demands it, before its content or in the directory. */
function buildZipHeader({ signature, size }, entry, offset) {
  const header = Buffer.alloc(size)
  const isDirectory = signature === DIRECTORY_HEADER.signature
  header.writeUInt32LE(signature, 0)
  if (isDirectory) header.writeUInt16LE(ZIP_VERSION, 4)
  // From here on the two headers have the same members; flags, method, time and all that is not written are 0.
  const at = isDirectory ? 6 : 4
  header.writeUInt16LE(ZIP_VERSION, at)
  header.writeUInt16LE(ZIP_DATE, at + 8)
  header.writeUInt32LE(entry.crc32, at + 10)
  header.writeUInt32LE(entry.size, at + 14)
  header.writeUInt32LE(entry.size, at + 18)
  header.writeUInt16LE(entry.name.length, at + 22)
  if (isDirectory) header.writeUInt32LE(offset, 42)
  return Buffer.concat([header, entry.name])
}

function buildZipEnd(count, offset, directory) {
  const end = Buffer.alloc(DIRECTORY_END.size)
  end.writeUInt32LE(DIRECTORY_END.signature, 0)
  end.writeUInt16LE(count, 8)
  end.writeUInt16LE(count, 10)
  end.writeUInt32LE(directory.reduce((length, header) => length + header.length, 0), 12)
  end.writeUInt32LE(offset, 16)
  return end
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The bag (RFC 8493): which files there must be, and that they are the listed ones.
// ---------------------------------------------------------------------------------------------------------------------------------------

const BAGIT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'
const BAG_INFO = [
  ['Source-Organization', () => true],
  ['Bagging-Date', isDate],
  ['Payload-Oxum', (value) => /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)$/.test(value)],
  ['External-Identifier', () => true],
  ['Bag-Software-Agent', () => true],
]

const isPayload = (path) => path.startsWith('data/')
/** A file that the tag manifest lists. */
const isTag = (path) => !isPayload(path) && path !== TAG_MANIFEST && path !== SIGNATURE

/** @param {Pack} pack */
function checkBag(pack) {
  for (const path of [...pack.files.keys()]) {
    if (!REQUIRED_FILES.includes(path) && !VARIABLE_FILES.some((pattern) => pattern.test(path))) dropStrangeFile(pack, path, 'is not a file that a pack has')
  }
  for (const path of REQUIRED_FILES) if (!pack.files.has(path)) pack.setAside('file-missing', path, 'is part of every pack and is not there')
  // The tag manifest first: it says whether the payload manifest may be believed.
  compareWithManifest(pack, TAG_MANIFEST, isTag)
  const listed = compareWithManifest(pack, MANIFEST, isPayload)
  pack.examine('bagit.txt', 'bag-invalid', (bytes) => {
    if (!bytes.equals(Buffer.from(BAGIT))) throw new Malformed('has other lines than BagIt-Version: 1.0 and its encoding, UTF-8')
  })
  pack.examine('bag-info.txt', 'bag-invalid', (bytes) => checkBagInfo(pack, bytes, listed))
}

/** What has no place in the layout is no file of the pack, whatever the manifests say. */
function dropStrangeFile(pack, path, why) {
  pack.find('file-unlisted', path, why)
  pack.files.delete(path)
}

/** The listed files are there and as listed, and of their kind there are no others. Returns the paths; undefined if there is no use in the list. */
function compareWithManifest(pack, manifest, isOfKind) {
  const listed = pack.examine(manifest, 'bag-invalid', (bytes) => parseManifest(bytes, isOfKind))
  if (listed === undefined) return undefined
  for (const [path, sha256] of listed) {
    const file = pack.files.get(path)
    if (file === undefined) pack.setAside('file-missing', path, `is listed in ${manifest} and is not there`)
    else if (file.sha256 !== sha256) pack.setAside('digest-mismatch', path, describeMismatch(file, sha256, manifest))
  }
  for (const path of [...pack.files.keys()]) {
    if (isOfKind(path) && !listed.has(path)) pack.setAside('file-unlisted', path, `is not listed in ${manifest}`)
  }
  return [...listed.keys()]
}

function describeMismatch(file, sha256, list) {
  return `has the SHA-256 ${file.sha256}, where ${list} lists ${sha256}: it was altered`
}

/** @returns {Map<string, string>} path -> SHA-256 */
function parseManifest(bytes, isOfKind) {
  const lines = decodeUtf8(bytes).split('\n')
  if (lines.pop() !== '') throw new Malformed('does not end in a newline')
  const listed = new Map()
  let previous = ''
  for (const line of lines) {
    const [, sha256, path = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
    if (sha256 === undefined || !isPackPath(path)) throw new Malformed('has a line that is not a SHA-256, two spaces and a path')
    if (!isOfKind(path)) throw new Malformed(`lists ${path}, which it must not`)
    if (path <= previous) throw new Malformed(`is not sorted, or lists a file twice, at ${path}`)
    previous = path
    listed.set(path, sha256)
  }
  return listed
}

function checkBagInfo(pack, bytes, listed) {
  expectSize(bytes, MAX_TEXT_BYTES)
  const lines = decodeUtf8(bytes).split('\n')
  if (lines.pop() !== '' || lines.length !== BAG_INFO.length) throw new Malformed(`has not exactly the lines ${BAG_INFO.map(([label]) => label).join(', ')}`)
  const values = BAG_INFO.map(([label, isValid], i) => {
    const value = lines[i].slice(label.length + 2)
    if (!lines[i].startsWith(`${label}: `) || value === '' || /\p{Cc}/u.test(value) || !isValid(value)) {
      throw new Malformed(`has something else than a ${label} in line ${i + 1}`)
    }
    return value
  })
  // Altered and missing files have findings of their own; the sum then says nothing more.
  if (!listed?.every((path) => pack.files.has(path) && !pack.isSetAside(path))) return
  const oxum = `${listed.reduce((sum, path) => sum + pack.files.get(path).size, 0)}.${listed.length}`
  if (values[2] !== oxum) throw new Malformed(`has the Payload-Oxum ${values[2]}, not ${oxum}`)
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The scope and the frameworks.
// ---------------------------------------------------------------------------------------------------------------------------------------

const SCOPE_SHAPE = {
  format: exactly('strongroom.dev/evidence-pack/v1'),
  id: word,
  origin: keyName,
  created: time,
  software: text,
  project: { id: word, name: text, intendedPurpose: text, roles: [text], annexIII: text },
  model: { name: word, version: count, artifact: sha256 },
  exporter: keyName,
  tree: { size: count, root: treeRoot },
  frameworks: [{ id: matching('the id of a framework', /^[A-Za-z0-9._-]+$/), title: text, file: text, sha256 }],
  asOf: date,
}

/** The frameworks that go out with this release, by their digests. */
const RELEASE = '0.1.0'
const SHIPPED_FRAMEWORKS = new Map([
  ['eu-ai-act', 'edb2986d80b6654c8880c9fe4b1e29d54342767656a822b1ad07c573046375e4'],
  ['nist-ai-rmf', '699cff4a80bf62fa14984511027592953d7eced80495e877d6609a112accf07a'],
])

/** data/pack.json. @param {Pack} pack */
function readScope(pack) {
  const scope = pack.readJson(PACK, SCOPE_SHAPE)
  return scope && pack.attempt('format-invalid', PACK, () => {
    if (new Set(scope.frameworks.map(({ id }) => id)).size !== scope.frameworks.length) throw new Malformed('names a framework twice')
    for (const { id, file } of scope.frameworks) {
      if (file !== `data/frameworks/${id}.json` || !isPackPath(file)) throw new Malformed(`has another file for ${id} than data/frameworks/<id>.json`)
    }
    return scope
  })
}

/** Whether the pack has the frameworks of this release, all and unaltered. */
function areShipped(frameworks) {
  return frameworks.length === SHIPPED_FRAMEWORKS.size && frameworks.every(({ id, sha256 }) => SHIPPED_FRAMEWORKS.get(id) === sha256)
}

/** The assessable rows of each framework of the scope: framework id -> rows, or undefined where its file cannot be used. */
function readFrameworks(pack, scope) {
  const named = new Set(scope.frameworks.map(({ file }) => file))
  for (const { path } of pack.filesLike(FRAMEWORK_FILE)) if (!named.has(path)) dropStrangeFile(pack, path, `is not a framework that ${PACK} names`)
  const rows = new Map()
  for (const { id, file, sha256 } of scope.frameworks) {
    if (!pack.files.has(file)) pack.setAside('file-missing', file, `is named by ${PACK} and is not there`)
    rows.set(id, pack.examine(file, 'format-invalid', (bytes) => readAssessableRows(parseJson(bytes))))
    if (!pack.isSetAside(file) && pack.files.get(file).sha256 !== sha256) pack.find('format-invalid', PACK, `names ${file} with another SHA-256 than it has`)
  }
  return rows
}

function readAssessableRows(framework) {
  const lists = isObject(framework) ? ['obligations', 'items'].filter((name) => Object.hasOwn(framework, name)).map((name) => framework[name]) : []
  const [rows] = lists
  if (lists.length !== 1 || !Array.isArray(rows)) throw new Malformed('has not one list, obligations or items')
  if (!rows.every((row) => isObject(row) && isText(row.id) && typeof row.assessable === 'boolean')) throw new Malformed('has a row without id or assessable')
  if (new Set(rows.map(({ id }) => id)).size !== rows.length) throw new Malformed('has two rows with one id')
  return rows.filter(({ assessable }) => assessable)
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Entries, in their order. What they build up is the history: keys, roles, runs, versions, requests, approvals. Who may sign what is a
// matter of position in the ledger, never of a time. An entry that may not stand where it stands changes nothing.
// ---------------------------------------------------------------------------------------------------------------------------------------

const ENTRY_TYPE = 'application/vnd.strongroom.entry+json'
const ENTRY_SHAPE = {
  v: exactly(1),
  origin: keyName,
  seq: count,
  time,
  actor: keyName,
  action: word,
  subject: [{ name: text, digest: { sha256 } }],
  detail: object,
  commitments: digests,
  seen: { size: count, root: treeRoot },
}
const SCOPES = { project: ['kind', 'project'], model: ['kind', 'model', 'project'] }
const scopeOfRole = new Kind('a project or a model of one', (value) =>
  isObject(value) && Object.hasOwn(SCOPES, value.kind) && Object.keys(value).sort().join() === SCOPES[value.kind].join() && Object.values(value).every(word.test))
const yesOrNo = matching('yes or no', /^(?:yes|no)$/)
/** `detail` of the entries by which it is decided whose signature counts: people, keys, roles, policy. */
const AUTHORITY_SHAPES = new Map([
  ['person.enrolled', { person, roles: [word], key: text }],
  ['person.roles.changed', { person, roles: [word] }],
  ['person.granted', { person, role: word, scope: scopeOfRole }],
  ['person.revoked', { person, role: word, scope: scopeOfRole }],
  ['role.defined', { role: word, sentence: word, permissions: [word] }],
  ['role.removed', { role: word }],
  ['policy.changed', { administratorsDecide: yesOrNo }],
  ['person.deactivated', { person }],
  ['person.key.rotated', { person, key: text }],
  ['person.key.recovered', { person, key: text, reason: text }],
  ['orchestrator.key.rotated', { key: text }],
  ['ledger.key.rotated', { key: text }],
  ['model.key.rotated', { hint: sha256, key: text, replaces: sha256 }],
  ['ledger.continued', { key: text, predecessor: keyName, size: count, anchor: text, reason: text }],
])
/** A member that the entry may have besides: in a `policy.changed` why, which those of earlier releases and the orchestrator's do not say; after a loss a key of the orchestrator. */
const AUTHORITY_EXTRAS = new Map([['policy.changed', { reason: word }], ['ledger.continued', { orchestratorKey: text }]])
/** Whose entries are signed by the keys that they bring as well, after the actor's, and before those by the key in whose place one comes. */
const SIGNED_BY_NEW = new Set(['person.key.rotated', 'person.key.recovered', 'orchestrator.key.rotated', 'ledger.key.rotated', 'ledger.continued'])
const SIGNED_BY_OLD = new Set(['orchestrator.key.rotated', 'ledger.key.rotated'])
const CONDITION_SHAPE = { metric: text, bound, threshold: decimal }
const GATE_SHAPE = { to: text, conditions: [CONDITION_SHAPE], approvals: positive }
const counts = new Kind('an object of integers from 1', (value) => isObject(value) && Object.keys(value).length <= 5 && Object.values(value).every(positive.test))
const POLICY_SHAPE = { path: text, sha256: text, evidence: [text], tests: [text], roles: counts, expires: { approvals: count, evidence: count, production: count } }
const ROLLBACK_SHAPE = { approvals: positive, roles: counts }
const RUN_GATES_SHAPE = [{ model: text, gates: [object] }]
const REQUIREMENT_SHAPE = { what: matching('evidence or test', /^(?:evidence|test)$/), name: text, entry: count, met: exactly('yes') }
const REQUEST_SHAPE = { approvals: positive, conditions: [{ ...CONDITION_SHAPE, value: decimal, met: exactly('yes') }] }
/** What a project's entry says of the system. */
const DESCRIPTION = ['name', 'intendedPurpose', 'roles', 'annexIII']
const orchestratorName = (origin) => `${origin}/orchestrator`
const personName = (origin, person) => `${origin}/person/${person}`
/** What a ledger goes on under after a loss: its first origin, and a word. */
const CONTINUED = /^(.+)\/continued\/[^/]+$/su
const isOriginOf = (base, origin) => origin === base || CONTINUED.exec(origin)?.[1] === base

class History {
  /** The key that signed checkpoints first, once entry 0 has named it: the one that is pinned. */
  firstLogKey
  /** The key that signs checkpoints after the last entry; its name is the origin there. */
  logKey
  /** {key, from} of all log keys that there were, in their order: `from` is the size of the first checkpoint that it signs. */
  logKeys = []
  /** Where the ledger went on under another origin: {entry, predecessor, origin, signed, isProved, by, reason}, as the report has it. */
  losses = []
  /** The key of what no person did. */
  orchestratorKey
  /** Key id -> a key that may sign the next entry. */
  keys = new Map()
  /** Public keys that stand in the ledger under some name. */
  points = new Set()
  /** Key name -> {person, key, roles, grants, administeredUntil} of everybody who was enrolled; the last: where what they administered ended, -1 if never, infinite while they do. */
  people = new Map()
  /** Role that the workplace defined -> {sentence, permissions}. */
  roles = new Map()
  /** Whether administrators decide on models too, as the last entry about it says; undefined before the first. */
  administratorsDecide
  /** Whether nobody decided who administered accounts since the version was registered. */
  isApart = true
  /** What held at the last decision, as data/permissions.json says it. */
  decidedBy
  /** Project -> the detail of the last entry that describes it. */
  descriptions = new Map()
  /** Position of a run's start, or of the import of a version that has no run -> the run, as JCS or as `import <position>`, and the gates that it fixes. */
  starts = new Map()
  /** Positions where something else stands. */
  others = new Set()
  /** Run that began -> the details of its stages that succeeded. */
  runs = new Map()
  /** Position of a stage's success -> {run, detail, time}. */
  successes = new Map()
  /** Version -> {seq, run, author, artifact, isImport} of its registrations and imports, `run` as in `starts`. */
  registrations = new Map()
  /** Digest of a file -> the names of the keys of everybody who brought it in, as whatever version. */
  makers = new Map()
  /** Position of a request for promotion or rollback -> which of the two, the version and the stage, how many approvals it needs, who asked, who approved, and whether it `ended` rejected, withdrawn or carried out. */
  requests = new Map()
  /** Version -> the position of the entry that moved it last, the stage, and whether a person took it out of use with that. */
  moves = new Map()
  /** Version -> positions of the entries that moved it to production. */
  productions = new Map()
  /** Whether each rollback was asked for by what the gate of its version says. */
  hasGatedRollbacks = true
  /** Hints of keys of the registry in whose place another was put. */
  replacedModelKeys = new Set()
  /** Position of a legal hold -> the version and who placed it. */
  holds = new Map()

  addKey(key) {
    this.keys.set(key.id, key)
    this.points.add(key.point)
  }

  /** Checkpoints of that size and of all larger ones are signed by this key. */
  setLogKey(key, from) {
    this.logKey = key
    this.logKeys.push({ key, from })
    this.points.add(key.point)
  }

  /** Whether the origin was given up after a loss. */
  isFormer(origin) {
    return this.losses.some(({ predecessor }) => predecessor === origin)
  }
}

/**
 * Reads and verifies every entry. `entries`: position -> payload, and the digests in it, of each whose form is good. `hasGap`: an entry was set aside, so what
 * cannot be found may have stood in it.
 * @param {Pack} pack @param {string | undefined} origin undefined if data/pack.json does not say
 */
function readEntries(pack, origin) {
  const files = pack.filesLike(ENTRY_FILE, true)
  const bytes = files.reduce((sum, { path }) => sum + (pack.files.get(path)?.size ?? 0), 0)
  if (bytes > MAX_ENTRIES_BYTES) throw new PackUnreadable(`The entries hold more than ${MAX_ENTRIES_BYTES / MIB} MiB, which those of no pack do.`)
  const history = new History()
  const entries = new Map()
  let hasGap = false
  for (const { path, captured } of files) {
    if (pack.isSetAside(path)) hasGap = true
    const entry = pack.examine(path, 'entry-invalid', (bytes) => parseEntry(bytes, Number(captured), origin ?? history.firstLogKey?.name))
    if (entry === undefined) continue
    entries.set(entry.seq, { payload: entry.payload, named: new Set(namedDigests(entry.payload)) })
    const { seq, keyid, signed, signature, action } = entry
    pack.attempt('entry-invalid', path, () => expectOrigin(history, entry), hasGap)
    if (pack.hasFindings(path)) continue
    // Entry 0 is signed by the key that it introduces.
    const key = seq === 0 && keyid === entry.key.id ? entry.key : history.keys.get(keyid)
    const signatures = [{ key, keyid, signature }, ...cosignaturesOf(history, entry)]
    const unknown = signatures.find((each) => each.key === undefined)
    const bad = unknown ?? signatures.find((each) => !isSignatureOf(each.key, signed, each.signature))
    if (unknown !== undefined) {
      if (!hasGap) pack.find('key-unknown', path, `is signed by ${unknown.keyid}, which no entry before it made a key that may sign here`)
    } else if (bad !== undefined) {
      pack.find('signature-invalid', path, `is not what ${bad.keyid} signed`)
    } else {
      if (!FIXES_GATES.has(action)) history.others.add(seq)
      const [, code, effect] = EFFECTS.find(([pattern]) => pattern.test(action)) ?? []
      pack.attempt(code, path, () => effect?.(history, entry), hasGap)
    }
  }
  return { history, entries, hasGap }
}

/** Everything about an entry that it shows by itself. @param {string | undefined} known the ledger's first origin */
function parseEntry(bytes, seq, known) {
  expectSize(bytes, MAX_ENTRY_BYTES)
  const { payload, ...envelope } = parseEnvelope(bytes, ENTRY_TYPE)
  expectShape(payload, ENTRY_SHAPE, 'the entry')
  const { action, detail, actor, origin, seen } = payload
  const ledger = known ?? CONTINUED.exec(origin)?.[1] ?? origin
  if (!isOriginOf(ledger, origin)) throw new Malformed(`is an entry of the ledger ${origin}, not of ${ledger}`)
  if (payload.seq !== seq) throw new Malformed(`says that it is entry ${payload.seq}`)
  if (actor !== envelope.signer) throw new Malformed(`names ${actor} as its actor and is signed as ${envelope.signer}`)
  if (seen.size > seq) throw new Malformed(`says that its signer had seen ${seen.size} entries, more than there were`)
  if ((seq === 0) !== (action === 'ledger.created')) throw new Malformed(`has the action ${action}: entry 0 creates the ledger, and no other does`)
  const entry = { ...envelope, payload, seq, action, detail, origin, ledger }
  if (AUTHORITY_SHAPES.has(action)) {
    const extra = Object.entries(AUTHORITY_EXTRAS.get(action) ?? {}).filter(([name]) => Object.hasOwn(detail, name))
    expectShape(detail, { ...AUTHORITY_SHAPES.get(action), ...Object.fromEntries(extra) }, 'detail')
  }
  if (/^person\.(enrolled|key\.rotated|key\.recovered)$/.test(action)) entry.key = parseNamedKey(detail.key, personName(ledger, detail.person))
  if (action === 'ledger.created') {
    if (origin !== ledger) throw new Malformed(`creates a ledger as ${origin}, which is the name of one that goes on after a loss`)
    entry.logKey = parseNamedKey(detail.logKey, ledger)
    entry.key = parseNamedKey(detail.orchestratorKey, orchestratorName(ledger))
    if (entry.key.point === entry.logKey.point) throw new Malformed('gives log and orchestrator the same key')
  }
  if (action === 'orchestrator.key.rotated') entry.key = parseNamedKey(detail.key, orchestratorName(ledger))
  if (action === 'ledger.key.rotated') entry.key = parseNamedKey(detail.key, origin)
  if (action === 'ledger.continued') {
    entry.key = parseNamedKey(detail.key, origin)
    if (detail.orchestratorKey !== undefined) {
      entry.orchestratorKey = parseNamedKey(detail.orchestratorKey, orchestratorName(ledger))
      if (entry.orchestratorKey.point === entry.key.point) throw new Malformed('gives log and orchestrator the same key')
    }
    entry.anchor = parseCheckpoint(Buffer.from(detail.anchor))
    if (origin === ledger || !isOriginOf(ledger, detail.predecessor)) throw new Malformed(`goes on as ${origin} after ${detail.predecessor}, which are not two origins of one ledger`)
    if (detail.size !== seq || seen.size !== seq) throw new Malformed('is not the first entry after what is left of the ledger')
    if (entry.anchor.origin !== detail.predecessor) throw new Malformed(`goes on after ${detail.predecessor} by a checkpoint of ${entry.anchor.origin}`)
  }
  expectCosigners(entry)
  return entry
}

/** That an entry names the origin which the ledger has there. The one that goes on under another names that. */
function expectOrigin(history, { action, origin, ledger }) {
  const present = history.logKey?.name ?? ledger
  const isFormer = history.isFormer(origin)
  if (action === 'ledger.continued' ? origin !== present && !isFormer : origin === present) return
  if (isFormer || action === 'ledger.continued') throw new Malformed(`is signed for ${origin}, which the ledger had before`)
  throw new Absent(`is signed for ${origin}, where the ledger is ${present}`)
}

/** An entry that puts a key in the place of another is signed by both, one that goes on after a loss by the new keys; every other one by its actor alone. */
function expectCosigners(entry) {
  const { action, others } = entry
  const keys = newKeysOf(entry)
  const names = others.map(({ signer }) => signer)
  const expected = [...(SIGNED_BY_OLD.has(action) ? [entry.key.name] : []), ...keys.map(({ name }) => name)]
  if (names.join(' ') !== expected.join(' ')) throw new Malformed(`has the signatures of ${['its actor', ...names].join(', ')}, where its action has ${['its actor', ...expected].join(', ')}`)
  const missing = keys.find(({ id }, index) => others[others.length - keys.length + index].keyid !== id)
  if (missing !== undefined) throw new Malformed(`introduces ${missing.id} and is not signed with it`)
}

/** The keys that an entry brings and that sign it too, in the order of their signatures. */
function newKeysOf({ action, key, orchestratorKey }) {
  return SIGNED_BY_NEW.has(action) ? [key, ...(orchestratorKey === undefined ? [] : [orchestratorKey])] : []
}

/** The further signatures of an entry, each with the key that it must be of: the new keys' last, before them the one that it replaces. */
function cosignaturesOf({ logKey, orchestratorKey }, entry) {
  const { action, others } = entry
  const old = action === 'ledger.key.rotated' ? logKey : orchestratorKey
  const keys = newKeysOf(entry)
  return others.map((each, index) => ({ ...each, key: keys[index - others.length + keys.length] ?? (each.keyid === old?.id ? old : undefined) }))
}

function parseNamedKey(verifierKey, name) {
  if (!isText(verifierKey)) throw new Malformed(`has no verifier key of ${name}`)
  const key = parseVerifierKey(verifierKey)
  if (key.name !== name) throw new Malformed(`introduces a key of ${key.name} where one of ${name} must stand`)
  return key
}

/** What says by which gates a version is judged. */
const FIXES_GATES = new Set(['run.started', 'model.version.imported'])

/** Action, the code for what it must not do, and what it needs and changes. What is certainly wrong comes before what may be absent. */
const EFFECTS = [
  [/^ledger\.created$/, 'authority-invalid', createLedger],
  [/^person\.enrolled$/, 'authority-invalid', enrol],
  [/^person\.(roles\.changed|deactivated)$/, 'authority-invalid', changePerson],
  [/^person\.(granted|revoked)$/, 'authority-invalid', changeGrant],
  [/^role\.(defined|removed)$/, 'authority-invalid', changeRole],
  [/^policy\.changed$/, 'authority-invalid', changePolicy],
  [/^person\.key\.(rotated|recovered)$/, 'authority-invalid', replacePersonKey],
  [/^orchestrator\.key\.rotated$/, 'authority-invalid', replaceOrchestratorKey],
  [/^ledger\.key\.rotated$/, 'authority-invalid', replaceLogKey],
  [/^ledger\.continued$/, 'authority-invalid', continueLedger],
  [/^project\.(created|changed)$/, 'authority-invalid', describeProject],
  [/^run\.started$/, 'order-invalid', startRun],
  [/^stage\./, 'order-invalid', expectRun],
  [/^model\.version\.registered$/, 'authority-invalid', registerVersion],
  [/^model\.version\.imported$/, 'authority-invalid', importVersion],
  [/^model\.key\.rotated$/, 'authority-invalid', replaceModelKey],
  [/^model\.version\.signed$/, 'order-invalid', expectPresentModelKey],
  [/^model\.promotion\.requested$/, 'gate-invalid', requestPromotion],
  [/^model\.rollback\.requested$/, 'order-invalid', requestRollback],
  [/^model\.(promotion|rollback)\.(approved|rejected)$/, 'authority-invalid', decidePromotion],
  [/^model\.promotion\.withdrawn$/, 'authority-invalid', withdrawRequest],
  [/^model\.hold\.placed$/, 'authority-invalid', placeHold],
  [/^model\.hold\.released$/, 'authority-invalid', releaseHold],
  [/^model\.stage\.changed$/, 'order-invalid', changeStage],
]

function createLedger(history, { logKey, key }) {
  history.firstLogKey = logKey
  history.setLogKey(logKey, 0)
  history.orchestratorKey = key
  history.addKey(key)
}

function enrol(history, entry) {
  const { detail, key } = entry
  if (history.people.has(key.name)) throw new Malformed(`enrols ${detail.person}, who is enrolled already`)
  if (history.points.has(key.point)) throw new Malformed(`gives ${detail.person} a key that stands in the ledger under another name`)
  expectAdministrator(history, entry)
  history.addKey(key)
  history.people.set(key.name, { person: detail.person, key, roles: detail.roles, grants: [], administeredUntil: detail.roles.includes(ADMINISTRATOR) ? Infinity : -1 })
}

function changePerson(history, entry) {
  const { seq, action, detail, ledger } = entry
  expectAdministrator(history, entry)
  const known = history.people.get(personName(ledger, detail.person))
  if (known === undefined) throw new Absent(`concerns ${detail.person}, who is not enrolled`)
  if (action === 'person.deactivated') {
    history.keys.delete(known.key.id)
  } else {
    known.roles = detail.roles
    known.administeredUntil = detail.roles.includes(ADMINISTRATOR) ? Infinity : Math.min(known.administeredUntil, seq)
  }
}

/** A role for a project or a model alone, beside those for the organisation. */
function changeGrant(history, entry) {
  const { action, detail: { person, role, scope }, ledger } = entry
  if (role === ADMINISTRATOR) throw new Malformed('makes somebody an administrator of a part of the organisation')
  expectAdministrator(history, entry)
  const known = history.people.get(personName(ledger, person))
  if (known === undefined) throw new Absent(`concerns ${person}, who is not enrolled`)
  const grant = { role, scope }
  known.grants = known.grants.filter((each) => toJcs(each) !== toJcs(grant))
  if (action === 'person.granted') known.grants.push(grant)
}

/** Built-in roles stay as they are, and what they alone may do stays with them. */
function changeRole(history, entry) {
  const { action, detail: { role, sentence, permissions } } = entry
  if (Object.hasOwn(BUILT_IN, role)) throw new Malformed(`is about ${role}, which is a built-in role`)
  if (action === 'role.defined' && RESERVED.some((each) => permissions.includes(each))) throw new Malformed(`gives ${role} what administrators alone may do`)
  expectAdministrator(history, entry)
  if (action === 'role.removed' && !history.roles.has(role)) throw new Absent(`removes ${role}, which is not defined`)
  if (action === 'role.defined') history.roles.set(role, { sentence, permissions })
  else history.roles.delete(role)
}

/** The orchestrator says once what holds while nobody said anything; administrators change it. */
function changePolicy(history, entry) {
  const { detail: { administratorsDecide }, signer, ledger } = entry
  if (signer !== orchestratorName(ledger)) expectAdministrator(history, entry)
  else if (history.administratorsDecide !== undefined || administratorsDecide !== 'no') throw new Malformed('changes the policy, signed by the orchestrator')
  history.administratorsDecide = administratorsDecide
}

/** The built-in roles and all that each may do. */
const BUILT_IN = {
  engineer: [
    'people.read', 'project.read', 'project.manage', 'dataset.read', 'dataset.snapshot', 'dataset.export', 'run.read', 'run.start',
    'run.cancel', 'model.read', 'model.import', 'model.request', 'model.label', 'ledger.read', 'evidence.read', 'orchestrator.stop',
  ],
  approver: [
    'people.read', 'project.read', 'dataset.read', 'run.read', 'model.read', 'model.request', 'model.sign', 'model.decide', 'model.label',
    'model.hold', 'ledger.read', 'ledger.anchor', 'evidence.read', 'evidence.export',
  ],
  auditor: [
    'people.read', 'project.read', 'dataset.read', 'dataset.export', 'run.read', 'model.read', 'model.sign', 'model.hold', 'ledger.read',
    'ledger.anchor', 'evidence.read', 'evidence.export',
  ],
  administrator: [
    'people.read', 'people.manage', 'keys.manage', 'project.read', 'project.manage', 'dataset.read', 'run.read', 'run.cancel', 'machine.manage',
    'model.read', 'ledger.read', 'backup.manage', 'ledger.anchor', 'evidence.read', 'orchestrator.stop',
  ],
}
const ADMINISTRATOR = 'administrator'
const RESERVED = ['people.manage', 'keys.manage']
/** What the policy keeps from administrators. */
const KEPT_APART = ['model.sign', 'model.decide']

/** The roles that somebody holds for a model, for all of the organisation included. */
function rolesFor({ people }, signer, { project, model }) {
  const { roles, grants } = people.get(signer) ?? { roles: [], grants: [] }
  const reaching = grants.filter(({ scope }) => scope.project === project && (scope.kind === 'project' || scope.model === model))
  return [...roles, ...reaching.map(({ role }) => role)]
}

/** Whether somebody may do that to a model, by the roles that they hold for it. */
function mayDo(history, signer, permission, target) {
  if (history.administratorsDecide === 'no' && KEPT_APART.includes(permission) && isAdministrator(history, signer)) return false
  return rolesFor(history, signer, target).some((role) => (Object.hasOwn(BUILT_IN, role) ? BUILT_IN[role] : (history.roles.get(role)?.permissions ?? [])).includes(permission))
}

function isAdministrator({ people }, signer) {
  return people.get(signer)?.roles.includes(ADMINISTRATOR) ?? false
}

/** Whether somebody administered accounts at the registration of a version, or at any time since. */
function administeredSince({ people }, signer, registered) {
  return registered.some(({ seq }) => people.get(signer)?.administeredUntil >= seq)
}

/** Who holds which role, and what the workplace's own roles let somebody do; `at`: the position at which that is so. */
function describePermissions({ people, roles, keys, administratorsDecide }, at) {
  return {
    at,
    policy: { administratorsDecide: administratorsDecide ?? 'not recorded' },
    roles: [...roles].sort(([a], [b]) => (a < b ? -1 : 1)).map(([role, { sentence, permissions }]) => ({ role, sentence, permissions: [...permissions] })),
    people: [...people.values()].filter(({ key }) => keys.has(key.id)).map(({ person, roles: held, grants }) => ({ person, roles: [...held], grants: [...grants] })),
  }
}

/** A person replaces their own key, signing with the old one; an administrator who is somebody else recovers one that is lost. */
function replacePersonKey(history, entry) {
  const { action, detail, key, signer } = entry
  const isOwn = signer === key.name
  if (isOwn !== (action === 'person.key.rotated')) throw new Malformed(`replaces the key of ${detail.person}, signed by ${signer}: rotated is one's own key, recovered somebody else's`)
  expectNewKey(history, key)
  if (!isOwn) expectAdministrator(history, entry)
  const known = history.people.get(key.name)
  if (known === undefined) throw new Absent(`concerns ${detail.person}, who is not enrolled`)
  if (!history.keys.has(known.key.id)) throw new Malformed(`gives a key to ${detail.person}, whose account has ended`)
  history.keys.delete(known.key.id)
  history.addKey(key)
  known.key = key
}

function replaceOrchestratorKey(history, entry) {
  expectNewKey(history, entry.key)
  expectAdministrator(history, entry)
  setOrchestratorKey(history, entry.key)
}

/** The one before signs nothing any more. */
function setOrchestratorKey(history, key) {
  if (history.orchestratorKey !== undefined) history.keys.delete(history.orchestratorKey.id)
  history.addKey(key)
  history.orchestratorKey = key
}

/** The key that signs models is none of the ledger's: it is what an administrator says that it is. */
function replaceModelKey(history, entry) {
  expectAdministrator(history, entry)
  history.replacedModelKeys.add(entry.detail.replaces)
}

function expectPresentModelKey({ replacedModelKeys }, { detail: { hint } }) {
  if (replacedModelKeys.has(hint)) throw new Malformed(`says that a model was signed with the key ${hint}, in whose place another had been put`)
}

function replaceLogKey(history, entry) {
  expectNewKey(history, entry.key)
  expectAdministrator(history, entry)
  history.setLogKey(entry.key, entry.seq + 1)
}

/** After a loss the ledger goes on under another origin: nothing is signed under the one before any more. */
function continueLedger(history, entry) {
  const { seq, origin, detail, key, orchestratorKey, anchor, signer } = entry
  const { predecessor, reason } = detail
  for (const each of newKeysOf(entry)) expectNewKey(history, each)
  if (history.isFormer(predecessor)) throw new Malformed(`goes on after ${predecessor}, which was given up before`)
  const isBy = (logKey) => anchor.signatures.some(({ keyId }) => keyId === logKey.id)
  for (const { key: logKey } of history.logKeys) if (isBy(logKey)) expectNoteSignedBy(logKey, anchor)
  const present = history.logKey?.name
  if (present !== undefined && predecessor !== present) throw new Absent(`goes on after ${predecessor}, where the ledger is ${present}`)
  expectAdministrator(history, entry)
  const signing = logKeyOf(history, anchor)
  const isProved = signing !== undefined && isBy(signing)
  history.losses.push({ entry: seq, predecessor, origin, signed: anchor.size, isProved, by: signer, orchestratorKey: orchestratorKey?.id ?? null, reason })
  history.setLogKey(key, seq + 1)
  if (orchestratorKey !== undefined) setOrchestratorKey(history, orchestratorKey)
}

/** The key that signed the checkpoint of that origin and size, the last one of the origin for those that are lost. */
function logKeyOf({ logKeys }, { origin, size }) {
  return logKeys.findLast(({ key, from }) => key.name === origin && from <= size)?.key
}

function expectNewKey({ points }, key) {
  if (points.has(key.point)) throw new Malformed(`brings a key as ${key.name} that stands in the ledger already`)
}

/** The orchestrator enrols the first person; of whatever else decides whose signature counts, nobody's word is taken but an administrator's. */
function expectAdministrator(history, { action, signer, ledger }) {
  const isFirst = action === 'person.enrolled' && history.people.size === 0
  const isAllowed = isFirst ? signer === orchestratorName(ledger) : isAdministrator(history, signer)
  if (!isAllowed) throw new Absent(`is signed by ${signer}, who is not ${isFirst ? 'the orchestrator, which enrols the first person' : 'an administrator'}`)
}

function describeProject({ descriptions }, { detail }) {
  if (detail.project !== undefined) descriptions.set(toJcs(detail.project), detail)
}

function startRun({ starts, runs }, { seq, detail }) {
  if (detail.run === undefined) return
  const run = toJcs(detail.run)
  starts.set(seq, { run, gates: detail.gates })
  if (!runs.has(run)) runs.set(run, [])
}

function expectRun({ runs, successes }, { seq, action, detail, payload }) {
  const ofRun = detail.run === undefined ? undefined : runs.get(toJcs(detail.run))
  if (ofRun === undefined) throw new Absent('belongs to a run whose start does not stand before it in the pack')
  if (action !== 'stage.succeeded') return
  if (detail.from !== undefined) expectSource(successes, seq, detail)
  ofRun.push(detail)
  successes.set(seq, { run: toJcs(detail.run), detail, time: payload.time })
}

/** A success that an earlier run had is taken over with what it was made of and what it left. */
function expectSource(successes, seq, { from, cacheKey, outs }) {
  const entry = isObject(from) ? from.entry : undefined
  if (!isCount(entry) || entry >= seq) throw new Malformed('takes over no earlier entry')
  const source = successes.get(entry)
  if (source === undefined) throw new Absent(`takes over entry ${entry}, which is no success of a stage that the pack proves`)
  const { detail } = source
  const isTheSame = isText(cacheKey) && detail.cacheKey === cacheKey && detail.from === undefined
  if (!isTheSame || !isSameSet(filesOf(outs), filesOf(detail.outs))) throw new Malformed(`takes over entry ${entry}, which was made of or left something else`)
}

/** Paths and digests of what a stage left. */
function filesOf(outs) {
  if (!Array.isArray(outs) || !outs.every((out) => isObject(out) && isText(out.path) && isText(out.sha256))) throw new Malformed('does not say what the stage left')
  return new Set(outs.map(({ path, sha256 }) => toJcs([path, sha256])))
}

function isSameSet(one, other) {
  return one.size === other.size && [...one].every((each) => other.has(each))
}

/** What tells one model version from another, and one promotion of it if `to` is wanted; undefined if `detail` does not say. */
function versionOf({ project, model, version, to }, isWithStage = false) {
  if ([project, model, version].includes(undefined) || (isWithStage && !isText(to))) return undefined
  return toJcs(isWithStage ? [project, model, version, to] : [project, model, version])
}

function registerVersion(history, { seq, detail, ledger }) {
  const { run, author, artifact } = detail
  addRegistration(history, ledger, versionOf(detail), { seq, run: run === undefined ? undefined : toJcs(run), author, artifact })
}

function addRegistration({ registrations, makers }, ledger, version, registration) {
  addTo(registrations, version, registration)
  if (isText(registration.artifact) && isText(registration.author)) addTo(makers, registration.artifact, personName(ledger, registration.author))
}

/** Whoever imports a version is its author. It has no run: what fixed its gates is its import, and nothing was measured. */
function importVersion(history, { seq, detail, signer, ledger }) {
  const { author, artifact, gates, gatesFrom } = detail
  if (!isText(author) || personName(ledger, author) !== signer) throw new Malformed(`is signed by ${signer}, who is not the author that it names`)
  if (isCount(gatesFrom)) {
    if (gatesFrom >= seq) throw new Malformed('names no earlier entry that it has its gates from')
    const source = history.starts.get(gatesFrom)
    if (history.others.has(gatesFrom)) throw new Malformed(`has its gates from entry ${gatesFrom}, which is no start of a run and no import`)
    if (source !== undefined && (gates === undefined || toJcs(gatesTakenOver(source, detail)) !== toJcs(gates))) throw new Malformed(`states other gates than entry ${gatesFrom}, which it says that they are from`)
  }
  const run = `import ${seq}`
  history.starts.set(seq, { run, gates })
  history.runs.set(run, [])
  addRegistration(history, ledger, versionOf(detail), { seq, run, author, artifact, isImport: true })
}

/** What a start fixes for an import's model; where that is nothing, for the model that its content was made as, under its name. */
function gatesTakenOver({ gates }, { model, known }) {
  const ofModel = (name) => (Array.isArray(gates) ? gates.filter((each) => isObject(each) && isText(each.model) && each.model === name) : [])
  const own = ofModel(model)
  return own.length > 0 || !isText(model) || !isObject(known) ? own : ofModel(known.model).map((each) => ({ ...each, model }))
}

/** A request was judged by the gate that the start of the version's run, or its import, fixed, on what the run recorded, and met it. */
function requestPromotion(history, { seq, detail, signer, payload }) {
  const { starts, runs, registrations, requests } = history
  const { model, to, approvals, conditions, gateEntry, requirements = [] } = detail
  const promotion = versionOf(detail, true)
  if (promotion === undefined) throw new Malformed('asks for a promotion without saying of which version to which stage')
  expectShape({ approvals, conditions }, REQUEST_SHAPE, 'detail')
  expectShape(requirements, [REQUIREMENT_SHAPE], 'detail.requirements')
  for (const { metric, bound, threshold, value } of conditions) {
    const [lower, higher] = bound === 'min' ? [threshold, value] : [value, threshold]
    if (!isAtMost(lower, higher)) throw new Malformed(`says that ${metric} meets its condition, which it does not`)
  }
  if (!isCount(gateEntry) || gateEntry >= seq) throw new Malformed('names no earlier entry that fixed its gate')
  const start = starts.get(gateEntry)
  if (start === undefined) throw new Absent(`names entry ${gateEntry} as what fixed its gate, which is no start of a run or import that the pack proves`)
  const { run } = start
  const registered = registrations.get(versionOf(detail)) ?? []
  if (registered.some((each) => each.run !== run)) throw new Malformed(`is about a version that another run made than the one that entry ${gateEntry} starts`)
  const judgedBy = toJcs([conditions.map(({ metric, bound, threshold }) => ({ metric, bound, threshold })), approvals, requirements.map(({ what, name }) => [what, name])])
  const gate = fixedGates(start, model, to).find((each) => toJcs([each.conditions, each.approvals, requirementsOf(each)]) === judgedBy)
  if (gate === undefined) throw new Malformed(`was not judged by the gate that entry ${gateEntry} fixed`)
  const unproven = requirements.filter((each) => !isMetBy(each, history.successes, run, seq, gate.policy, payload.time))
  const recorded = conditions.map(({ metric }) => recordedValues(metric, runs.get(run)))
  recorded.forEach(([first, ...others], i) => {
    const { metric, value } = conditions[i]
    if (others.length > 0 || (first !== undefined && first !== value)) throw new Malformed(`was judged by ${value} as ${metric}, which is not the one value of it that the run recorded`)
  })
  if (recorded.some(({ length }) => length === 0)) throw new Absent('was judged by a metric that the run did not record before it')
  if (unproven.length > 0) throw new Absent(`names entry ${unproven[0].entry} for ${unproven[0].name}, which is no success of a stage of the run that the pack proves`)
  if (registered.length === 0) throw new Absent('is about a version whose registration does not stand before it in the pack')
  requests.set(seq, { kind: 'promotion', promotion, approvals, policy: gate.policy, asker: signer, approvers: new Map() })
}

/** What a gate asks for beside metrics and approvals, in the order in which a request answers it. */
function requirementsOf({ policy }) {
  return policy === undefined ? [] : [...policy.evidence.map((name) => ['evidence', name]), ...policy.tests.map((name) => ['test', name])]
}

/** Whether the entry that a requirement names is the success that it asks for; false where no such entry is proved. Throws Malformed where it is something else, or too old. */
function isMetBy({ what, name, entry }, successes, run, seq, policy, now) {
  if (entry >= seq) throw new Malformed(`names a later entry for ${name}`)
  const success = successes.get(entry)
  if (success === undefined) return false
  const { stage, evidence } = success.detail
  const isIt = what === 'test' ? stage === name : Array.isArray(evidence) && evidence.some((each) => isObject(each) && each.kind === name)
  if (success.run !== run || !isIt) throw new Malformed(`names entry ${entry} for ${name}, which it does not hold`)
  if (!isWithin(policy.expires.evidence, success.time, now)) throw new Malformed(`counts ${name} of entry ${entry}, which is older than the gate lets it be`)
  return true
}

/** Whether no more than so many days lie between two times, to the whole second; 0 is however many. */
function isWithin(days, then, now) {
  const seconds = (time) => Date.parse(`${time.slice(0, 19)}Z`) / 1000
  return days === 0 || seconds(now) - seconds(then) <= days * 86400
}

/** So many different people, and so many of each role, nobody counting twice: each set of roles has as many holders as it asks for (Hall's theorem). */
function isApproved({ approvals, policy, approvers }, now) {
  const counted = [...approvers.values()].filter(({ time }) => isWithin(policy?.expires.approvals ?? 0, time, now))
  const roles = Object.entries(policy?.roles ?? {})
  const sets = Array.from({ length: 2 ** roles.length }, (_, set) => roles.filter((_, i) => (set & (1 << i)) !== 0))
  return counted.length >= approvals && sets.every((set) => {
    const holders = counted.filter((each) => set.some(([role]) => each.roles.includes(role)))
    return holders.length >= set.reduce((sum, [, many]) => sum + many, 0)
  })
}

/** A version goes back to production only where an entry had moved it there and nobody took it out of use since, approved as the gate says that it passed then. */
function requestRollback(history, { seq, detail, signer }) {
  const { productions, moves, requests } = history
  const { to, approvals, entered } = detail
  const version = versionOf(detail)
  const promotion = versionOf(detail, true)
  if (promotion === undefined || to !== 'production') throw new Malformed('asks for a rollback without saying of which version, to production')
  expectShape(approvals, positive, 'detail.approvals')
  if (!isCount(entered) || entered >= seq) throw new Malformed('names no earlier entry that moved the version to production')
  const isGated = Object.hasOwn(detail, 'gateEntry')
  const policy = isGated ? returnPolicy(history, seq, detail) : undefined
  if (!productions.get(version)?.includes(entered)) throw new Absent(`names entry ${entered}, which did not move this version to production`)
  if (isGated && moves.get(version)?.isRetired) throw new Absent('asks that a version goes back which somebody took out of use')
  if (!isGated) history.hasGatedRollbacks = false
  requests.set(seq, { kind: 'rollback', promotion, approvals, policy, asker: signer, approvers: new Map() })
}

/** What the gate to production asks of those who approve a rollback of the version: what it states for that, or what it asks for entering. */
function returnPolicy({ starts, registrations }, seq, detail) {
  const { gateEntry, model, approvals } = detail
  if (!isCount(gateEntry) || gateEntry >= seq) throw new Malformed('names no earlier entry that fixed its gate')
  const start = starts.get(gateEntry)
  if (start === undefined) throw new Absent(`names entry ${gateEntry} as what fixed its gate, which is no start of a run or import that the pack proves`)
  const registered = registrations.get(versionOf(detail)) ?? []
  if (registered.some((each) => each.run !== start.run)) throw new Malformed(`is about a version that another run made than the one that entry ${gateEntry} starts`)
  const rules = fixedGates(start, model, 'production').map(({ approvals: all, policy }) => ({
    approvals: policy?.rollback?.approvals ?? all,
    policy: policy && { roles: policy.rollback?.roles ?? policy.roles, expires: policy.expires },
  }))
  const rule = rules.find((each) => each.approvals === approvals)
  if (rule === undefined) throw new Malformed(`asks for another number of approvals than the gate that entry ${gateEntry} fixed says for a rollback`)
  if (registered.length === 0) throw new Absent('is about a version whose registration does not stand before it in the pack')
  return rule.policy
}

/** What the start of a run demands of a model for that stage: one gate, but where an old pipeline registered the model in two stages. */
function fixedGates(start, model, to) {
  expectShape(start.gates, RUN_GATES_SHAPE, 'the gates of its run')
  for (const gate of start.gates.flatMap(({ gates }) => gates)) expectShape(gate, shapeOfGate(gate), 'a gate of its run')
  const fixed = start.gates.filter((each) => each.model === model).map(({ gates }) => gates.find((gate) => gate.to === to) ?? { conditions: [], approvals: 1 })
  if (fixed.length > 1 && fixed.some(({ policy }) => policy !== undefined)) throw new Malformed('is about a model for which its run fixed more than one gate')
  return fixed
}

function shapeOfGate(gate) {
  if (!Object.hasOwn(gate, 'policy')) return GATE_SHAPE
  const statesRollback = isObject(gate.policy) && Object.hasOwn(gate.policy, 'rollback')
  return { ...GATE_SHAPE, policy: statesRollback ? { ...POLICY_SHAPE, rollback: ROLLBACK_SHAPE } : POLICY_SHAPE }
}

/** Every value that a run recorded of a metric, which a gate names alone or with its stage before it. */
function recordedValues(metric, successes) {
  return successes.flatMap(({ stage, metrics }) => {
    if (!isObject(metrics)) return []
    const names = isText(stage) && metric.startsWith(`${stage}.`) ? [metric, metric.slice(stage.length + 1)] : [metric]
    return names.filter((name) => Object.hasOwn(metrics, name)).map((name) => metrics[name])
  })
}

/** Compares decimals exactly: as integers, once both have as many digits after the point. */
function isAtMost(a, b) {
  const parts = [a, b].map((each) => each.split('.'))
  const digits = Math.max(...parts.map(([, fraction = '']) => fraction.length))
  const [left, right] = parts.map(([whole, fraction = '']) => BigInt(whole + fraction.padEnd(digits, '0')))
  return left <= right
}

/** Four eyes: a decision is signed by who may decide on the model, or by whom the gate asks for and may sign, who is not the version's author, and answers a request before it. */
function decidePromotion(history, { seq, action, detail, signer, ledger, payload }) {
  const { registrations, requests } = history
  const version = versionOf(detail)
  const promotion = versionOf(detail, true)
  const registered = version === undefined ? [] : (registrations.get(version) ?? [])
  if (!registered.every(({ author }) => isText(author))) throw new Malformed('decides on a version whose registration names no author')
  if (registered.some(({ author }) => personName(ledger, author) === signer)) throw new Malformed(`is signed by ${signer}, the author of the version`)
  if (registered.some(({ artifact }) => history.makers.get(artifact)?.includes(signer))) throw new Malformed(`is signed by ${signer}, who brought in the same file as another version`)
  const { request } = detail
  if (!isCount(request) || request >= seq) throw new Malformed('names no earlier request for promotion')
  const asked = requests.get(request)
  if (asked !== undefined && (asked.promotion !== promotion || !action.startsWith(`model.${asked.kind}.`))) {
    throw new Malformed(`names entry ${request} as its request, which is for something else`)
  }
  if (asked?.ended !== undefined) throw new Malformed(`decides on the request of entry ${request}, which was ${asked.ended}`)
  if (!requests.has(request)) throw new Absent(`names entry ${request} as its request, which is none that the pack proves`)
  const roles = rolesFor(history, signer, detail)
  const asksFor = Object.keys(asked.policy?.roles ?? {})
  const counts = asksFor.length === 0 ? mayDo(history, signer, 'model.decide', detail) : mayDo(history, signer, 'model.sign', detail) && asksFor.some((role) => roles.includes(role))
  if (!counts) throw new Absent(`is signed by ${signer}, who held no role for this model that counts${isAdministrator(history, signer) ? ', and administered accounts' : ''}`)
  if (registered.length === 0) throw new Absent('decides on a version whose registration does not stand before it in the pack')
  const hasAdministered = administeredSince(history, signer, registered)
  if (hasAdministered && history.administratorsDecide === 'no') throw new Absent(`is signed by ${signer}, who administered accounts since the version was registered`)
  if (hasAdministered) history.isApart = false
  history.decidedBy = describePermissions(history, seq)
  if (action.endsWith('.approved')) asked.approvers.set(signer, { roles, time: payload.time })
  else asked.ended = 'rejected'
}

/** Only who asked takes a request back. */
function withdrawRequest({ requests }, { seq, detail, signer }) {
  const { request } = detail
  if (!isCount(request) || request >= seq) throw new Malformed('names no earlier request')
  const asked = requests.get(request)
  if (asked !== undefined && asked.promotion !== versionOf(detail, true)) throw new Malformed(`names entry ${request} as its request, which is for something else`)
  if (asked !== undefined && asked.asker !== signer) throw new Malformed(`is signed by ${signer}, who did not make the request of entry ${request}`)
  if (asked?.ended !== undefined) throw new Malformed(`takes back the request of entry ${request}, which was ${asked.ended}`)
  if (asked === undefined) throw new Absent(`names entry ${request} as its request, which is none that the pack proves`)
  asked.ended = 'withdrawn'
}

function placeHold(history, { seq, detail, signer }) {
  const { holds } = history
  const version = versionOf(detail)
  if (version === undefined) throw new Malformed('places a hold without saying on which version')
  expectHolder(history, signer, detail)
  holds.set(seq, { version, signer })
}

/** A hold is released by somebody else than who placed it. */
function releaseHold(history, { seq, detail, signer }) {
  const { holds } = history
  const { hold } = detail
  if (!isCount(hold) || hold >= seq) throw new Malformed('names no earlier hold')
  const placed = holds.get(hold)
  if (placed !== undefined && placed.version !== versionOf(detail)) throw new Malformed(`names entry ${hold} as its hold, which is on another version`)
  if (placed?.signer === signer) throw new Malformed(`is signed by ${signer}, who placed the hold`)
  if (placed === undefined) throw new Absent(`names entry ${hold} as its hold, which is none that the pack proves`)
  expectHolder(history, signer, detail)
  placed.isReleased = true
}

function expectHolder(history, signer, target) {
  if (!mayDo(history, signer, 'model.hold', target)) throw new Absent(`is signed by ${signer}, who held no role that places holds on this model`)
}

/**
 * By a request that is not over, and is from here on; to production only by one that came after the version's last move, so that no approval counts twice. From
 * production to staging by none: another version takes its place, and a hold that stands keeps it from the archive.
 */
function changeStage({ requests, moves, productions, holds }, { seq, detail, payload, signer, ledger }) {
  const { to } = detail
  const version = versionOf(detail)
  if (to === 'staging' || to === 'production') {
    const promotion = versionOf(detail, true)
    const since = to === 'production' ? (moves.get(version)?.seq ?? -1) : -1
    const open = [...requests].filter(([, request]) => request.promotion === promotion && request.ended === undefined)
    const isKept = to === 'staging' && moves.get(version)?.to === 'production' && [...holds.values()].some((hold) => hold.version === version && hold.isReleased !== true)
    if (!isKept && !open.some(([at, request]) => at > since && isApproved(request, payload.time))) throw new Absent(`moves a version to ${to} without the approvals of that before it`)
    for (const [, request] of open) request.ended = 'carried out'
  }
  if (version === undefined) return
  moves.set(version, { seq, to, isRetired: to === 'archived' && signer !== orchestratorName(ledger) })
  if (to === 'production') addTo(productions, version, seq)
}

function registrationsOf({ project, model }, { registrations }) {
  return registrations.get(toJcs([project.id, model.name, model.version])) ?? []
}

/** The model file that the pack speaks of is the one that was registered, and its project as it was described last. */
function checkSubject(pack, scope, { history, hasGap }) {
  const { project, model } = scope
  const described = history.descriptions.get(toJcs(project.id))
  // An entry that was set aside may have changed the description.
  if (!hasGap) {
    if (described === undefined) pack.find('format-invalid', PACK, `names the project ${project.id}, which no entry of the pack describes`)
    else for (const name of DESCRIPTION) if (toJcs(described[name]) !== toJcs(project[name])) pack.find('format-invalid', PACK, `has another ${name} of the project than the last entry about it`)
  }
  const registered = registrationsOf(scope, history)
  if (registered.length === 0 && !hasGap) pack.find('format-invalid', PACK, `names ${model.name} ${model.version}, which no entry of the pack registers`)
  if (registered.some(({ artifact }) => artifact !== model.artifact)) pack.find('format-invalid', PACK, 'names another artifact than was registered')
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The checkpoint, the proofs, the exporter's signature, and the entries that were left out.
// ---------------------------------------------------------------------------------------------------------------------------------------

/** The checkpoint, if it can be read; what is wrong with it is a finding all the same. */
function checkCheckpoint(pack, scope, { history, hasGap }, pinned) {
  const { firstLogKey, logKey } = history
  const isUndecided = pack.isSetAside(entryFile(0))
  if (pinned !== undefined && firstLogKey?.text !== pinned.text && !isUndecided) {
    pack.find('key-not-pinned', CHECKPOINT, `belongs to a ledger whose first key is ${firstLogKey?.text ?? 'not in the pack'}, not the pinned ${pinned.text}`)
  }
  const checkpoint = pack.examine(CHECKPOINT, 'checkpoint-invalid', parseCheckpoint)
  if (checkpoint === undefined) return undefined
  pack.attempt('checkpoint-invalid', CHECKPOINT, () => {
    const { origin, size, root } = checkpoint
    if (scope !== undefined && !isOriginOf(scope.origin, origin)) throw new Malformed(`is of the ledger ${origin}, where ${PACK} names ${scope.origin}`)
    if (history.isFormer(origin)) throw new Malformed(`is of ${origin}, which the ledger was before it went on under another origin`)
    if (scope !== undefined && (size !== scope.tree.size || root.toString('base64') !== scope.tree.root)) throw new Malformed(`is of another tree than ${PACK}`)
    if (logKey !== undefined) {
      expectNoteSignedBy(logKey, checkpoint)
      if (origin !== logKey.name) throw new Malformed(`is of ${origin}, and its key of ${logKey.name}`)
    } else if (!isUndecided) throw new Malformed('cannot be held against the log key: entry 0 does not give one')
  }, hasGap)
  return checkpoint
}

function checkProofs(pack, checkpoint) {
  for (const { path, captured } of pack.filesLike(PROOF_FILE)) {
    pack.examine(path, 'proof-invalid', (bytes) => {
      const seq = Number(captured)
      const entry = pack.files.get(entryFile(seq))
      const { index, hashes, checkpoint: proven } = parseProof(bytes)
      if (index !== seq) throw new Malformed(`is a proof of entry ${index}`)
      if (entry === undefined && !pack.isSetAside(entryFile(seq))) throw new Malformed('proves an entry that is not there')
      if (pack.isSetAside(CHECKPOINT)) return
      if (sha256Of(proven).toString('hex') !== pack.files.get(CHECKPOINT).sha256) throw new Malformed(`ends in another checkpoint than ${CHECKPOINT}`)
      if (checkpoint === undefined || pack.isSetAside(entryFile(seq))) return
      if (!isIncluded(hashLeaf(entry.chunks()), index, checkpoint.size, hashes, checkpoint.root)) {
        throw new Malformed(`does not lead from entry ${seq} to the root of the checkpoint`)
      }
    })
  }
  for (const { path, captured } of pack.filesLike(ENTRY_FILE)) {
    const proof = proofFile(Number(captured))
    if (!pack.isSetAside(path) && !pack.files.has(proof)) pack.setAside('file-missing', proof, `proves ${path} and is not there`)
  }
}

const STATEMENT_SHAPE = {
  _type: exactly('https://in-toto.io/Statement/v1'),
  predicateType: exactly('https://strongroom.dev/evidence-pack/v1'),
  subject: [{ name: exactly(TAG_MANIFEST), digest: { sha256 } }],
  predicate: { origin: text, statement: text, treeSize: count },
}

/** The exporter's signature over the tag manifest (DSSE v1, in-toto Statement v1). Entries were read: the keys are those at the end. */
function checkExporterSignature(pack, scope, { history, hasGap }) {
  pack.examine(SIGNATURE, 'pack-signature-invalid', (bytes) => {
    const { payload, keyid, signer, signature, others, signed } = parseEnvelope(bytes, 'application/vnd.in-toto+json')
    if (others.length > 0) throw new Malformed('has more than one signature')
    expectShape(payload, STATEMENT_SHAPE, 'the statement')
    const { subject, predicate } = payload
    if (subject.length !== 1) throw new Malformed(`is not about ${TAG_MANIFEST} alone`)
    if (scope !== undefined) {
      if (signer !== scope.exporter) throw new Malformed(`is signed as ${signer}, where ${PACK} names ${scope.exporter} as the exporter`)
      if (predicate.origin !== scope.origin || predicate.treeSize !== scope.tree.size) throw new Malformed(`is about another origin or tree size than ${PACK}`)
    }
    const key = history.keys.get(keyid)
    if (key === undefined && !hasGap) throw new Malformed(`is signed by ${keyid}, which no entry made a key that may sign at the end of the tree`)
    if (key !== undefined && !isSignatureOf(key, signed, signature)) throw new Malformed(`is not what ${keyid} signed`)

    const signedDigest = subject[0].digest.sha256
    const file = pack.files.get(TAG_MANIFEST)
    if (file === undefined || file.sha256 === signedDigest) return expectExporter(history, scope, key, hasGap)
    if (key !== undefined) pack.setAside('digest-mismatch', TAG_MANIFEST, describeMismatch(file, signedDigest, SIGNATURE))
    throw new Malformed(`signs a ${TAG_MANIFEST} with the SHA-256 ${signedDigest}; the one in the pack has ${file.sha256}`)
  })
}

/** After a gap, a role may have been given in it. */
function expectExporter(history, scope, key, hasGap) {
  if (key === undefined || scope === undefined || hasGap || mayDo(history, key.name, 'evidence.export', { project: scope.project.id, model: scope.model.name })) return
  throw new Malformed(`is signed by ${key.name}, who held no role that exports evidence of this model`)
}

const ROLE_SHAPE = { role: word, sentence: word, permissions: [word] }
const PERMISSIONS_SHAPE = {
  at: count,
  policy: { administratorsDecide: matching('yes, no or not recorded', /^(?:yes|no|not recorded)$/) },
  roles: [ROLE_SHAPE],
  people: [{ person, roles: [word], grants: [{ role: word, scope: scopeOfRole }] }],
}

/** The matrix at the last decision, or at the end where there was none: what the entries say, and of the built-in roles what this release lets them do. */
function checkPermissions(pack, scope, { history, hasGap }) {
  if (history.administratorsDecide !== undefined && !pack.files.has(PERMISSIONS) && !pack.isSetAside(PERMISSIONS)) pack.setAside('file-missing', PERMISSIONS, 'is part of a pack whose ledger has a policy and is not there')
  const stated = pack.readJson(PERMISSIONS, PERMISSIONS_SHAPE)
  if (stated === undefined || scope === undefined || hasGap) return
  const builtIn = stated.roles.slice(0, Object.keys(BUILT_IN).length).map(({ role, permissions }) => [role, permissions])
  const recorded = history.decidedBy ?? describePermissions(history, scope.tree.size)
  pack.attempt('permissions-invalid', PERMISSIONS, () => {
    if (toJcs(builtIn) !== toJcs(Object.entries(BUILT_IN))) throw new Malformed('says other things of the built-in roles than they may do')
    if (toJcs({ ...stated, roles: stated.roles.slice(builtIn.length) }) !== toJcs(recorded)) throw new Malformed('says other things of roles, people or policy than the entries of the pack')
  })
}

const OMISSIONS_SHAPE = { treeSize: count, included: count, omitted: [{ from: count, to: count, reason: text }] }
const OMISSION_REASONS = ['other-project', 'session', 'after-the-decision', 'not-in-scope']

function checkOmissions(pack, scope) {
  const included = pack.filesLike(ENTRY_FILE).map(({ captured }) => Number(captured))
  const omissions = pack.readJson(OMISSIONS, OMISSIONS_SHAPE)
  if (omissions === undefined) return
  pack.attempt('omissions-invalid', OMISSIONS, () => {
    const { treeSize, omitted } = omissions
    if (included[0] !== 0) throw new Malformed('cannot be right: entry 0, which every pack holds, is not there')
    if (scope !== undefined && treeSize !== scope.tree.size) throw new Malformed(`counts a tree of ${treeSize}, where ${PACK} says ${scope.tree.size}`)
    if (omissions.included !== included.length) throw new Malformed(`counts ${omissions.included} entries in the pack; there are ${included.length}`)
    omitted.forEach(({ from, to, reason }, i) => {
      if (from > to || (i > 0 && from <= omitted[i - 1].to)) throw new Malformed(`has ranges that overlap or are not in order at ${from}`)
      if (!OMISSION_REASONS.includes(reason)) throw new Malformed(`gives the reason ${JSON.stringify(reason)}, which is none`)
    })
    const pieces = [...included.map((seq) => ({ from: seq, to: seq })), ...omitted].sort((a, b) => a.from - b.from)
    const next = pieces.reduce((expected, { from, to }) => {
      if (from !== expected) throw new Malformed(from < expected ? `counts entry ${from} twice` : `does not account for entry ${expected}`)
      return to + 1
    }, 0)
    if (next !== treeSize) throw new Malformed(`accounts for ${next} entries of ${treeSize}`)
  })
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// What the pack says of the entries: documents, facts, claims, tables, disclosures.
// ---------------------------------------------------------------------------------------------------------------------------------------

const FACT_SHAPE = { id: matching('F and a number', /^F(?:[0-9]{4}|[1-9][0-9]{4,8})$/), entry: count, pointer: text, value: textOrInteger, text }
const DOCUMENT_FACT_SHAPE = { ...FACT_SHAPE, document: sha256 }
const isDocumentFact = (fact) => isObject(fact) && Object.hasOwn(fact, 'document')
const CLAIM_SHAPE = { framework: text, obligation: text, status: text, text, facts: [text], missing: [word], appliesFrom: textOrNull }
const DISCLOSURE_SHAPE = { entry: count, field: text, salt: hex, value: text }
const STATUSES = ['supported', 'partial', 'missing', 'not-applicable', 'not-yet']

/** Every string that could be a digest, anywhere in a payload. */
function namedDigests(value) {
  if (isHex256(value)) return [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(namedDigests) : []
}

function checkDocuments(pack, { entries, hasGap }) {
  const named = new Set([...entries.values()].flatMap(({ named }) => [...named]))
  for (const { path, captured: digest } of pack.filesLike(DOCUMENT_FILE)) {
    if (pack.isSetAside(path)) continue
    const { sha256 } = pack.files.get(path)
    if (sha256 !== digest) pack.find('document-unproven', path, `has the SHA-256 ${sha256}, which is not that of its folder`)
    else if (!named.has(digest) && !hasGap) pack.find('document-unproven', path, 'is named by no entry of the pack')
  }
}

/** The facts, each held against the entry or the document that it cites. Undefined if the file cannot be used. */
function checkFacts(pack, entries) {
  const facts = pack.examine(FACTS, 'format-invalid', (bytes) => {
    const facts = parseJcs(bytes)
    if (!Array.isArray(facts)) throw new Malformed('is not a list of facts')
    facts.forEach((fact, i) => expectShape(fact, isDocumentFact(fact) ? DOCUMENT_FACT_SHAPE : FACT_SHAPE, `fact ${i + 1}`))
    return facts
  })
  /** digest -> facts, so that one document at a time is held */
  const inDocuments = new Map()
  facts?.forEach((fact, i) => {
    pack.attempt('fact-invalid', FACTS, () => {
      const { id, entry: seq, document } = fact
      if (i > 0 && Number(id.slice(1)) <= Number(facts[i - 1].id.slice(1))) throw new Malformed(`holds the fact ${id} out of order, or twice`)
      if (pack.isSetAside(entryFile(seq))) return
      const entry = entries.get(seq)
      if (entry === undefined) throw new Malformed(`holds the fact ${id}, which cites entry ${seq}: that is not in the pack or not an entry`)
      if (document === undefined) return expectStated(fact, entry.payload, `entry ${seq}`)
      if (!entry.named.has(document)) throw new Malformed(`holds the fact ${id}, which cites a document that entry ${seq} does not name`)
      addTo(inDocuments, document, fact)
    })
  })
  const copiesOf = new Map()
  for (const { path, captured } of pack.filesLike(DOCUMENT_FILE, true)) addTo(copiesOf, captured, path)
  for (const [digest, stated] of inDocuments) {
    pack.attempt('fact-invalid', FACTS, () => checkFactsIn(pack, digest, copiesOf.get(digest) ?? [], stated))
  }
  return facts
}

/** @param {string[]} copies the files in the document's folder, and those that should be there */
function checkFactsIn(pack, digest, copies, facts) {
  const good = copies.find((path) => !pack.isSetAside(path) && pack.files.get(path).sha256 === digest)
  if (good === undefined && copies.some((path) => pack.isSetAside(path))) return
  if (good === undefined) throw new Malformed(`holds the fact ${facts[0].id}, which cites a document that is not in the pack`)
  let json
  try {
    json = parseJson(pack.read(good))
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    throw new Malformed(`holds the fact ${facts[0].id}, which cites a document that ${error.message}`)
  }
  for (const fact of facts) expectStated(fact, json, good)
}

/** A fact states strings and integers as they are, other numbers and booleans by their canonical text; an integer beyond 2^53 - 1 is not exact. */
function expectStated({ id, pointer, value }, root, where) {
  let found = resolvePointer(root, pointer)
  if (typeof found === 'boolean' || (typeof found === 'number' && !Number.isInteger(found))) found = toJcs(found)
  if (found !== value || (typeof found === 'number' && !Number.isSafeInteger(found))) throw new Malformed(`holds the fact ${id}, which differs from ${where}`)
}

/** The claims, or undefined if the file cannot be used. */
function checkClaims(pack, frameworks, facts) {
  const claims = pack.readJson(CLAIMS, [CLAIM_SHAPE])
  const factIds = facts && new Set(facts.map(({ id }) => id))
  for (const claim of claims ?? []) pack.attempt('claim-invalid', CLAIMS, () => expectBorneOut(claim, factIds))
  if (claims !== undefined && frameworks !== undefined) pack.attempt('claim-invalid', CLAIMS, () => expectEveryRow(claims, frameworks))
  return claims
}

/** @param {Set<string> | undefined} factIds undefined if the facts cannot be used */
function expectBorneOut({ framework, obligation, status, text, facts, missing }, factIds) {
  const fail = (why) => {
    throw new Malformed(`holds a claim on ${JSON.stringify(obligation)} (${JSON.stringify(framework)}), which ${why}`)
  }
  const unknown = factIds && facts.find((id) => !factIds.has(id))
  if (!STATUSES.includes(status)) fail(`has the status ${JSON.stringify(status)}, which is none`)
  if (unknown !== undefined) fail(`names ${JSON.stringify(unknown)}, which is not in ${FACTS}`)
  if ((status === 'supported' || status === 'partial') && facts.length === 0) fail(`is ${status} by no fact`)
  if (status === 'missing' && missing.length === 0 && facts.length > 0) fail('is missing, yet names facts and nothing that is missing')
  if (status === 'not-applicable' && /^ *$/.test(text)) fail('is not applicable without a reason')
}

/** One claim for each assessable row, in order. A framework whose file cannot be used says nothing about its rows. */
function expectEveryRow(claims, frameworks) {
  const expected = [...frameworks].flatMap(([framework, rows]) => (rows ?? []).map(({ id }) => `${JSON.stringify(id)} (${framework})`))
  const claimed = claims
    .filter(({ framework }) => !frameworks.has(framework) || frameworks.get(framework) !== undefined)
    .map(({ framework, obligation }) => `${JSON.stringify(obligation)} (${framework})`)
  const at = expected.findIndex((row, i) => claimed[i] !== row)
  if (at >= 0) throw new Malformed(`has no claim on ${expected[at]} in its place`)
  if (claimed.length > expected.length) throw new Malformed(`holds a claim on ${claimed[expected.length]}, which no framework of the pack asks for`)
}

/** The tables are what facts, claims and frameworks give; where one of those has a finding, nothing can be said of them. */
function checkTables(pack, frameworks, claims, facts) {
  const sources = [PACK, FACTS, CLAIMS, ...[...frameworks.keys()].map((id) => `data/frameworks/${id}.json`)]
  if (sources.some((path) => pack.hasFindings(path))) return
  const factOf = new Map(facts.map((fact) => [fact.id, fact]))
  const rowOf = new Map([...frameworks].flatMap(([framework, rows]) => rows.map((row) => [toJcs([framework, row.id]), row])))
  const lines = claims.map((claim) => {
    const { citation, title } = rowOf.get(toJcs([claim.framework, claim.obligation]))
    return { ...claim, citation: isText(citation) ? citation : '', title: isText(title) ? title : '' }
  })
  const gaps = lines
    .filter(({ status }) => status !== 'supported' && status !== 'not-applicable')
    .map(({ framework, obligation, citation, title, status, missing, appliesFrom, text }) => [framework, obligation, citation, title, status, missing.join(' '), appliesFrom ?? '', text])
  const traces = lines.flatMap(({ framework, obligation, citation, status, facts }) =>
    (facts.length > 0 ? facts : [undefined]).map((id) => {
      const { entry = '', document = '', pointer = '', value = '', text = '' } = factOf.get(id) ?? {}
      return [framework, obligation, citation, status, id ?? '', entry, document, pointer, value, text]
    }),
  )
  expectTable(pack, GAPS, [['framework', 'obligation', 'citation', 'title', 'status', 'missing', 'applies from', 'explanation'], ...gaps])
  expectTable(pack, TRACEABILITY, [['framework', 'obligation', 'citation', 'status', 'fact', 'entry', 'document', 'pointer', 'value', 'text'], ...traces])
}

function expectTable(pack, path, rows) {
  pack.examine(path, 'table-invalid', (bytes) => {
    const table = rows.map((cells) => `${cells.map((cell) => writeCell(String(cell))).join()}\r\n`).join('')
    if (!bytes.equals(Buffer.from(table))) throw new Malformed(`is not the table that ${CLAIMS} and ${FACTS} give`)
  })
}

/** RFC 4180, with an apostrophe before what a spreadsheet would run as a formula. */
function writeCell(value) {
  const isFormula = /^[ \t\n\v\f\r]*[=+\-@\t\r]/.test(value) && !/^-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?$/.test(value)
  const safe = isFormula ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe
}

function checkDisclosures(pack, entries) {
  for (const { entry: seq, field, salt, value } of pack.readJson(DISCLOSURES, [DISCLOSURE_SHAPE]) ?? []) {
    if (pack.isSetAside(entryFile(seq))) continue
    const commitments = entries.get(seq)?.payload.commitments ?? {}
    const committed = Object.hasOwn(commitments, field) ? commitments[field] : undefined
    if (sha256Of(Buffer.from(salt, 'hex'), value).toString('hex') !== committed) {
      pack.find('disclosure-invalid', DISCLOSURES, `discloses ${JSON.stringify(field)} of entry ${seq}, which committed to no such value`)
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The verification as a whole, and its report.
// ---------------------------------------------------------------------------------------------------------------------------------------

/** What a pack without findings proves, in the order of the report. Four of them depend on more than that. */
const PROVED = {
  'bytes-unaltered': 'Every file is, byte for byte, the one that the exporter listed, and there is no other.',
  'exporter-signed': 'The list was signed with a key that the entries in this pack give to the exporter, who may export evidence of the model by them.',
  'entries-signed-by-known-keys': 'Each entry in the pack was signed with a key that an earlier entry in it introduced and none before had ended.',
  'entries-in-tree': 'Each entry in the pack stands at its position in the one tree that the log key signed.',
  'omissions-counted': 'Every position of the ledger is either in the pack or listed as left out.',
  'four-eyes': 'Each decision in the pack was signed by somebody whom earlier entries in it gave a role for the model that counts, and who brought in neither the version nor, by these entries, the same file.',
  'gates-met': 'Each request for promotion in the pack was judged by the gate that the start of its run had fixed, on what the run recorded, and met it.',
  'order-of-facts': 'Runs began before their stages, and promotions and rollbacks were requested and approved before they took effect.',
  'facts-match-entries': 'Each fact has the value that its entry, or the document that its entry names, holds in that place.',
  'claims-cover-frameworks': 'Each assessable row of each framework in the pack has its claim, and each claim of support names facts.',
  'tables-match-claims': 'gaps.csv and traceability.csv say what claims and facts say.',
  'duties-apart': 'By the entries in this pack, nobody decided on the version who administered accounts at its registration or later, until they signed.',
  'frameworks-as-shipped': `The frameworks are all those that Strongroom ${RELEASE} ships, whole and unaltered.`,
  'log-key-pinned': 'The ledger is the one whose first key you gave. Where it says that entries were lost, the log key from there on rests on the signature of an administrator alone.',
}

/** What no pack proves; the opposite of the last three above; that the exporter is not the author, where that is so; that nothing was lost, where something was; what an import cannot show, and what a rollback of an earlier release cannot. */
const NOT_PROVED = {
  'facts-true': 'That what was recorded is true.',
  'nothing-unrecorded': 'That no action went unrecorded.',
  'keys-complete': 'That no entry was left out that ends a key, takes a role away, makes somebody an administrator, keeps administrators from deciding or says that entries were lost: every pack must hold them all, but what an entry left out said cannot be seen.',
  'separate-people': 'That two accounts are two people: whoever enrols them could give both to one.',
  'earlier-work': 'What came before the run of this version: runs, gates and refusals of other versions of the model are not in the pack, nor is what brought the same file in as another version, and who did.',
  'exporter-words': 'What the exporter chose and worded: statuses and texts of claims, texts of facts, reasons for leaving entries out, what data/permissions.json says in words of built-in roles, README.txt, report.html, and the verifiers inside the pack.',
  'single-history': 'That no other version of this ledger was shown to somebody else: compare the checkpoint with a witness or another copy.',
  times: 'The times: they are asserted by who signed. What is proved is the order.',
  compliance: 'Whether the law is met: that is a judgement of people.',
  'frameworks-as-shipped': `That the frameworks are complete: they are not, all and unaltered, those of Strongroom ${RELEASE}, which this program knows.`,
  'log-key-owner': 'Whose ledger this is: learn its first key from its owner by another way, and give it with --key.',
  'exporter-not-author': 'That somebody else than the author exported this: the exporter is the author of the version.',
  'duties-apart': 'That who decided did not administer accounts since the version was registered: at least one of them did, as the policy of the workplace let them or before it had one.',
  'nothing-lost': 'That nothing was lost: the ledger lost entries and says so itself, as stands beside Lost. What they said is in no later pack. Whoever ever administered, and has a copy from then, can have it go on like this: compare the origin with the one that its owner tells you.',
  'orchestrator-key': 'That the orchestrator since a loss is the one of before: its key was lost too, and the one in its place, as stands beside Lost, is on the word of an administrator alone. What the orchestrator signed since, runs and measurements among it, rests on that.',
  'import-gates': 'That the version met a gate which this workplace had fixed: it was imported, so nothing was measured here, and its gates are those that its importer stated.',
  'rollback-gates': 'That a rollback was approved as the gate asks: one at least was asked for under an earlier release, which one approver was enough for.',
}

/**
 * Verifies a pack.
 *
 * @param {string} path a folder or a zip file
 * @param {{key?: string}} [options] `key`: the verifier key that the ledger's log key must be
 * @returns the report: `{ok, pack, origin, treeSize, checkpoint, logKey, losses, exporter, counts, claims, findings: [{code, file, message}], proved,
 *   notProved}`; what could not be read is null. A finding's message completes a sentence that begins with the file.
 * @throws {PackUnreadable} if there is no pack to read at `path`
 * @throws {ArgumentsInvalid} if `key` is not a verifier key
 */
export function verifyPack(path, { key } = {}) {
  const pinned = key === undefined ? undefined : parsePinnedKey(key)
  const pack = new Pack()
  try {
    openPack(pack, path)
    return buildReport(pack, pack.isReadable ? checkPack(pack, pinned) : null, pinned)
  } catch (error) {
    if (error.syscall === undefined) throw error
    throw new PackUnreadable(`${path} cannot be read: ${error.code} at ${error.syscall}. Give the folder or the zip file of a pack.`)
  } finally {
    pack.close()
  }
}

/** Every check, in the order of the format; later ones do without what earlier ones found unusable. */
function checkPack(pack, pinned) {
  checkBag(pack)
  const scope = readScope(pack)
  const frameworks = scope && readFrameworks(pack, scope)
  const ledger = readEntries(pack, scope?.origin)
  const { history, entries } = ledger
  checkExporterSignature(pack, scope, ledger)
  const checkpoint = checkCheckpoint(pack, scope, ledger, pinned)
  checkProofs(pack, checkpoint)
  checkOmissions(pack, scope)
  checkPermissions(pack, scope, ledger)
  if (scope !== undefined) checkSubject(pack, scope, ledger)
  const facts = checkFacts(pack, entries)
  const claims = checkClaims(pack, frameworks, facts)
  if (frameworks !== undefined) checkTables(pack, frameworks, claims, facts)
  checkDocuments(pack, ledger)
  checkDisclosures(pack, entries)
  const isByAuthor = scope !== undefined && registrationsOf(scope, history).some(({ author }) => isText(author) && personName(scope.origin, author) === scope.exporter)
  const isImport = scope !== undefined && registrationsOf(scope, history).some(({ isImport: imported }) => imported)
  return { scope, checkpoint, logKey: history.firstLogKey, facts, claims, losses: history.losses, isByAuthor, isImport, isApart: history.isApart, hasGatedRollbacks: history.hasGatedRollbacks }
}

/** @param checked what `checkPack` gave, or null if nothing could be checked */
function buildReport(pack, checked, pinned) {
  const { scope, checkpoint, logKey, facts, claims, losses = null, isByAuthor = false, isImport = false, isApart = true, hasGatedRollbacks = true } = checked ?? {}
  const countFiles = (pattern) => (checked === null ? null : pack.filesLike(pattern).length)
  const findings = pack.findings()
  const ok = findings.length === 0
  const isShipped = scope !== undefined && areShipped(scope.frameworks)
  const unless = { 'frameworks-as-shipped': isShipped, 'log-key-pinned': pinned !== undefined, 'log-key-owner': pinned !== undefined, 'exporter-not-author': !isByAuthor, 'nothing-lost': !losses?.length, 'orchestrator-key': !losses?.some(({ orchestratorKey }) => orchestratorKey !== null), 'duties-apart': isApart, 'gates-met': !isImport, 'import-gates': !isImport, 'rollback-gates': hasGatedRollbacks }
  return {
    ok,
    pack: scope?.id ?? null,
    origin: scope?.origin ?? null,
    treeSize: scope?.tree.size ?? null,
    checkpoint: ok ? checkpoint.note : null,
    logKey: logKey?.text ?? null,
    losses,
    exporter: scope?.exporter ?? null,
    counts: {
      files: checked === null ? null : pack.files.size,
      entries: countFiles(ENTRY_FILE),
      proofs: countFiles(PROOF_FILE),
      facts: facts?.length ?? null,
      claims: claims?.length ?? null,
      documents: countFiles(DOCUMENT_FILE),
    },
    claims: scope === undefined || claims === undefined ? null : countClaims(scope.frameworks, claims),
    findings,
    proved: ok ? Object.keys(PROVED).filter((code) => unless[code] ?? true) : [],
    notProved: Object.keys(NOT_PROVED).filter((code) => !unless[code]),
  }
}

/** How many claims of each status there are on each framework of the pack. */
function countClaims(frameworks, claims) {
  const counts = new Map(frameworks.map(({ id }) => [id, Object.fromEntries(STATUSES.map((status) => [status, 0]))]))
  for (const { framework, status } of claims) if (counts.has(framework) && STATUSES.includes(status)) counts.get(framework)[status]++
  return Object.fromEntries(counts)
}

function parsePinnedKey(key) {
  try {
    return parseVerifierKey(key)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    throw new ArgumentsInvalid('--key is not a verifier key: it reads name+hash+key, as the owner of the ledger prints it.')
  }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The command.
// ---------------------------------------------------------------------------------------------------------------------------------------

const USAGE = 'Usage: node verify.mjs [PACK] [--key VERIFIER_KEY] [--json]'

const HELP = `${USAGE}

Checks an evidence pack of Strongroom, without Strongroom and without a connection.

  PACK   a folder or a zip file; left out, the folder in which this program lies
  --key  the ledger's first key, as its owner told it to you in another way than in the pack
  --json the report as one line of JSON

Ends with 0 when all checks pass, with 1 when there is a finding, with 2 when the pack cannot be read.
`

/** @param {string[]} args each at most once */
function readArguments(args) {
  const options = { path: undefined, key: undefined, json: undefined }
  const rest = [...args]
  while (rest.length > 0) {
    const arg = rest.shift()
    const name = arg === '--json' ? 'json' : arg === '--key' ? 'key' : 'path'
    const value = name === 'key' ? rest.shift() : arg
    if (options[name] !== undefined || !value || (name === 'path' && value.startsWith('-'))) throw new ArgumentsInvalid(`The argument '${arg}' is not expected here. ${USAGE}`)
    options[name] = value
  }
  return options
}

/** @param {string[]} args @returns {number} the exit status */
function main(args) {
  if (args.some((arg) => arg === '--help' || arg === '-h')) {
    process.stdout.write(HELP)
    return 0
  }
  try {
    const { path = dirname(fileURLToPath(import.meta.url)), key, json } = readArguments(args)
    const report = verifyPack(resolve(path), key === undefined ? {} : { key })
    process.stdout.write(json ? `${toJcs(report)}\n` : describeReport(report, path))
    return report.ok ? 0 : 1
  } catch (error) {
    const expected = error instanceof PackUnreadable || error instanceof ArgumentsInvalid
    const why = expected ? error.message : `The pack could not be verified: ${error?.message ?? error}.`
    process.stderr.write(`verify.mjs: ${printable(why)}\n`)
    return 2
  }
}

/** The report in plain words: findings, then what was proved, then what was not. */
function describeReport({ ok, pack, origin, treeSize, logKey, exporter, losses, counts, claims, findings, proved, notProved }, path) {
  const unknown = 'could not be read'
  const facts = [
    ['Pack', `${pack ?? unknown} (${path})`],
    ['Ledger', origin === null ? unknown : `${origin}, ${treeSize} entries`],
    ...(losses ?? []).map((loss) => ['Lost', describeLoss(loss)]),
    ['Log key', logKey ?? unknown],
    ['Exporter', `${exporter ?? unknown}${notProved.includes('exporter-not-author') ? ', the author of the version' : ''}`],
    ['Holds', Object.entries(counts).map(([what, many]) => `${what} ${many ?? '?'}`).join(', ')],
  ]
  const passed = notProved.includes('log-key-owner') ? 'All checks passed. Whose ledger it is was not checked: that takes --key.' : 'All checks passed.'
  const lines = [ok ? passed : `Not verified: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}.`, '']
  for (const { code, file, message } of findings) lines.push(file, `  ${code}: it ${message}.`, '')
  lines.push(...facts.map(([name, value]) => `${name.padEnd(9)} ${value}`))
  lines.push('', 'Proved', ...describeCodes(PROVED, proved, 'Nothing, as long as there is a finding.'))
  lines.push('', 'Not proved', ...describeCodes(NOT_PROVED, notProved, ''))
  if (claims !== null) lines.push('', ...describeClaims(claims))
  return `${lines.map(printable).join('\n')}\n`
}

/** Whose word it is, and whether anything but that says so. */
function describeLoss({ entry, predecessor, origin, signed, isProved, by, orchestratorKey, reason }) {
  const what = signed > entry ? `entries ${entry} to ${signed - 1}` : `a history of ${signed} entries`
  const proof = isProved ? 'a log key that the pack knows signed the checkpoint of so many' : 'no log key that the pack knows signed the checkpoint of so many: it is their word alone'
  return `${what} of ${predecessor}. So says ${by}, an administrator, in entry ${entry}: "${reason}"; ${proof}. It goes on as ${origin}.${orchestratorKey === null ? '' : ` The orchestrator signs with ${orchestratorKey} from there on: that too is their word, as its key of before did not sign.`}`
}

function describeCodes(sentences, codes, none) {
  return codes.length === 0 ? [`  ${none}`] : codes.map((code) => `  ${code.padEnd(28)}  ${sentences[code]}`)
}

function describeClaims(claims) {
  const width = Math.max('framework'.length, ...Object.keys(claims).map((id) => id.length))
  const row = (name, cells) => `  ${name.padEnd(width)}${cells.map((cell, i) => String(cell).padStart(STATUSES[i].length + 2)).join('')}`
  return [
    'Claims. Supported means recorded facts support the row, not that the law is met.',
    row('framework', STATUSES),
    ...Object.entries(claims).map(([framework, counts]) => row(framework, STATUSES.map((status) => counts[status]))),
  ]
}

/** A pack's own words must not steer the terminal: what is not plain text is shown by its number. */
function printable(line) {
  return line.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0).toString(16)}}`)
}

function isProgram() {
  try {
    return realpathSync(process.argv[1] ?? '') === realpathSync(fileURLToPath(import.meta.url))
  } catch {
    return false
  }
}

if (isProgram()) process.exitCode = main(process.argv.slice(2))
