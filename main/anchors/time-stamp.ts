import { hash, X509Certificate } from 'node:crypto'
import type * as Asn1 from 'asn1js'
import type * as Pki from 'pkijs'

/** What a time-stamp request is made of (RFC 3161, 2.4.1). */
export interface StampRequest {
  /** SHA-256 of what is stamped, 32 bytes. */
  readonly imprint: Buffer
  /** A large random number that ties the answer to this request, without a leading zero byte. */
  readonly nonce: Buffer
}

/** What a response states, before anything of it was checked. */
export interface StampResponse {
  readonly imprint: Buffer
  /** Undefined where the authority left it out. */
  readonly nonce: Buffer | undefined
  /** UTC, by the authority's clock. */
  readonly time: Date
  /** Hexadecimal. */
  readonly serial: string
}

/** Why a response is refused; the message says it. */
export class StampRefused extends Error {
  override readonly name = 'StampRefused'
}

const SHA256 = '2.16.840.1.101.3.4.2.1'
const SIGNED_DATA = '1.2.840.113549.1.7.2'
const TST_INFO = '1.2.840.113549.1.9.16.1.4'
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12'
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47'
/** Hash functions that name a certificate (RFC 5035); SHA-256 where none is said. */
const HASHES: Readonly<Record<string, string>> = { [SHA256]: 'sha256', '2.16.840.1.101.3.4.2.2': 'sha384', '2.16.840.1.101.3.4.2.3': 'sha512' }
/** Certificates between the authority's own and the one that is trusted. */
const LONGEST_CHAIN = 8

/** Writes a request for a time stamp that brings the authority's certificate with it (RFC 3161, 2.4.1), in DER. */
export async function formatStampRequest({ imprint, nonce }: StampRequest): Promise<Buffer> {
  const [pki, asn1] = await libraries()
  const request = new pki.TimeStampReq({
    version: 1,
    messageImprint: new pki.MessageImprint({
      hashAlgorithm: new pki.AlgorithmIdentifier({ algorithmId: SHA256, algorithmParams: new asn1.Null() }),
      hashedMessage: new asn1.OctetString({ valueHex: arrayBuffer(imprint) }),
    }),
    nonce: new asn1.Integer({ valueHex: arrayBuffer(nonce) }),
    certReq: true,
  })
  return Buffer.from(request.toSchema().toBER())
}

/** Reads what a response states (RFC 3161, 2.4.2) without checking who states it. Throws StampRefused for what is none, or a refusal of the authority. */
export async function readStampResponse(der: Buffer): Promise<StampResponse> {
  const { info } = await parse(der)
  const { hashAlgorithm, hashedMessage } = info.messageImprint
  if (hashAlgorithm.algorithmId !== SHA256) throw new StampRefused('The time stamp is not over a SHA-256 digest.')
  return {
    imprint: Buffer.from(hashedMessage.valueBlock.valueHexView),
    nonce: info.nonce && withoutZeros(Buffer.from(info.nonce.valueBlock.valueHexView)),
    time: info.genTime,
    serial: Buffer.from(info.serialNumber.valueBlock.valueHexView).toString('hex'),
  }
}

/**
 * Checks who states it: the signature over exactly `content`, that the certificate of the signature is one for time stamping and nothing else
 * (RFC 3161, 2.3), named in what it signs (RFC 5035), in force at the time that it states, and that its chain ends in the trusted one.
 * Throws StampRefused.
 */
export async function verifyStamp(der: Buffer, content: Buffer, trusted: X509Certificate): Promise<void> {
  const [pki] = await libraries()
  const { signed, info } = await parse(der)
  const included = (signed.certificates ?? []).filter((each) => each instanceof pki.Certificate)
  // An authority may leave its certificate out; then it is the one that is trusted.
  const trustedCertificate = pki.Certificate.fromBER(arrayBuffer(trusted.raw))
  if (included.length === 0) signed.certificates = [trustedCertificate]
  const outcome = await signed.verify({ signer: 0, data: arrayBuffer(content), checkChain: false, extendedMode: true }).catch((thrown: unknown) => {
    throw new StampRefused(`The signature of the time stamp cannot be checked: ${thrown instanceof Error ? thrown.message : String(thrown)}.`)
  })
  if (outcome.signatureVerified !== true || !outcome.signerCertificate) throw new StampRefused('The signature of the time stamp is not good, or it is on something else.')
  const usage = outcome.signerCertificate.extensions?.find(({ extnID }) => extnID === EXTENDED_KEY_USAGE)
  const purposes = (usage?.parsedValue as { keyPurposes?: string[] } | undefined)?.keyPurposes ?? []
  if (usage?.critical !== true || purposes.join() !== TIME_STAMPING) throw new StampRefused('The certificate of the time stamp is not one for time stamping alone (extended key usage, critical).')
  const signer = new X509Certificate(Buffer.from(outcome.signerCertificate.toSchema(true).toBER()))
  await checkNamed(signed, signer)
  checkChain(signer, included.map((each) => new X509Certificate(Buffer.from(each.toSchema(true).toBER()))), trusted, info.genTime)
}

