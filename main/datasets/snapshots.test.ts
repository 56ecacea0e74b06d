import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, renameSync, symlinkSync, writeFileSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProjectId, RequestError } from '../../shared/contract/index.ts'
import { decodeManifest, encodeManifest, readContent } from '../content/index.ts'
import { People, Sessions, type Actor } from '../identity/index.ts'
import { createLedger, type LedgerFixture } from '../ledger/fixtures.ts'
import { signerFromKey } from '../ledger/index.ts'
import { Projects } from '../projects/index.ts'
import { BlobStore } from '../storage/index.ts'
import { Snapshots } from './index.ts'

const id = ProjectId.parse('loans')
let fixture: LedgerFixture
let blobs: BlobStore
let snapshots: Snapshots
let actor: Actor
let folder: string

beforeEach(async () => {
  fixture = createLedger()
  const { db, ledger, orchestrator } = fixture
  blobs = new BlobStore(fixture.folder)
  await blobs.open()
  const people = new People({ db, ledger, orchestrator, personKeys: join(fixture.folder, 'keys'), scrypt: { cost: 1 << 10, blockSize: 8, parallelization: 1 } })
  const sessions = new Sessions({ people, ledger, orchestrator, clock: Date.now })
  await people.enrolFirst({ handle: 'admin', displayName: 'Asta', passphrase: 'a passphrase' })
  await sessions.open('c'.repeat(64), 'admin', 'a passphrase')
  actor = sessions.actor('c'.repeat(64))
  folder = mkdtempSync(join(tmpdir(), 'project-'))
  writeFileSync(join(folder, 'dvc.yaml'), 'stages: {}\n')
  new Projects({ db, ledger, clock: Date.now, dataFolder: fixture.folder }).add(actor, id, folder, { name: 'Loans', intendedPurpose: 'x', roles: ['provider'], annexIII: '' })
  snapshots = new Snapshots({ db, ledger, blobs, clock: Date.now, nameOf: (person) => person, runsUsing: () => [] })
})

afterEach(() => {
  fixture.highWater.close()
  fixture.db.close()
})

const take = (path: string) => snapshots.take(actor, { project: id, folder, path })

