import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { openLedgerCopy, openNote, parseCheckpoint, parseVerifierKey, signerFromKey, signNote, verifierKeyText } from '../ledger/index.ts'
import { RequestError } from '../../shared/contract/index.ts'
import { asFailedRequest } from './system-error.ts'

/** What `work` is refused with, as a command reports it. */
function refusalOf(work: () => unknown): { code: string; message: string } | null {
  try {
    work()
  } catch (thrown) {
    const failed = asFailedRequest(thrown)
    return failed && { code: failed.code, message: failed.message }
  }
  throw new Error('it was not refused')
}

it('reports what files, databases and formats refuse in a command itself by a code of the closed list', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const [signer, verifier] = [signerFromKey('log.example', privateKey), parseVerifierKey(verifierKeyText('log.example', publicKey))]
  expect(refusalOf(() => openLedgerCopy('/etc/hostname'))).toMatchObject({ code: 'storage-damaged', message: expect.stringContaining('/etc/hostname is not a database') as string })
  expect(refusalOf(() => openLedgerCopy('/no/such.db'))).toMatchObject({ code: 'storage-unavailable' })
  expect(refusalOf(() => parseCheckpoint('x'))).toMatchObject({ code: 'invalid-request' })
  expect(refusalOf(() => parseVerifierKey('x'))).toMatchObject({ code: 'invalid-request' })
  expect(refusalOf(() => openNote(signNote('text\n', [signer]).replace('text', 'test'), [verifier]))).toMatchObject({ code: 'invalid-request', message: expect.stringContaining('the note was altered') as string })
  expect(refusalOf(() => readFileSync('/no/such.anchor'))).toEqual({ code: 'not-found', message: 'There is no /no/such.anchor. Check the spelling.' })
  expect(refusalOf(() => readFileSync('/etc'))).toMatchObject({ code: 'invalid-path' })
  expect(asFailedRequest(new RequestError('conflict', 'x'))).toMatchObject({ code: 'conflict' })
  expect(asFailedRequest(new TypeError('a bug'))).toBeNull()
})
