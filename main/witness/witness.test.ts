import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { createLedgerOf, createPerson, dropGuards, origin, snapshotFact, type LedgerFixture } from '../ledger/fixtures.ts'
import { findCosignature, formatWitnessRequest, Ledger, openHighWater, parseConflictReport, parseVerifierKey, parseWitnessRequest, signerFromKey, verifierKeyText } from '../ledger/index.ts'
import { acquireLock, openDatabase } from '../storage/index.ts'
import { createWitness, readWitness, signRequest, trustLogKey, type SignOutcome } from './witness.ts'

const scrypt = { cost: 1 << 10, blockSize: 8, parallelization: 1 }
const NOW = Date.UTC(2026, 10, 27, 12, 0, 0)

let log: LedgerFixture
let folder: string

const logKeyOf = ({ ledger }: LedgerFixture) => ledger.verifierKeys()[0]?.text ?? ''
const requestOf = ({ ledger }: LedgerFixture, old: number) =>
  formatWitnessRequest({ old, proof: old === 0 || old === ledger.size ? [] : ledger.consistencyProof(old), checkpoint: ledger.checkpoint() })
const sign = (request: string, passphrase = 'never asked') => signRequest(folder, request, { passphrase: async () => passphrase, clock: () => NOW })

function grow({ ledger, orchestrator }: LedgerFixture, to: number, salt = 0): void {
  while (ledger.size < to) ledger.commit((tx) => tx.append(orchestrator, snapshotFact(ledger.size + salt)))
}

/** The cosignature in an answer, checked as a stranger would: the answer under the checkpoint is a note. */
function timeIn(request: string, outcome: SignOutcome): number | undefined {
  if (outcome.outcome !== 'cosigned') return undefined
  return findCosignature(`${parseWitnessRequest(request).checkpoint}${outcome.lines}`, parseVerifierKey(readWitness(folder).key))?.time
}

/** The same log after its end was cut off and written anew: the same keys, another history from entry `shared` on. */
async function rewritten(shared: number, to: number): Promise<LedgerFixture> {
  const place = mkdtempSync(join(tmpdir(), 'rewritten-'))
  const copy = join(place, 'strongroom.db')
  await log.db.backup(copy)
  const db = openDatabase(copy)
  dropGuards(db)
  db.prepare('DELETE FROM ledger_entries WHERE seq >= ?').run(shared)
  db.exec('DELETE FROM ledger_terms')
  const ledger = Ledger.open(db, { ...log.options, highWater: openHighWater(join(place, 'high-water')) })
  const fork = { ...log, db, ledger }
  grow(fork, to, 1000)
  return fork
}

beforeEach(async () => {
  log = createLedgerOf(5)
  folder = join(mkdtempSync(join(tmpdir(), 'witness-')), 'stick')
  await createWitness(folder, { name: 'audit.example/usb', logKey: logKeyOf(log), passphrase: null })
})

