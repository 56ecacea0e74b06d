import { execFileSync } from 'node:child_process'
import { createPrivateKey } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { signerFromKey, signNote } from '../../ledger/index.ts'
import type { Call } from '../router.ts'
import { enrolWithOwnPassphrase, openTestWorkplace, PASSPHRASE } from '../test-workplace.ts'
import type { Workplace } from '../workplace.ts'
import { answerLedger } from './ledger.ts'

const call: Call = {
  clientKey: 'test',
  actor: () => {
    throw new Error('a verification asks for no actor')
  },
  holdings: () => [],
  signal: new AbortController().signal,
  progress: () => undefined,
}

describe('the entries of the ledger', () => {
  it('say what they are about: the run and how it ended, the person by name', async () => {
    const workplace = await openTestWorkplace()
    const { ledger, orchestrator, people } = workplace.ready()
    const [person] = people.list()
    if (person === undefined) throw new Error('the test workplace has nobody')
    ledger.commit((tx) => {
      tx.append(orchestrator, { action: 'run.finished', subject: [], detail: { run: 3, state: 'failed' } })
      tx.append(orchestrator, { action: 'session.refused', subject: [], detail: { person: person.id, attempts: 5 } })
    })
    const { entries } = await answerLedger(workplace)['ledger.entries']({ before: null, limit: 2, skip: 0, sessions: true, counted: false }, call)
    await workplace.close()
    expect(entries.map(({ about }) => about)).toEqual([{ person: person.displayName }, { run: 3, state: 'failed' }])
  })
})

describe('a list of entries', () => {
  it('is asked for from any row on, within any numbers, and counted there', async () => {
    const workplace = await openTestWorkplace()
    const { ledger, sessions } = workplace.ready()
    for (let i = 0; i < 3; i++) {
      await sessions.open('c'.repeat(64), 'asta', PASSPHRASE)
      ledger.commit((tx) => tx.append(workplace.ready().orchestrator, { action: 'orchestrator.stopped', subject: [], detail: { reason: 'a test' } }))
    }
    const { size } = ledger
    const seqs = Array.from({ length: size }, (_, seq) => size - 1 - seq)
    const withoutSessions = seqs.filter((seq) => !ledger.entry(seq).entry.action.startsWith('session.'))
    expect(withoutSessions.length).toBeLessThan(size - 2)
    for (const [sessionsToo, all] of [[true, seqs], [false, withoutSessions]] as const) {
      for (const [from, until] of [[0, size], [1, size - 1], [2, 4], [5, 5], [0, size + 9]] as const) {
        const expected = all.filter((seq) => seq >= from && seq < until)
        for (const skip of [0, 1, 3, size]) {
          const { entries, matching } = await answerLedger(workplace)['ledger.entries']({ before: null, from, until, skip, limit: 2, sessions: sessionsToo, counted: true }, call)
          expect([entries.map(({ seq }) => seq), matching]).toEqual([expected.slice(skip, skip + 2), expected.length])
        }
      }
    }
    await workplace.close()
  })
})

describe('tiles', () => {
  it('are written nowhere among the workplace’s own files, by whatever way that is named', async () => {
    const workplace = await openTestWorkplace()
    const { root, keys } = workplace.folder
    const link = join(mkdtempSync(join(tmpdir(), 'link-')), 'link')
    symlinkSync(keys, link)
    for (const folder of [root, join(keys, 'people', 'new'), `/proc/self/root${keys}`, join(link, 'new'), join(dirname(link), '.config'), '/etc/hostname/below']) {
      await expect(answerLedger(workplace)['ledger.tiles']({ folder }, call), folder).rejects.toMatchObject({ code: 'invalid-path' })
    }
    await workplace.close()
  })
})

