import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PersonId } from '../../shared/contract/index.ts'
import { dataFolder } from '../client/index.ts'
import { verifyLedger } from '../ledger/index.ts'
import { answerPeople } from './requests/people.ts'
import type { Call } from './router.ts'
import { openTestWorkplace, PASSPHRASE } from './test-workplace.ts'
import type { Workplace } from './workplace.ts'

const NAME = 'Wilhelmina Sartorius'
const HANDLE = 'wsartorius'
let workplace: Workplace
let call: Call
let id: PersonId

beforeEach(async () => {
  workplace = await openTestWorkplace()
  await signIn()
  id = (await workplace.ready().people.enrol(call.actor(), { handle: HANDLE, displayName: NAME, passphrase: PASSPHRASE, roles: ['engineer'] })).id
})
afterEach(() => workplace.close())

async function signIn(): Promise<void> {
  const clientKey = 'c'.repeat(64)
  const { sessions } = workplace.ready()
  await sessions.open(clientKey, 'asta', PASSPHRASE)
  call = { clientKey, actor: () => sessions.actor(clientKey), holdings: () => sessions.holdings(clientKey), signal: new AbortController().signal, progress: () => undefined }
}

/** Closes, lets the folder be changed meanwhile, and opens it again. */
async function reopen(meanwhile: () => void = () => undefined): Promise<void> {
  const { folder } = workplace
  await workplace.close()
  meanwhile()
  workplace = await openTestWorkplace({ folder })
}

async function erase(): Promise<void> {
  workplace.ready().people.deactivate(call.actor(), id)
  await answerPeople(workplace)['people.erase']({ person: id, passphrase: PASSPHRASE }, call)
}

/** The files of the data folder in which a text stands, in whatever form the database keeps texts. */
function filesWith(text: string, folder = workplace.folder.root): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name)
    return statSync(path).isFile() && readFileSync(path).includes(text)
  })
}

const shown = () => {
  const { handle, displayName, erased } = workplace.ready().people.get(id)
  return { handle, displayName, erased }
}

describe('the names of a person', () => {
  it('stand in no file of the data folder but under their key, and are read again from there', async () => {
    expect([filesWith(NAME), filesWith(HANDLE)]).toEqual([[], []])
    await reopen()
    expect(shown()).toEqual({ handle: HANDLE, displayName: NAME, erased: false })
    expect(statSync(join(workplace.folder.personKeys, id)).mode & 0o777).toBe(0o600)
  })

  it('that stood in plain text in a folder of before are sealed at the first start, and overwritten', async () => {
    const { db } = workplace.ready()
    db.pragma('secure_delete = OFF')
    // As earlier versions wrote them, with a copy that a change of the row has left in the free space of its page.
    db.prepare("UPDATE people SET handle = ?, display_name = ?, name_salt = '00', names = '' WHERE id = ?").run(HANDLE, `${NAME} before`, id)
    db.prepare('UPDATE people SET display_name = ? WHERE id = ?').run(NAME, id)
    await reopen()
    expect(shown()).toEqual({ handle: HANDLE, displayName: NAME, erased: false })
    expect([filesWith('Sartorius'), filesWith(HANDLE)]).toEqual([[], []])
  })

  it('that cannot be read, as their key is not there, leave an account that is signed in to by its id', async () => {
    await reopen(() => rmSync(join(workplace.folder.personKeys, id)))
    expect(shown()).toEqual({ handle: id, displayName: id, erased: false })
    await workplace.ready().sessions.open('d'.repeat(64), id, PASSPHRASE)
  })
})

describe('erasing somebody', () => {
  it('leaves their id, their signatures and a ledger that verifies, and nothing that says who they were', async () => {
    const { people, ledger } = workplace.ready()
    await erase()
    expect(shown()).toEqual({ handle: id, displayName: id, erased: true })
    expect([people.nameOf(id), people.disclosure(id), existsSync(join(workplace.folder.personKeys, id))]).toEqual([id, undefined, false])
    expect(ledger.entry(ledger.size - 1).entry).toMatchObject({ action: 'person.erased', detail: { person: id } })
    expect(await verifyLedger(workplace.folder.database)).toMatchObject({ ok: true })
    expect([filesWith(NAME), filesWith(HANDLE)]).toEqual([[], []])
    await signIn()
    expect((await people.enrol(call.actor(), { handle: HANDLE, displayName: NAME, passphrase: PASSPHRASE, roles: ['engineer'] })).id).not.toBe(id)
  })

  it('takes a deactivated account and the passphrase, and happens once', async () => {
    const { ledger } = workplace.ready()
    const { size } = ledger
    const ask = (passphrase: string) => answerPeople(workplace)['people.erase']({ person: id, passphrase }, call)
    await expect(ask(PASSPHRASE)).rejects.toMatchObject({ code: 'conflict' })
    await expect(ask('another passphrase')).rejects.toMatchObject({ code: 'wrong-passphrase' })
    expect(ledger.count({ action: 'person.erased', from: size })).toBe(0)
    await erase()
    await expect(ask(PASSPHRASE)).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is done again where a copy of before, with or without the keys, is put back', async () => {
    const before = mkdtempSync(join(tmpdir(), 'before-'))
    const { db } = workplace.ready()
    db.pragma('wal_checkpoint(TRUNCATE)')
    cpSync(workplace.folder.root, before, { recursive: true })
    await erase()
    const { keys, personKeys } = workplace.folder
    // The database and the person's key as they were; the list of erasures as it is.
    const restored = dataFolder(before)
    cpSync(join(personKeys, 'erased'), join(restored.personKeys, 'erased'))
    await workplace.close()
    workplace = await openTestWorkplace({ folder: restored })
    expect(shown()).toEqual({ handle: id, displayName: id, erased: true })
    expect([existsSync(join(restored.personKeys, id)), filesWith(NAME), existsSync(keys)]).toEqual([false, [], true])
  })

  it('is ended by the next start where it was cut off after its entry', async () => {
    const key = readFileSync(join(workplace.folder.personKeys, id))
    await erase()
    await reopen(() => {
      rmSync(join(workplace.folder.personKeys, 'erased'))
      writeFileSync(join(workplace.folder.personKeys, id), key)
    })
    expect(existsSync(join(workplace.folder.personKeys, id))).toBe(false)
    expect(readFileSync(join(workplace.folder.personKeys, 'erased'), 'utf8')).toMatch(new RegExp(`^${id} \\d+\n$`))
    expect(shown().erased).toBe(true)
  })
})
