import { generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManifestError, fingerprintOf, formatManifest, isSignedBy, parseManifest, partOf, type Manifest } from './manifest.ts'

const DIGEST = 'a'.repeat(64)
const manifest = (paths: readonly string[], sealed: readonly string[] = []): Manifest => ({
  version: '1.2.3',
  platform: 'linux-x64',
  signed: true,
  files: new Map(paths.map((path) => [path, DIGEST])),
  sealed,
})

const step = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !/[/\\\u0000-\u001f\u007f]/.test(text) && text !== '.' && text !== '..')
const path = fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => steps.join('/'))
const digest = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })

describe('the list of files', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(path, digest)), fc.array(path), fc.boolean(), (files, sealed, signed) => {
        const written: Manifest = { ...manifest([]), signed, files: new Map(files), sealed }
        expect(parseManifest(formatManifest(written))).toEqual({ ...written, files: new Map([...written.files].sort(([a], [b]) => (a < b ? -1 : 1))) })
      }),
    )
  })

  it('says of each path whose it is', () => {
    expect(['build/main/orchestrator.js', 'runtime/bin/node', 'app.asar', '../strongroom-desktop'].map(partOf)).toEqual(['processes', 'processes', 'window', 'electron'])
  })

  it('names no path that a reader could take for another', () => {
    for (const bad of ['', '/etc/passwd', 'a/../b', '../../b', '..', 'a//b', './a', 'a\nb', 'a\\b', 'a/']) {
      expect(() => formatManifest(manifest([bad])), bad).toThrow(ManifestError)
      expect(() => formatManifest(manifest([], [bad])), bad).toThrow(ManifestError)
    }
  })

  it('is refused where a line is none of ours, or is missing its end', () => {
    const text = formatManifest(manifest(['a', 'b']))
    expect(() => parseManifest(text.slice(0, -1))).toThrow('middle of a line')
    expect(() => parseManifest(text.replace('# strongroom', '# other'))).toThrow('does not begin')
    for (const line of [`${DIGEST}  a`, `${DIGEST} *c`, `${DIGEST.toUpperCase()}  c`, `${DIGEST}  ../../c`, '# sealed /c', 'c', '']) {
      expect(() => parseManifest(`${text}${line}\n`), line).toThrow('line 4')
    }
  })
})

describe('its signature', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const text = Buffer.from(formatManifest(manifest(['a'])))

  it('holds for the very bytes and the very key', () => {
    const signature = sign(null, text, privateKey)
    expect(isSignedBy(text, signature, publicKey)).toBe(true)
    expect(isSignedBy(Buffer.concat([text, Buffer.from('\n')]), signature, publicKey)).toBe(false)
    expect(isSignedBy(text, signature, generateKeyPairSync('ed25519').publicKey)).toBe(false)
    expect(isSignedBy(text, signature.subarray(1), publicKey)).toBe(false)
  })

  it('is by Ed25519 and nothing else', () => {
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(isSignedBy(text, sign(null, text, other.privateKey), other.publicKey)).toBe(false)
  })

  it('has a fingerprint that differs for each key', () => {
    expect(fingerprintOf(publicKey)).toMatch(/^[0-9a-f]{64}$/)
    expect(fingerprintOf(publicKey)).not.toBe(fingerprintOf(generateKeyPairSync('ed25519').publicKey))
  })
})
