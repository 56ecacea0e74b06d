import { hash } from 'node:crypto'
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dataFolder } from '../client/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Services } from '../orchestrator/services.ts'
import { writeEarlierDatabase } from '../storage/earlier-database-fixture.ts'
import { openDatabase } from '../storage/index.ts'
import { openTestWorkplace, PASSPHRASE } from '../orchestrator/test-workplace.ts'
import type { Workplace } from '../orchestrator/workplace.ts'
import { listBackups, setPaths } from './backup-set.ts'
import { restoreBackup } from './restore.ts'
import { verifyBackup } from './verify.ts'

const CLIENT = 'a'.repeat(64)
const HOUR = 3_600_000

let base: string
let now: number
let here: Services & { actor: Actor }
let faults: unknown[]
const opened: Workplace[] = []
const at = (...names: string[]) => join(base, ...names)

async function open(name: string): Promise<Services & { actor: Actor }> {
  const workplace = await openTestWorkplace({ folder: dataFolder(at(name)), clock: () => now, onFault: (error) => faults.push(error) })
  opened.push(workplace)
  const services = workplace.ready()
  await services.sessions.open(CLIENT, 'asta', PASSPHRASE)
  return { ...services, actor: services.sessions.actor(CLIENT) }
}

async function closeAll(): Promise<void> {
  for (const workplace of opened.splice(0)) await workplace.close()
}

const happen = ({ ledger, orchestrator }: Services) => ledger.commit((tx) => tx.append(orchestrator, { action: 'orchestrator.stopped', subject: [], detail: { reason: 'test' } }))
const create = () => here.backups.create(here.actor, at('disk'))
const storedFiles = () => readdirSync(join(setPaths(at('disk')).store, 'blobs', 'sha256'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'backup-'))
  now = Date.now()
  faults = []
  here = await open('data')
  await here.blobs.putBytes(Buffer.from('a model'))
  mkdirSync(at('data', 'runs', '1', 'train', '1'), { recursive: true })
  writeFileSync(at('data', 'runs', '1', 'train', '1', 'recording'), 'epoch 1\n')
  writeFileSync(at('data', 'keys', 'people', 'p-00000001'), Buffer.from([0, 255, 1]))
})
afterEach(async () => {
  await closeAll()
  rmSync(base, { recursive: true, force: true })
})

