import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { preAuthEncoding } from '../ledger/index.ts'
import { keyHint, openModelSignature, publicKeyText, SignatureInvalid, signModel } from './model-signature.ts'

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const { privateKey, publicKey } = newKey()
const files = [{ name: 'b.onnx', sha256: 'b'.repeat(64) }, { name: 'a.json', sha256: 'a'.repeat(64) }]
const bundle = signModel({ name: 'scores-1', files }, privateKey)
interface Bundle {
  mediaType: string
  verificationMaterial: { publicKey: { hint: string } }
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string }[] }
}
const parsed = (): Bundle => JSON.parse(bundle.toString()) as Bundle
const opened = (change: (of: Bundle) => void, key = publicKey) => {
  const of = parsed()
  change(of)
  return () => openModelSignature(Buffer.from(JSON.stringify(of)), key)
}

describe('a signature of a model', () => {
  it('is what the specification says: files sorted, the root over their digests, the key by its hint', () => {
    const { mediaType, verificationMaterial, dsseEnvelope } = parsed()
    expect(mediaType).toBe('application/vnd.dev.sigstore.bundle.v0.3+json')
    expect(verificationMaterial).toEqual({ publicKey: { hint: keyHint(publicKey) }, tlogEntries: [] })
    const root = execFileSync('sha256sum', { input: Buffer.from('a'.repeat(64) + 'b'.repeat(64), 'hex') }).toString().slice(0, 64)
    expect(JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString())).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'scores-1', digest: { sha256: root } }],
      predicateType: 'https://model_signing/signature/v1.0',
      predicate: {
        serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false },
        resources: [{ name: 'a.json', algorithm: 'sha256', digest: 'a'.repeat(64) }, { name: 'b.onnx', algorithm: 'sha256', digest: 'b'.repeat(64) }],
      },
    })
    expect(openModelSignature(bundle, publicKey)).toEqual({ name: 'scores-1', files: files.toReversed() })
  })

  it('is verified by openssl', () => {
    const folder = mkdtempSync(join(tmpdir(), 'signature-'))
    const { dsseEnvelope } = parsed()
    writeFileSync(join(folder, 'key.pem'), publicKeyText(publicKey))
    writeFileSync(join(folder, 'signed'), preAuthEncoding(dsseEnvelope.payloadType, Buffer.from(dsseEnvelope.payload, 'base64')))
    writeFileSync(join(folder, 'sig'), Buffer.from(dsseEnvelope.signatures[0]?.sig ?? '', 'base64'))
    const said = execFileSync('openssl', ['dgst', '-sha256', '-verify', join(folder, 'key.pem'), '-signature', join(folder, 'sig'), join(folder, 'signed')])
    expect(said.toString()).toContain('Verified OK')
    expect(execFileSync('sha256sum', [join(folder, 'key.pem')]).toString().slice(0, 64)).toBe(keyHint(createPublicKey(readFileSync(join(folder, 'key.pem')))))
  })

  it.each([
    ['of another key', () => undefined, 'another key', newKey().publicKey],
    ['whose payload was changed', (of: Bundle) => void (of.dsseEnvelope.payload = Buffer.from(Buffer.from(of.dsseEnvelope.payload, 'base64').toString().replace('scores-1', 'scores-2')).toString('base64')), 'not what the key signed'],
    ['that is cut off', (of: Bundle) => void (of.dsseEnvelope.signatures = []), 'no envelope'],
    ['of another kind', (of: Bundle) => void (of.mediaType = 'x'), 'not a bundle'],
  ])('is refused %s', (_, change, message, key = publicKey) => {
    expect(opened(change, key)).toThrow(SignatureInvalid)
    expect(opened(change, key)).toThrow(message)
  })

  it('is refused where it lists a file twice', () => {
    const twice = signModel({ name: 'x', files: [...files, { name: 'a.json', sha256: 'c'.repeat(64) }] }, privateKey)
    expect(() => openModelSignature(twice, publicKey)).toThrow('once and in order')
    expect(() => openModelSignature(Buffer.from('{'), publicKey)).toThrow('is not JSON')
  })
})
