import { canonicalString, isJsonObject, parseCanonicalJson } from './jcs.ts'
import { decodeBase64, keyReference, type Signer, type Verifier } from './keys.ts'
import { LedgerError } from './ledger-error.ts'

/** What an entry's envelope says that its payload is. */
export const ENTRY_TYPE = 'application/vnd.strongroom.entry+json'

/** A parsed envelope with exactly one signature. */
export interface Envelope {
  readonly payloadType: string
  readonly payload: Buffer
  /** `name+hex8` of the key that signed. */
  readonly keyid: string
  readonly signature: Buffer
}

/** What is signed: `DSSEv1 SP len(type) SP type SP len(payload) SP payload`, lengths in bytes (DSSE v1, PAE). */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(preAuthHead(payloadType, payload.byteLength)), payload])
}

/** The canonical bytes (RFC 8785) of an envelope with one signature over the payload: the data of a leaf (DSSE v1). */
export function sealEnvelope(payload: string, signer: Signer, payloadType = ENTRY_TYPE): Buffer {
  const head = preAuthHead(payloadType, Buffer.byteLength(payload))
  // The payload's bytes are made once: they are the end of what is signed.
  const message = Buffer.from(head + payload)
  const signature = signer.sign(message)
  const begin = '{"payload":"'
  const base64 = message.toString('base64', Buffer.byteLength(head))
  const end =
    `","payloadType":${canonicalString(payloadType)},` +
    `"signatures":[{"keyid":${canonicalString(keyReference(signer))},"sig":"${signature.toString('base64')}"}]}`
  // Written piece by piece: joined first, it would be copied twice.
  const envelope = Buffer.allocUnsafe(begin.length + base64.length + Buffer.byteLength(end))
  let at = envelope.write(begin, 'latin1')
  at += envelope.write(base64, at, 'latin1')
  envelope.write(end, at)
  return envelope
}

/** Reads an envelope strictly: canonical, no other members, one signature. Throws LedgerError `malformed-envelope`. */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  let value
  try {
    value = parseCanonicalJson(bytes)
  } catch (thrown) {
    throw malformedEnvelope(thrown instanceof Error ? thrown.message : 'it is not JSON', thrown)
  }
  if (!isJsonObject(value) || Object.keys(value).join() !== 'payload,payloadType,signatures') throw malformedEnvelope('its members are others')
  const { payload, payloadType, signatures } = value
  const [entry, ...more] = Array.isArray(signatures) ? (signatures as readonly (typeof value)[]) : []
  if (entry === undefined || more.length > 0 || !isJsonObject(entry) || Object.keys(entry).join() !== 'keyid,sig') {
    throw malformedEnvelope('it has not exactly one signature')
  }
  const { keyid, sig } = entry
  const payloadBytes = typeof payload === 'string' ? decodeBase64(payload) : undefined
  const signature = typeof sig === 'string' ? decodeBase64(sig) : undefined
  if (payloadBytes === undefined || signature === undefined || typeof keyid !== 'string' || typeof payloadType !== 'string') {
    throw malformedEnvelope('a member is not what it should be (base64 is standard, with padding)')
  }
  return { payloadType, payload: payloadBytes, keyid, signature }
}

/** Whether the envelope's signature is that of the key. Never throws. */
export function verifyEnvelope(envelope: Envelope, verifier: Verifier): boolean {
  return (
    envelope.keyid === keyReference(verifier) &&
    verifier.verify(preAuthEncoding(envelope.payloadType, envelope.payload), envelope.signature)
  )
}

function preAuthHead(payloadType: string, payloadBytes: number): string {
  return `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payloadBytes} `
}

function malformedEnvelope(why: string, cause?: unknown): LedgerError {
  return new LedgerError('malformed-envelope', `The bytes are not an envelope of the ledger: ${why}.`, cause)
}
