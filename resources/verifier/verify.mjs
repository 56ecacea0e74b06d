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
 * signatures, notes, the zip, the pack's files, the bag, entries, checkpoint and proofs, what the entries mean, the report. Nothing is ever
 * unpacked, executed, fetched or written.
 *
 * A word of caution to who reads this inside a pack: a verifier that came with the thing it verifies proves little. Compare its SHA-256
 * with that of a copy you have from elsewhere, or run that copy.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

// ---------------------------------------------------------------------------------------------------------------------------------------
// Bounds: a hostile pack must exhaust neither memory nor time.
// ---------------------------------------------------------------------------------------------------------------------------------------

const MIB = 1024 * 1024
/** The largest file that is read as a whole; larger ones are only hashed. */
const MAX_EXAMINED_BYTES = 64 * MIB
const MAX_JSON_DEPTH = 64
/** JSON text and JSON values in the pack as a whole. */
const MAX_JSON_BYTES = 512 * MIB
const MAX_JSON_VALUES = 10_000_000
const MAX_FILES = 100_000
const MAX_FOLDER_DEPTH = 100
const MAX_PATH_BYTES = 200
const MAX_ENTRY_BYTES = 65_535
/** Of a note, a proof, bagit.txt and bag-info.txt. */
const MAX_TEXT_BYTES = 64 * 1024
const MAX_NOTE_SIGNATURES = 100
const MAX_PROOF_HASHES = 64
const CHUNK_BYTES = MIB

/** The pack could not be read at all: exit status 2. */
export class PackUnreadable extends Error {}

/** The arguments are wrong: exit status 2. */
export class ArgumentsInvalid extends Error {}

/** Bytes or values are not what they must be. The message completes a sentence about the file; it becomes a finding. */
class Malformed extends Error {}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Encoding: UTF-8, base64, JSON and its canonical form (RFC 8785).
// ---------------------------------------------------------------------------------------------------------------------------------------

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @param {Uint8Array} bytes @returns {string} */
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

/** @param {Uint8Array} bytes @returns {string} lower-case hexadecimal */
function sha256Hex(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Code point order, which for the paths of a pack is also code unit order. */
function compareText(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function expectSize({ length }, most) {
  if (length > most) throw new Malformed(`is larger than ${most} bytes`)
}

/** How much JSON may still be parsed in one verification. */
function newJsonBudget() {
  return { bytes: MAX_JSON_BYTES, values: MAX_JSON_VALUES }
}

/**
 * Parses JSON (RFC 8259) strictly: valid UTF-8, no duplicate member, no lone surrogate, no number out of range, bounded depth and size.
 * Objects have no prototype, so that a member called `__proto__` is a member like any other.
 * @param {Uint8Array} bytes
 */
function parseJson(bytes, budget) {
  budget.bytes -= bytes.length
  if (budget.bytes < 0) throw new Malformed('is beyond the amount of JSON that one pack may hold')
  const text = decodeUtf8(bytes)
  let at = 0

  const value = parseValue(0)
  skipSpace()
  if (at !== text.length) throw notJson('something follows the value')
  return value

  function parseValue(depth) {
    if (--budget.values < 0) throw new Malformed('holds more JSON values than one pack may')
    if (depth > MAX_JSON_DEPTH) throw new Malformed(`nests JSON more than ${MAX_JSON_DEPTH} deep`)
    skipSpace()
    switch (text[at]) {
      case '{':
        return parseObject(depth)
      case '[':
        return parseArray(depth)
      case '"':
        return parseString()
      case 't':
        return parseWord('true', true)
      case 'f':
        return parseWord('false', false)
      case 'n':
        return parseWord('null', null)
      default:
        return parseNumber()
    }
  }

  function parseObject(depth) {
    const object = Object.create(null)
    at++
    skipSpace()
    if (text[at] === '}') return at++, object
    for (;;) {
      skipSpace()
      if (text[at] !== '"') throw notJson('a member has no name')
      const name = parseString()
      if (name in object) throw new Malformed(`names the member ${JSON.stringify(name)} twice in one object`)
      skipSpace()
      if (text[at++] !== ':') throw notJson('a colon is missing')
      object[name] = parseValue(depth + 1)
      skipSpace()
      const next = text[at++]
      if (next === '}') return object
      if (next !== ',') throw notJson('an object does not end')
    }
  }

  function parseArray(depth) {
    const array = []
    at++
    skipSpace()
    if (text[at] === ']') return at++, array
    for (;;) {
      array.push(parseValue(depth + 1))
      skipSpace()
      const next = text[at++]
      if (next === ']') return array
      if (next !== ',') throw notJson('an array does not end')
    }
  }

  function parseString() {
    const start = at++
    let escaped = false
    for (; ; at++) {
      const code = text.charCodeAt(at)
      if (code === 0x22) break
      if (Number.isNaN(code) || code < 0x20) throw notJson('a string does not end')
      if (code !== 0x5c) continue
      escaped = true
      at++
    }
    at++
    const string = escaped ? unescape(text.slice(start, at)) : text.slice(start + 1, at - 1)
    // With the u flag only a surrogate without its partner matches.
    if (/\p{Surrogate}/u.test(string)) throw new Malformed('holds half of a surrogate pair')
    return string
  }

  function unescape(token) {
    try {
      return JSON.parse(token)
    } catch {
      throw notJson('a string has an unknown escape')
    }
  }

  function parseNumber() {
    const pattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
    pattern.lastIndex = at
    const token = pattern.exec(text)?.[0]
    if (token === undefined) throw notJson('there is no value where one must be')
    at += token.length
    const number = Number(token)
    if (!Number.isFinite(number)) throw new Malformed('holds a number that is too large')
    return number
  }

  function parseWord(word, meaning) {
    if (!text.startsWith(word, at)) throw notJson('there is an unknown word')
    at += word.length
    return meaning
  }

  function skipSpace() {
    for (let c = text[at]; c === ' ' || c === '\n' || c === '\r' || c === '\t'; c = text[at]) at++
  }

  function notJson(why) {
    return new Malformed(`is not JSON: ${why} (near character ${at})`)
  }
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

/** Parses JSON that must be in canonical form, followed by nothing; its numbers are integers within 2^53 - 1. @param {Uint8Array} bytes */
function parseJcs(bytes, budget) {
  const value = parseJson(bytes, budget)
  expectIntegers(value)
  if (!Buffer.from(toJcs(value)).equals(bytes)) throw new Malformed('is not JSON in canonical form (RFC 8785)')
  return value
}

function expectIntegers(value) {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new Malformed(`holds ${value}, which is not an integer within 2^53 - 1`)
  }
  if (value !== null && typeof value === 'object') for (const each of Object.values(value)) expectIntegers(each)
}

/**
 * The value that a JSON Pointer (RFC 6901) leads to. Throws Malformed for a pointer that is none or leads nowhere.
 * @param {string} pointer
 */
function resolvePointer(root, pointer) {
  if (pointer !== '' && !pointer.startsWith('/')) throw new Malformed('is not a JSON pointer')
  if (/~(?![01])/.test(pointer)) throw new Malformed('is not a JSON pointer')
  let value = root
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replace(/~1/g, '/').replace(/~0/g, '~')
    const isIndex = /^(?:0|[1-9][0-9]*)$/.test(name)
    if (Array.isArray(value) ? !isIndex || Number(name) >= value.length : !isObject(value) || !Object.hasOwn(value, name)) {
      throw new Malformed('leads nowhere')
    }
    value = value[name]
  }
  return value
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Shapes: what the members of a JSON value must be. A shape is a kind, an object of shapes (exactly these members) or [shape] (a list).
// ---------------------------------------------------------------------------------------------------------------------------------------

const kind = (description, test) => ({ description, test })
const isHex256 = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
const isCount = (value) => Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)

const text = kind('a string', (value) => typeof value === 'string')
const count = kind('an integer from 0', isCount)
const sha256 = kind('a SHA-256 in lower-case hexadecimal', isHex256)
const object = kind('an object', isObject)
const hex = kind('lower-case hexadecimal', (value) => typeof value === 'string' && /^(?:[0-9a-f]{2})*$/.test(value))
const factId = kind('F and a number', (value) => typeof value === 'string' && /^F[0-9]{4,}$/.test(value))
const textOrNull = kind('a string or null', (value) => value === null || typeof value === 'string')
const time = kind('a time in UTC', (value) => typeof value === 'string' && isTime(value))
const date = kind('a date', (value) => typeof value === 'string' && isDate(value))
const treeRoot = kind('a 32-byte hash in base64', (value) => typeof value === 'string' && isTreeRoot(value))
const keyName = kind('the name of a key', (value) => typeof value === 'string' && isKeyName(value))
const textOrInteger = kind('a string or an integer', (value) => typeof value === 'string' || Number.isSafeInteger(value))
const digests = kind('an object of SHA-256 digests', (value) => isObject(value) && Object.values(value).every(isHex256))
const exactly = (wanted) => kind(JSON.stringify(wanted), (value) => value === wanted)

/** Throws Malformed unless the value has the shape. @param {string} where what to call the value in the message */
function expectShape(value, shape, where) {
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) throw new Malformed(`has something else than a list as ${where}`)
    value.forEach((each, i) => expectShape(each, shape[0], `${where}[${i}]`))
  } else if ('test' in shape && typeof shape.test === 'function') {
    if (!shape.test(value)) throw new Malformed(`has something else than ${shape.description} as ${where}`)
  } else {
    const names = Object.keys(shape)
    if (!isObject(value) || Object.keys(value).length !== names.length || !names.every((name) => Object.hasOwn(value, name))) {
      throw new Malformed(`has other members than ${names.join(', ')} in ${where}`)
    }
    for (const name of names) expectShape(value[name], shape[name], `${where}.${name}`)
  }
}

