import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint, type Checkpoint } from './checkpoint.ts'
import { cosign, verifyCosignature } from './cosignature.ts'
import { parseVerifierKey, signerFromKey, verifierKeyText, type Signer, type Verifier } from './keys.ts'
import { emptyRoot } from './merkle.ts'
import { openNote, parseNote, signNote } from './note.ts'

const publishedKey = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const publishedNote =
  'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n'

function createKey(name: string, type: 1 | 4 = 1): { signer: Signer; verifier: Verifier } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { signer: signerFromKey(name, privateKey, type), verifier: parseVerifierKey(verifierKeyText(name, publicKey, type)) }
}

const code = (expected: string): unknown => expect.objectContaining({ code: expected }) as unknown

describe('verifier keys', () => {
  it('reads the key published with sumdb/note', () => {
    const key = parseVerifierKey(publishedKey)
    expect([key.name, key.keyId, key.type]).toEqual(['example.com/foo', '530d903a', 1])
  })

  it.each([
    ['another hash', publishedKey.replace('530d903a', '530d903b')],
    ['another name', publishedKey.replace('foo', 'bar')],
    ['base64 without its padding in place', `${publishedKey}=`],
    ['a key that is too short', 'a+00000000+AekyeQ=='],
    ['nothing', ''],
  ])('refuses a key with %s', (_, text) => {
    expect(() => parseVerifierKey(text)).toThrow(code('malformed-key'))
  })

  it.each(['', 'a b', 'a+b', 'a\nb', 'a\u00a0b'])('refuses the name %j', (name) => {
    expect(() => createKey(name)).toThrow(code('malformed-key'))
  })
})

describe('signed notes', () => {
  it('opens the note published with sumdb/note', () => {
    const note = openNote(publishedNote, [parseVerifierKey(publishedKey)])
    expect(note.text).toBe('This is an example message.\n')
    expect(note.signers.map(({ name }) => name)).toEqual(['example.com/foo'])
  })

  it('rejects a bad signature of a known key, even beside a good one', () => {
    const good = createKey('good.example')
    const bad = createKey('bad.example')
    const forged = { ...bad.signer, sign: (message: Uint8Array) => good.signer.sign(message) }
    const note = signNote('text\n', [good.signer, forged])
    expect(() => openNote(note, [good.verifier, bad.verifier])).toThrow(code('signature-invalid'))
    expect(openNote(note, [good.verifier]).signers).toEqual([good.verifier])
  })

  it('rejects a note that no trusted key has signed', () => {
    const note = signNote('text\n', [createKey('one.example').signer])
    expect(() => openNote(note, [createKey('one.example').verifier])).toThrow(code('no-known-signature'))
  })

  it('divides at the last empty line', () => {
    const { signer, verifier } = createKey('log.example')
    expect(openNote(signNote('first\n\nsecond\n', [signer]), [verifier]).text).toBe('first\n\nsecond\n')
  })

  it('accepts a hundred signatures and no more', () => {
    const keys = Array.from({ length: 101 }, (_, i) => createKey(`witness-${i}.example`))
    const signers = keys.map(({ signer }) => signer)
    expect(openNote(signNote('text\n', signers.slice(1)), [keys[100]?.verifier ?? parseVerifierKey(publishedKey)]).signers).toHaveLength(1)
    expect(() => parseNote(signNote('text\n', signers))).toThrow(code('malformed-note'))
  })

  it.each([
    ['no signature', 'text\n\n'],
    ['no empty line', 'text\n— a AAAAAAA=\n'],
    ['a control character', `a\tb\n\n— a ${Buffer.alloc(68).toString('base64')}\n`],
    ['a carriage return', publishedNote.replace('.\n', '.\r\n')],
    ['a line that is no signature', `${publishedNote}text\n`],
    ['no newline at its end', publishedNote.slice(0, -1)],
    ['a hyphen for the dash', publishedNote.replace('—', '-')],
    ['a signature too short to hold a key id', 'text\n\n— a AAAA\n'],
  ])('rejects a note with %s', (_, note) => {
    expect(() => parseNote(note)).toThrow(code('malformed-note'))
  })

  it('never accepts a note of which one byte was changed', () => {
    const bytes = Buffer.from(publishedNote)
    for (let i = 0; i < bytes.length; i++) {
      const changed = Buffer.from(bytes)
      changed[i] = (changed[i] ?? 0) ^ 1
      expect(() => openNote(changed.toString(), [parseVerifierKey(publishedKey)])).toThrow()
    }
  })
})