/** What stood at a position is another, by a program of the attacker's own. Puts the guards back, so that the workplace opens again. */
function alter(database: string, seq: number): void {
  const guards = execFileSync('sqlite3', [database, `SELECT group_concat(sql || ';', '') FROM sqlite_schema WHERE name = 'ledger_entries_update'`]).toString()
  execFileSync('sqlite3', [database, `DROP TRIGGER ledger_entries_update; UPDATE ledger_entries SET envelope = CAST(replace(CAST(envelope AS TEXT), '"sig":"', '"sig":"A') AS BLOB) WHERE seq = ${seq}; ${guards}`])
}

describe('a ledger with a damaged entry', () => {
  it('is listed with it, goes on recording, and records what a verification found, once', async () => {
    const before = await openTestWorkplace()
    const { folder } = before
    before.ready().ledger.commit((tx) => tx.append(before.ready().orchestrator, { action: 'orchestrator.started', subject: [], detail: { software: 'a test', adopted: 0 } }))
    const bad = before.ready().ledger.size - 1
    before.ready().ledger.commit((tx) => tx.append(before.ready().orchestrator, { action: 'orchestrator.stopped', subject: [], detail: { reason: 'a test' } }))
    await before.close()
    alter(folder.database, bad)

    const workplace = await openTestWorkplace({ folder })
    const { sessions } = workplace.ready()
    await sessions.open('c'.repeat(64), 'asta', PASSPHRASE)
    const answers = answerLedger(workplace)
    const read = async () => answers['ledger.entries']({ before: null, limit: 500, skip: 0, sessions: true, counted: true }, call)
    const list = await read()
    expect(list.damaged).toEqual([{ seq: bad, kind: 'entry-altered', message: expect.stringContaining(`Entry ${bad} is not the one that was recorded`) as string }])
    expect([list.entries.length, list.matching]).toEqual([list.size - 1, list.size])
    expect(await answers['ledger.histogram']({ buckets: 3 }, call)).toMatchObject({ counts: expect.any(Array) as number[] })
    expect(() => answers['ledger.entry']({ seq: bad }, call)).toThrow(`Entry ${bad} is not the one`)

    await answers['ledger.verify'](alone, call)
    await answers['ledger.verify'](alone, call)
    const said = (await read()).entries.filter(({ action }) => action === 'ledger.damaged')
    expect(said).toHaveLength(1)
    expect(await answers['ledger.entry']({ seq: said[0]?.seq ?? 0 }, call)).toMatchObject({ signedBy: 'Orchestrator', payload: { detail: { seq: bad, kind: 'entry-altered' } } })
    await workplace.close()
  })
})

describe('a ledger in which an entry is damaged that says who may do what', () => {
  it.each(['policy.changed', 'person.enrolled'])('opens, %s, goes on recording and lets nobody sign, though its list of actions was kept', async (action) => {
    const before = await openTestWorkplace()
    const { folder } = before
    await before.ready().sessions.open('c'.repeat(64), 'asta', PASSPHRASE)
    await enrolWithOwnPassphrase(before, before.ready().sessions.actor('c'.repeat(64)), { handle: 'erik', displayName: 'Erik', roles: ['engineer'] })
    const bad = [...before.ready().ledger.history([action])].at(-1)?.seq ?? 0
    await before.close()
    expect(existsSync(folder.catalogue)).toBe(true)
    alter(folder.database, bad)

    const workplace = await openTestWorkplace({ folder })
    workplace.recordStart()
    const { sessions, people, ledger } = workplace.ready()
    await sessions.open('c'.repeat(64), 'asta', PASSPHRASE)
    const added = { handle: 'ida', displayName: 'Ida', passphrase: PASSPHRASE, roles: ['engineer'] }
    await expect(people.enrol(sessions.actor('c'.repeat(64)), added)).rejects.toThrow(`Entry ${bad} of the ledger, or one after it, is not what was recorded`)
    expect([...ledger.history([action])]).toHaveLength(action === 'policy.changed' ? 0 : 1)
    await workplace.close()
  })
})

