import { canonicalString, isJsonObject, parseCanonicalJson, type JsonValue } from './jcs.ts'
import { decodeBase64, keyReference, type Signer, type Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'

/** What an entry's envelope says that its payload is. */
export const ENTRY_TYPE = 'application/vnd.strongroom.entry+json'

/** One signature of an envelope. */
export interface EnvelopeSignature {
  /** `name+hex8` of the key that signed. */
  readonly keyid: string
  readonly signature: Buffer
}

/** A parsed envelope: one signature, or those of several keys where the entry introduces a key in the place of another. */
export interface Envelope {
  readonly payloadType: string
  readonly payload: Buffer
  /** `name+hex8` of the key that signed first: the actor's. */
  readonly keyid: string
  /** In order; no key signs twice. */
  readonly signatures: readonly EnvelopeSignature[]
}

/** More than any entry has. */
const MAX_SIGNATURES = 4

/** What is signed: `DSSEv1 SP len(type) SP type SP len(payload) SP payload`, lengths in bytes (DSSE v1, PAE). */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const head = preAuthHead(payloadType, payload.byteLength)
  const size = Buffer.byteLength(head)
  const message = Buffer.allocUnsafe(size + payload.byteLength)
  message.write(head)
  message.set(payload, size)
  return message
}

/**
 * The canonical bytes (RFC 8785) of an envelope with the signer's signature over the payload, then the others' in their order: the data of a
 * leaf (DSSE v1).
 */
export function sealEnvelope(payload: string, signer: Signer, payloadType = ENTRY_TYPE, others: readonly Signer[] = []): Buffer {
  const head = preAuthHead(payloadType, Buffer.byteLength(payload))
  // The payload's bytes are made once: they are the end of what is signed.
  const message = Buffer.from(head + payload)
  const begin = '{"payload":"'
  const base64 = message.toString('base64', Buffer.byteLength(head))
  const end =
    `","payloadType":${canonicalString(payloadType)},` +
    `"signatures":[${[signer, ...others].map((each) => `{"keyid":${canonicalString(keyReference(each))},"sig":"${each.sign(message).toString('base64')}"}`).join()}]}`
  // Written piece by piece: joined first, it would be copied twice.
  const envelope = Buffer.allocUnsafe(begin.length + base64.length + Buffer.byteLength(end))
  let at = envelope.write(begin, 'latin1')
  at += envelope.write(base64, at, 'latin1')
  envelope.write(end, at)
  return envelope
}

/** Reads an envelope strictly: canonical, no other members, at least one signature and of each key one. Throws LedgerError `malformed-envelope`. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  return parseUsual(bytes) ?? parseAny(bytes)
}

const USUAL_START = '{"payload":"'
/** What follows the payload where an entry has one signature and its key's name is plain ASCII: nothing in it could be written otherwise. */
const USUAL_END = /^","payloadType":"application\/vnd\.strongroom\.entry\+json","signatures":\[\{"keyid":"([ !#-[\]-~]*)","sig":"([A-Za-z0-9+/=]*)"\}\]\}$/

/** Nearly all envelopes are of this one form, and canonical by being of it: read in a tenth of the time that any JSON takes. Undefined for any other. */
function parseUsual(bytes: Uint8Array): Envelope | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  if (!text.startsWith(USUAL_START)) return undefined
  const end = text.indexOf('"', USUAL_START.length)
  const [, keyid, sig] = USUAL_END.exec(text.slice(end)) ?? []
  if (keyid === undefined || sig === undefined) return undefined
  const payload = decodeBase64(text.slice(USUAL_START.length, end))
  const signature = decodeBase64(sig)
  return payload && signature && { payloadType: ENTRY_TYPE, payload, keyid, signatures: [{ keyid, signature }] }
}

function parseAny(bytes: Uint8Array): Envelope {
  let value
  try {
    value = parseCanonicalJson(bytes)
  } catch (thrown) {
    throw malformedEnvelope(thrown instanceof Error ? thrown.message : 'it is not JSON', thrown)
  }
  if (!isJsonObject(value) || Object.keys(value).join() !== 'payload,payloadType,signatures') throw malformedEnvelope('its members are others')
  const { payload, payloadType, signatures } = value
  const listed = Array.isArray(signatures) ? (signatures as readonly JsonValue[]).map(readSignature) : []
  const [first] = listed
  if (first === undefined || listed.length > MAX_SIGNATURES || new Set(listed.map(({ keyid }) => keyid)).size < listed.length) {
    throw malformedEnvelope('it has not one signature, or a few of different keys')
  }
  const payloadBytes = typeof payload === 'string' ? decodeBase64(payload) : undefined
  if (payloadBytes === undefined || typeof payloadType !== 'string') throw wrongMember()
  return { payloadType, payload: payloadBytes, keyid: first.keyid, signatures: listed }
}

function readSignature(value: JsonValue): EnvelopeSignature {
  if (!isJsonObject(value) || Object.keys(value).join() !== 'keyid,sig') throw malformedEnvelope('a signature has other members than keyid and sig')
  const { keyid, sig } = value
  const signature = typeof sig === 'string' ? decodeBase64(sig) : undefined
  if (typeof keyid !== 'string' || signature === undefined) throw wrongMember()
  return { keyid, signature }
}

/** Whether the envelope's signatures are those of these keys, in this order, and no other. Never throws. */
export function verifyEnvelope(envelope: Envelope, ...verifiers: readonly Verifier[]): boolean {
  const { payloadType, payload, signatures } = envelope
  if (signatures.length !== verifiers.length) return false
  const message = preAuthEncoding(payloadType, payload)
  return verifiers.every((verifier, index) => {
    const signed = signatures[index]
    return signed !== undefined && signed.keyid === keyReference(verifier) && verifier.verify(message, signed.signature)
  })
}

function preAuthHead(payloadType: string, payloadBytes: number): string {
  return `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payloadBytes} `
}

function wrongMember(): LedgerError {
  return malformedEnvelope('a member is not what it should be (base64 is standard, with padding)')
}

function malformedEnvelope(why: string, cause?: unknown): LedgerError {
  return new LedgerError('malformed-envelope', `The bytes are not an envelope of the ledger: ${why}.`, cause)
}
