import { execFileSync } from 'node:child_process'
import { createPublicKey, hash, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { verifyLedger } from '../ledger/index.ts'
import { keyHint } from '../registry/index.ts'
import type { KeyRole } from './keys.ts'
import { RegistryKeyFile } from './registry-key.ts'
import { openTestWorkplace, PASSPHRASE } from './test-workplace.ts'
import type { Workplace } from './workplace.ts'

const client = 'c'.repeat(64)
let workplace: Workplace
beforeEach(async () => {
  workplace = await openTestWorkplace()
})
afterEach(() => workplace.close())

const path = (role: KeyRole, staged = false) => join(workplace.folder.keys, `${role}${staged ? '.next' : ''}.pem`)

/** A new key for that role, by Asta. */
async function rotate(role: KeyRole): Promise<{ key: string; entry: number }> {
  const { sessions } = workplace.ready()
  await sessions.open(client, 'asta', PASSPHRASE)
  return workplace.rotateKey(role, await sessions.signAgain(sessions.actor(client), PASSPHRASE))
}

async function reopen(): Promise<void> {
  await workplace.close()
  workplace = await openTestWorkplace({ folder: workplace.folder })
}

/** The orchestrator and the log still sign, and all that they signed before holds. */
async function expectSound(): Promise<void> {
  const { ledger, orchestrator } = workplace.ready()
  ledger.commit((tx) => tx.append(orchestrator, { action: 'orchestrator.stopped', subject: [], detail: { reason: 'test' } }))
  expect(await verifyLedger(workplace.folder.database, { anchors: [ledger.checkpoint()] })).toMatchObject({ ok: true })
}

it.each(['log', 'orchestrator'] as const)('the %s signs with its new key at once, and after the folder is opened again', async (role) => {
  const before = readFileSync(path(role), 'utf8')
  const { key, entry } = await rotate(role)
  expect(workplace.ready().ledger.verifierKeys()).toContainEqual({ role: role === 'log' ? 'log' : 'entry', text: key, from: entry + 1 })
  expect([existsSync(path(role, true)), readFileSync(path(role), 'utf8') === before]).toEqual([false, false])
  await expectSound()
  await reopen()
  await expectSound()
  expect((await rotate(role)).key).not.toBe(key)
  await expectSound()
})

it('a page that is printed after a rotation names the first log key, which auditors pin, and the one that signed, and is one page still', async () => {
  const [before] = workplace.ready().ledger.verifierKeys()
  const { key } = await rotate('log')
  const { paper, sessions } = workplace.ready()
  const { pdf } = await paper.print(sessions.actor(client))
  const input = Buffer.from(pdf, 'base64')
  const text = execFileSync('pdftotext', ['-layout', '-', '-'], { encoding: 'utf8', input }).replaceAll(/\s/g, '')
  for (const each of [before?.text ?? '', key]) {
    const at = text.indexOf(each)
    expect(at).toBeGreaterThan(0)
    expect(text.slice(at)).toContain(hash('sha256', each))
  }
  expect(text.indexOf('Firstlogkey')).toBeLessThan(text.indexOf(before?.text ?? ''))
  expect(execFileSync('pdfinfo', ['-'], { encoding: 'utf8', input })).toMatch(/Pages: +1\n/)
})

it.each(['log', 'orchestrator'] as const)('a rotation of the %s key that is cut off before or after its entry leaves a folder that opens', async (role) => {
  // Before: the new key is there, and no entry knows it.
  writeFileSync(path(role, true), readFileSync(path(role === 'log' ? 'orchestrator' : 'log')))
  await reopen()
  expect(existsSync(path(role, true))).toBe(false)
  await expectSound()
  // After: the entry stands, and the files are as they were.
  const old = readFileSync(path(role))
  await rotate(role)
  writeFileSync(path(role, true), readFileSync(path(role)))
  writeFileSync(path(role), old)
  await reopen()
  expect([existsSync(path(role, true)), readFileSync(path(role)).equals(old)]).toEqual([false, false])
  await expectSound()
})

it('a rotation of the key that signs models which is cut off before or after its entry leaves the key that the ledger knows', async () => {
  const { ledger, orchestrator } = workplace.ready()
  const file = new RegistryKeyFile(workplace.folder.keys)
  const hint = keyHint(createPublicKey(file.present()))
  const pem = (key: KeyObject) => createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  ledger.commit((tx) => tx.append(orchestrator, { action: 'model.key.introduced', subject: [], detail: { hint, key: pem(file.present()) } }))
  file.stage()
  await reopen()
  expect([existsSync(join(workplace.folder.keys, 'registry.next.pem')), keyHint(createPublicKey(file.present()))]).toEqual([false, hint])
  const staged = file.stage()
  const services = workplace.ready()
  await services.sessions.open(client, 'asta', PASSPHRASE)
  const next = keyHint(createPublicKey(staged))
  services.ledger.commit((tx) => tx.append(services.sessions.actor(client).signer, { action: 'model.key.rotated', subject: [], detail: { hint: next, key: pem(staged), replaces: hint } }))
  await reopen()
  expect([existsSync(join(workplace.folder.keys, 'registry.next.pem')), keyHint(createPublicKey(file.present()))]).toEqual([false, next])
})

it.each(['log', 'orchestrator'] as const)('a rotation of the %s key whose file cannot be moved stands, signs at once, and is moved by the next rotation or start', async (role) => {
  const faults: unknown[] = []
  await workplace.close()
  workplace = await openTestWorkplace({ folder: workplace.folder, onFault: (error) => faults.push(error) })
  const old = readFileSync(path(role))
  const stuck = async (): Promise<void> => {
    rmSync(path(role))
    mkdirSync(join(path(role), 'in the way'), { recursive: true })
    await rotate(role)
    rmSync(path(role), { recursive: true })
    writeFileSync(path(role), old)
  }
  await stuck()
  expect(faults).toHaveLength(1)
  await expectSound()
  await rotate(role)
  expect(existsSync(path(role, true))).toBe(false)
  await expectSound()
  await stuck()
  await reopen()
  expect([existsSync(path(role, true)), readFileSync(path(role)).equals(old)]).toEqual([false, false])
  await expectSound()
})

it('a rotation of the key that signs models whose file cannot be moved stands, and is moved by the next rotation or start; none ends itself', async () => {
  const faults: unknown[] = []
  await workplace.close()
  workplace = await openTestWorkplace({ folder: workplace.folder, onFault: (error) => faults.push(error) })
  const file = new RegistryKeyFile(workplace.folder.keys)
  const [registry, next] = ['registry.pem', 'registry.next.pem'].map((name) => join(workplace.folder.keys, name)) as [string, string]
  const hint = keyHint(createPublicKey(file.present()))
  const old = readFileSync(registry)
  const { ledger, orchestrator } = workplace.ready()
  ledger.commit((tx) => tx.append(orchestrator, { action: 'model.key.introduced', subject: [], detail: { hint, key: createPublicKey(old).export({ type: 'spki', format: 'pem' }).toString() } }))
  const rotateRegistry = async (): Promise<void> => {
    const { sessions, signatures } = workplace.ready()
    await sessions.open(client, 'asta', PASSPHRASE)
    await signatures.rotate(sessions.actor(client).signer)
  }
  const stuck = async (): Promise<void> => {
    rmSync(registry)
    mkdirSync(join(registry, 'in the way'), { recursive: true })
    await rotateRegistry()
    rmSync(registry, { recursive: true })
    writeFileSync(registry, old)
  }
  const inUse = () => workplace.ready().signatures.keys().filter(({ until }) => until === null).map((key) => key.hint)
  const present = () => [keyHint(createPublicKey(readFileSync(registry))), existsSync(next)]
  await stuck()
  expect([faults.length, existsSync(next)]).toEqual([1, true])
  await rotateRegistry()
  expect(present()).toEqual([...inUse(), false])
  await stuck()
  await reopen()
  expect(present()).toEqual([...inUse(), false])
  const keys = workplace.ready().signatures.keys()
  expect([keys.length, new Set(keys.map((key) => key.hint)).size]).toEqual([4, 4])
})