const alone = { mode: 'full' as const, against: [], keys: [] }

describe('a verification', () => {
  let workplace: Workplace
  let faults: unknown[]

  beforeEach(async () => {
    faults = []
    workplace = await openTestWorkplace({ onFault: (error) => faults.push(error) })
    const { ledger, orchestrator } = workplace.ready()
    ledger.commit((tx) => tx.append(orchestrator, { action: 'orchestrator.started', subject: [], detail: { software: 'a test', adopted: 0 } }))
  })
  afterEach(() => workplace.close())

  it('answers with what was checked', async () => {
    const { size } = workplace.ready().ledger
    expect(await answerLedger(workplace)['ledger.verify'](alone, call)).toMatchObject({ ok: true, entries: size, checkpoints: 2, firstBad: null })
  })

  it('holds the ledger to what was kept elsewhere, and takes nothing for it that its log key has not signed', async () => {
    const { ledger } = workplace.ready()
    const [key] = ledger.verifierKeys()
    const note = ledger.checkpoint()
    const answers = answerLedger(workplace)
    const verify = answers['ledger.verify']
    expect(await verify({ ...alone, against: [note], keys: [key?.text ?? ''] }, call)).toMatchObject({ ok: true })

    const other = await openTestWorkplace()
    const foreign = other.ready().ledger
    const [otherKey] = foreign.verifierKeys()
    await expect(verify({ ...alone, against: [foreign.checkpoint()] }, call)).rejects.toMatchObject({ code: 'invalid-request', message: expect.stringContaining('not a checkpoint of this ledger') as string })
    await expect(verify({ ...alone, against: [''] }, call)).rejects.toMatchObject({ code: 'invalid-request' })
    expect(await verify({ ...alone, keys: [otherKey?.text ?? ''] }, call)).toMatchObject({ ok: false, firstBad: { kind: 'pinned-key-differs' } })
    expect(await answers['ledger.state']({}, call)).toMatchObject({ verification: { ok: true } })
    await other.close()
  })

  it('finds that the last entry was cut from the file with its checkpoint, while the ledger is open', async () => {
    const { size } = workplace.ready().ledger
    const attack = `DROP TRIGGER ledger_entries_delete; DELETE FROM ledger_entries WHERE seq = ${size - 1}`
    execFileSync('sqlite3', [workplace.folder.database, attack])
    expect(await answerLedger(workplace)['ledger.verify'](alone, call)).toMatchObject({ ok: false, firstBad: { kind: 'truncated', seq: size - 1 } })
    expect(faults).toEqual([])
  })

  it('answers with an altered entry all the same where that cannot be recorded', async () => {
    const { database } = workplace.folder
    const { size } = workplace.ready().ledger
    execFileSync('sqlite3', [database, `DROP TRIGGER ledger_entries_delete; DELETE FROM ledger_entries WHERE seq = ${size - 1}`])
    alter(database, 1)
    expect(await answerLedger(workplace)['ledger.verify'](alone, call)).toMatchObject({ ok: false, firstBad: { kind: 'entry-altered', seq: 1 } })
    expect(faults).toMatchObject([{ code: 'inconsistent' }])
  })

  it('records nothing where an anchor shows that more was signed: it would be signed a second time', async () => {
    const { folder } = workplace
    const { ledger } = workplace.ready()
    const { origin, size } = ledger
    const logKey = signerFromKey(origin, createPrivateKey(readFileSync(join(folder.keys, 'log.pem'))))
    const ahead = signNote(`${origin}\n${size + 2}\n${Buffer.alloc(32, 1).toString('base64')}\n`, [logKey])
    expect(await answerLedger(workplace)['ledger.verify']({ ...alone, against: [ahead] }, call)).toMatchObject({ ok: false, firstBad: { kind: 'truncated', seq: size } })
    expect(ledger.size).toBe(size)
  })
})