describe('a backup', () => {
  it('is of one moment, though the ledger grows while it is made; it is whole, and recorded', async () => {
    const before = here.ledger.size
    const grow = setInterval(() => happen(here), 1)
    const made = await create().finally(() => clearInterval(grow))
    expect(made.size).toBeGreaterThanOrEqual(before)
    expect(here.ledger.size).toBeGreaterThan(made.size)
    const check = await verifyBackup(join(at('disk'), made.backup))
    expect(check).toMatchObject({ ok: true, faults: [], digest: made.manifest, manifest: { ledger: { size: made.size, root: made.root } } })
    expect(here.ledger.entry(made.entry).entry).toMatchObject({ action: 'backup.made', actor: here.actor.signer.name, subject: [{ digest: { sha256: made.manifest } }] })
    expect(here.backups.state()).toMatchObject({ running: false, last: { id: made.backup, size: made.size }, failing: null })
    expect(readdirSync(at('disk')).filter((name) => name.endsWith('.part'))).toEqual([])
    expect(statSync(join(at('disk'), made.backup)).mode & 0o077).toBe(0)
  })

  it('has once what several of them have, and leaves out what it says', async () => {
    const first = await create()
    const files = storedFiles().length
    now += HOUR
    appendFileSync(at('data', 'runs', '1', 'train', '1', 'recording'), 'epoch 2\n')
    const second = await create()
    expect(storedFiles()).toHaveLength(files + 1)
    const [older, newer] = listBackups(at('disk'))
    expect([older?.id, newer?.id]).toEqual([first.backup, second.backup])
    expect(newer?.files.map(({ path }) => path)).toEqual(['runs/1/train/1/recording'])
    expect(newer?.blobs).toEqual(older?.blobs)
    expect(newer?.keys.map(({ path }) => path).sort()).toEqual(['keys/log.pem', 'keys/orchestrator.pem'])
  })

  it('keeps the keys of personal data in one file that is replaced, never in a version', async () => {
    await create()
    const personal = setPaths(at('disk')).personalKeys
    const kept = () => (JSON.parse(readFileSync(personal, 'utf8')) as { files: Record<string, string> }).files
    expect(Object.keys(kept()).sort()).toEqual([here.actor.person, 'p-00000001'].sort())
    expect(kept()['p-00000001']).toBe('AP8B')
    rmSync(at('data', 'keys', 'people', 'p-00000001'))
    now += HOUR
    await create()
    expect(Object.keys(kept())).toEqual([here.actor.person])
    for (const { id } of listBackups(at('disk'))) expect(existsSync(join(at('disk'), id, 'keys', 'people'))).toBe(false)
  })

  it.each([
    { what: 'database', fault: 'the database is damaged', file: (folder: string) => join(folder, 'strongroom.db') },
    { what: 'key', fault: 'keys/log.pem is damaged', file: (folder: string) => join(folder, 'keys', 'log.pem') },
    { what: 'stored file', fault: 'is damaged', file: () => storedFiles().map(({ parentPath, name }) => join(parentPath, name))[0] ?? '' },
  ])('is found damaged where a bit of its $what flips, and is not restored', async ({ fault, file }) => {
    const made = await create()
    const folder = join(at('disk'), made.backup)
    const path = file(folder)
    const bytes = readFileSync(path)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    chmodSync(path, 0o600)
    writeFileSync(path, bytes)
    const check = await verifyBackup(folder)
    expect(check.ok).toBe(false)
    expect(check.faults.join()).toContain(fault)
    await expect(restoreBackup(folder, at('restored'), { reason: 'test' })).rejects.toMatchObject({ code: 'storage-damaged', message: expect.stringContaining('is not whole, and nothing was restored') as string })
    expect(existsSync(at('restored'))).toBe(false)
  })

  it('is not whole where its list names a checkpoint that its database falls short of', async () => {
    const made = await create()
    const list = join(at('disk'), made.backup, 'backup.json')
    const manifest = JSON.parse(readFileSync(list, 'utf8')) as { ledger: { checkpoint: string } }
    writeFileSync(list, JSON.stringify({ ...manifest, ledger: { ...manifest.ledger, checkpoint: here.ledger.checkpoint() } }))
    expect((await verifyBackup(join(at('disk'), made.backup))).faults.join()).toContain(`${here.ledger.size} entries were signed`)
  })

  it('is verified and restored as it is where the release before made it', async () => {
    const made = await create()
    const folder = join(at('disk'), made.backup)
    const path = join(folder, 'strongroom.db')
    chmodSync(path, 0o600)
    let index: string[] = []
    writeEarlierDatabase(9, (before) => (index = before.prepare<[], string>("SELECT sql FROM sqlite_schema WHERE tbl_name = 'ledger_index' AND sql IS NOT NULL").pluck().all()))
    const db = openDatabase(path)
    db.exec(`
      DROP TABLE ledger_terms;
      ${index.join(';')};
      ALTER TABLE people ADD COLUMN passphrase_by TEXT NOT NULL DEFAULT 'self';
      DROP TABLE stage_cache; DROP TABLE stage_attempts; DROP TABLE executors; DROP TABLE settings;
      ALTER TABLE runs DROP COLUMN priority; ALTER TABLE runs DROP COLUMN force;
      ALTER TABLE run_stages DROP COLUMN not_before; ALTER TABLE run_stages DROP COLUMN cached;
      PRAGMA user_version = 9;
      PRAGMA journal_mode = DELETE;
    `)
    db.close()
    const bytes = readFileSync(path)
    const list = join(folder, 'backup.json')
    const manifest = JSON.parse(readFileSync(list, 'utf8')) as Record<string, unknown>
    writeFileSync(list, JSON.stringify({ ...manifest, database: { sha256: hash('sha256', bytes), bytes: bytes.length } }))

    expect(await verifyBackup(folder)).toMatchObject({ ok: true, faults: [] })
    await restoreBackup(folder, at('restored'), { reason: 'test' })
    const { ledger } = await open('restored')
    expect(ledger.entries({ text: 'restored', from: made.size, limit: 9 }).map(({ entry }) => entry.action)).toEqual(['ledger.restored'])
  })

  it('mends in the store what the next one finds damaged there', async () => {
    await create()
    const [first, second] = storedFiles().map(({ parentPath, name }) => join(parentPath, name))
    rmSync(first ?? '')
    writeFileSync(second ?? '', Buffer.alloc(readFileSync(second ?? '').length))
    now += HOUR
    expect(await verifyBackup(join(at('disk'), (await create()).backup))).toMatchObject({ ok: true })
  })

  it('leaves nothing where it is cancelled, and the next one is made', async () => {
    const cancel = new AbortController()
    const progress: number[] = []
    await expect(
      here.backups.create(here.actor, at('disk'), {
        signal: cancel.signal,
        onProgress: (share) => {
          progress.push(share)
          cancel.abort(new Error('enough'))
        },
      }),
    ).rejects.toThrow('enough')
    expect(progress.length).toBeGreaterThan(0)
    expect(listBackups(at('disk'))).toEqual([])
    expect(readdirSync(at('disk')).filter((name) => name.endsWith('.part'))).toEqual([])
    expect(here.ledger.count({ action: 'backup.failed' })).toBe(0)
    await create()
    expect(listBackups(at('disk'))).toHaveLength(1)
  })

  it('is refused in the data folder, in a folder of something else, and of another ledger', async () => {
    await expect(here.backups.create(here.actor, at('data', 'backups'))).rejects.toMatchObject({ code: 'invalid-path' })
    mkdirSync(at('photos'))
    writeFileSync(at('photos', 'cat.jpg'), '')
    await expect(here.backups.create(here.actor, at('photos'))).rejects.toThrow('is not empty and holds no backups')
    await create()
    here = await open('other')
    await expect(create()).rejects.toThrow('holds backups of')
    expect(here.ledger.count({ action: 'backup.failed' })).toBe(1)
  })
})