/** Another certificate with the same key must not take the place of the one that signed (RFC 5035, 5.4). */
async function checkNamed(signed: Pki.SignedData, signer: X509Certificate): Promise<void> {
  const [, asn1] = await libraries()
  const attributes = signed.signerInfos[0]?.signedAttrs?.attributes ?? []
  const attribute = attributes.find(({ type }) => type === SIGNING_CERTIFICATE_V2) ?? attributes.find(({ type }) => type === SIGNING_CERTIFICATE)
  // SigningCertificate ::= SEQUENCE { certs SEQUENCE OF ESSCertID, ... }; ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash, ... }
  const first = childrenOf(childrenOf(childrenOf(attribute?.values[0])[0])[0])
  const isV2 = attribute?.type === SIGNING_CERTIFICATE_V2
  const [algorithm] = isV2 && first[0] instanceof asn1.Sequence ? childrenOf(first[0]) : []
  const digest = first.find((part) => part instanceof asn1.OctetString)
  const name = !isV2 ? 'sha1' : algorithm instanceof asn1.ObjectIdentifier ? HASHES[algorithm.valueBlock.toString()] : 'sha256'
  if (!(digest instanceof asn1.OctetString) || name === undefined || !Buffer.from(digest.valueBlock.valueHexView).equals(hash(name, signer.raw, 'buffer'))) {
    throw new StampRefused('The time stamp does not name the certificate that it is signed with.')
  }
}

function checkChain(signer: X509Certificate, included: readonly X509Certificate[], trusted: X509Certificate, at: Date): void {
  let certificate = signer
  for (let length = 0; length < LONGEST_CHAIN; length++) {
    if (at < certificate.validFromDate || at > certificate.validToDate) {
      throw new StampRefused(`The certificate ${subjectOf(certificate)} was not in force at ${at.toISOString()}, the time that is stated.`)
    }
    if (certificate.raw.equals(trusted.raw)) return
    const issued = certificate
    const issuer = [trusted, ...included].find((candidate) => candidate.ca && !candidate.raw.equals(issued.raw) && issued.checkIssued(candidate) && issued.verify(candidate.publicKey))
    if (issuer === undefined) break
    certificate = issuer
  }
  throw new StampRefused(`The time stamp is by ${subjectOf(signer)}, whose certificates do not lead to ${subjectOf(trusted)}.`)
}

/** How a certificate calls who holds it, in a line. */
export function subjectOf({ subject }: X509Certificate): string {
  return subject.split('\n').join(', ')
}

/** Loaded when they are needed, which is seldom. */
async function libraries(): Promise<[typeof Pki, typeof Asn1]> {
  return [await import('pkijs'), await import('asn1js')]
}

async function parse(der: Buffer): Promise<{ signed: Pki.SignedData; info: Pki.TSTInfo }> {
  const [pki, asn1] = await libraries()
  try {
    const { result, offset } = asn1.fromBER(arrayBuffer(der))
    if (offset !== der.length) throw new Error('it does not end where its length says')
    const response = new pki.TimeStampResp({ schema: result })
    const status = Number(response.status.status)
    // 0 is granted, 1 granted with changes (RFC 3161, 2.4.2).
    if (status > 1) throw new StampRefused(`The authority refused the request (status ${status}). Ask whoever runs it.`)
    const token = response.timeStampToken
    if (token?.contentType !== SIGNED_DATA) throw new Error('it holds no token')
    const signed = new pki.SignedData({ schema: token.content })
    const { eContentType, eContent } = signed.encapContentInfo
    if (eContentType !== TST_INFO || !eContent) throw new Error('its token is of another kind')
    return { signed, info: pki.TSTInfo.fromBER(eContent.getValue()) }
  } catch (thrown) {
    if (thrown instanceof StampRefused) throw thrown
    throw new StampRefused(`This is not the response of a time stamp authority (RFC 3161, DER): ${thrown instanceof Error ? thrown.message : String(thrown)}.`)
  }
}

function childrenOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || !('valueBlock' in value)) return []
  const block = value.valueBlock
  return typeof block === 'object' && block !== null && 'value' in block && Array.isArray(block.value) ? block.value : []
}

/** DER puts a zero byte before an integer whose first bit is set. */
export function withoutZeros(integer: Buffer): Buffer {
  const first = integer.findIndex((byte) => byte !== 0)
  return first < 0 ? Buffer.alloc(0) : integer.subarray(first)
}

function arrayBuffer(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}