describe('a snapshot', () => {
  it('is named by the digest of its manifest, recorded and signed by who took it', async () => {
    mkdirSync(join(folder, 'data/raw'), { recursive: true })
    writeFileSync(join(folder, 'data/b.csv'), 'b')
    writeFileSync(join(folder, 'data/raw/a.csv'), 'a')
    const snapshot = await take('data')
    const files = [
      { path: 'b.csv', bytes: 1, sha256: createHash('sha256').update('b').digest('hex') },
      { path: 'raw/a.csv', bytes: 1, sha256: createHash('sha256').update('a').digest('hex') },
    ]
    expect(snapshot.manifest).toBe(encodeManifest(files).sha256)
    expect(decodeManifest(await blobs.read(snapshot.manifest))).toEqual(files)
    const { entry } = fixture.ledger.entry(snapshot.entry)
    expect([entry.action, entry.actor, entry.detail.manifest]).toEqual(['dataset.snapshot', actor.signer.name, snapshot.manifest])
  })

  it('stores equal content once and does not record an unchanged path again', async () => {
    mkdirSync(join(folder, 'data'))
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, 'data', name), 'the same')
    const first = await take('data')
    const size = fixture.ledger.size
    expect((await take('data')).id).toBe(first.id)
    expect(fixture.ledger.size).toBe(size)
    appendFileSync(join(folder, 'data/a'), '!')
    expect((await take('data')).manifest).not.toBe(first.manifest)
    const blobCount = readdirSync(join(fixture.folder, 'blobs/sha256'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
    expect(blobCount).toBe(4)
  })

  it.each([
    ['..', 'outside'],
    ['../elsewhere', 'outside'],
    ['missing.csv', 'does not exist'],
    ['link-out', 'outside'],
    ['with-link', 'outside'],
    ['with-folder', 'symlink to a folder'],
    ['empty', 'no files'],
  ])('of %s is refused', async (path, message) => {
    symlinkSync('/etc', join(folder, 'link-out'))
    mkdirSync(join(folder, 'with-link'))
    symlinkSync('/etc/hostname', join(folder, 'with-link/x'))
    mkdirSync(join(folder, 'with-folder'))
    symlinkSync('../empty', join(folder, 'with-folder/x'))
    mkdirSync(join(folder, 'empty'))
    await expect(take(path)).rejects.toThrow(RequestError)
    await expect(take(path)).rejects.toThrow(message)
  })

  it('takes a link to a file of the project for that file, as a stage that reads it does', async () => {
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'real.csv'), 'rows')
    symlinkSync('../real.csv', join(folder, 'data/linked.csv'))
    const { manifest } = await take('data')
    expect(manifest).toBe((await readContent(folder, 'data')).manifest)
    expect(await snapshots.files(1, '', 10)).toEqual([{ path: 'linked.csv', bytes: 4, sha256: createHash('sha256').update('rows').digest('hex') }])
  })

  it('is copied out whole, each file checked, into a folder that is not there yet; what goes wrong leaves none', async () => {
    mkdirSync(join(folder, 'data/raw'), { recursive: true })
    writeFileSync(join(folder, 'data/b.csv'), 'b')
    writeFileSync(join(folder, 'data/raw/a.csv'), 'a')
    const snapshot = await take('data')
    const copy = (to: string) => snapshots.copyTo(snapshots.get(id, snapshot.id), to, { signal: new AbortController().signal, onFile: () => undefined })
    const to = join(mkdtempSync(join(tmpdir(), 'copy-')), 'out')
    await copy(to)
    expect((await readContent(to, '.')).manifest).toBe(snapshot.manifest)
    await expect(copy(to)).rejects.toMatchObject({ code: 'EEXIST' })
    writeFileSync(blobs.pathOf(createHash('sha256').update('a').digest('hex')), '!')
    await expect(copy(`${to}2`)).rejects.toMatchObject({ code: 'corrupt-database' })
    expect([existsSync(to), existsSync(`${to}2`)]).toEqual([true, false])
    fixture.db.prepare('UPDATE snapshots SET manifest = ?').run('0'.repeat(64))
    expect(() => snapshots.get(id, snapshot.id)).toThrow(expect.objectContaining({ code: 'storage-damaged' }) as Error)
  })

  it('that is not recorded leaves none of its files in the store, but for those that another has', async () => {
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'data/a.csv'), 'a')
    const { manifest } = await take('data')
    const kept = () => readdirSync(join(fixture.folder, 'blobs/sha256'), { recursive: true, encoding: 'utf8' }).filter((name) => name.length > 64).sort()
    const before = kept()
    expect(before).toContain(join(manifest.slice(0, 2), manifest))
    for (const name of ['b', 'c', 'd']) writeFileSync(join(folder, `data/${name}.csv`), name)
    // What keeps an entry out: here a key that signs nothing.
    const stranger = { ...actor, signer: signerFromKey(actor.signer.name, generateKeyPairSync('ed25519').privateKey) }
    await expect(snapshots.take(stranger, { project: id, folder, path: 'data' })).rejects.toMatchObject({ code: 'unknown-signer' })
    expect(kept()).toEqual(before)
    await take('data')
    expect(kept()).toHaveLength(before.length + 4)
  })

  it('that is recorded keeps its files in the store, whatever fails after', async () => {
    const { db, ledger } = fixture
    const unlucky = new Snapshots({ db, ledger, blobs, clock: Date.now, nameOf: (person) => person, runsUsing: () => { throw new Error('cannot be read') } })
    await expect(unlucky.take(actor, { project: id, folder, path: 'dvc.yaml' })).rejects.toThrow('cannot be read')
    const { manifest } = ledger.entry(ledger.size - 1).entry.detail as { manifest: string }
    expect(await blobs.check(manifest)).toBe('whole')
  })

  it('of a named pipe is refused instead of waiting for ever', async () => {
    mkdirSync(join(folder, 'data'))
    execFileSync('mkfifo', [join(folder, 'data/pipe')])
    await expect(take('data')).rejects.toThrow('neither a file nor a folder')
  })

  it('of what cannot be read says of which file and why, and records nothing', async () => {
    const half = join(...Array<string>(10).fill('d'.repeat(250)))
    mkdirSync(join(folder, 'data', half), { recursive: true })
    mkdirSync(join(folder, 'tail', half), { recursive: true })
    renameSync(join(folder, 'tail'), join(folder, 'data', half, 'tail'))
    const { size } = fixture.ledger
    await expect(take('data')).rejects.toMatchObject({ code: 'invalid-path', message: expect.stringContaining('its path is too long for this system') as string })
    expect(fixture.ledger.size).toBe(size)
  })
})