describe('what entries say was backed up', () => {
  const listed = () => here.backups.list().map(({ backup, state }) => ({ backup, state }))

  it('is listed newest first with whether it is there, without what a schedule let go', async () => {
    const first = await create()
    now += HOUR
    const second = await create()
    expect(here.backups.list()[0]).toMatchObject({ backup: second.backup, folder: at('disk'), size: second.size, root: second.root, entry: second.entry, state: 'there' })
    rmSync(at('disk', first.backup), { recursive: true })
    expect(listed()).toEqual([{ backup: second.backup, state: 'there' }, { backup: first.backup, state: 'missing' }])
    renameSync(at('disk'), at('elsewhere'))
    expect(listed().map(({ state }) => state)).toEqual(['out-of-reach', 'out-of-reach'])
    renameSync(at('elsewhere'), at('disk'))
    here.backups.schedule(here.actor, { folder: at('disk'), everyHours: 1, keep: 1 })
    now += HOUR
    await here.backups.makeDue()
    expect(listed()).toEqual([{ backup: here.backups.state().last?.id, state: 'there' }, { backup: first.backup, state: 'missing' }])
  })

  it('is read through as it was recorded: a backup whose list was written anew is not the one', async () => {
    const made = await create()
    expect(await here.backups.verify(made.entry)).toMatchObject({ ok: true, backup: made.backup, size: made.size, faults: { count: 0, listed: [] } })
    const list = at('disk', made.backup, 'backup.json')
    const manifest = JSON.parse(readFileSync(list, 'utf8')) as Record<string, unknown>
    writeFileSync(list, JSON.stringify({ ...manifest, software: 'another' }))
    expect(await here.backups.verify(made.entry)).toMatchObject({ ok: false, faults: { count: 1, listed: [expect.stringContaining(`entry ${made.entry} recorded`)] } })
  })

  it('is looked for under entries of backups alone, and says where a disk is not there', async () => {
    const made = await create()
    await expect(here.backups.verify(0)).rejects.toMatchObject({ code: 'not-found' })
    await expect(here.backups.verify(here.ledger.size)).rejects.toMatchObject({ code: 'not-found' })
    renameSync(at('disk'), at('elsewhere'))
    await expect(here.backups.verify(made.entry)).rejects.toThrow(/Mount the disk/)
  })
})

