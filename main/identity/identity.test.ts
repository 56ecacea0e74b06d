import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RequestError } from '../../shared/contract/index.ts'
import { createLedger, type LedgerFixture } from '../ledger/fixtures.ts'
import { parseEnvelope } from '../ledger/index.ts'
import { costFor, costOf, DEFAULT_COST, People, sealKey, Sessions, unsealKey, WrongPassphrase, type ScryptCost } from './index.ts'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'

/** Cheap enough for tests; the derivation is the same. */
const cheap: ScryptCost = { cost: 1 << 10, blockSize: 8, parallelization: 1 }
const passphrase = 'correct horse battery'
const client = 'c'.repeat(64)

let fixture: LedgerFixture
let people: People
let sessions: Sessions
let now: number
let ended: string[]
let elapsed: number

beforeEach(async () => {
  fixture = createLedger()
  now = Date.UTC(2026, 10, 23, 9)
  const { db, ledger, orchestrator } = fixture
  people = new People({ db, ledger, orchestrator, personKeys: join(fixture.folder, 'keys'), scrypt: cheap })
  ended = []
  elapsed = 0
  sessions = new Sessions({ people, ledger, orchestrator, clock: () => now, elapsed: () => elapsed, onEnded: (clientKey) => ended.push(clientKey) })
  await people.enrolFirst({ handle: 'admin', displayName: 'Asta Admin', passphrase })
})

afterEach(() => {
  fixture.highWater.close()
  fixture.db.close()
})

function lastAction(): string {
  return fixture.ledger.entry(fixture.ledger.size - 1).entry.action
}

async function codeOf(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work)
  } catch (error) {
    if (error instanceof RequestError) return error.code
    throw error
  }
  return 'no error'
}

describe('a sealed key', () => {
  it('opens with its passphrase and signs as before', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const opened = await unsealKey(await sealKey(privateKey, passphrase, 'p-1', cheap), passphrase, 'p-1')
    expect(opened.equals(privateKey)).toBe(true)
  })

  it('does not open with another passphrase, for another person, or when a byte of it is changed', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const sealed = await sealKey(privateKey, passphrase, 'p-1', cheap)
    await expect(unsealKey(sealed, 'another one', 'p-1')).rejects.toThrow(WrongPassphrase)
    await expect(unsealKey(sealed, passphrase, 'p-2')).rejects.toThrow(WrongPassphrase)
    const parsed = JSON.parse(sealed) as { cipher: { text: string } }
    const text = Buffer.from(parsed.cipher.text, 'base64')
    text[3] = (text[3] ?? 0) ^ 1
    parsed.cipher.text = text.toString('base64')
    await expect(unsealKey(JSON.stringify(parsed), passphrase, 'p-1')).rejects.toThrow(WrongPassphrase)
  })

  it('takes the same passphrase typed in another Unicode form', async () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const sealed = await sealKey(privateKey, 'Zürich über alles', 'p-1', cheap)
    await expect(unsealKey(sealed, 'Zu\u0308rich u\u0308ber alles', 'p-1')).resolves.toBeDefined()
  })
})

describe('the cost of sealing', () => {
  const memory = 64 * 2 ** 30

  it('grows by powers of two while a key opens within half a second, up to 512 MiB', () => {
    expect([300, 250, 120, 30, 1].map((milliseconds) => costFor(milliseconds, memory).cost)).toEqual([1 << 17, 1 << 18, 1 << 19, 1 << 19, 1 << 19])
  })

  it('is never below the default, however slow or small the machine', () => {
    expect(costFor(5_000, memory)).toEqual(DEFAULT_COST)
    expect(costFor(1, 2 ** 30)).toEqual(DEFAULT_COST)
  })

  it('is raised at the next sign-in of somebody whose key was sealed at less', async () => {
    const { db, ledger, orchestrator } = fixture
    const stronger = new People({ db, ledger, orchestrator, personKeys: join(fixture.folder, 'keys'), scrypt: { ...cheap, cost: 1 << 11 } })
    stronger.loadNames()
    const later = new Sessions({ people: stronger, ledger, orchestrator, clock: () => now, elapsed: () => elapsed })
    const costs = () => [stronger.credentials('admin')].map((credentials) => costOf(credentials?.sealedKey ?? ''))
    expect(costs()).toEqual([1 << 10])
    await later.open(client, 'admin', passphrase)
    expect(costs()).toEqual([1 << 11])
    await sessions.open(client, 'admin', passphrase)
    expect(costs()).toEqual([1 << 11])
  })
})

