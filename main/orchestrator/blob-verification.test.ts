import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProjectId, RunId, type DetailOf, type Snapshot } from '../../shared/contract/index.ts'
import { encodeManifest } from '../content/index.ts'
import { verifyBlobs } from './blob-verification.ts'
import { openTestWorkplace, PASSPHRASE } from './test-workplace.ts'
import type { Workplace } from './workplace.ts'

const project = ProjectId.parse('loans')
const nothing = { count: 0, listed: [] }

let workplace: Workplace
let folder: string
let snapshot: Snapshot

beforeEach(async () => {
  workplace = await openTestWorkplace()
  const { sessions, projects, people } = workplace.ready()
  await sessions.open('a'.repeat(64), 'asta', PASSPHRASE)
  await people.enrol(sessions.actor('a'.repeat(64)), { handle: 'erin', displayName: 'Erin', passphrase: PASSPHRASE, roles: ['engineer'] })
  await sessions.open('c'.repeat(64), 'erin', PASSPHRASE)
  folder = mkdtempSync(join(tmpdir(), 'project-'))
  mkdirSync(join(folder, 'data/raw'), { recursive: true })
  writeFileSync(join(folder, 'dvc.yaml'), 'stages: {}\n')
  writeFileSync(join(folder, 'data/a.csv'), 'a')
  writeFileSync(join(folder, 'data/raw/b.csv'), 'b')
  projects.add(sessions.actor('c'.repeat(64)), project, folder, { name: 'Loans', intendedPurpose: 'x', roles: ['provider'], annexIII: '' })
  snapshot = await take('data')
})
afterEach(() => workplace.close())

const take = (path: string) => {
  const { snapshots, sessions } = workplace.ready()
  return snapshots.take(sessions.actor('c'.repeat(64)), { project, folder, path })
}
const verify = () => verifyBlobs(workplace.ready())
const put = async (text: string) => (await workplace.ready().blobs.putBytes(Buffer.from(text))).sha256
const pathOf = (sha256: string) => workplace.ready().blobs.pathOf(sha256)

function damage(sha256: string): void {
  chmodSync(pathOf(sha256), 0o600)
  writeFileSync(pathOf(sha256), '?')
}

/** Records that a stage left these, as a run does. */
function recordStage(outs: DetailOf<'stage.succeeded'>['outs'], environment: string): number {
  const { ledger, orchestrator } = workplace.ready()
  const detail: DetailOf<'stage.succeeded'> = { run: RunId.parse(1), stage: 'train', attempt: 1, outs, metrics: {}, evidence: [], environment, recording: environment, durationMs: 1 }
  return ledger.commit((tx) => tx.append(orchestrator, { action: 'stage.succeeded', subject: [], detail })).seq
}

describe('a verification of the stored files', () => {
  it('counts what entries name and finds nothing where all is whole', async () => {
    // The manifest and two files.
    expect(await verify()).toEqual({ ok: true, named: 3, missing: nothing, damaged: nothing, unrecorded: nothing, unreferenced: nothing })
  })

  it('names a damaged file of a snapshot by every entry that names it, and passes once its content is stored again', async () => {
    const sha256 = await put('b')
    const again = await take('data/raw/b.csv')
    damage(sha256)
    const fault = { sha256, path: pathOf(sha256), name: 'data/raw/b.csv', entries: [snapshot.entry, again.entry] }
    expect(await verify()).toMatchObject({ ok: false, missing: nothing, damaged: { count: 1, listed: [fault] } })
    await take('data')
    expect(await verify()).toMatchObject({ ok: true, damaged: nothing })
  })

  it('names a missing file of a folder that a stage left', async () => {
    const [one, two, environment] = [await put('one'), await put('second'), await put('{}')]
    const manifest = encodeManifest([{ path: 'one', bytes: 3, sha256: one }, { path: 'deep/two', bytes: 6, sha256: two }])
    await put(manifest.bytes.toString())
    const entry = recordStage([{ path: 'model', kind: 'out', sha256: manifest.sha256, bytes: 9 }], environment)
    expect(await verify()).toMatchObject({ ok: true, named: 7 })
    rmSync(pathOf(two))
    expect(await verify()).toMatchObject({ ok: false, damaged: nothing, missing: { count: 1, listed: [{ sha256: two, name: 'model/deep/two', entries: [entry] }] } })
  })

  it('takes a file that only looks like a manifest for the file that it is', async () => {
    const text = encodeManifest([{ path: 'x', bytes: 3, sha256: 'a'.repeat(64) }]).bytes.toString()
    recordStage([{ path: 'list.json', kind: 'out', sha256: await put(text), bytes: text.length }], await put('{}'))
    expect(await verify()).toMatchObject({ ok: true, missing: nothing })
  })

  it('names a manifest that is gone, and calls unreferenced what is known by it alone', async () => {
    rmSync(pathOf(snapshot.manifest))
    expect(await verify()).toMatchObject({
      ok: false,
      missing: { count: 1, listed: [{ sha256: snapshot.manifest, name: 'data', entries: [snapshot.entry] }] },
      unreferenced: { count: 2 },
    })
  })

  it('lists what nothing names, and calls it no damage', async () => {
    const sha256 = await put('nobody named this')
    mkdirSync(dirname(pathOf('00-notes')), { recursive: true })
    writeFileSync(pathOf('00-notes'), 'notes')
    const { ok, unreferenced } = await verify()
    expect(ok).toBe(true)
    expect(unreferenced.listed).toEqual(expect.arrayContaining([{ sha256, path: pathOf(sha256) }, { sha256: null, path: pathOf('00-notes') }]))
    expect(unreferenced.count).toBe(2)
  })

  it('finds a row of the registry that no entry is of', async () => {
    const sha256 = await put('a model that nobody trained')
    execFileSync('sqlite3', [workplace.folder.database, `UPDATE snapshots SET manifest = '${sha256}'`])
    expect(await verify()).toMatchObject({ ok: false, unrecorded: { count: 1, listed: [{ sha256, name: 'data', entries: [snapshot.entry] }] }, unreferenced: nothing })
  })

  it('ends when it is cancelled', async () => {
    await expect(verifyBlobs(workplace.ready(), { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
  })
})