describe('a schedule of backups', () => {
  it('makes one when it is due, keeps the newest, and ends when it is told', async () => {
    here.backups.schedule(here.actor, { folder: at('disk'), everyHours: 24, keep: 2 })
    for (let day = 0; day < 4; day++) {
      await here.backups.makeDue()
      await here.backups.makeDue()
      now += 24 * HOUR
    }
    const kept = listBackups(at('disk'))
    expect(kept).toHaveLength(2)
    expect(here.ledger.count({ action: 'backup.made' })).toBe(4)
    for (const { id } of kept) expect(await verifyBackup(join(at('disk'), id))).toMatchObject({ ok: true })
    here.backups.unschedule(here.actor)
    now += 48 * HOUR
    await here.backups.makeDue()
    expect(here.ledger.count({ action: 'backup.made' })).toBe(4)
    expect(() => here.backups.unschedule(here.actor)).toThrow('No backups are scheduled.')
  })

  it('lets none go for a folder that only looks like a backup, or one made while the clock was ahead, and never the one just made', async () => {
    now += 40 * 24 * HOUR
    const ahead = await create()
    now -= 40 * 24 * HOUR
    const forged = at('disk', '2099-01-01T00-00-00-000Z')
    mkdirSync(forged)
    const manifest = JSON.parse(readFileSync(at('disk', ahead.backup, 'backup.json'), 'utf8')) as Record<string, unknown>
    writeFileSync(join(forged, 'backup.json'), JSON.stringify({ ...manifest, id: '2099-01-01T00-00-00-000Z', files: [], blobs: [] }))
    writeFileSync(at('disk', '2098-01-01T00-00-00-000Z'), 'a file')
    here.backups.schedule(here.actor, { folder: at('disk'), everyHours: 24, keep: 1 })
    await here.backups.makeDue()
    now += 25 * HOUR
    await here.backups.makeDue()
    const { last, failing } = here.backups.state()
    expect(here.ledger.count({ action: 'backup.made' })).toBe(3)
    expect({ failing, others: readdirSync(at('disk')).filter((name) => name.startsWith('20') && name !== last?.id) }).toEqual({ failing: null, others: ['2098-01-01T00-00-00-000Z', '2099-01-01T00-00-00-000Z'] })
    expect(await verifyBackup(at('disk', last?.id ?? ''))).toMatchObject({ ok: true })
  })

  it('is not put where a detour leads into the data folder', async () => {
    symlinkSync(at('data', 'runs'), at('link'))
    for (const folder of [at('link', 'backups'), `/proc/self/root${at('data', 'runs', 'backups')}`]) {
      await expect(here.backups.create(here.actor, folder)).rejects.toMatchObject({ code: 'invalid-path' })
    }
  })

  it('that fails shows, is recorded once an hour and not once a minute, and shows no more once it succeeds', async () => {
    writeFileSync(at('disk'), 'a file, where a disk was mounted')
    here.backups.schedule(here.actor, { folder: at('disk'), everyHours: 24, keep: 2 })
    for (let minute = 0; minute < 59; minute += 10) {
      await here.backups.makeDue()
      now += 10 * 60_000
    }
    expect(here.backups.state()).toMatchObject({ last: null, failing: { folder: at('disk'), reason: expect.stringContaining(at('disk')) as string } })
    expect(here.ledger.count({ action: 'backup.failed' })).toBe(1)
    rmSync(at('disk'))
    now += HOUR
    await here.backups.makeDue()
    expect(here.backups.state()).toMatchObject({ failing: null, last: { folder: at('disk') } })
    // A disk that is not mounted leaves an empty folder in its place: nothing is begun there.
    renameSync(at('disk'), at('unmounted'))
    now += 24 * HOUR
    await here.backups.makeDue()
    expect(here.backups.state()).toMatchObject({ failing: { reason: expect.stringContaining('Check that its disk is mounted') as string } })
    expect(existsSync(at('disk'))).toBe(false)
    expect(faults).toHaveLength(2)
  })
})

