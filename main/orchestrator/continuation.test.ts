import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { restoreBackup } from '../backup/index.ts'
import { dataFolder } from '../client/index.ts'
import { formatConflictReport, keyReference, openNote, orchestratorName, parseCheckpoint, parseVerifierKey, signerFromKey, signNote, verifierKeyText, verifyLedger } from '../ledger/index.ts'
import { createWitness, readWitness, signRequest, trustLogKey } from '../witness/index.ts'
import { verifyWorkplace } from './ledger-verification.ts'
import type { Services } from './services.ts'
import { openTestWorkplace, PASSPHRASE } from './test-workplace.ts'
import type { ContinuationWish, Workplace } from './workplace.ts'

const CLIENT = 'a'.repeat(64)
const asta: ContinuationWish = { handle: 'asta', passphrase: PASSPHRASE, reason: 'the disk broke', anchors: [], unproved: false, newOrchestratorKey: false }
const base = mkdtempSync(join(tmpdir(), 'continuation-'))
const at = (...names: string[]) => join(base, ...names)
const stick = at('stick')

/** What was backed up, and what was signed in all. */
let backup: string
let left: string
let mark: string
let size: number
let signed: number
let firstKey: string
const opened: Workplace[] = []

const open = async (name: string, evenShort = false): Promise<Workplace> => {
  const workplace = await openTestWorkplace({ folder: dataFolder(at(name)), evenShort })
  opened.push(workplace)
  return workplace
}
const closeAll = async (): Promise<void> => {
  for (const workplace of opened.splice(0)) await workplace.close()
}
const happen = ({ ledger, orchestrator }: Services) => ledger.commit((tx) => tx.append(orchestrator, { action: 'orchestrator.stopped', subject: [], detail: { reason: 'test' } }))
const sign = (folder: string, request: string) => signRequest(folder, request, { passphrase: () => Promise.reject(new Error('never asked')), clock: Date.now })
const signIn = async ({ sessions }: Services) => {
  await sessions.open(CLIENT, 'asta', PASSPHRASE)
  return sessions.actor(CLIENT)
}
/** What anybody can write: a checkpoint of the most entries that there can be, by a key that nobody knows. */
const madeUp = () => {
  const { origin } = parseCheckpoint(mark)
  return signNote(`${origin}\n${Number.MAX_SAFE_INTEGER}\n${Buffer.alloc(32, 1).toString('base64')}\n`, [signerFromKey(origin, generateKeyPairSync('ed25519').privateKey)])
}
/** Restored although more was signed, and opened to be continued. */
const restoreShort = async (name: string) => {
  const restored = await restoreBackup(backup, at(name), { reason: 'the disk broke', anchors: [left, mark, madeUp()], evenShort: true })
  expect(restored.missing).toBe(signed - size)
  return open(name, true)
}

beforeAll(async () => {
  const here = (await open('data')).ready()
  const actor = await signIn(here)
  await here.people.enrol(actor, { handle: 'erik', displayName: 'Erik', passphrase: PASSPHRASE, roles: ['engineer'] })
  firstKey = here.ledger.verifierKeys()[0]?.text ?? ''
  const { key } = await createWitness(stick, { name: 'audit.example/usb', logKey: firstKey, passphrase: null })
  here.witnesses.add(actor, 'usb', key)
  const made = await here.backups.create(actor, at('disk'))
  backup = at('disk', made.backup)
  size = made.size
  left = here.ledger.checkpointAt(size) ?? ''
  // More than a folder records that is restored and opened.
  for (let more = 0; more < 8; more++) happen(here)
  await sign(stick, here.witnesses.request('usb').request)
  happen(here)
  mark = here.ledger.checkpoint()
  signed = here.ledger.size
  await closeAll()
})
afterEach(closeAll)
afterAll(() => rmSync(base, { recursive: true, force: true }))