describe('people', () => {
  it('keep names out of the ledger, behind a commitment that a disclosure opens', () => {
    const [admin] = people.list()
    const raw = Array.from({ length: fixture.ledger.size }, (_, seq) => fixture.ledger.entry(seq).envelope.toString('utf8')).map((text) => Buffer.from((JSON.parse(text) as { payload: string }).payload, 'base64').toString())
    expect(raw.join('')).not.toContain('Asta')
    expect(raw.join('')).not.toContain('"admin"')
    const disclosure = admin && people.disclosure(admin.id)
    expect(disclosure?.value).toBe('Asta Admin')
  })

  it('are enrolled by an administrator, whose key signs', async () => {
    await sessions.open(client, 'admin', passphrase)
    const actor = sessions.actor(client)
    const erin = await people.enrol(actor, { handle: 'erin', displayName: 'Erin', passphrase: 'engineer passphrase', roles: ['engineer'] })
    expect(fixture.ledger.entry(erin.enrolledEntry).entry.actor).toBe(actor.signer.name)
  })

  it('begin with an administrator who comes together with what is recorded before them, or not at all', async () => {
    const { size } = fixture.ledger
    const first = people.enrolFirst({ handle: 'first', displayName: 'F', passphrase }, (tx) => {
      tx.append(fixture.orchestrator, { action: 'orchestrator.started', subject: [], detail: { software: 'x', adopted: 0 } })
      throw new RangeError('cut off')
    })
    await expect(first).rejects.toThrow(RangeError)
    expect([fixture.ledger.size, people.credentials('first')]).toEqual([size, undefined])
  })

  it('never share a sign-in name', async () => {
    expect(await codeOf(people.enrolFirst({ handle: 'admin', displayName: 'Other', passphrase }))).toBe('already-exists')
  })

  it('are told apart by name: what reads like the name of somebody who is or was there is refused', async () => {
    await sessions.open(client, 'admin', passphrase)
    const actor = sessions.actor(client)
    const enrol = (handle: string, displayName: string) => people.enrol(actor, { handle, displayName, passphrase: 'another passphrase', roles: ['approver'] })
    expect(await codeOf(enrol('second', 'ＡＳＴＡ  admin'))).toBe('already-exists')
    const other = await enrol('second', 'Asta B. Admin')
    expect(await codeOf(enrol('third', 'asta b. admin'))).toBe('already-exists')
    people.deactivate(actor, other.id)
    await expect(enrol('third', 'Asta B. Admin')).rejects.toMatchObject({ code: 'already-exists', message: expect.stringContaining('second, whose account was deactivated') as string })
    expect((await enrol('third', 'Asta C. Admin')).handle).toBe('third')
  })

  it('are not changed any more once they are deactivated', async () => {
    await sessions.open(client, 'admin', passphrase)
    const actor = sessions.actor(client)
    const erin = await people.enrol(actor, { handle: 'erin', displayName: 'Erin', passphrase: 'engineer passphrase', roles: ['engineer'] })
    people.deactivate(actor, erin.id)
    const { size } = fixture.ledger
    expect(await codeOf(() => people.setRoles(actor, erin.id, ['approver']))).toBe('conflict')
    expect(await codeOf(() => people.deactivate(actor, erin.id))).toBe('conflict')
    expect(fixture.ledger.size).toBe(size)
  })

  it('always include an administrator', async () => {
    await sessions.open(client, 'admin', passphrase)
    const actor = sessions.actor(client)
    expect(await codeOf(() => people.deactivate(actor, actor.person))).toBe('conflict')
    expect(await codeOf(() => people.setRoles(actor, actor.person, ['auditor']))).toBe('conflict')
  })
})