describe('a restored data folder', () => {
  it('says so before anything else, has all that the backup had, and goes on', async () => {
    const made = await create()
    happen(here)
    await closeAll()
    const folder = join(at('disk'), made.backup)
    await restoreBackup(folder, at('restored'), { reason: 'the disk broke' })
    here = await open('restored')
    expect(existsSync(at('restored', 'restored.json'))).toBe(false)
    expect(here.ledger.entry(made.size).entry).toMatchObject({
      action: 'ledger.restored',
      actor: here.orchestrator.name,
      subject: [{ digest: { sha256: made.manifest } }],
      detail: { backup: made.backup, size: made.size, root: made.root, reason: 'the disk broke' },
    })
    expect(here.ledger.count({ action: 'ledger.restored' })).toBe(1)
    expect(readFileSync(at('restored', 'runs', '1', 'train', '1', 'recording'), 'utf8')).toBe('epoch 1\n')
    expect(readFileSync(at('restored', 'keys', 'people', 'p-00000001'))).toEqual(Buffer.from([0, 255, 1]))
    expect((await here.blobs.read(listBackups(at('disk'))[0]?.blobs[0]?.sha256 ?? '')).toString()).toBe('a model')
    // Opened again, it says it no second time; and it is backed up in its turn.
    await closeAll()
    here = await open('restored')
    expect(here.ledger.count({ action: 'ledger.restored' })).toBe(1)
    now += HOUR
    expect(await verifyBackup(join(at('disk'), (await create()).backup))).toMatchObject({ ok: true })
  })

  it('is recorded once though the process was cut off before it could forget that it had to', async () => {
    const made = await create()
    await restoreBackup(join(at('disk'), made.backup), at('restored'), { reason: 'test' })
    const pending = readFileSync(at('restored', 'restored.json'))
    await open('restored')
    await closeAll()
    writeFileSync(at('restored', 'restored.json'), pending)
    here = await open('restored')
    expect(here.ledger.count({ action: 'ledger.restored' })).toBe(1)
  })

  it('does not say who was erased since, although no backup was made after that', async () => {
    const { id } = await here.people.enrol(here.actor, { handle: 'wilma', displayName: 'Wilma', passphrase: PASSPHRASE, roles: ['engineer'] })
    const made = await create()
    here.people.deactivate(here.actor, id)
    here.people.erase(here.actor.signer, id)
    expect(here.backups.replacePersonalKeys()).toEqual([])
    await restoreBackup(join(at('disk'), made.backup), at('restored'), { reason: 'test' })
    const there = await open('restored')
    expect([there.people.nameOf(id), there.people.nameOf(here.actor.person)]).toEqual([id, 'Asta'])
  })

  it('is named where a disk with the keys of somebody who was erased is not there', async () => {
    await create()
    renameSync(at('disk'), at('unmounted'))
    expect(here.backups.replacePersonalKeys()).toEqual([at('disk')])
  })

  it('is not made where something lies, without a reason, or where an anchor knows of more or of something else', async () => {
    const made = await create()
    const backup = join(at('disk'), made.backup)
    await expect(restoreBackup(backup, at('data'), { reason: 'test' })).rejects.toThrow('is not empty')
    await expect(restoreBackup(backup, at('restored'), { reason: ' ' })).rejects.toThrow('Say why')
    await expect(restoreBackup(backup, at('restored'), { reason: 'test', anchors: [here.ledger.checkpoint()] })).rejects.toThrow(`${here.ledger.size} entries were signed, and the backup has ${made.size}: ${here.ledger.size - made.size} are missing.`)
    const other = await open('other')
    await expect(restoreBackup(backup, at('restored'), { reason: 'test', anchors: [other.ledger.checkpoint()] })).rejects.toThrow('is not a checkpoint of the ledger in the backup')
    expect(existsSync(at('restored'))).toBe(false)
    await restoreBackup(backup, at('restored'), { reason: 'test', anchors: [here.ledger.checkpointAt(made.size) ?? ''] })
    expect(existsSync(at('restored', 'strongroom.db'))).toBe(true)
  })
})
