import { createPublicKey, hash, sign, verify, type KeyObject } from 'node:crypto'
import { LedgerError } from './ledger-error.ts'

/** Signs with an Ed25519 key that it keeps to itself. */
export interface Signer {
  /** The key's name: the origin for the log key, `<origin>/orchestrator`, `<origin>/person/<id>`. */
  readonly name: string
  /** First 4 bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), as 8 hexadecimal digits. */
  readonly keyId: string
  /** The 64 bytes of the Ed25519 signature over the message. */
  sign(message: Uint8Array): Buffer
}

/** Checks signatures of one key: a plain Ed25519 key (type 0x01) or a witness's cosignature key (type 0x04). */
export interface Verifier {
  readonly name: string
  readonly keyId: string
  readonly type: KeyType
  /** The verifier key as text: `name+hex8(key id)+base64(type ‖ public key)`. */
  readonly text: string
  /** Whether the 64 bytes are this key's Ed25519 signature over the message. Never throws. */
  verify(message: Uint8Array, signature: Uint8Array): boolean
}

/** 1: Ed25519 (C2SP signed-note). 4: timestamped cosignature, Ed25519 (C2SP tlog-cosignature). */
export type KeyType = 1 | 4

/** DER of an Ed25519 SubjectPublicKeyInfo up to the key itself (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** A signer over a private Ed25519 key object. Throws LedgerError `malformed-key` for another kind of key or a name that notes forbid. */
export function signerFromKey(name: string, privateKey: KeyObject, type: KeyType = 1): Signer {
  if (privateKey.type !== 'private') throw malformedKey(name, 'the key is not a private key')
  const { keyId } = parseVerifierKey(verifierKeyText(name, createPublicKey(privateKey), type))
  return { name, keyId, sign: (message) => sign(null, message, privateKey) }
}

/** The verifier key of a public Ed25519 key, as text (C2SP signed-note). Throws LedgerError `malformed-key`. */
export function verifierKeyText(name: string, publicKey: KeyObject, type: KeyType = 1): string {
  if (publicKey.asymmetricKeyType !== 'ed25519') throw malformedKey(name, 'the key is not an Ed25519 key')
  if (!isKeyName(name)) throw malformedKey(name, 'a name is not empty and has no space, no control character and no +')
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX.length)
  const typed = Buffer.concat([Buffer.from([type]), raw])
  return `${name}+${keyIdOf(name, typed)}+${typed.toString('base64')}`
}

/** Reads a verifier key (C2SP signed-note). Throws LedgerError `malformed-key`, also when its key id is not that of its key. */
export function parseVerifierKey(text: string): Verifier {
  const [, name = '', keyId = '', base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  const typed = decodeBase64(base64)
  if (!isKeyName(name) || typed === undefined || typed.length !== 33) throw malformedKey(text, 'it is not name+hash+key')
  const type = typed[0]
  if (type !== 1 && type !== 4) throw malformedKey(text, `its type ${type} is not one that is known here (1, 4)`)
  if (keyIdOf(name, typed) !== keyId) throw malformedKey(text, 'its hash is not that of its name and key')
  let key: KeyObject
  try {
    key = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, typed.subarray(1)]), format: 'der', type: 'spki' })
  } catch (thrown) {
    throw malformedKey(text, 'its bytes are no Ed25519 key', thrown)
  }
  return {
    name,
    keyId,
    type,
    text,
    verify: (message, signature) => signature.length === 64 && verify(null, message, key, signature),
  }
}

/** How an envelope names a key: `name+hex8`. */
export function keyReference(key: { name: string; keyId: string }): string {
  return `${key.name}+${key.keyId}`
}

/** Whether notes allow the name: not empty, no Unicode space, no control character, no `+` (C2SP signed-note). */
export function isKeyName(name: string): boolean {
  return name !== '' && name.isWellFormed() && !/[\s\u0085+\u0000-\u001f\u007f]/u.test(name)
}

/** Standard base64 with padding, in its one canonical spelling; undefined for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function keyIdOf(name: string, typedKey: Uint8Array): string {
  return hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), typedKey]), 'buffer').toString('hex', 0, 4)
}

function malformedKey(subject: string, why: string, cause?: unknown): LedgerError {
  return new LedgerError('malformed-key', `The key "${subject}" cannot be used: ${why}.`, cause)
}