describe('a witness', () => {
  it('has a key of type 4, in its folder for its owner alone', () => {
    const { key, sealed, latest, size } = readWitness(folder)
    expect({ type: parseVerifierKey(key).type, name: parseVerifierKey(key).name, sealed, latest, size }).toEqual({ type: 4, name: 'audit.example/usb', sealed: false, latest: null, size: 0 })
    expect(statSync(join(folder, 'key.pem')).mode & 0o777).toBe(0o600)
  })

  it('cosigns the first checkpoint, those that continue it, and the same one again', async () => {
    const first = requestOf(log, 0)
    expect(timeIn(first, await sign(first))).toBe(NOW / 1000)
    for (const size of [6, 8, 13, 13]) {
      grow(log, size)
      const request = requestOf(log, readWitness(folder).size)
      expect(timeIn(request, await sign(request))).toBe(NOW / 1000)
      expect(readWitness(folder).size).toBe(size)
    }
    expect(findCosignature(readFileSync(join(folder, 'latest'), 'utf8'), parseVerifierKey(readWitness(folder).key))?.time).toBe(NOW / 1000)
  })

  it('refuses what does not go on from what it cosigned, and says what would', async () => {
    await sign(requestOf(log, 0))
    const old = requestOf(log, 5)
    grow(log, 9)
    const stored = readFileSync(join(folder, 'latest'), 'utf8')
    await expect(sign(requestOf(log, 0))).rejects.toMatchObject({ code: 'invalid-request', message: expect.stringContaining('make the request again with --old 5') as string })
    await expect(sign(requestOf(log, 3))).rejects.toThrow('The request goes on from 3 entries, and this witness from 5.')
    expect(readFileSync(join(folder, 'latest'), 'utf8')).toBe(stored)
    await sign(requestOf(log, 5))
    await expect(sign(old.replace('old 5', 'old 9'))).rejects.toThrow('The checkpoint is of 5 entries, and this witness has cosigned 9 already.')
  })

  it('refuses a damaged proof, another log, another key and what is no request', async () => {
    await sign(requestOf(log, 0))
    grow(log, 9)
    const good = requestOf(log, 5)
    const [oldLine = '', hash = '', ...rest] = good.split('\n')
    const flipped = [oldLine, `${hash.startsWith('A') ? 'B' : 'A'}${hash.slice(1)}`, ...rest].join('\n')
    await expect(sign(flipped)).rejects.toThrow('The proof does not lead from 5 entries to the checkpoint of 9')
    await expect(sign([oldLine, ...rest].join('\n'))).rejects.toThrow('The proof does not lead')
    await expect(sign(requestOf(createLedgerOf(9), 5))).rejects.toThrow('No key that is trusted here has signed the note.')
    await expect(sign(good.replace(/\n9\n/, '\n8\n'))).rejects.toThrow('The signature of')
    await expect(sign(`old 5\n${`${hash}\n`.repeat(64)}\n${log.ledger.checkpoint()}`)).rejects.toThrow('64 proof lines')
    for (const text of ['', 'old 05\n\nx', `old\n\n${log.ledger.checkpoint()}`, log.ledger.checkpoint()]) await expect(sign(text)).rejects.toThrow('This is not a request to a witness')
    expect(readWitness(folder)).toMatchObject({ size: 5, conflicts: [] })
  })

  it.each([
    { held: 5, shared: 3, to: 9, proven: true },
    { held: 5, shared: 3, to: 5, proven: true },
    // From a power of two a proof is made of the older root, and fails as a damaged one does.
    { held: 8, shared: 3, to: 9, proven: false },
  ])('refuses a history rewritten from entry $shared after it cosigned $held, and keeps both checkpoints', async ({ held, shared, to, proven }) => {
    grow(log, held)
    await sign(requestOf(log, 0))
    const latest = readFileSync(join(folder, 'latest'), 'utf8')
    const fork = await rewritten(shared, to)
    const outcome = await sign(requestOf(fork, held))
    expect(outcome).toMatchObject({ outcome: 'conflict', proven })
    const [file = ''] = readWitness(folder).conflicts
    expect(parseConflictReport(readFileSync(file, 'utf8'))).toMatchObject({ held: latest, offered: fork.ledger.checkpoint() })
    expect(readFileSync(join(folder, 'latest'), 'utf8')).toBe(latest)
    // It goes on with the history that it knows.
    grow(log, held + 2)
    expect(await sign(requestOf(log, held))).toMatchObject({ outcome: 'cosigned' })
  })

  it('does not answer while another process uses its folder, and does not keep it afterwards', async () => {
    const lock = acquireLock(join(folder, 'witness.lock'))
    await expect(sign(requestOf(log, 0))).rejects.toMatchObject({ code: 'conflict' })
    lock?.release()
    expect(await sign(requestOf(log, 0))).toMatchObject({ outcome: 'cosigned' })
  })

  it('opens a sealed key with its passphrase alone, and has seen nothing where it is wrong', async () => {
    folder = join(folder, '..', 'sealed')
    await createWitness(folder, { name: 'w', logKey: logKeyOf(log), passphrase: 'of the witness', scrypt })
    expect(existsSync(join(folder, 'key.pem'))).toBe(false)
    await expect(sign(requestOf(log, 0), 'another')).rejects.toMatchObject({ code: 'wrong-passphrase' })
    expect(readWitness(folder).latest).toBeNull()
    expect(await sign(requestOf(log, 0), 'of the witness')).toMatchObject({ outcome: 'cosigned', size: 5 })
  })

  it('goes on with a log whose key was rotated once it is told the new one, and with no other log', async () => {
    const first = requestOf(log, 0)
    await sign(first)
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    const next = signerFromKey(origin, privateKey)
    const key = verifierKeyText(origin, publicKey)
    const ada = createPerson('p-0000000a')
    log.ledger.commit((tx) => tx.append(log.orchestrator, ada.enrolled))
    log.ledger.commit((tx) => tx.append(ada.signer, { action: 'ledger.key.rotated', subject: [], detail: { key } }, [log.options.logSigner, next]))
    // The ledger that goes on is the one that holds the new key; what the old one signed stays what it was.
    const rotated = { ...log, ledger: Ledger.open(log.db, { ...log.options, logSigner: next }) }
    expect(rotated.ledger.checkpointAt(5)).toBe(parseWitnessRequest(first).checkpoint)
    grow(rotated, 9)
    await expect(sign(requestOf(rotated, 5))).rejects.toThrow('strongroom witness trust FOLDER --log-key KEY')
    expect(() => trustLogKey(folder, verifierKeyText('another.example', publicKey))).toThrow('and this witness watches')
    expect(trustLogKey(folder, key).logKeys).toEqual([logKeyOf(log), key])
    expect(await sign(requestOf(rotated, 5))).toMatchObject({ outcome: 'cosigned', size: 9 })
    expect(readWitness(folder).size).toBe(9)
    expect(() => trustLogKey(folder, key)).toThrow('knows this key already')
  })

  it('is not made twice in a folder, nor for a key that signs no log, and says where there is none', async () => {
    const made = readFileSync(join(folder, 'witness.json'), 'utf8')
    await expect(createWitness(folder, { name: 'w', logKey: logKeyOf(log), passphrase: null })).rejects.toMatchObject({ code: 'already-exists' })
    expect(readFileSync(join(folder, 'witness.json'), 'utf8')).toBe(made)
    const other = join(folder, '..', 'other')
    await expect(createWitness(other, { name: 'w', logKey: readWitness(folder).key, passphrase: null })).rejects.toThrow('is the key of a witness')
    await expect(createWitness(other, { name: 'two words', logKey: logKeyOf(log), passphrase: null })).rejects.toMatchObject({ code: 'invalid-request' })
    expect(() => readWitness(other)).toThrow(`There is no witness in ${other}.`)
    writeFileSync(join(folder, 'latest'), 'not a note')
    expect(() => readWitness(folder)).toThrow('what it cosigned last (latest) is not readable')
  })
})
