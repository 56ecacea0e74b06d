import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { preAuthEncoding } from '../ledger/index.ts'

// OpenSSF Model Signing 1.0 (github.com/sigstore/model-transparency, method "key"): a sigstore bundle 0.3 with the hint of a public key around a
// DSSE envelope around an in-toto Statement v1, which lists the files of a model.

const MEDIA_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const PAYLOAD_TYPE = 'application/vnd.in-toto+json'
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
const PREDICATE_TYPE = 'https://model_signing/signature/v1.0'
/** What each curve's signatures are over (OpenSSF Model Signing 1.0, method "key"); the registry's own key is on the first. */
const HASHES: Readonly<Record<string, string>> = { prime256v1: 'sha256', secp384r1: 'sha384', secp521r1: 'sha512' }
/** Of a bundle; one of a model of a few files has about a kilobyte. */
export const LARGEST_SIGNATURE = 1 << 20

/** A file of a model: its path below the model's folder, and its SHA-256 in hexadecimal. */
export interface ModelFile {
  readonly name: string
  readonly sha256: string
}

export interface SignedModel {
  /** What the signer called the model; it binds nobody. */
  readonly name: string
  /** Sorted by name. */
  readonly files: readonly ModelFile[]
}

/** That a bundle is no good signature. The message completes a sentence about it. */
export class SignatureInvalid extends Error {}

/** How a bundle names a key: the SHA-256, in hexadecimal, of its PEM text (SubjectPublicKeyInfo). */
export function keyHint(publicKey: KeyObject): string {
  return createHash('sha256').update(publicKeyText(publicKey)).digest('hex')
}

/** The public key as PEM, as `openssl ec -pubout` writes it. */
export function publicKeyText(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

/** Signs the files of a model with an ECDSA key, P-256 for the registry's own: the bytes of a bundle. */
export function signModel({ name, files }: SignedModel, privateKey: KeyObject): Buffer {
  const resources = files.toSorted(byName).map((file) => ({ name: file.name, algorithm: 'sha256', digest: file.sha256 }))
  const payload = Buffer.from(
    JSON.stringify({
      _type: STATEMENT_TYPE,
      subject: [{ name, digest: { sha256: rootDigest(files) } }],
      predicateType: PREDICATE_TYPE,
      predicate: { serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false }, resources },
    }),
  )
  const signature = sign(hashOf(privateKey), preAuthEncoding(PAYLOAD_TYPE, payload), privateKey)
  return Buffer.from(
    JSON.stringify({
      mediaType: MEDIA_TYPE,
      verificationMaterial: { publicKey: { hint: keyHint(createPublicKey(privateKey)) }, tlogEntries: [] },
      dsseEnvelope: { payload: payload.toString('base64'), payloadType: PAYLOAD_TYPE, signatures: [{ sig: signature.toString('base64'), keyid: '' }] },
    }),
  )
}

/** The hint of the key that a bundle says signed it. Throws SignatureInvalid. */
export function hintOf(bundle: Uint8Array): string {
  const hint = at(parse(bundle), 'verificationMaterial', 'publicKey', 'hint')
  if (typeof hint !== 'string') throw new SignatureInvalid('names no public key')
  return hint
}

/** Checks a bundle against a key and gives what it signs. Its files are yet to be compared. Throws SignatureInvalid. */
export function openModelSignature(bundle: Uint8Array, publicKey: KeyObject): SignedModel {
  const outer = parse(bundle)
  if (at(outer, 'mediaType') !== MEDIA_TYPE) throw new SignatureInvalid(`is not a bundle of the type ${MEDIA_TYPE}`)
  if (hintOf(bundle) !== keyHint(publicKey)) throw new SignatureInvalid('is signed with another key')
  const signatures = at(outer, 'dsseEnvelope', 'signatures')
  if (at(outer, 'dsseEnvelope', 'payloadType') !== PAYLOAD_TYPE || !Array.isArray(signatures) || signatures.length !== 1) throw new SignatureInvalid('holds no envelope with one signature')
  const payload = base64(at(outer, 'dsseEnvelope', 'payload'))
  if (!verify(hashOf(publicKey), preAuthEncoding(PAYLOAD_TYPE, payload), publicKey, base64(at(signatures[0], 'sig')))) throw new SignatureInvalid('is not what the key signed')
  return readStatement(payload)
}

function hashOf(key: KeyObject): string {
  const hash = HASHES[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (hash === undefined) throw new SignatureInvalid('is of no ECDSA key on P-256, P-384 or P-521')
  return hash
}

function readStatement(payload: Buffer): SignedModel {
  const statement = parse(payload)
  const subjects = at(statement, 'subject')
  if (at(statement, '_type') !== STATEMENT_TYPE || at(statement, 'predicateType') !== PREDICATE_TYPE) throw new SignatureInvalid('states something else than the files of a model')
  if (!Array.isArray(subjects) || subjects.length !== 1) throw new SignatureInvalid('has not one subject')
  const resources = at(statement, 'predicate', 'resources')
  const serialization = at(statement, 'predicate', 'serialization')
  if (at(serialization, 'method') !== 'files' || at(serialization, 'hash_type') !== 'sha256' || !Array.isArray(resources)) throw new SignatureInvalid('does not list files by their SHA-256')
  const files = resources.map((resource: unknown): ModelFile => {
    const [name, algorithm, digest] = [at(resource, 'name'), at(resource, 'algorithm'), at(resource, 'digest')]
    if (typeof name !== 'string' || algorithm !== 'sha256' || typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) throw new SignatureInvalid('lists something that is no file')
    return { name, sha256: digest }
  })
  if (files.some((file, index) => index > 0 && byName(files[index - 1] ?? file, file) >= 0)) throw new SignatureInvalid('does not list its files once and in order')
  if (at(subjects[0], 'digest', 'sha256') !== rootDigest(files)) throw new SignatureInvalid('has another root digest than its files')
  const name = at(subjects[0], 'name')
  return { name: typeof name === 'string' ? name : '', files }
}

/** SHA-256 over the digests of the files, in the order of their names. */
function rootDigest(files: readonly ModelFile[]): string {
  const hash = createHash('sha256')
  for (const { sha256 } of files.toSorted(byName)) hash.update(sha256, 'hex')
  return hash.digest('hex')
}

function byName(a: ModelFile, b: ModelFile): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))
}

function parse(bytes: Uint8Array): unknown {
  if (bytes.length > LARGEST_SIGNATURE) throw new SignatureInvalid(`is larger than ${LARGEST_SIGNATURE} bytes`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    throw new SignatureInvalid('is not JSON')
  }
}

function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((holder, name) => (typeof holder === 'object' && holder !== null && Object.hasOwn(holder, name) ? (holder as Record<string, unknown>)[name] : undefined), value)
}

function base64(text: unknown): Buffer {
  if (typeof text !== 'string') throw new SignatureInvalid('holds no envelope with one signature')
  return Buffer.from(text, 'base64')
}