function isDate(value) {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return false
  const parsed = new Date(`${value}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(value)
}

function isTime(value) {
  const [, day = '', clock = ''] = /^([^T]+)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/.exec(value) ?? []
  return isDate(day) && /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(clock)
}

function isTreeRoot(value) {
  const bytes = Buffer.from(value, 'base64')
  return bytes.length === 32 && bytes.toString('base64') === value
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Hashes and Merkle trees (RFC 6962, section 2).
// ---------------------------------------------------------------------------------------------------------------------------------------

/** @param {Uint8Array} data */
function hashLeaf(data) {
  return createHash('sha256').update(Buffer.of(0)).update(data).digest()
}

function hashNode(left, right) {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest()
}

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

/** Non-empty, no space of any kind, no control character, no plus (C2SP signed-note). */
function isKeyName(name) {
  return name !== '' && !/[\s\p{Cc}+]/u.test(name)
}

/**
 * Reads `name+hhhhhhhh+base64(0x01 ‖ public key)`. `id` is `name+hhhhhhhh`; `publicKey` is null for a point that never verifies.
 * @param {string} verifierKey
 */
function parseVerifierKey(verifierKey) {
  const [, name = '', hash = '', base64 = ''] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/su.exec(verifierKey) ?? []
  if (!isKeyName(name)) throw new Malformed('holds a verifier key that is not name+hash+key')
  const typed = decodeBase64(base64)
  if (typed.length !== 33 || typed[0] !== 1) throw new Malformed(`holds a key of ${name} that is not an Ed25519 key`)
  const expected = createHash('sha256').update(name).update('\n').update(typed).digest('hex').slice(0, 8)
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

/**
 * Whether the signature is the key's over the message. OpenSSL, which Node calls, refuses S >= L and compares R byte for byte.
 * @param {Buffer} message @param {Buffer} signature
 */
function isSignatureOf(key, message, signature) {
  return key.publicKey !== null && signature.length === 64 && verify(null, message, key.publicKey, signature)
}

const ENVELOPE_SHAPE = { payload: text, payloadType: text, signatures: [{ keyid: text, sig: text }] }

/**
 * Reads a DSSE envelope in canonical form with exactly one signature. `signed` is its pre-authentication encoding.
 * @param {Buffer} bytes @param {string} payloadType the type that it must have
 */
function parseEnvelope(bytes, payloadType, budget) {
  const envelope = parseJcs(bytes, budget)
  expectShape(envelope, ENVELOPE_SHAPE, 'the envelope')
  if (envelope.payloadType !== payloadType) throw new Malformed(`has another payload type than ${payloadType}`)
  if (envelope.signatures.length !== 1) throw new Malformed('has not exactly one signature')
  const [{ keyid, sig }] = envelope.signatures
  const [, signer = ''] = /^([^+]*)\+[0-9a-f]{8}$/su.exec(keyid) ?? []
  if (!isKeyName(signer)) throw new Malformed('has a keyid that is not name+hash')
  const payload = decodeBase64(envelope.payload)
  const signature = decodeBase64(sig)
  if (signature.length !== 64) throw new Malformed('has a signature that is not 64 bytes long')
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `
  return { payload, keyid, signer, signature, signed: Buffer.concat([Buffer.from(head), payload]) }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Notes: signed-note, checkpoint and proof file (C2SP signed-note, tlog-checkpoint, tlog-proof).
// ---------------------------------------------------------------------------------------------------------------------------------------

/**
 * Takes a checkpoint apart without checking its signatures: three lines, an empty line, signature lines.
 * @param {Buffer} bytes
 */
function parseCheckpoint(bytes) {
  expectSize(bytes, MAX_TEXT_BYTES)
  const note = decodeUtf8(bytes)
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) throw new Malformed('is not a note: it holds a control character')
  const division = note.lastIndexOf('\n\n')
  if (division < 0) throw new Malformed('is not a note: no empty line divides text and signatures')
  const signedText = note.slice(0, division + 1)
  const lines = note.slice(division + 2).split('\n')
  if (lines.pop() !== '' || lines.length === 0) throw new Malformed('is not a note: it does not end in a signature line')
  if (lines.length > MAX_NOTE_SIGNATURES) throw new Malformed(`is a note with more than ${MAX_NOTE_SIGNATURES} signatures`)
  const [, origin = '', size = '', root = ''] = /^([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n$/.exec(signedText) ?? []
  if (!Number.isSafeInteger(Number(size)) || !isTreeRoot(root)) {
    throw new Malformed('is not a checkpoint: origin, size and root, a line each')
  }
  return { origin, size: Number(size), root: Buffer.from(root, 'base64'), signedText, signatures: lines.map(parseSignatureLine) }
}

function parseSignatureLine(line) {
  const [, name = '', base64 = ''] = /^\u2014 ([^ ]+) ([^ ]+)$/u.exec(line) ?? []
  if (!isKeyName(name)) throw new Malformed('has a line that is not a signature line')
  const blob = decodeBase64(base64)
  if (blob.length < 5) throw new Malformed('has a signature line without a signature')
  return { keyId: `${name}+${blob.toString('hex', 0, 4)}`, signature: blob.subarray(4) }
}

/** Signatures of other keys are left alone; every one of this key must be good, and there must be one. */
function expectNoteSignedBy(key, { signedText, signatures }) {
  const own = signatures.filter(({ keyId }) => keyId === key.id)
  if (own.length === 0) throw new Malformed(`is not signed by ${key.id}`)
  if (!own.every(({ signature }) => isSignatureOf(key, Buffer.from(signedText), signature))) {
    throw new Malformed(`has a signature of ${key.id} that is not good`)
  }
}

/**
 * Takes a proof file apart. `checkpoint` is what stands after the empty line, byte for byte.
 * @param {Buffer} bytes
 */
function parseProof(bytes) {
  expectSize(bytes, MAX_TEXT_BYTES)
  decodeUtf8(bytes)
  const division = bytes.indexOf('\n\n')
  if (division < 0) throw new Malformed('is not a proof: no empty line divides proof and checkpoint')
  const [header, ...lines] = bytes.toString('utf8', 0, division).split('\n')
  if (header !== 'c2sp.org/tlog-proof@v1') throw new Malformed('is not a proof: its first line is another')
  if (lines[0]?.startsWith('extra ')) decodeBase64(lines.shift().slice('extra '.length))
  const [, index] = /^index (0|[1-9][0-9]*)$/.exec(lines.shift() ?? '') ?? []
  if (index === undefined || !Number.isSafeInteger(Number(index))) throw new Malformed('is not a proof: it has no index')
  if (lines.length > MAX_PROOF_HASHES) throw new Malformed(`is a proof of more than ${MAX_PROOF_HASHES} hashes`)
  if (!lines.every(isTreeRoot)) throw new Malformed('is not a proof: a line is not a hash')
  return { index: Number(index), hashes: lines.map(decodeBase64), checkpoint: bytes.subarray(division + 2) }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Findings.
// ---------------------------------------------------------------------------------------------------------------------------------------

/** What is wrong: at most one finding for a file and a code, and none but `digest-mismatch` for a file that is not the listed one. */
class Findings {
  #byPlace = new Map()

  /** @param {string} code @param {string} file @param {string} message */
  add(code, file, message) {
    const place = `${file}\n${code}`
    if (!this.#byPlace.has(place)) this.#byPlace.set(place, { code, file, message })
  }

  has(code, file) {
    return this.#byPlace.has(`${file}\n${code}`)
  }

  /** Sorted by file, then code. */
  list() {
    return [...this.#byPlace.values()]
      .filter(({ code, file }) => code === 'digest-mismatch' || !this.has('digest-mismatch', file))
      .sort((a, b) => compareText(a.file, b.file) || compareText(a.code, b.code))
  }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Reading a pack: a folder or a zip file becomes a map from path to file. A file is hashed here once and for all, in pieces, and its
// bytes are compared with that hash whenever they are read again.
//
// A file is {size, sha256, chunks}, where `chunks` gives its bytes in pieces.
// ---------------------------------------------------------------------------------------------------------------------------------------

/**
 * @param {string} path
 * @param {Findings} findings
 * @returns {{files: Map<string, object>, readable: boolean, close: () => void}}
 */
function openPack(path, findings) {
  let stats
  try {
    stats = statSync(path)
  } catch (error) {
    throw new PackUnreadable(`${path} cannot be read: ${error.code ?? error.message}. Give the folder or the zip file of a pack.`)
  }
  if (stats.isDirectory()) return openFolder(path, findings)
  if (stats.isFile()) return openZip(path, findings)
  throw new PackUnreadable(`${path} is neither a folder nor a file.`)
}

/** `/` between the parts, no empty, `.` or `..` part, at most 200 bytes, and few characters. */
function isPackPath(path) {
  const parts = path.split('/')
  return path.length <= MAX_PATH_BYTES && parts.every((part) => /^[A-Za-z0-9._-]+$/.test(part) && part !== '.' && part !== '..')
}

function openFolder(root, findings) {
  const files = new Map()
  let seen = 0
  walk('', 0)
  return { files, readable: true, close: () => {} }

  function walk(folder, depth) {
    const names = listFolder(folder === '' ? root : `${root}/${folder}`)
    if (names.length === 0 && folder !== '') findings.add('file-unlisted', folder, 'is an empty folder')
    for (const name of names) {
      if (++seen > MAX_FILES) throw new PackUnreadable(`${root} holds more than ${MAX_FILES} files and folders, which no pack does.`)
      const path = folder === '' ? name : `${folder}/${name}`
      // A replacement character stands where a name is not UTF-8: such a name cannot be opened by what is shown of it.
      const stats = name.includes('\ufffd') ? undefined : lstatSync(`${root}/${path}`, { throwIfNoEntry: false })
      if (stats?.isDirectory() && depth < MAX_FOLDER_DEPTH) walk(path, depth + 1)
      else if (!stats?.isFile()) findings.add('path-invalid', path, 'is not a regular file: a pack holds no links and no special files')
      else if (!isPackPath(path)) findings.add('path-invalid', path, 'has a name that no file of a pack can have')
      else readInto(path)
    }
  }

  function readInto(path) {
    const chunks = () => readFileInChunks(`${root}/${path}`)
    try {
      files.set(path, { chunks, ...hashChunks(chunks()) })
    } catch (error) {
      findings.add('path-invalid', path, `cannot be read (${error.code ?? error.message})`)
    }
  }
}

function listFolder(path) {
  try {
    return readdirSync(path)
  } catch (error) {
    throw new PackUnreadable(`The folder ${path} cannot be read: ${error.code ?? error.message}.`)
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

/** @param {Iterable<Buffer>} chunks */
function hashChunks(chunks) {
  const hash = createHash('sha256')
  let size = 0
  for (const chunk of chunks) {
    hash.update(chunk)
    size += chunk.length
  }
  return { size, sha256: hash.digest('hex') }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The zip. It has one form for given files: the entries are read by its directory, as any unzip program would, and the container is
// then built again from them, piece by piece, and compared. Nothing in it is compressed, so it can hold no more than its own size.
// ---------------------------------------------------------------------------------------------------------------------------------------

const LOCAL_HEADER = { signature: 0x04034b50, size: 30 }
const DIRECTORY_HEADER = { signature: 0x02014b50, size: 46 }
const DIRECTORY_END = { signature: 0x06054b50, size: 22 }
const ZIP_VERSION = 20
/** 1 January 1980, in the form of MS-DOS. */
const ZIP_DATE = 0x0021

function openZip(path, findings) {
  const advice = 'Fetch the pack again, or unpack it and verify the folder'
  const altered = (why) => findings.add('container-altered', basename(path), `${why}. ${advice}`)
  const fd = openZipFile(path)
  const close = () => closeSync(fd)
  try {
    const size = fstatSync(fd).size
    const read = (offset, length) => Buffer.concat([...readRange(fd, offset, length)])
    const entries = readZipDirectory(read, size)?.map((record) => locateZipContent(size, record))
    const total = entries?.reduce((sum, entry) => sum + (entry?.size ?? Infinity), 0) ?? Infinity
    // Contents that overlap would be read again and again.
    if (entries === undefined || total > size) {
      altered('is not a zip that can be read: nothing in it was examined')
      return { files: new Map(), readable: false, close }
    }
    for (const entry of entries) {
      entry.chunks = () => readRange(fd, entry.start, entry.size)
      Object.assign(entry, hashZipContent(entry.chunks()))
    }
    compareZip(read, size, entries, altered)
    return { files: nameZipFiles(entries, findings), readable: true, close }
  } catch (error) {
    close()
    throw new PackUnreadable(`${path} cannot be read: ${error.code ?? error.message}.`)
  }
}

function openZipFile(path) {
  try {
    return openSync(path, constants.O_RDONLY)
  } catch (error) {
    throw new PackUnreadable(`${path} cannot be read: ${error.code ?? error.message}.`)
  }
}

/** The records of the directory that the last bytes of the file lead to; undefined if they lead to none. */
function readZipDirectory(read, size) {
  if (size < DIRECTORY_END.size) return undefined
  const end = read(size - DIRECTORY_END.size, DIRECTORY_END.size)
  const length = end.readUInt32LE(12)
  const offset = end.readUInt32LE(16)
  if (end.readUInt32LE() !== DIRECTORY_END.signature) return undefined
  if (length > MAX_EXAMINED_BYTES || offset + length > size - DIRECTORY_END.size) return undefined

  const directory = read(offset, length)
  const records = []
  for (let at = 0; at < length; ) {
    if (at + DIRECTORY_HEADER.size > length || directory.readUInt32LE(at) !== DIRECTORY_HEADER.signature) return undefined
    const nameEnd = at + DIRECTORY_HEADER.size + directory.readUInt16LE(at + 28)
    const next = nameEnd + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
    if (next > length || records.length === MAX_FILES) return undefined
    records.push({
      name: directory.subarray(at + DIRECTORY_HEADER.size, nameEnd),
      method: directory.readUInt16LE(at + 10),
      packedSize: directory.readUInt32LE(at + 20),
      size: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    })
    at = next
  }
  return records
}

/** Adds where the content of a record begins by the directory; undefined if it is compressed or not within the file. */
function locateZipContent(size, record) {
  const start = record.offset + LOCAL_HEADER.size + record.name.length
  const isStored = record.method === 0 && record.packedSize === record.size
  return isStored && start + record.size <= size ? { ...record, start } : undefined
}

/** Builds the container from its files and compares. */
function compareZip(read, size, entries, altered) {
  const directory = []
  let offset = 0
  entries.forEach((entry, i) => {
    if (i > 0 && Buffer.compare(entries[i - 1].name, entry.name) >= 0) altered('lists a file twice or its files out of order')
    const header = buildZipHeader(LOCAL_HEADER, entry, 0)
    directory.push(buildZipHeader(DIRECTORY_HEADER, entry, offset))
    if (entry.offset !== offset || !read(offset, header.length).equals(header)) {
      altered(`does not hold ${JSON.stringify(entry.name.toString())} as the zip of a pack would`)
    }
    offset += header.length + entry.size
  })
  const rest = Buffer.concat([...directory, buildZipEnd(entries.length, offset, directory)])
  if (size !== offset + rest.length || !read(offset, rest.length).equals(rest)) {
    altered('is not, byte for byte, the zip of the files that it holds')
  }
}

/** Of two files of one name the first counts; that there are two was found already. */
function nameZipFiles(entries, findings) {
  const files = new Map()
  for (const { name, size, sha256, chunks } of entries) {
    const path = name.toString()
    if (!isPackPath(path)) findings.add('path-invalid', path, 'has a name that no file of a pack can have')
    else if (!files.has(path)) files.set(path, { size, sha256, chunks })
  }
  return files
}

/** The header of a file as the format demands it, before its content or in the directory. */
function buildZipHeader({ signature, size }, entry, offset) {
  const header = Buffer.alloc(size)
  header.writeUInt32LE(signature, 0)
  const isDirectory = signature === DIRECTORY_HEADER.signature
  if (isDirectory) header.writeUInt16LE(ZIP_VERSION, 4)
  // From here on the two headers have the same members; flags, method, time and all that is not written are 0.
  const at = isDirectory ? 6 : 4
  header.writeUInt16LE(ZIP_VERSION, at)
  header.writeUInt16LE(ZIP_DATE, at + 8)
  header.writeUInt32LE(entry.crc32, at + 10)
  header.writeUInt32LE(entry.size, at + 14)
  header.writeUInt32LE(entry.size, at + 18)
  header.writeUInt16LE(entry.name.length, at + 22)
  // Beyond 4 GiB there is no zip; such an offset is compared as what it cannot be.
  if (isDirectory) header.writeUInt32LE(offset % 2 ** 32, 42)
  return Buffer.concat([header, entry.name])
}

function buildZipEnd(count, offset, directory) {
  const end = Buffer.alloc(DIRECTORY_END.size)
  end.writeUInt32LE(DIRECTORY_END.signature, 0)
  end.writeUInt16LE(count % 2 ** 16, 8)
  end.writeUInt16LE(count % 2 ** 16, 10)
  end.writeUInt32LE(directory.reduce((length, header) => length + header.length, 0), 12)
  end.writeUInt32LE(offset % 2 ** 32, 16)
  return end
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

function hashZipContent(chunks) {
  const hash = createHash('sha256')
  let crc = 0xffffffff
  for (const chunk of chunks) {
    hash.update(chunk)
    for (let i = 0; i < chunk.length; i++) crc = CRC_TABLE[(crc ^ chunk[i]) & 0xff] ^ (crc >>> 8)
  }
  return { sha256: hash.digest('hex'), crc32: (crc ^ 0xffffffff) >>> 0 }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The files of a pack, and how a check reads one.
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

const REQUIRED_FILES = [
  ...['bagit.txt', 'bag-info.txt', MANIFEST, TAG_MANIFEST, SIGNATURE, 'README.txt', 'verify.mjs', 'verify.py'],
  ...[PACK, CHECKPOINT, FACTS, CLAIMS, OMISSIONS, DISCLOSURES, 'data/report.html', 'data/gaps.csv', 'data/traceability.csv'],
]
const ENTRY_FILE = /^data\/entries\/(\d{8})\.json$/
const PROOF_FILE = /^data\/proofs\/(\d{8})\.tlog-proof$/
const FRAMEWORK_FILE = /^data\/frameworks\/[^/]+\.json$/
const DOCUMENT_FILE = /^data\/documents\/([0-9a-f]{64})\/[^/]+$/
const VARIABLE_FILES = [ENTRY_FILE, PROOF_FILE, FRAMEWORK_FILE, DOCUMENT_FILE]

const seq8 = (seq) => String(seq).padStart(8, '0')
const entryFile = (seq) => `data/entries/${seq8(seq)}.json`
const proofFile = (seq) => `data/proofs/${seq8(seq)}.tlog-proof`
const isPayload = (path) => path.startsWith('data/')
/** A file that the tag manifest lists. */
const isTag = (path) => !isPayload(path) && path !== TAG_MANIFEST && path !== SIGNATURE

/** A pack under verification. */
class Pack {
  /** @type {Map<string, {size: number, sha256: string, chunks: () => Iterable<Buffer>}>} */
  files
  findings
  budget = newJsonBudget()
  /** Files that are listed or there but not both, or altered: what would need them is left undecided. */
  #setAside = new Set()

  constructor(files, findings) {
    this.files = files
    this.findings = findings
  }

  /** Compares a file with what a list says about it. */
  expectDigest(path, sha256, list) {
    const file = this.files.get(path)
    if (file === undefined || file.sha256 === sha256) return
    this.findings.add('digest-mismatch', path, `has the SHA-256 ${file.sha256}, where ${list} lists ${sha256}: it was altered`)
    this.setAside(path)
  }

  setAside(path) {
    this.#setAside.add(path)
  }

  isSetAside(path) {
    return this.#setAside.has(path)
  }

  /**
   * What `parse` makes of a file's bytes. What it throws as Malformed becomes a finding with this code. Undefined then, and if the file
   * is missing or set aside.
   */
  examine(path, code, parse) {
    const file = this.files.get(path)
    if (file === undefined || this.isSetAside(path)) return undefined
    return this.attempt(code, path, () => {
      if (file.size > MAX_EXAMINED_BYTES) throw new Malformed(`is larger than ${MAX_EXAMINED_BYTES / MIB} MiB`)
      const bytes = Buffer.concat([...file.chunks()])
      if (sha256Hex(bytes) !== file.sha256) {
        throw new PackUnreadable(`${path} changed while it was verified. Verify a copy that nobody writes to.`)
      }
      return parse(bytes)
    })
  }

  /** What `check` returns; what it throws as Malformed becomes a finding, and undefined. */
  attempt(code, file, check) {
    try {
      return check()
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      this.findings.add(code, file, error.message)
      return undefined
    }
  }

  /** A JSON file of that shape. */
  readJson(path, shape) {
    return this.examine(path, 'format-invalid', (bytes) => {
      const value = parseJcs(bytes, this.budget)
      expectShape(value, shape, 'the file')
      return value
    })
  }

  /** The files whose path matches, sorted, each with what the pattern captured. */
  filesLike(pattern) {
    return matchPaths([...this.files.keys()], pattern)
  }

  /** The same with those that should be there. */
  filesExpectedLike(pattern) {
    return matchPaths([...new Set([...this.files.keys(), ...this.#setAside])], pattern)
  }
}

/** @param {string[]} paths @param {RegExp} pattern */
function matchPaths(paths, pattern) {
  return paths.sort(compareText).flatMap((path) => {
    const match = pattern.exec(path)
    return match === null ? [] : [{ path, captured: match[1] }]
  })
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The bag (RFC 8493): which files there must be, and that they are the listed ones.
// ---------------------------------------------------------------------------------------------------------------------------------------

const BAGIT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'
const BAG_INFO_LABELS = ['Source-Organization', 'Bagging-Date', 'Payload-Oxum', 'External-Identifier', 'Bag-Software-Agent']

/** @param {Pack} pack */
function checkBag(pack) {
  dropStrangeFiles(pack)
  for (const path of REQUIRED_FILES) if (!pack.files.has(path)) setMissing(pack, path, 'is part of every pack and is not there')
  // The tag manifest first: it says whether the payload manifest may be believed.
  const tagManifest = readManifest(pack, TAG_MANIFEST, isTag)
  compareWithManifest(pack, tagManifest, isTag)
  const manifest = readManifest(pack, MANIFEST, isPayload)
  compareWithManifest(pack, manifest, isPayload)
  pack.examine('bagit.txt', 'bag-invalid', (bytes) => {
    expectSize(bytes, MAX_TEXT_BYTES)
    if (!bytes.equals(Buffer.from(BAGIT))) throw new Malformed('has other lines than BagIt-Version: 1.0 and its encoding, UTF-8')
  })
  pack.examine('bag-info.txt', 'bag-invalid', (bytes) => checkBagInfo(pack, bytes, manifest))
}

/** What has no place in the layout is no file of the pack, whatever the manifests say. */
function dropStrangeFiles(pack) {
  for (const path of [...pack.files.keys()]) {
    if (REQUIRED_FILES.includes(path) || VARIABLE_FILES.some((pattern) => pattern.test(path))) continue
    pack.findings.add('file-unlisted', path, 'is not a file that a pack has')
    pack.files.delete(path)
  }
}

function setMissing(pack, path, why) {
  pack.setAside(path)
  // What lies in its place, or has none, was found already.
  const isFound = pack.findings.has('path-invalid', path) || pack.findings.has('file-unlisted', path)
  if (!isFound) pack.findings.add('file-missing', path, why)
}

/** The listed files are the listed ones; and, if the list can be relied on, all are there and of their kind no others. */
function compareWithManifest(pack, manifest, isOfKind) {
  if (manifest === undefined) return
  const { file, listed, whole } = manifest
  for (const [path, sha256] of listed) {
    if (pack.files.has(path)) pack.expectDigest(path, sha256, file)
    else if (whole) setMissing(pack, path, `is listed in ${file} and is not there`)
  }
  for (const path of whole ? pack.files.keys() : []) {
    if (!isOfKind(path) || listed.has(path)) continue
    pack.findings.add('file-unlisted', path, `is not listed in ${file}`)
    pack.setAside(path)
  }
}

/** The lines of a manifest that are lines of a manifest; `whole` if all are, in order. */
function readManifest(pack, file, mayList) {
  return pack.examine(file, 'bag-invalid', (bytes) => {
    const lines = decodeUtf8(bytes).split('\n')
    const listed = new Map()
    let problem = lines.pop() === '' ? null : 'does not end in a newline'
    let previous = ''
    for (const line of lines) {
      const [, sha256, path = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
      if (sha256 === undefined || !isPackPath(path)) problem ??= 'has a line that is not a SHA-256, two spaces and a path'
      else if (!mayList(path)) problem ??= `lists ${path}, which it must not`
      else {
        if (path <= previous) problem ??= `is not sorted, or lists a file twice, at ${path}`
        previous = path
        listed.set(path, sha256)
      }
    }
    if (problem !== null) pack.findings.add('bag-invalid', file, problem)
    return { file, listed, whole: problem === null }
  })
}

function checkBagInfo(pack, bytes, manifest) {
  expectSize(bytes, MAX_TEXT_BYTES)
  const lines = decodeUtf8(bytes).split('\n')
  if (lines.pop() !== '' || lines.length !== BAG_INFO_LABELS.length) {
    throw new Malformed(`has not exactly the lines ${BAG_INFO_LABELS.join(', ')}`)
  }
  const values = BAG_INFO_LABELS.map((label, i) => {
    if (!lines[i].startsWith(`${label}: `) || /\p{Cc}/u.test(lines[i])) {
      throw new Malformed(`has something else than ${label} in line ${i + 1}`)
    }
    return lines[i].slice(label.length + 2)
  })
  if (!isDate(values[1])) throw new Malformed('has a Bagging-Date that is not a date')

  // Altered and missing files have findings of their own; the sum then says nothing more.
  const paths = [...(manifest?.listed.keys() ?? [])]
  if (!manifest?.whole || !paths.every((path) => pack.files.has(path) && !pack.isSetAside(path))) return
  const bytesInPayload = paths.reduce((sum, path) => sum + pack.files.get(path).size, 0)
  if (values[2] !== `${bytesInPayload}.${paths.length}`) {
    throw new Malformed(`has the Payload-Oxum ${values[2]}, not ${bytesInPayload}.${paths.length}`)
  }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The scope, and the JSON files beside the entries.
// ---------------------------------------------------------------------------------------------------------------------------------------

const SCOPE_SHAPE = {
  format: exactly('strongroom.dev/evidence-pack/v1'),
  id: text,
  origin: keyName,
  created: text,
  software: text,
  project: { id: text, name: text, intendedPurpose: text, roles: [text], annexIII: text },
  model: { name: text, version: count, artifact: sha256 },
  exporter: keyName,
  tree: { size: count, root: treeRoot },
  frameworks: [{ id: text, title: text, file: text, sha256 }],
  asOf: date,
}
const ENTRY_FACT_SHAPE = { id: factId, entry: count, pointer: text, value: textOrInteger, text }
const DOCUMENT_FACT_SHAPE = { ...ENTRY_FACT_SHAPE, document: sha256 }
const isDocumentFact = (fact) => isObject(fact) && Object.hasOwn(fact, 'document')
const CLAIM_SHAPE = { framework: text, obligation: text, status: text, text, facts: [text], missing: [text], appliesFrom: textOrNull }
const OMISSIONS_SHAPE = { treeSize: count, included: count, omitted: [{ from: count, to: count, reason: text }] }
const DISCLOSURE_SHAPE = { entry: count, field: text, salt: hex, value: text }

/** data/pack.json. @param {Pack} pack */
function readScope(pack) {
  const scope = pack.readJson(PACK, SCOPE_SHAPE)
  return scope && pack.attempt('format-invalid', PACK, () => {
    const ids = scope.frameworks.map(({ id }) => id)
    if (new Set(ids).size !== ids.length) throw new Malformed('names a framework twice')
    for (const { id, file } of scope.frameworks) {
      if (file !== `data/frameworks/${id}.json` || !isPackPath(file)) {
        throw new Malformed(`has another file for ${id} than data/frameworks/<id>.json`)
      }
    }
    return scope
  })
}

/** The assessable rows of each framework of the scope: framework id -> obligation ids, or undefined where its file cannot be used. */
function readFrameworks(pack, scope) {
  const named = new Set(scope.frameworks.map(({ file }) => file))
  for (const { path } of pack.filesLike(FRAMEWORK_FILE)) {
    if (named.has(path)) continue
    pack.findings.add('file-unlisted', path, `is not a framework that ${PACK} names`)
    pack.files.delete(path)
  }
  const rows = new Map()
  for (const { id, file, sha256 } of scope.frameworks) {
    if (!pack.files.has(file)) setMissing(pack, file, `is named by ${PACK} and is not there`)
    rows.set(id, pack.examine(file, 'format-invalid', (bytes) => readAssessableRows(parseJson(bytes, pack.budget))))
    if (!pack.isSetAside(file) && pack.files.get(file).sha256 !== sha256) {
      pack.findings.add('format-invalid', PACK, `names ${file} with another SHA-256 than it has`)
    }
  }
  return rows
}

function readAssessableRows(framework) {
  const lists = isObject(framework) ? [framework.obligations, framework.items].filter(Array.isArray) : []
  if (lists.length !== 1) throw new Malformed('has not one list, obligations or items')
  const rows = lists[0]
  if (!rows.every((row) => isObject(row) && typeof row.id === 'string' && typeof row.assessable === 'boolean')) {
    throw new Malformed('has a row without id or assessable')
  }
  if (new Set(rows.map(({ id }) => id)).size !== rows.length) throw new Malformed('has two rows with one id')
  return rows.filter(({ assessable }) => assessable).map(({ id }) => id)
}

function readFacts(pack) {
  return pack.examine(FACTS, 'format-invalid', (bytes) => {
    const facts = parseJcs(bytes, pack.budget)
    if (!Array.isArray(facts)) throw new Malformed('is not a list of facts')
    facts.forEach((fact, i) => expectShape(fact, isDocumentFact(fact) ? DOCUMENT_FACT_SHAPE : ENTRY_FACT_SHAPE, `fact ${i + 1}`))
    return facts
  })
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Entries and keys. The keyring is learnt from the entries alone, in their order: who may sign what is a matter of position in the
// ledger, never of a time. An entry that does not verify teaches nothing.
// ---------------------------------------------------------------------------------------------------------------------------------------

const ENTRY_TYPE = 'application/vnd.strongroom.entry+json'
const PAYLOAD_SHAPE = {
  v: exactly(1),
  origin: keyName,
  seq: count,
  time,
  actor: keyName,
  action: text,
  subject: [{ name: text, digest: { sha256 } }],
  detail: object,
  commitments: digests,
  seen: { size: count, root: treeRoot },
}
/** The members of `detail` that the keyring is learnt from. */
const KEY_ACTION_SHAPES = {
  'person.enrolled': { person: text, roles: [text], key: text },
  'person.roles.changed': { person: text, roles: [text] },
  'person.deactivated': { person: text },
}
const isPersonAction = (action) => Object.hasOwn(KEY_ACTION_SHAPES, action)
const personName = (origin, person) => `${origin}/person/${person}`
const orchestratorName = (origin) => `${origin}/orchestrator`

class Keyring {
  /** The key that signs checkpoints, once entry 0 has named it. */
  logKey
  /** Whether an entry enrolled somebody, or tried to. */
  sawEnrolment = false
  /** Key id -> {key, from, until}: the key may sign the entries from `from` to before `until`. */
  #keys = new Map()
  /** Public key -> its name. */
  #owners = new Map()
  /** Name of a person's key -> the roles that they hold now. */
  #roles = new Map()

  /** What entry 0 introduces. */
  begin({ logKey, key }) {
    this.logKey = logKey
    this.#owners.set(logKey.point, logKey.name)
    this.addKey(key, 0)
  }

  addKey(key, from) {
    this.#keys.set(key.id, { key, from, until: Infinity })
    this.#owners.set(key.point, key.name)
  }

  /** The name under which a public key stands in the ledger already. */
  ownerOf(key) {
    return this.#owners.get(key.point)
  }

  /** The key with that id, if it may sign at that position. */
  keyAt(id, seq) {
    const known = this.#keys.get(id)
    return known !== undefined && seq >= known.from && seq < known.until ? known.key : undefined
  }

  rolesOf(name) {
    return this.#roles.get(name) ?? []
  }

  isEnrolled(name) {
    return this.#roles.has(name)
  }

  setRoles(name, roles) {
    this.#roles.set(name, roles)
  }

  endKeysOf(name, until) {
    for (const known of this.#keys.values()) if (known.key.name === name) known.until = Math.min(known.until, until)
  }
}

/**
 * Reads and verifies every entry in order. An entry of the result has a form that is good; `signer` is undefined if its signature is not
 * known to be good, else `{name, roles}` as at its position. It `isEffective` if its signer could sign that: what is not changes nothing,
 * neither here nor in later checks. `afterGap` says that an entry before it was set aside: what cannot be found may have stood there.
 * @param {Pack} pack @param {string | undefined} origin undefined if data/pack.json does not say
 */
function readEntries(pack, origin) {
  const ring = new Keyring()
  const entries = new Map()
  let gap = false
  for (const { path, captured } of pack.filesExpectedLike(ENTRY_FILE)) {
    const seq = Number(captured)
    if (pack.isSetAside(path)) gap = true
    const entry = pack.examine(path, 'entry-invalid', (bytes) => readEntry(pack, bytes, seq, origin ?? entries.get(0)?.origin))
    if (entry === undefined) continue
    entry.file = path
    entry.afterGap = gap
    entries.set(seq, entry)
    verifyEntry(pack, ring, entry)
    if (seq === 0 && entry.isEffective) ring.begin(entry)
    if (isPersonAction(entry.action)) applyPersonAction(pack, ring, entry)
  }
  return { ring, entries, hasGap: gap, firstIsSetAside: pack.isSetAside(entryFile(0)) }
}

/** Everything about an entry that it shows by itself. */
function readEntry(pack, bytes, seq, origin) {
  expectSize(bytes, MAX_ENTRY_BYTES)
  const { payload: payloadBytes, keyid, signer, signature, signed } = parseEnvelope(bytes, ENTRY_TYPE, pack.budget)
  const payload = parseJcs(payloadBytes, pack.budget)
  expectShape(payload, PAYLOAD_SHAPE, 'the entry')
  if (origin !== undefined && payload.origin !== origin) {
    throw new Malformed(`is an entry of the ledger ${payload.origin}, not of ${origin}`)
  }
  if (payload.seq !== seq) throw new Malformed(`says that it is entry ${payload.seq}`)
  if (payload.actor !== signer) throw new Malformed(`names ${payload.actor} as its actor and is signed as ${signer}`)
  const { action, detail, seen } = payload
  if (seen.size > seq) throw new Malformed(`says that its signer had seen ${seen.size} entries, more than there were`)
  if ((seq === 0) !== (action === 'ledger.created')) {
    throw new Malformed(`has the action ${action}: entry 0 creates the ledger, and no other does`)
  }
  const { origin: ledger } = payload
  const entry = { seq, action, detail, isEffective: false, origin: ledger, payload, keyid, signature, signed, leaf: hashLeaf(bytes) }
  if (isPersonAction(action)) expectShape(detail, KEY_ACTION_SHAPES[action], 'detail')
  if (action === 'person.enrolled') entry.key = parseNamedKey(detail.key, personName(payload.origin, detail.person))
  if (action === 'ledger.created') {
    entry.logKey = parseNamedKey(detail.logKey, payload.origin)
    entry.key = parseNamedKey(detail.orchestratorKey, orchestratorName(payload.origin))
  }
  return entry
}

function parseNamedKey(verifierKey, name) {
  if (typeof verifierKey !== 'string') throw new Malformed(`has no verifier key of ${name}`)
  const key = parseVerifierKey(verifierKey)
  if (key.name !== name) throw new Malformed(`introduces a key of ${key.name} where one of ${name} must stand`)
  return key
}

function verifyEntry(pack, ring, entry) {
  const { seq, file, keyid, signed, signature, afterGap } = entry
  // Entry 0 is signed by the key that it introduces.
  const key = seq === 0 && keyid === entry.key.id ? entry.key : ring.keyAt(keyid, seq)
  if (key === undefined) {
    if (!afterGap) pack.findings.add('key-unknown', file, `is signed by ${keyid}, which no entry before it made a key that may sign here`)
  } else if (isSignatureOf(key, signed, signature)) {
    entry.signer = { name: key.name, roles: ring.rolesOf(key.name) }
    entry.isEffective = true
  } else {
    pack.findings.add('signature-invalid', file, `is not what ${keyid} signed`)
  }
  delete entry.signed
}

/** Lets a `person.*` entry change the keyring, if it was signed by somebody who may. */
function applyPersonAction(pack, ring, entry) {
  const { seq, file, action, detail, origin, key, signer } = entry
  const isFirst = action === 'person.enrolled' && !ring.sawEnrolment
  ring.sawEnrolment ||= isFirst
  const problem = signer && findPersonProblem(ring, entry, isFirst)
  entry.isEffective &&= problem === undefined
  if (problem !== undefined && (problem.isCertain || !entry.afterGap)) pack.findings.add('authority-invalid', file, problem.why)
  if (!entry.isEffective) return
  const name = personName(origin, detail.person)
  if (action === 'person.deactivated') ring.endKeysOf(name, seq + 1)
  else ring.setRoles(name, detail.roles)
  if (key !== undefined) ring.addKey(key, seq + 1)
}

/** Why a verified `person.*` entry may not change the keyring. It is certain if no entry that was set aside could explain it. */
function findPersonProblem(ring, { action, detail, origin, key, signer }, isFirst) {
  const name = personName(origin, detail.person)
  if (isFirst ? signer.name !== orchestratorName(origin) : !signer.roles.includes('administrator')) {
    const needed = isFirst ? 'the orchestrator, which enrols the first person' : 'an administrator'
    return { why: `is signed by ${signer.name}, who is not ${needed}`, isCertain: false }
  }
  if (action !== 'person.enrolled') {
    if (ring.isEnrolled(name)) return undefined
    return { why: `concerns ${detail.person}, who is not enrolled`, isCertain: false }
  }
  if (ring.isEnrolled(name)) return { why: `enrols ${detail.person}, who is enrolled already`, isCertain: true }
  const owner = ring.ownerOf(key)
  if (owner === undefined || owner === name) return undefined
  return { why: `gives ${detail.person} the key of ${owner}`, isCertain: true }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The checkpoint, the proofs, and the entries that were left out.
// ---------------------------------------------------------------------------------------------------------------------------------------

/** The checkpoint, if it can be read; what is wrong with it is a finding all the same. */
function checkCheckpoint(pack, scope, { ring, firstIsSetAside }, pinned) {
  const { logKey } = ring
  if (pinned !== undefined && logKey?.text !== pinned.text && !firstIsSetAside) {
    const first = logKey?.text ?? 'not in the pack'
    pack.findings.add('key-not-pinned', CHECKPOINT, `belongs to a ledger whose first key is ${first}, not the pinned ${pinned.text}`)
  }
  return pack.examine(CHECKPOINT, 'checkpoint-invalid', (bytes) => {
    const checkpoint = parseCheckpoint(bytes)
    pack.attempt('checkpoint-invalid', CHECKPOINT, () => {
      if (scope !== undefined) {
        const { origin, tree } = scope
        if (checkpoint.origin !== origin) throw new Malformed(`is of the ledger ${checkpoint.origin}, where ${PACK} names ${origin}`)
        if (checkpoint.size !== tree.size) throw new Malformed(`is of a tree of ${checkpoint.size}, where ${PACK} says ${tree.size}`)
        if (!checkpoint.root.equals(decodeBase64(tree.root))) throw new Malformed(`has another root than ${PACK}`)
      }
      if (logKey !== undefined) expectNoteSignedBy(logKey, checkpoint)
      else if (!firstIsSetAside) throw new Malformed('cannot be held against the log key: entry 0 does not give one')
    })
    return checkpoint
  })
}

function checkProofs(pack, scope, entries, checkpoint) {
  const note = pack.examine(CHECKPOINT, 'checkpoint-invalid', (bytes) => bytes)
  const tree = checkpoint ?? (scope && { size: scope.tree.size, root: decodeBase64(scope.tree.root) })
  for (const { path, captured } of pack.filesLike(PROOF_FILE)) {
    pack.examine(path, 'proof-invalid', (bytes) => {
      const seq = Number(captured)
      const { index, hashes, checkpoint: proven } = parseProof(bytes)
      if (index !== seq) throw new Malformed(`is a proof of entry ${index}`)
      if (!pack.files.has(entryFile(seq)) && !pack.isSetAside(entryFile(seq))) throw new Malformed('proves an entry that is not there')
      if (note !== undefined && !proven.equals(note)) throw new Malformed(`ends in another checkpoint than ${CHECKPOINT}`)
      const leaf = entries.get(seq)?.leaf ?? pack.examine(entryFile(seq), 'entry-invalid', hashLeaf)
      if (leaf !== undefined && tree !== undefined && !isIncluded(leaf, index, tree.size, hashes, tree.root)) {
        throw new Malformed(`does not lead from entry ${seq} to the root of the checkpoint`)
      }
    })
  }
  for (const { path, captured } of pack.filesLike(ENTRY_FILE)) {
    const proof = proofFile(Number(captured))
    if (!pack.isSetAside(path) && !pack.files.has(proof)) pack.findings.add('file-missing', proof, `proves ${path} and is not there`)
  }
}

const OMISSION_REASONS = ['other-project', 'session', 'after-the-decision', 'not-in-scope']

function checkOmissions(pack, scope) {
  const included = pack.filesLike(ENTRY_FILE).map(({ captured }) => Number(captured))
  const omissions = pack.readJson(OMISSIONS, OMISSIONS_SHAPE)
  if (omissions === undefined) return
  pack.attempt('omissions-invalid', OMISSIONS, () => {
    if (included[0] !== 0) throw new Malformed('cannot be right: entry 0, which every pack holds, is not there')
    const { treeSize, omitted } = omissions
    if (scope !== undefined && treeSize !== scope.tree.size) {
      throw new Malformed(`counts a tree of ${treeSize}, where ${PACK} says ${scope.tree.size}`)
    }
    if (omissions.included !== included.length) {
      throw new Malformed(`counts ${omissions.included} entries in the pack; there are ${included.length}`)
    }
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
// What the entries mean: who decided, and in which order. Here `entries` is the map from position to entry, in order.
// ---------------------------------------------------------------------------------------------------------------------------------------

/** What tells one model version from another; undefined if `detail` does not say. */
function versionOf({ detail: { project, model, version } }) {
  return [project, model, version].includes(undefined) ? undefined : toJcs([project, model, version])
}

/** The entries of that action that count, by what `keyOf` makes of them. */
function groupEntries(entries, action, keyOf) {
  const groups = new Map()
  for (const entry of entries.values()) {
    const key = entry.action === action && entry.isEffective ? keyOf(entry) : undefined
    if (key === undefined) continue
    if (!groups.has(key)) groups.set(key, [])
    groups.get(key).push(entry)
  }
  return groups
}

/** Four eyes: each decision on a promotion is signed by an approver who is not the version's author. Others decide nothing. */
function checkDecisions(pack, entries) {
  const registrations = groupEntries(entries, 'model.version.registered', versionOf)
  for (const entry of entries.values()) {
    if (entry.action !== 'model.promotion.approved' && entry.action !== 'model.promotion.rejected') continue
    // A signature that is not known to be good was a finding already, or belongs to a key in an entry that was set aside.
    if (entry.signer === undefined) continue
    const registered = (registrations.get(versionOf(entry)) ?? []).filter(({ seq }) => seq < entry.seq)
    const isFit = pack.attempt('authority-invalid', entry.file, () => {
      expectSecondPerson(entry, registered)
      expectRequest(pack, entries, entry)
      return true
    })
    entry.isEffective = isFit === true
  }
}

function expectSecondPerson({ signer: { name, roles }, afterGap }, registered) {
  for (const { detail, origin } of registered) {
    if (typeof detail.author !== 'string') throw new Malformed('decides on a version whose registration names no author')
    if (name === personName(origin, detail.author)) throw new Malformed(`is signed by ${name}, the author of the version`)
  }
  if (afterGap) return
  if (!roles.includes('approver')) throw new Malformed(`is signed by ${name}, who was not an approver`)
  if (registered.length === 0) throw new Malformed('decides on a version whose registration does not stand before it in the pack')
}

/** The request that a decision names stands before it and is for the same version and stage. */
function expectRequest(pack, entries, decision) {
  const { request, to } = decision.detail
  if (!isCount(request) || request >= decision.seq) throw new Malformed('names no earlier request for promotion')
  const requested = entries.get(request)
  if (requested?.isEffective !== true) {
    if (decision.afterGap) return
    throw new Malformed(`names entry ${request} as its request, which is not in the pack or does not count`)
  }
  const version = versionOf(decision)
  const isSame = version !== undefined && versionOf(requested) === version && typeof to === 'string' && requested.detail.to === to
  if (requested.action !== 'model.promotion.requested' || !isSame) {
    throw new Malformed(`names entry ${request} as its request, which is not one for that version and stage`)
  }
}

function checkOrder(pack, entries) {
  const runOf = ({ detail }) => (detail.run === undefined ? undefined : toJcs(detail.run))
  const runs = groupEntries(entries, 'run.started', runOf)
  const approvals = groupEntries(entries, 'model.promotion.approved', versionOf)
  for (const entry of entries.values()) {
    pack.attempt('order-invalid', entry.file, () => {
      if (entry.action.startsWith('stage.')) checkStageFollowsRun(entry, runs.get(runOf(entry)) ?? [])
      const to = entry.action === 'model.stage.changed' ? entry.detail.to : undefined
      if (to === 'staging' || to === 'production') checkChangeFollowsApproval(entry, approvals.get(versionOf(entry)) ?? [])
    })
  }
}

function checkStageFollowsRun(entry, starts) {
  if (starts.some(({ seq }) => seq > entry.seq)) throw new Malformed('stands before the start of its run')
  if (starts.length === 0 && !entry.afterGap) throw new Malformed('belongs to a run whose start does not stand before it in the pack')
}

/** That each approval follows its request was checked with the decisions. */
function checkChangeFollowsApproval({ seq, detail, afterGap }, approvals) {
  if (!approvals.some((approval) => approval.seq < seq && approval.detail.to === detail.to) && !afterGap) {
    throw new Malformed(`moves a version to ${detail.to} without an approval of that before it`)
  }
}

/** The model file that the pack speaks of is the one that was registered. */
function checkArtifact(pack, scope, { entries, hasGap }) {
  const { project, model } = scope
  const registrations = groupEntries(entries, 'model.version.registered', versionOf)
  const registered = registrations.get(toJcs([project.id, model.name, model.version])) ?? []
  pack.attempt('format-invalid', PACK, () => {
    const isRegistered = registered.length > 0 || hasGap
    if (!isRegistered) throw new Malformed(`names ${model.name} ${model.version}, which no entry of the pack registers`)
    const isSame = registered.every(({ detail }) => detail.artifact === model.artifact)
    if (!isSame) throw new Malformed('names another artifact than was registered')
  })
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// What the pack says of the entries: documents, facts, claims, disclosures.
// ---------------------------------------------------------------------------------------------------------------------------------------

/** Every string that could be a digest, anywhere in an entry's payload. */
function namedDigests(entry) {
  entry.named ??= new Set(collect(entry.payload))
  return entry.named

  function collect(value) {
    if (isHex256(value)) return [value]
    return value !== null && typeof value === 'object' ? Object.values(value).flatMap(collect) : []
  }
}

function checkDocuments(pack, { entries, hasGap }) {
  const named = new Set([...entries.values()].flatMap((entry) => [...namedDigests(entry)]))
  for (const { path, captured: sha256 } of pack.filesLike(DOCUMENT_FILE)) {
    const file = pack.files.get(path)
    if (pack.isSetAside(path)) continue
    if (file.sha256 !== sha256) {
      pack.findings.add('document-unproven', path, `has the SHA-256 ${file.sha256}, which is not that of its folder`)
    }
    else if (!named.has(sha256) && !hasGap) pack.findings.add('document-unproven', path, 'is named by no entry of the pack')
  }
}

/** The facts, each held against the entry or the document that it cites. Undefined if the file cannot be used. */
function checkFacts(pack, entries) {
  const facts = readFacts(pack)
  if (facts === undefined) return undefined
  const documents = new Map()
  for (const { path, captured } of pack.filesExpectedLike(DOCUMENT_FILE)) {
    if (!documents.has(captured)) documents.set(captured, { path, value: undefined })
  }
  facts.forEach((fact, i) => {
    pack.attempt('fact-invalid', FACTS, () => {
      try {
        if (i > 0 && fact.id <= facts[i - 1].id) throw new Malformed('is not sorted by id, or stands there twice')
        checkFact(pack, entries, documents, fact)
      } catch (error) {
        if (!(error instanceof Malformed)) throw error
        throw new Malformed(`holds the fact ${JSON.stringify(fact.id)}, which ${error.message}`)
      }
    })
  })
  return facts
}

function checkFact(pack, entries, documents, fact) {
  if (pack.isSetAside(entryFile(fact.entry))) return
  const entry = entries.get(fact.entry)
  if (entry === undefined) throw new Malformed(`cites entry ${fact.entry}, which is not in the pack or not an entry`)
  if (!isDocumentFact(fact)) {
    if (resolvePointer(entry.payload, fact.pointer) !== fact.value) throw new Malformed(`differs from entry ${fact.entry}`)
    return
  }
  if (!namedDigests(entry).has(fact.document)) throw new Malformed(`cites a document that entry ${fact.entry} does not name`)
  const document = documents.get(fact.document)
  if (document === undefined) throw new Malformed('cites a document that is not in the pack')
  if (pack.isSetAside(document.path)) return
  const { sha256, size } = pack.files.get(document.path)
  if (sha256 !== fact.document) throw new Malformed('cites a document that is not what its folder says')
  if (size > MAX_EXAMINED_BYTES) throw new Malformed(`cites a document larger than ${MAX_EXAMINED_BYTES / MIB} MiB`)
  document.value ??= pack.examine(document.path, 'fact-invalid', (bytes) => readDocument(pack, bytes))
  if (document.value.problem !== undefined) throw new Malformed(`cites a document that ${document.value.problem}`)
  if (factValueOf(resolvePointer(document.value.json, fact.pointer)) !== fact.value) throw new Malformed('differs from its document')
}

/** A document need not be JSON; a fact that points into it needs it to be. */
function readDocument(pack, bytes) {
  try {
    return { json: parseJson(bytes, pack.budget) }
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return { problem: error.message }
  }
}

/** How a fact states a JSON value: strings and integers as they are, other numbers and booleans by their canonical text. */
function factValueOf(value) {
  if (typeof value === 'string' || Number.isSafeInteger(value)) return value
  return typeof value === 'number' || typeof value === 'boolean' ? toJcs(value) : undefined
}

const STATUSES = ['supported', 'partial', 'missing', 'not-applicable', 'not-yet']

/** The claims, or undefined if the file cannot be used. */
function checkClaims(pack, frameworks, facts) {
  const claims = pack.readJson(CLAIMS, [CLAIM_SHAPE])
  const factIds = facts && new Set(facts.map(({ id }) => id))
  for (const claim of claims ?? []) {
    const { framework, obligation } = claim
    pack.attempt('claim-invalid', CLAIMS, () => {
      try {
        checkClaim(claim, factIds)
      } catch (error) {
        if (!(error instanceof Malformed)) throw error
        throw new Malformed(`holds a claim on ${JSON.stringify(obligation)} (${JSON.stringify(framework)}), which ${error.message}`)
      }
    })
  }
  if (claims !== undefined && frameworks !== undefined) pack.attempt('claim-invalid', CLAIMS, () => expectEveryRow(claims, frameworks))
  return claims
}

/** @param {Set<string> | undefined} factIds undefined if the facts cannot be used */
function checkClaim({ status, text, facts: ids, missing }, factIds) {
  if (!STATUSES.includes(status)) throw new Malformed(`has the status ${JSON.stringify(status)}, which is none`)
  const unknown = factIds && ids.find((id) => !factIds.has(id))
  if (unknown !== undefined) throw new Malformed(`names ${JSON.stringify(unknown)}, which is not in ${FACTS}`)
  if ((status === 'supported' || status === 'partial') && ids.length === 0) throw new Malformed(`is ${status} by no fact`)
  if (status === 'missing' && missing.length === 0 && ids.length > 0) {
    throw new Malformed('is missing, yet names facts and nothing that is missing')
  }
  if (status === 'not-applicable' && text.trim() === '') throw new Malformed('is not applicable without a reason')
}

/** One claim for each assessable row, in order. A framework whose file cannot be used says nothing about its rows. */
function expectEveryRow(claims, frameworks) {
  let at = 0
  for (const [framework, rows] of frameworks) {
    if (rows === undefined) while (claims[at]?.framework === framework) at++
    for (const row of rows ?? []) {
      const claim = claims[at++]
      if (claim?.framework !== framework || claim.obligation !== row) {
        throw new Malformed(`has no claim on ${JSON.stringify(row)} (${framework}) in its place`)
      }
    }
  }
  if (at !== claims.length) throw new Malformed('holds a claim that no framework of the pack asks for')
}

function checkDisclosures(pack, entries) {
  for (const { entry: seq, field, salt, value } of pack.readJson(DISCLOSURES, [DISCLOSURE_SHAPE]) ?? []) {
    if (pack.isSetAside(entryFile(seq))) continue
    pack.attempt('disclosure-invalid', DISCLOSURES, () => {
      const commitments = entries.get(seq)?.payload.commitments
      if (commitments === undefined || !Object.hasOwn(commitments, field)) {
        throw new Malformed(`discloses ${JSON.stringify(field)} of entry ${seq}, which did not commit to it`)
      }
      const digest = createHash('sha256').update(Buffer.from(salt, 'hex')).update(value, 'utf8').digest('hex')
      if (digest !== commitments[field]) {
        throw new Malformed(`discloses ${JSON.stringify(field)} of entry ${seq} as something else than it committed to`)
      }
    })
  }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The exporter's signature over the tag manifest (DSSE v1, in-toto Statement v1).
// ---------------------------------------------------------------------------------------------------------------------------------------

const STATEMENT_TYPE = 'application/vnd.in-toto+json'
const STATEMENT_SHAPE = {
  _type: exactly('https://in-toto.io/Statement/v1'),
  predicateType: exactly('https://strongroom.dev/evidence-pack/v1'),
  subject: [{ name: exactly(TAG_MANIFEST), digest: { sha256 } }],
  predicate: { origin: text, statement: text, treeSize: count },
}

function checkExporterSignature(pack, scope, { ring, hasGap }) {
  pack.examine(SIGNATURE, 'pack-signature-invalid', (bytes) => {
    const { payload, keyid, signer, signature, signed } = parseEnvelope(bytes, STATEMENT_TYPE, pack.budget)
    const statement = parseJcs(payload, pack.budget)
    expectShape(statement, STATEMENT_SHAPE, 'the statement')
    if (statement.subject.length !== 1) throw new Malformed(`is not about ${TAG_MANIFEST} alone`)
    if (scope !== undefined) {
      if (signer !== scope.exporter) throw new Malformed(`is signed as ${signer}, where ${PACK} names ${scope.exporter} as the exporter`)
      const { origin, treeSize } = statement.predicate
      if (origin !== scope.origin || treeSize !== scope.tree.size) throw new Malformed(`is about another origin or tree size than ${PACK}`)
    }
    const key = ring.keyAt(keyid, scope?.tree.size ?? Number.MAX_SAFE_INTEGER)
    if (key === undefined && !hasGap) {
      throw new Malformed(`is signed by ${keyid}, which no entry made a key that may sign at the end of the tree`)
    }
    if (key !== undefined && !isSignatureOf(key, signed, signature)) throw new Malformed(`is not what ${keyid} signed`)

    const listed = statement.subject[0].digest.sha256
    const actual = pack.files.get(TAG_MANIFEST)?.sha256 ?? listed
    if (actual === listed) return
    if (key !== undefined) pack.expectDigest(TAG_MANIFEST, listed, SIGNATURE)
    throw new Malformed(`signs a ${TAG_MANIFEST} with the SHA-256 ${listed}; the one in the pack has ${actual}`)
  })
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// The verification as a whole, and its report.
// ---------------------------------------------------------------------------------------------------------------------------------------

/** What a pack without findings proves, in the order of the report. */
const PROVED = {
  'bytes-unaltered': 'Every file is, byte for byte, the one that the exporter listed, and there is no other.',
  'exporter-signed': 'The list was signed with the exporter\'s key, which this ledger knows.',
  'entries-signed-by-known-keys': 'Each ledger entry was signed with a key that an earlier entry had made valid at that position.',
  'entries-in-tree': 'Each entry stands at its position in the one tree that the log key signed.',
  'omissions-counted': 'Every position of the ledger is either in the pack or listed as left out, with a reason.',
  'four-eyes': 'Each decision on a promotion was signed by an approver who is not the author of the version.',
  'order-of-facts': 'Runs began before their stages, and promotions were requested and approved before they took effect.',
  'facts-match-entries': 'Each fact says what its entry, or the document that its entry names, says.',
  'claims-cover-frameworks': 'Each assessable row of each framework has its claim, and each claim of support names facts.',
  'log-key-pinned': 'The ledger is the one whose first key you gave.',
}

/** What no pack can prove. */
const NOT_PROVED = {
  'facts-true': 'That what was recorded is true.',
  'nothing-unrecorded': 'That no action went unrecorded.',
  'single-history':
    'That no other version of this ledger was shown to somebody else: compare the checkpoint with a witness or another copy.',
  times: 'The times: they are asserted by who signed. What is proved is the order.',
  compliance: 'Whether the law is met: that is a judgement of people.',
  'log-key-owner': 'Whose ledger this is: learn its first key from its owner by another way, and give it with --key.',
}

/**
 * Verifies a pack.
 *
 * @param {string} path a folder or a zip file
 * @param {{key?: string}} [options] `key`: the verifier key that the ledger's log key must be
 * @returns the report: `{ok, pack, origin, treeSize, logKey, exporter, counts, claims, findings: [{code, file, message}], proved,
 *   notProved}`; what could not be read is null. A finding's message completes a sentence that begins with the file.
 * @throws {PackUnreadable} if there is no pack to read at `path`
 * @throws {ArgumentsInvalid} if `key` is not a verifier key
 */
export function verifyPack(path, { key } = {}) {
  const pinned = key === undefined ? undefined : parsePinnedKey(key)
  const findings = new Findings()
  const { files, readable, close } = openPack(path, findings)
  try {
    const pack = new Pack(files, findings)
    return buildReport(pack, readable ? checkPack(pack, pinned) : null, pinned)
  } finally {
    close()
  }
}

/** Every check, in the order of the format; later ones do without what earlier ones found unusable. */
function checkPack(pack, pinned) {
  checkBag(pack)
  const scope = readScope(pack)
  const frameworks = scope && readFrameworks(pack, scope)
  const ledger = readEntries(pack, scope?.origin)
  const { ring, entries } = ledger
  checkExporterSignature(pack, scope, ledger)
  const checkpoint = checkCheckpoint(pack, scope, ledger, pinned)
  checkProofs(pack, scope, entries, checkpoint)
  checkOmissions(pack, scope)
  checkDecisions(pack, entries)
  checkOrder(pack, entries)
  if (scope !== undefined) checkArtifact(pack, scope, ledger)
  const facts = checkFacts(pack, entries)
  const claims = checkClaims(pack, frameworks, facts)
  checkDocuments(pack, ledger)
  checkDisclosures(pack, entries)
  return { scope, logKey: ring.logKey, facts, claims }
}

/** @param checked what `checkPack` gave, or null if nothing could be checked */
function buildReport(pack, checked, pinned) {
  const { scope, logKey, facts, claims } = checked ?? {}
  const countFiles = (pattern) => (checked === null ? null : pack.filesLike(pattern).length)
  const findings = pack.findings.list()
  const ok = findings.length === 0
  return {
    ok,
    pack: scope?.id ?? null,
    origin: scope?.origin ?? null,
    treeSize: scope?.tree.size ?? null,
    logKey: logKey?.text ?? null,
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
    proved: ok ? Object.keys(PROVED).filter((code) => code !== 'log-key-pinned' || pinned !== undefined) : [],
    notProved: Object.keys(NOT_PROVED).filter((code) => code !== 'log-key-owner' || pinned === undefined),
  }
}

/** How many claims of each status there are on each framework of the pack. */
function countClaims(frameworks, claims) {
  const counts = Object.create(null)
  for (const { id } of frameworks) counts[id] = Object.fromEntries(STATUSES.map((status) => [status, 0]))
  for (const { framework, status } of claims) if (framework in counts && STATUSES.includes(status)) counts[framework][status]++
  return counts
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

/** @param {string[]} args */
function readArguments(args) {
  const options = { path: undefined, key: undefined, json: false }
  const rest = [...args]
  while (rest.length > 0) {
    const arg = rest.shift()
    if (arg === '--json') options.json = true
    else if (arg === '--key') {
      if (rest.length === 0 || options.key !== undefined) throw new ArgumentsInvalid(`--key takes one verifier key. ${USAGE}`)
      options.key = rest.shift()
    } else if (arg.startsWith('-')) throw new ArgumentsInvalid(`There is no option ${arg}. ${USAGE}`)
    else if (options.path !== undefined) throw new ArgumentsInvalid(`One pack at a time. ${USAGE}`)
    else options.path = arg
  }
  return { ...options, path: options.path ?? dirname(fileURLToPath(import.meta.url)) }
}

/** @param {string[]} args @returns {number} the exit status */
function main(args) {
  try {
    const { path, key, json } = readArguments(args)
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
function describeReport({ ok, pack, origin, treeSize, logKey, exporter, counts, claims, findings, proved, notProved }, path) {
  const unknown = 'could not be read'
  const facts = [
    ['Pack', `${pack ?? unknown} (${path})`],
    ['Ledger', origin === null ? unknown : `${origin}, ${treeSize} entries`],
    ['Log key', logKey ?? unknown],
    ['Exporter', exporter ?? unknown],
    ['Holds', Object.entries(counts).map(([what, many]) => `${what} ${many ?? '?'}`).join(', ')],
  ]
  const verdict = ok ? 'All checks passed.' : `Not verified: ${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}.`
  const lines = [verdict, '', ...findings.flatMap(describeFinding), ...facts.map(([name, value]) => `${name.padEnd(9)} ${value}`)]
  lines.push('', 'Proved', ...describeCodes(PROVED, proved, 'Nothing, as long as there is a finding.'))
  lines.push('', 'Not proved, by this or any pack', ...describeCodes(NOT_PROVED, notProved, ''))
  if (claims !== null) lines.push('', ...describeClaims(claims))
  return `${lines.map(printable).join('\n')}\n`
}

function describeFinding({ code, file, message }) {
  return [file, `  ${code}: it ${message}.`, '']
}

function describeCodes(sentences, codes, none) {
  const width = Math.max(...Object.keys(sentences).map((code) => code.length))
  return codes.length === 0 ? [`  ${none}`] : codes.map((code) => `  ${code.padEnd(width)}  ${sentences[code]}`)
}

function describeClaims(claims) {
  const width = Math.max('framework'.length, ...Object.keys(claims).map((id) => id.length))
  const columns = STATUSES.map((status) => status.length + 2)
  const row = (name, cells) => `  ${name.padEnd(width)}${cells.map((cell, i) => String(cell).padStart(columns[i])).join('')}`
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
