import { generateKeyPairSync } from 'node:crypto'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ENTRY_TYPE, parseEnvelope, preAuthEncoding, sealEnvelope, verifyEnvelope } from './dsse.ts'
import { parseVerifierKey, signerFromKey, verifierKeyText } from './keys.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const signer = signerFromKey('log.example/orchestrator', privateKey)
const verifier = parseVerifierKey(verifierKeyText(signer.name, publicKey))
const malformed: unknown = expect.objectContaining({ code: 'malformed-envelope' })

describe('envelopes', () => {
  it('encode for signing as the example of the DSSE protocol does', () => {
    const encoded = preAuthEncoding('http://example.com/HelloWorld', Buffer.from('hello world'))
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world')
  })

  it('count lengths in bytes, not characters', () => {
    expect(preAuthEncoding('é', Buffer.from('é')).toString()).toBe('DSSEv1 2 é 2 é')
  })

  it('are taken for one only where their bytes are canonical and say what was read, whichever byte of the usual form is another', () => {
    const sound = sealEnvelope('{"a":"ö"}', signer)
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(sound)
        bytes[at] = (bytes[at] ?? 0) ^ flip
        let envelope
        try {
          envelope = parseEnvelope(bytes)
        } catch (thrown) {
          expect(thrown).toEqual(malformed)
          return
        }
        const value = JSON.parse(bytes.toString()) as { payload: string; payloadType: string; signatures: { keyid: string; sig: string }[] }
        expect(canonicalize(value)).toBe(bytes.toString())
        expect(Buffer.from(bytes.toString()).equals(bytes)).toBe(true)
        const { payloadType, payload, keyid, signatures } = envelope
        expect([payload.toString('base64'), payloadType, keyid]).toEqual([value.payload, value.payloadType, value.signatures[0]?.keyid])
        expect(signatures.map((each) => each.signature.toString('base64'))).toEqual(value.signatures.map(({ sig }) => sig))
      }),
      { numRuns: 2_000 },
    )
  })

  it('are canonical JSON and open with the key that sealed them', () => {
    const bytes = sealEnvelope('{"a":1}', signer)
    const envelope = parseEnvelope(bytes)
    expect(envelope.payload.toString()).toBe('{"a":1}')
    expect(envelope.payloadType).toBe(ENTRY_TYPE)
    expect(verifyEnvelope(envelope, verifier)).toBe(true)
    expect(canonicalize(JSON.parse(bytes.toString()))).toBe(bytes.toString())
  })

  it('do not verify with another payload, type or key', () => {
    const envelope = parseEnvelope(sealEnvelope('{"a":1}', signer))
    expect(verifyEnvelope({ ...envelope, payload: Buffer.from('{"a":2}') }, verifier)).toBe(false)
    expect(verifyEnvelope({ ...envelope, payloadType: 'text/plain' }, verifier)).toBe(false)
    const signatures = envelope.signatures.map((each) => ({ ...each, keyid: 'other+00000000' }))
    expect(verifyEnvelope({ ...envelope, signatures }, verifier)).toBe(false)
  })

  it('of several signers verify with their keys in their order, and with no fewer, no more and no other order', () => {
    const second = generateKeyPairSync('ed25519')
    const other = signerFromKey('log.example/person/ada', second.privateKey)
    const otherKey = parseVerifierKey(verifierKeyText(other.name, second.publicKey))
    const envelope = parseEnvelope(sealEnvelope('{"a":1}', signer, ENTRY_TYPE, [other]))
    expect(verifyEnvelope(envelope, verifier, otherKey)).toBe(true)
    for (const keys of [[verifier], [otherKey, verifier], [verifier, verifier], [verifier, otherKey, otherKey]]) expect(verifyEnvelope(envelope, ...keys)).toBe(false)
    expect(verifyEnvelope(parseEnvelope(sealEnvelope('{"a":1}', signer)), verifier, otherKey)).toBe(false)
  })

  it.each([
    ['no signature', '{"payload":"","payloadType":"t","signatures":[]}'],
    ['two signatures of one key', '{"payload":"","payloadType":"t","signatures":[{"keyid":"a","sig":""},{"keyid":"a","sig":""}]}'],
    ['more signatures than any entry has', `{"payload":"","payloadType":"t","signatures":[${[...'abcde'].map((keyid) => `{"keyid":"${keyid}","sig":""}`).join()}]}`],
    ['another member', '{"extra":1,"payload":"","payloadType":"t","signatures":[{"keyid":"a","sig":""}]}'],
    ['URL-safe base64', '{"payload":"_-8=","payloadType":"t","signatures":[{"keyid":"a","sig":""}]}'],
    ['base64 without padding', '{"payload":"YQ","payloadType":"t","signatures":[{"keyid":"a","sig":""}]}'],
    ['base64 with stray bits', '{"payload":"YR==","payloadType":"t","signatures":[{"keyid":"a","sig":""}]}'],
    ['white space', '{"payload":"", "payloadType":"t","signatures":[{"keyid":"a","sig":""}]}'],
    ['a list', '[]'],
  ])('are refused with %s', (_, text) => {
    expect(() => parseEnvelope(Buffer.from(text))).toThrow(malformed)
  })
})
