import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ProjectId, type Person } from '../../shared/contract/index.ts'
import { personName, type Fact } from '../ledger/index.ts'
import { openDatabase } from '../storage/index.ts'
import { guardEntries } from './entry-guard.ts'
import { answerPeople } from './requests/people.ts'
import type { Call } from './router.ts'
import { finderOf } from './targets.ts'
import { openTestWorkplace, PASSPHRASE } from './test-workplace.ts'
import type { Workplace } from './workplace.ts'

const GIVEN = 'what Asta typed for him'
const grant = { role: 'auditor', scope: { kind: 'project', project: ProjectId.parse('credit') } } as const
const role = { role: 'checker', sentence: 'Checks.', permissions: ['project.read' as const] }

let workplace: Workplace
let bob: Person
let erin: Person
let asta: Call
let given: Call

async function signIn(handle: string, passphrase: string): Promise<Call> {
  const clientKey = handle.padEnd(64, '0')
  const { sessions } = workplace.ready()
  await sessions.open(clientKey, handle, passphrase)
  return { clientKey, actor: () => sessions.actor(clientKey), holdings: () => sessions.holdings(clientKey), signal: new AbortController().signal, progress: () => undefined }
}

beforeAll(async () => {
  workplace = await openTestWorkplace()
  const { people, db } = workplace.ready()
  db.prepare("INSERT INTO projects VALUES ('credit', '/nowhere', 'Credit', 'x', '[\"provider\"]', '', '2026-11-23T09:00:00.000Z', 0)").run()
  asta = await signIn('asta', PASSPHRASE)
  bob = await people.enrol(asta.actor(), { handle: 'bob', displayName: 'Bob', passphrase: GIVEN, roles: ['administrator'] })
  erin = await people.enrol(asta.actor(), { handle: 'erin', displayName: 'Erin', passphrase: PASSPHRASE, roles: ['engineer'] })
  given = await signIn('bob', GIVEN)
})
afterAll(() => workplace.close())

/** Each with the entry that it would have recorded. */
const ACTS: Readonly<Record<string, (answers: ReturnType<typeof answerPeople>, call: Call) => unknown>> = {
  'person.enrolled': (answers, call) => answers['people.enrol']({ handle: 'zoe', displayName: 'Zoe', passphrase: PASSPHRASE, roles: ['approver'] }, call),
  'person.roles.changed': (answers, call) => answers['people.setRoles']({ person: erin.id, roles: ['approver'] }, call),
  'person.granted': (answers, call) => answers['people.grant']({ person: erin.id, ...grant }, call),
  'person.revoked': (answers, call) => answers['people.revoke']({ person: erin.id, ...grant }, call),
  'role.defined': (answers, call) => answers['roles.define'](role, call),
  'role.removed': (answers, call) => answers['roles.remove']({ role: role.role }, call),
  'person.key.rotated': (answers, call) => answers['session.rotateKey']({ passphrase: GIVEN }, call),
  'person.deactivated': (answers, call) => answers['people.deactivate']({ person: erin.id }, call),
}

describe('an act on accounts and keys', () => {
  it('is not signed under a passphrase that somebody else chose, and is once its owner chose one', async () => {
    const { ledger, sessions } = workplace.ready()
    const answers = answerPeople(workplace)
    for (const [action, act] of Object.entries(ACTS)) {
      const { size } = ledger
      await expect((async () => act(answers, given))(), action).rejects.toMatchObject({ code: 'first-passphrase', message: expect.stringContaining("'strongroom --as bob passphrase'") as string })
      expect(ledger.size, action).toBe(size)
      // Revoked and removed is only what is there.
      if (/^(person\.(granted|revoked)|role\.)/.test(action)) await act(answers, asta)
    }
    await sessions.changePassphrase(given.clientKey, GIVEN, PASSPHRASE)
    const own: typeof ACTS = { ...ACTS, 'person.key.rotated': () => answers['session.rotateKey']({ passphrase: PASSPHRASE }, given) }
    for (const [action, act] of Object.entries(own)) {
      await act(answers, given)
      expect(ledger.entry(ledger.size - 1).entry).toMatchObject({ action, actor: personName(ledger.origin, bob.id) })
    }
  })

  it('is signed under such a passphrase where the ledger goes on after a loss: nothing can be recorded before it', async () => {
    const { ledger, people, training, snapshots, evidence } = workplace.ready()
    const actor = await people.enrol(asta.actor(), { handle: 'carl', displayName: 'Carl', passphrase: GIVEN, roles: ['administrator'] })
    const guard = guardEntries(ledger.origin, () => people, () => finderOf({ training, snapshots, evidence }))
    const key = ledger.verifierKeys()[0]?.text ?? ''
    const detail = { key, predecessor: ledger.origin, size: ledger.size, anchor: ledger.checkpoint(), reason: 'The disk broke.' }
    const signs = (action: string, more: object) => () => guard?.({ action, subject: [], detail: more } as Fact, personName(ledger.origin, actor.id))
    expect(signs('ledger.continued', detail)).not.toThrow()
    expect(signs('ledger.key.rotated', { key })).toThrow("'strongroom --as carl passphrase'")
  })
})

describe('a ledger of which an entry is not what was recorded', () => {
  it('has nobody sign anything but that they come and go', async () => {
    const { folder } = workplace
    const { size } = workplace.ready().ledger
    await workplace.close()
    rmSync(folder.catalogue)
    const db = openDatabase(folder.database)
    const triggers = db.prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all()
    for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`)
    db.exec('UPDATE ledger_entries SET envelope = (SELECT envelope FROM ledger_entries WHERE seq = 0) WHERE seq = 2')
    for (const { sql } of triggers) db.exec(sql)
    db.close()
    workplace = await openTestWorkplace({ folder })
    asta = await signIn('asta', PASSPHRASE)
    const answers = answerPeople(workplace)
    for (const [action, act] of Object.entries({ 'role.defined': ACTS['role.defined'], 'person.key.rotated': () => answers['session.rotateKey']({ passphrase: PASSPHRASE }, asta) })) {
      await expect((async () => act?.(answers, asta))(), action).rejects.toThrow('Entry 2 of the ledger, or one after it, is not what was recorded')
    }
    workplace.ready().sessions.close(asta.clientKey)
    expect(workplace.ready().ledger.entries({ from: size, limit: 9 }).map(({ entry }) => entry.action)).toEqual(['session.opened', 'session.closed'])
  })
})