describe('a ledger that is restored from a backup which is too old', () => {
  it('is recorded in by nobody before an administrator says what is lost; then that comes first, and it goes on', async () => {
    await expect(restoreBackup(backup, at('restored'), { reason: 'the disk broke', anchors: [mark] })).rejects.toThrow(`${signed - size} are missing`)
    const workplace = await restoreShort('restored')
    await expect(open('restored')).rejects.toMatchObject({ code: 'behind-high-water', message: expect.stringContaining('ledger continue') as string })
    expect(() => workplace.ready()).toThrow('nothing is done before an administrator')
    await expect(workplace.setUp({ organisation: 'Test', administrator: { handle: 'eve', displayName: 'Eve', passphrase: PASSPHRASE } })).rejects.toMatchObject({ code: 'already-set-up' })
    await expect(workplace.continueLedger({ ...asta, passphrase: 'another passphrase' })).rejects.toMatchObject({ code: 'wrong-passphrase' })
    await expect(workplace.continueLedger({ ...asta, handle: 'eve' })).rejects.toMatchObject({ code: 'wrong-passphrase' })
    await expect(workplace.continueLedger({ ...asta, handle: 'erik' })).rejects.toMatchObject({ code: 'not-permitted' })
    expect(workplace.services).toBeNull()
    expect(existsSync(at('restored', 'keys', 'log.next.pem'))).toBe(false)

    const loss = await workplace.continueLedger({ ...asta, anchors: [madeUp()], unproved: true })
    const { ledger } = workplace.ready()
    expect(loss).toMatchObject({ entry: size, predecessor: ledger.origin, origin: ledger.presentOrigin, signed, reason: 'the disk broke' })
    expect(ledger.entries({ from: size, limit: 5 }).map(({ entry }) => [entry.action, entry.origin === loss.origin])).toEqual([['ledger.continued', true], ['ledger.restored', true], ['orchestrator.started', true]])
    expect(ledger.entry(size).entry.detail.anchor).toBe(mark)
    expect(parseCheckpoint(readFileSync(at('restored', 'high-water'), 'utf8')).origin).toBe(loss.origin)
    expect(existsSync(at('restored', 'restored.json'))).toBe(false)
    expect(existsSync(at('restored', 'keys', 'log.next.pem'))).toBe(false)
    await closeAll()

    const again = (await open('restored')).ready()
    await signIn(again)
    expect(again.ledger.presentOrigin).toBe(loss.origin)
    expect(openNote(again.ledger.checkpoint(), [parseVerifierKey(loss.key)]).signers).toHaveLength(1)
    expect(await verifyLedger(again.db.name, { anchors: [left, mark], pinned: [firstKey] })).toMatchObject({ ok: true, losses: [{ seq: size }] })
  })

  it('does not go on by what anybody can write, unless an administrator says that it is to, and nothing that is signed shows the loss', async () => {
    const anchors = [madeUp()]
    const reason = 'the disk broke'
    await expect(restoreBackup(backup, at('made up'), { reason, anchors })).rejects.toThrow('No key that the backup knows signed it')
    await expect(restoreBackup(backup, at('made up'), { reason, anchors, evenShort: true })).rejects.toThrow('--unproved')
    await restoreBackup(backup, at('made up'), { reason, anchors, evenShort: true, unproved: true })
    const workplace = await open('made up', true)
    // It is the folder's own mark now, as the administrator wanted it.
    expect(await workplace.continueLedger({ ...asta, anchors: [mark] })).toMatchObject({ signed, isProved: true })
  })

  it('is the same where the process was cut off before the key was in its place', async () => {
    const workplace = await restoreShort('cut-off')
    const key = at('cut-off', 'keys', 'log.pem')
    copyFileSync(key, at('old.pem'))
    const { origin } = await workplace.continueLedger(asta)
    await closeAll()
    renameSync(key, at('cut-off', 'keys', 'log.next.pem'))
    copyFileSync(at('old.pem'), key)
    writeFileSync(at('cut-off', 'high-water'), mark)
    expect((await open('cut-off')).ready().ledger.presentOrigin).toBe(origin)
    expect(readFileSync(key)).not.toEqual(readFileSync(at('old.pem')))
  })

  it('keeps the key that signs, wherever it lies, until the entry stands', async () => {
    const workplace = await open('unmoved')
    const { ledger } = workplace.ready()
    const actor = await signIn(workplace.ready())
    const [key, staged] = [at('unmoved', 'keys', 'log.pem'), at('unmoved', 'keys', 'log.next.pem')]
    copyFileSync(key, at('before.pem'))
    workplace.rotateKey('log', actor.signer)
    // As where it could not be moved.
    renameSync(key, staged)
    copyFileSync(at('before.pem'), key)
    const more = signNote(`${ledger.origin}\n${ledger.size + 9}\n${Buffer.alloc(32, 1).toString('base64')}\n`, [signerFromKey(ledger.origin, createPrivateKey(readFileSync(staged)))])
    // No entry has an empty reason.
    await expect(workplace.continueLedger({ ...asta, reason: '', anchors: [more] })).rejects.toThrow()
    await closeAll()
    expect((await open('unmoved')).ready().ledger.size).toBeGreaterThan(2)
  })

  it('is another log to a witness of before, which keeps the proof; a new one follows it', async () => {
    const workplace = await restoreShort('witnessed')
    const { key } = await workplace.continueLedger(asta)
    const here = workplace.ready()
    const actor = await signIn(here)
    expect(() => here.witnesses.request('usb')).toThrow('Make a new witness for the present log key')
    const latest = readWitness(stick).latest ?? ''
    await expect(here.witnesses.importAnswer(actor, latest)).rejects.toThrow('The ledger says itself that it lost what came after')
    const report = formatConflictReport({ witness: readWitness(stick).key, held: latest, offered: here.ledger.checkpoint(), request: '', at: new Date().toISOString() })
    await expect(here.witnesses.importAnswer(actor, report)).rejects.toThrow('The ledger says itself that it lost what came after')
    expect(() => trustLogKey(stick, key)).toThrow('is the proof of what is missing')
    const made = await createWitness(at('second stick'), { name: 'audit.example/second', logKey: key, passphrase: null })
    here.witnesses.add(actor, 'second', made.key)
    const { request } = here.witnesses.request('second')
    await expect(sign(stick, request)).rejects.toMatchObject({ code: 'invalid-request' })
    expect(readWitness(stick).latest).toBe(latest)
    const answered = await sign(at('second stick'), request)
    if (answered.outcome !== 'cosigned') throw new Error('it was not cosigned')
    expect(await here.witnesses.importAnswer(actor, answered.lines)).toMatchObject({ outcome: 'cosigned', size: answered.size })
  })
})

