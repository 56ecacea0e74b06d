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
const MAX_NOTE_BYTES = MIB
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

/** Parses JSON that must be in canonical form, followed by nothing; integers beyond 2^53 - 1 are refused. @param {Uint8Array} bytes */
function parseJcs(bytes, budget) {
  const value = parseJson(bytes, budget)
  refuseUnsafeIntegers(value)
  if (!Buffer.from(toJcs(value)).equals(bytes)) throw new Malformed('is not JSON in canonical form (RFC 8785)')
  return value
}

function refuseUnsafeIntegers(value) {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new Malformed(`holds the integer ${value}, which is beyond 2^53 - 1`)
  if (value !== null && typeof value === 'object') for (const each of Object.values(value)) refuseUnsafeIntegers(each)
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

const anything = kind('a value', () => true)
const text = kind('a string', (value) => typeof value === 'string')
const count = kind('an integer from 0', isCount)
const sha256 = kind('a SHA-256 in lower-case hexadecimal', isHex256)
const object = kind('an object', isObject)
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
 * Reads `name+hhhhhhhh+base64(0x01 ‖ public key)`. `id` is `name+hhhhhhhh`.
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
  const y = BigInt(`0x${Buffer.from(point).reverse().toString('hex')}`) & (2n ** 255n - 1n)
  if (y >= FIELD_PRIME || SMALL_ORDER_Y.has(y)) throw new Malformed(`holds a key of ${name} that anybody could sign for`)
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, point]), format: 'der', type: 'spki' })
  return { name, id: `${name}+${hash}`, text: verifierKey, publicKey }
}

/**
 * Whether the signature is the key's over the message. OpenSSL, which Node calls, refuses S >= L and compares R byte for byte.
 * @param {Buffer} message @param {Buffer} signature
 */
function isSignatureOf(key, message, signature) {
  return signature.length === 64 && verify(null, message, key.publicKey, signature)
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
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `
  return { payload, keyid, signer, signature: decodeBase64(sig), signed: Buffer.concat([Buffer.from(head), payload]) }
}

// ---------------------------------------------------------------------------------------------------------------------------------------
// Notes: signed-note, checkpoint and proof file (C2SP signed-note, tlog-checkpoint, tlog-proof).
// ---------------------------------------------------------------------------------------------------------------------------------------

/**
 * Takes a checkpoint apart without checking its signatures: three lines, an empty line, signature lines.
 * @param {Buffer} bytes
 */
function parseCheckpoint(bytes) {
  if (bytes.length > MAX_NOTE_BYTES) throw new Malformed('is too large for a note')
  const note = decodeUtf8(bytes)
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) throw new Malformed('is not a note: it holds a control character')
  const division = note.lastIndexOf('\n\n')
  if (division < 0) throw new Malformed('is not a note: no empty line divides text and signatures')
  const signedText = note.slice(0, division + 1)
  const lines = note.slice(division + 2).split('\n')
  if (lines.pop() !== '' || lines.length === 0) throw new Malformed('is not a note: it does not end in a signature line')
  if (lines.length > MAX_NOTE_SIGNATURES) throw new Malformed(`is a note with more than ${MAX_NOTE_SIGNATURES} signatures`)
  const [, origin = '', size = '', root = ''] = /^([^\n]+)\n(0|[1-9][0-9]*)\n([^\n]+)\n$/.exec(signedText) ?? []
  if (!Number.isSafeInteger(Number(size)) || !isTreeRoot(root)) throw new Malformed('is not a checkpoint: origin, size and root, a line each')
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
  if (bytes.length > MAX_NOTE_BYTES) throw new Malformed('is too large for a proof')
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