function signedNote(checkpoint: Checkpoint, signer: Signer): string {
  return formatCheckpoint(checkpoint, signer, signCheckpoint(checkpoint, signer))
}

describe('checkpoints', () => {
  const { signer, verifier } = createKey('log.example')
  const checkpoint = { origin: 'log.example', size: 7, root: emptyRoot }

  it('are three lines and the signature of the log', () => {
    const note = signedNote(checkpoint, signer)
    expect(note.split('\n').slice(0, 4)).toEqual(['log.example', '7', emptyRoot.toString('base64'), ''])
    expect(openCheckpoint(note, verifier)).toEqual(checkpoint)
  })

  it('are refused when another log has signed them', () => {
    const note = signedNote({ ...checkpoint, origin: 'other.example' }, signer)
    expect(() => openCheckpoint(note, verifier)).toThrow(code('wrong-origin'))
  })

  it.each([
    ['a leading zero', 'log.example\n07\n'],
    ['a sign', 'log.example\n+7\n'],
    ['no origin', '\n7\n'],
    ['a size beyond 2^53 - 1', 'log.example\n9007199254740993\n'],
  ])('are refused with %s', (_, head) => {
    const note = signNote(`${head}${emptyRoot.toString('base64')}\n`, [signer])
    expect(() => parseCheckpoint(note)).toThrow(code('malformed-checkpoint'))
  })

  it.each([
    ['a request to a witness', `old 5\n${emptyRoot.toString('base64')}\n\n${signedNote(checkpoint, signer)}`, 'This is a request to a witness'],
    ["a witness's answer", '— witness.example AAAA\n', "This is a witness's answer"],
    ['a report of a conflict', '{"at":1}\n', 'This is JSON'],
  ])('are not read from %s, which says what was given and what to give', (_, text, what) => {
    expect(() => parseCheckpoint(text)).toThrow(what)
    expect(() => parseCheckpoint(text)).toThrow("the witness's file 'latest'")
  })

  it('are refused with an extension line or a root of another length', () => {
    const root = emptyRoot.toString('base64')
    expect(() => parseCheckpoint(signNote(`log.example\n7\n${root}\nmore\n`, [signer]))).toThrow(code('malformed-checkpoint'))
    expect(() => parseCheckpoint(signNote('log.example\n7\nAAAA\n', [signer]))).toThrow(code('malformed-checkpoint'))
  })
})

describe('cosignatures', () => {
  const log = createKey('log.example')
  const witness = createKey('witness.example', 4)
  const note = signedNote({ origin: 'log.example', size: 7, root: emptyRoot }, log.signer)
  const cosigned = note + cosign(note, witness.signer, 1_700_000_000)

  it('tell when the witness saw the checkpoint', () => {
    expect(verifyCosignature(cosigned, witness.verifier)).toBe(1_700_000_000)
    expect(openNote(cosigned, [log.verifier, witness.verifier]).signers).toEqual([log.verifier, witness.verifier])
  })

  it('leave the note good for who knows the log alone', () => {
    expect(openCheckpoint(cosigned, log.verifier).size).toBe(7)
  })

  it('are not found for another witness, another time or another checkpoint', () => {
    expect(verifyCosignature(cosigned, createKey('witness.example', 4).verifier)).toBeUndefined()
    expect(verifyCosignature(cosigned.replace('\n7\n', '\n8\n'), witness.verifier)).toBeUndefined()
    expect(verifyCosignature(note, witness.verifier)).toBeUndefined()
  })

  it('use a key id of their own, so that one key cannot be taken for the other', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    expect(signerFromKey('a', privateKey, 4).keyId).not.toBe(signerFromKey('a', privateKey).keyId)
  })
})