describe('a folder in use', () => {
  it('into which an older database was put goes on by its own mark, and is verified anew from its beginning', async () => {
    const workplace = await open('older')
    happen(workplace.ready())
    workplace.ready().db.prepare('VACUUM INTO ?').run(at('older.db'))
    happen(workplace.ready())
    expect(await verifyWorkplace(workplace, { mode: 'full', against: [], keys: [] }, {})).toMatchObject({ ok: true })
    await closeAll()
    for (const name of ['strongroom.db', 'strongroom.db-wal', 'strongroom.db-shm']) rmSync(at('older', name), { force: true })
    copyFileSync(at('older.db'), at('older', 'strongroom.db'))
    const short = await open('older', true)
    const { signed: known, entry } = await short.continueLedger(asta)
    expect(known).toBe(entry + 1)
    expect(await verifyWorkplace(short, { mode: 'since-last', against: [], keys: [] }, {})).toMatchObject({ ok: true, mode: 'full', losses: [{ entry, signed: known }] })
    expect(await verifyWorkplace(short, { mode: 'since-last', against: [], keys: [] }, {})).toMatchObject({ ok: true, mode: 'since-last' })
  })

  it('whose orchestrator got a new key in what is lost goes on with another, which the administrator attests, and never with one that lies there', async () => {
    const workplace = await open('rotated')
    const { ledger } = workplace.ready()
    happen(workplace.ready())
    workplace.ready().db.prepare('VACUUM INTO ?').run(at('rotated.db'))
    await expect(workplace.continueLedger({ ...asta, newOrchestratorKey: true })).rejects.toThrow('Nothing is missing')
    const { sessions } = workplace.ready()
    await signIn(workplace.ready())
    for (const role of ['orchestrator', 'log'] as const) workplace.rotateKey(role, await sessions.signAgain(sessions.actor(CLIENT), PASSPHRASE))
    const lostKey = ledger.currentKey(orchestratorName(ledger.origin))?.text
    await closeAll()
    for (const name of ['strongroom.db', 'strongroom.db-wal', 'strongroom.db-shm']) rmSync(at('rotated', name), { force: true })
    copyFileSync(at('rotated.db'), at('rotated', 'strongroom.db'))
    const path = (name: string) => at('rotated', 'keys', `${name}.pem`)
    const kept = ['orchestrator', 'log'].map((role) => readFileSync(path(role), 'utf8'))
    // One that somebody put there, or that a rotation left which was cut off.
    const planted = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    for (const role of ['orchestrator', 'log']) writeFileSync(path(`${role}.next`), planted)

    const short = await open('rotated', true)
    expect(() => short.ready()).toThrow(expect.objectContaining({ code: 'ledger-short' }) as Error)
    expect(short.services).toBeNull()
    await expect(short.continueLedger(asta)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('give --new-orchestrator-key') as string })
    // The newer database may be found yet: its keys are as they were.
    expect(['orchestrator', 'log'].map((role) => readFileSync(path(role), 'utf8'))).toEqual(kept)
    const { orchestratorKey, entry, key } = await short.continueLedger({ ...asta, newOrchestratorKey: true })
    const here = short.ready()
    const name = orchestratorName(here.ledger.origin)
    const known = here.ledger.currentKey(name)
    expect(known && keyReference(known)).toBe(orchestratorKey)
    const plantedKey = (named: string) => verifierKeyText(named, createPublicKey(planted))
    expect([lostKey, plantedKey(name)]).not.toContain(known?.text)
    expect(key).not.toBe(plantedKey(here.ledger.presentOrigin))
    expect(here.ledger.losses).toMatchObject([{ seq: entry, orchestratorKey: { text: known?.text } }])
    happen(here)
    expect(here.ledger.entry(here.ledger.size - 1).keyid).toBe(orchestratorKey)
    expect(await verifyLedger(here.db.name, { anchors: [here.ledger.checkpoint()] })).toMatchObject({ ok: true })
    await closeAll()
    // Cut off before the keys were in their places.
    for (const role of ['orchestrator', 'log']) {
      renameSync(path(role), path(`${role}.next`))
      writeFileSync(path(role), kept[role === 'log' ? 1 : 0] ?? '')
    }
    happen((await open('rotated')).ready())
    expect(['orchestrator.next', 'log.next'].map((each) => existsSync(path(each)))).toEqual([false, false])
  })

  it('gives nobody another key of the orchestrator while the ledger knows the one that is there', async () => {
    const workplace = await restoreShort('whole key')
    await expect(workplace.continueLedger({ ...asta, newOrchestratorKey: true })).rejects.toThrow('leave --new-orchestrator-key out')
    expect(existsSync(at('whole key', 'keys', 'orchestrator.next.pem'))).toBe(false)
  })

  it('goes on in the very process that set it up, where nothing is started a second time', async () => {
    const workplace = await open('set up')
    const { ledger } = workplace.ready()
    const logKey = signerFromKey(ledger.origin, createPrivateKey(readFileSync(at('set up', 'keys', 'log.pem'))))
    const ahead = signNote(`${ledger.origin}\n${ledger.size + 1}\n${Buffer.alloc(32, 1).toString('base64')}\n`, [logKey])
    const { entry } = await workplace.continueLedger({ ...asta, anchors: [ahead] })
    expect(ledger.size).toBe(entry + 1)
  })

  it('goes on while it runs, once somebody brings the checkpoint that it falls short of, and by no other', async () => {
    await restoreBackup(backup, at('unaware'), { reason: 'nobody knew' })
    const workplace = await open('unaware')
    const here = workplace.ready()
    const actor = await signIn(here)
    await expect(workplace.continueLedger({ ...asta, anchors: [left, here.ledger.checkpoint()] })).rejects.toThrow('Nothing is missing')
    await expect(workplace.continueLedger(asta)).rejects.toThrow(`Nothing is missing: the ${here.ledger.size} entries are all that is known here to have been signed.`)
    expect(() => here.witnesses.request('paper')).toThrow(/shows those that there are\.$/)
    await expect(workplace.continueLedger({ ...asta, anchors: ['none\n'] })).rejects.toMatchObject({ code: 'invalid-request' })
    for (const unproved of [false, true]) await expect(workplace.continueLedger({ ...asta, anchors: [madeUp()], unproved })).rejects.toThrow('does not give its origin up')
    while (here.ledger.size < signed + 2) happen(here)
    const before = here.ledger.checkpoint()
    const { origin, entry } = await workplace.continueLedger({ ...asta, anchors: [mark] })
    expect(() => here.witnesses.request('paper')).toThrow(`One that was taken in after entry ${entry - 1} of`)
    // Whoever is signed in stays so, and signs under the new origin.
    here.people.setRoles(actor, actor.person, ['administrator', 'auditor'])
    expect(here.ledger.entry(entry + 1).entry.origin).toBe(origin)
    await expect(workplace.continueLedger({ ...asta, anchors: [mark] })).rejects.toThrow('Nothing is missing')
    expect(await verifyWorkplace(workplace, { mode: 'full', against: [before, mark], keys: [firstKey] }, {})).toMatchObject({ ok: true, losses: [{ entry, signed }], against: [{ lostIn: null }, { size: signed, lostIn: entry }] })
    await closeAll()
    expect((await open('unaware')).ready().ledger.presentOrigin).toBe(origin)
  })

  it.each([8, 1])('takes no entry once a witness shows that %d are missing, before an administrator lets it go on, also when it is opened anew', async (lost) => {
    const name = `warned of ${lost}`
    await restoreBackup(backup, at(name), { reason: 'nobody knew' })
    const here = (await open(name)).ready()
    const actor = await signIn(here)
    const latest = readWitness(stick).latest ?? ''
    const signed = parseCheckpoint(latest).size
    while (here.ledger.size < signed - lost) happen(here)
    const { size: before } = here.ledger
    const recorded = { outcome: 'ahead', witness: 'usb', size: signed, missing: signed - before }
    expect(recorded.missing).toBeGreaterThan(0)
    expect(await here.witnesses.importAnswer(actor, latest)).toEqual(recorded)
    expect(await here.witnesses.importAnswer(actor, latest)).toEqual(recorded)
    expect(() => happen(here)).toThrow('Nothing is recorded in it before an administrator')
    expect(here.ledger.size).toBe(before)
    await closeAll()

    await expect(open(name)).rejects.toMatchObject({ code: 'behind-high-water' })
    const workplace = await open(name, true)
    expect(await workplace.continueLedger(asta)).toMatchObject({ entry: before, signed, isProved: true })
    happen(workplace.ready())
  })

  it('takes no entry either where the mark that says so cannot be written', async () => {
    await restoreBackup(backup, at('full'), { reason: 'nobody knew' })
    const here = (await open('full')).ready()
    const actor = await signIn(here)
    rmSync(at('full', 'high-water'), { force: true })
    mkdirSync(at('full', 'high-water', 'x'), { recursive: true })
    await expect(here.witnesses.importAnswer(actor, readWitness(stick).latest ?? '')).rejects.toThrow()
    expect(() => happen(here)).toThrow('Nothing is recorded in it before an administrator')
    rmSync(at('full', 'high-water'), { recursive: true })
  })
})