describe('sessions', () => {
  it('are recorded, and end with the key out of reach', async () => {
    await sessions.open(client, 'admin', passphrase)
    expect(lastAction()).toBe('session.opened')
    sessions.close(client)
    expect(lastAction()).toBe('session.closed')
    expect(await codeOf(() => sessions.actor(client))).toBe('not-signed-in')
  })

  it('belong to the client that opened them', async () => {
    await sessions.open(client, 'admin', passphrase)
    expect(sessions.find('d'.repeat(64))).toBeNull()
  })

  it('say the same for an unknown name and a wrong passphrase', async () => {
    expect(await codeOf(sessions.open(client, 'nobody', passphrase))).toBe('wrong-passphrase')
    expect(await codeOf(sessions.open(client, 'admin', 'wrong'))).toBe('wrong-passphrase')
  })

  it('refuse even the right passphrase for a while after five wrong ones, and record each refusal', async () => {
    for (let attempt = 0; attempt < 5; attempt++) expect(await codeOf(sessions.open(client, 'admin', 'wrong'))).toBe('wrong-passphrase')
    expect(lastAction()).toBe('session.refused')
    expect(await codeOf(sessions.open(client, 'admin', passphrase))).toBe('too-many-attempts')
    now += 31_000
    expect((await sessions.open(client, 'admin', passphrase)).person.handle).toBe('admin')
  })

  it('cannot be guessed in parallel to outrun the limit', async () => {
    const codes = await Promise.all(Array.from({ length: 12 }, () => codeOf(sessions.open(client, 'admin', 'wrong'))))
    expect(codes.filter((code) => code === 'wrong-passphrase')).toHaveLength(5)
  })

  it('end when nobody acted for half an hour, whatever an open window asked for meanwhile', async () => {
    await sessions.open(client, 'admin', passphrase)
    for (let minute = 0; minute < 30; minute++) {
      now += 60_000
      expect(sessions.actor(client).displayName).toBe('Asta Admin')
    }
    now += 1
    expect(sessions.find(client)).toBeNull()
    expect(sessions.endOf(client)).toBe('idle')
  })

  it('end after half an hour though the clock was set back', async () => {
    await sessions.open(client, 'admin', passphrase)
    now -= 24 * 3_600_000
    elapsed += 31 * 60_000
    expect(sessions.find(client)).toBeNull()
  })

  it('keep nobody out for longer than the wait was, though the clock was set back', async () => {
    for (let attempt = 0; attempt < 5; attempt++) await codeOf(sessions.open(client, 'admin', 'wrong'))
    now -= 365 * 24 * 3_600_000
    await expect(sessions.open(client, 'admin', passphrase)).rejects.toThrow('Wait 30 s')
    now += 31_000
    expect((await sessions.open(client, 'admin', passphrase)).person.handle).toBe('admin')
  })

  it('go on while somebody acts', async () => {
    await sessions.open(client, 'admin', passphrase)
    for (let act = 0; act < 3; act++) {
      now += 29 * 60_000
      sessions.touch(client)
    }
    expect(sessions.find(client)).not.toBeNull()
  })

  it('end in time though no request comes: the end is recorded, its client is told, and nobody else', async () => {
    const other = 'd'.repeat(64)
    await sessions.open(client, 'admin', passphrase)
    now += 20 * 60_000
    await sessions.open(other, 'admin', passphrase)
    now += 11 * 60_000
    sessions.endIdle()
    expect([lastAction(), ended]).toEqual(['session.closed', [client]])
    expect([sessions.endOf(client), sessions.endOf(other)]).toEqual(['idle', null])
    await sessions.open(client, 'admin', passphrase)
    expect(sessions.endOf(client)).toBeNull()
  })

  it('end on a full disk too, by hand or by time, though the end cannot be recorded', async () => {
    const other = 'd'.repeat(64)
    for (const key of [client, other]) await sessions.open(key, 'admin', passphrase)
    const { person, signer } = sessions.actor(client)
    const { db, ledger } = fixture
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true }))}`)
    const fill = () => {
      for (;;) ledger.commit((tx) => tx.append(signer, { action: 'session.closed', subject: [], detail: { person } }))
    }
    expect(fill).toThrow(expect.objectContaining({ code: 'disk-full' }) as Error)
    const { size } = ledger
    sessions.close(client)
    now += 31 * 60_000
    expect([sessions.find(client), sessions.find(other)]).toEqual([null, null])
    expect(ledger.size).toBe(size)
  })

  it('follow a change of roles at once, and end with the account', async () => {
    await sessions.open(client, 'admin', passphrase)
    const admin = sessions.actor(client)
    const erin = await people.enrol(admin, { handle: 'erin', displayName: 'Erin', passphrase: 'engineer passphrase', roles: ['engineer'] })
    const other = 'e'.repeat(64)
    await sessions.open(other, 'erin', 'engineer passphrase')
    people.setRoles(admin, erin.id, ['auditor'])
    expect(sessions.holdings(other).map(({ role }) => role)).toEqual(['auditor'])
    people.deactivate(admin, erin.id)
    expect(await codeOf(() => sessions.actor(other))).toBe('not-signed-in')
  })

  describe('and a change of passphrase', () => {
    const other = 'd'.repeat(64)
    const chosen = 'one of my own choice'

    it('keep the key: the new passphrase opens it, the old one no more, and sessions elsewhere end', async () => {
      for (const key of [client, other]) await sessions.open(key, 'admin', passphrase)
      const { signer } = sessions.actor(client)
      await sessions.changePassphrase(client, passphrase, chosen)
      expect([sessions.find(client)?.person.handle, sessions.find(other), sessions.endOf(other), ended]).toEqual(['admin', null, 'credentials-changed', [other]])
      expect(await codeOf(sessions.open(other, 'admin', passphrase))).toBe('wrong-passphrase')
      await sessions.open(other, 'admin', chosen)
      expect(sessions.actor(other).signer.keyId).toBe(signer.keyId)
      expect(fixture.ledger.entries({ action: 'person.passphrase.changed', limit: 9 }).map(({ entry }) => entry.actor)).toEqual([signer.name])
    })

    it('show whose passphrase somebody else set, until its owner chose another', async () => {
      await sessions.open(client, 'admin', passphrase)
      await people.enrol(sessions.actor(client), { handle: 'erin', displayName: 'Erin', passphrase: 'engineer passphrase', roles: ['engineer'] })
      const by = () => people.list().map(({ passphraseBy }) => passphraseBy)
      expect(by()).toEqual(['self', 'another'])
      await sessions.open(other, 'erin', 'engineer passphrase')
      await sessions.changePassphrase(other, 'engineer passphrase', chosen)
      expect(by()).toEqual(['self', 'self'])
    })

    it('count a wrong one as an attempt, and refuse the same again', async () => {
      await sessions.open(client, 'admin', passphrase)
      expect(await codeOf(sessions.changePassphrase(client, passphrase, passphrase))).toBe('invalid-request')
      for (let attempt = 0; attempt < 5; attempt++) expect(await codeOf(sessions.changePassphrase(client, 'wrong', chosen))).toBe('wrong-passphrase')
      expect(lastAction()).toBe('session.refused')
      expect(await codeOf(sessions.changePassphrase(client, passphrase, chosen))).toBe('too-many-attempts')
    })
  })

  it('go on with a new key where its owner rotated it; the old one signs no more, and sessions elsewhere end', async () => {
    const other = 'd'.repeat(64)
    for (const key of [client, other]) await sessions.open(key, 'admin', passphrase)
    const { signer: old, person } = sessions.actor(client)
    await sessions.rotateKey(client, passphrase)
    const { signer } = sessions.actor(client)
    expect([signer.keyId === old.keyId, people.get(person).keyId.endsWith(signer.keyId), sessions.endOf(other)]).toEqual([false, true, 'credentials-changed'])
    expect(() => fixture.ledger.commit((tx) => tx.append(old, { action: 'person.deactivated', subject: [], detail: { person } }))).toThrow(expect.objectContaining({ code: 'unknown-signer' }) as Error)
    await sessions.open(other, 'admin', passphrase)
    expect(sessions.actor(other).signer.keyId).toBe(signer.keyId)
    const rotated = fixture.ledger.entries({ action: 'person.key.rotated', limit: 2 })
    expect(rotated.map(({ envelope }) => parseEnvelope(envelope).signatures.map(({ keyid }) => keyid))).toEqual([[old, signer].map(({ name, keyId }) => `${name}+${keyId}`)])
    expect(await codeOf(sessions.rotateKey(client, 'wrong'))).toBe('wrong-passphrase')
  })

  it('are opened again by somebody whose key another administrator recovered, and only by the new passphrase', async () => {
    const other = 'd'.repeat(64)
    await sessions.open(client, 'admin', passphrase)
    const admin = sessions.actor(client)
    const erin = await people.enrol(admin, { handle: 'erin', displayName: 'Erin', passphrase: 'engineer passphrase', roles: ['engineer'] })
    await sessions.open(other, 'erin', 'engineer passphrase')
    const { signer: old } = sessions.actor(other)
    await sessions.recover(admin.signer, erin.id, 'a second passphrase', 'forgotten')
    expect([sessions.find(other), people.get(erin.id).passphraseBy]).toEqual([null, 'another'])
    expect(await codeOf(sessions.open(other, 'erin', 'engineer passphrase'))).toBe('wrong-passphrase')
    await sessions.open(other, 'erin', 'a second passphrase')
    expect(sessions.actor(other).signer.keyId).not.toBe(old.keyId)
    expect(await codeOf(sessions.recover(admin.signer, admin.person, 'a second passphrase', 'mine'))).toBe('conflict')
    people.deactivate(admin, erin.id)
    expect(await codeOf(sessions.recover(admin.signer, erin.id, 'a second passphrase', 'gone'))).toBe('conflict')
  })

  it('ask for the passphrase again before a signature of consequence', async () => {
    await sessions.open(client, 'admin', passphrase)
    const actor = sessions.actor(client)
    expect(await codeOf(sessions.signAgain(actor, 'wrong'))).toBe('wrong-passphrase')
    expect((await sessions.signAgain(actor, passphrase)).keyId).toBe(actor.signer.keyId)
  })
})
