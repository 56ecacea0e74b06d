import { createHash, createPrivateKey } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProjectId, RunId, type PersonId, type Role } from '../../../shared/contract/index.ts'
import { openBundle } from '../../evidence/index.ts'
import type { Actor } from '../../identity/index.ts'
import { hashLeaf, parseVerifierKey, verifyProofFile } from '../../ledger/index.ts'
import { signModel } from '../../registry/model-signature.ts'
import type { Call } from '../router.ts'
import { enrolWithOwnPassphrase, openTestWorkplace, PASSPHRASE } from '../test-workplace.ts'
import type { Workplace } from '../workplace.ts'
import { answerEvidence } from './evidence.ts'
import { answerModels } from './models.ts'
import { answerPeople } from './people.ts'

const key = { project: ProjectId.parse('credit'), model: 'scores', version: 1 }
const purpose = 'A test.'
let workplace: Workplace

/** A client on which that person is signed in. */
async function signIn(handle: string): Promise<Call> {
  const clientKey = handle.padEnd(64, '0')
  const { sessions } = workplace.ready()
  await sessions.open(clientKey, handle, PASSPHRASE)
  return { clientKey, actor: () => sessions.actor(clientKey), holdings: () => sessions.holdings(clientKey), signal: new AbortController().signal, progress: () => undefined }
}

beforeEach(async () => {
  workplace = await openTestWorkplace()
  const { registry, ledger, orchestrator, db } = workplace.ready()
  const asta = (await signIn('asta')).actor()
  const erin = await enrolWithOwnPassphrase(workplace, asta, { handle: 'erin', displayName: 'Erin', roles: ['engineer'] })
  await enrolWithOwnPassphrase(workplace, asta, { handle: 'paul', displayName: 'Paul', roles: ['approver'] })
  db.prepare("INSERT INTO projects VALUES ('credit', '/nowhere', 'Credit', 'x', '[]', '', '2026-11-23T09:00:00.000Z', 0)").run()
  db.prepare(
    `INSERT INTO runs (id, project, folder, state, started_by, started_at, entry, pipeline, parameters, snapshots, code)
     VALUES (1, 'credit', '/nowhere', 'succeeded', ?, '2026-11-23T09:00:00.000Z', 0, '{"file":"dvc.yaml","sha256":"","stages":[],"edges":[],"sources":[]}', '{}', '[]', '{"commit":"unknown","dirty":"unknown","diff":""}')`,
  ).run(erin.id)
  const run = RunId.parse(1)
  ledger.commit((tx) => {
    const code = { commit: 'unknown', dirty: 'unknown', diff: '', reason: 'there is none' }
    const detail = { run, project: key.project, pipeline: 'b'.repeat(64), stages: [], parameters: {}, snapshots: [], code, gates: [{ model: key.model, gates: [] }] }
    const { seq } = tx.append(orchestrator, { action: 'run.started', subject: [], detail })
    registry.register(tx, { ...key, run, stage: 'register', author: erin.id, artifact: 'a'.repeat(64), bytes: 10, format: 'onnx', metrics: {}, runEntry: seq })
    tx.append(orchestrator, { action: 'run.finished', subject: [], detail: { run, state: 'succeeded' } })
  })
  registry.promotions.request((await signIn('erin')).actor(), key, 'staging')
})
afterEach(() => workplace.close())

describe('a decision', () => {
  it('is signed with the passphrase given again, and with no other', async () => {
    const paul = await signIn('paul')
    const answers = answerModels(workplace)
    const { ledger, registry } = workplace.ready()
    const decide = (passphrase: string) => answers['models.decide']({ ...key, decision: 'approved', comment: '', treeSize: ledger.size, passphrase }, paul)
    await expect(decide('another passphrase')).rejects.toMatchObject({ code: 'wrong-passphrase' })
    expect(registry.version(key).stage).toBe('experiment')
    await decide(PASSPHRASE)
    expect(registry.version(key).stage).toBe('staging')
  })

  it('is not signed by somebody whose passphrase another person chose, until they chose their own, nor after their key was recovered', async () => {
    const { ledger, people, registry, sessions } = workplace.ready()
    const [asta, given] = [(await signIn('asta')).actor(), 'what Asta typed for her']
    const pia = await people.enrol(asta, { handle: 'pia', displayName: 'Pia', passphrase: given, roles: ['approver'] })
    const decide = async (passphrase: string) => {
      const clientKey = 'pia'.padEnd(64, '0')
      await sessions.open(clientKey, 'pia', passphrase)
      const call = { clientKey, actor: () => sessions.actor(clientKey), holdings: () => sessions.holdings(clientKey), signal: new AbortController().signal, progress: () => undefined }
      await answerModels(workplace)['models.decide']({ ...key, decision: 'approved', comment: '', treeSize: ledger.size, passphrase }, call)
    }
    await expect(decide(given)).rejects.toMatchObject({ code: 'first-passphrase', message: expect.stringContaining("'strongroom --as pia passphrase'") as string })
    await sessions.changePassphrase('pia'.padEnd(64, '0'), given, PASSPHRASE)
    await sessions.recover(await sessions.signAgain(asta, PASSPHRASE), pia.id, given, 'she forgot it')
    await expect(decide(given)).rejects.toMatchObject({ code: 'first-passphrase' })
    expect(registry.version(key).stage).toBe('experiment')
    await sessions.changePassphrase('pia'.padEnd(64, '0'), given, PASSPHRASE)
    await decide(PASSPHRASE)
    expect(registry.version(key).stage).toBe('staging')
  })

  it.each([
    ['the role was', (admin: Actor, paul: PersonId) => workplace.ready().people.setRoles(admin, paul, ['auditor'])],
    ['the account was', (admin: Actor, paul: PersonId) => workplace.ready().people.deactivate(admin, paul)],
  ] as const)('is not recorded when %s taken away while the passphrase was checked', async (_, takeAway) => {
    const [asta, paul] = [(await signIn('asta')).actor(), await signIn('paul')]
    const { ledger, registry } = workplace.ready()
    const deciding = answerModels(workplace)['models.decide']({ ...key, decision: 'approved', comment: '', treeSize: ledger.size, passphrase: PASSPHRASE }, paul)
    takeAway(asta, paul.actor().person)
    await expect(deciding).rejects.toMatchObject({ code: 'not-permitted' })
    expect(ledger.count({ action: 'model.promotion.approved' })).toBe(0)
    expect(registry.version(key).stage).toBe('experiment')
  })
})

describe('a download', () => {
  it.each([
    ['the data folder', () => join(workplace.folder.root, 'model.onnx')],
    ['the folder of a project', (project: string) => join(project, 'sitecustomize.py')],
    ['a hidden folder', (_: string, elsewhere: string) => join(elsewhere, '.config', 'x.desktop')],
    ['a hidden file', (_: string, elsewhere: string) => join(elsewhere, '.bashrc')],
  ])('goes never into %s', async (_, place) => {
    const [project, elsewhere] = [mkdtempSync(join(tmpdir(), 'project-')), mkdtempSync(join(tmpdir(), 'elsewhere-'))]
    mkdirSync(join(elsewhere, '.config'))
    workplace.ready().db.prepare(`UPDATE projects SET folder = ?, roles = '["provider"]'`).run(project)
    const to = place(project, elsewhere)
    await expect(answerModels(workplace)['models.download']({ ...key, to, purpose }, await signIn('paul'))).rejects.toMatchObject({ code: 'invalid-path' })
    expect(existsSync(to)).toBe(false)
    expect(workplace.ready().ledger.count({ action: 'data.exported' })).toBe(0)
  })
})

describe('a signature', () => {
  const verify = async () => answerModels(workplace)['models.verify'](key, await signIn('paul'))

  it('is made once, by a key that one entry introduces, also where two ask at once', async () => {
    const { ledger } = workplace.ready()
    await Promise.all([1, 2].map(() => expect(verify()).rejects.toMatchObject({ code: 'storage-damaged', message: expect.stringContaining('is missing') as string })))
    expect([ledger.count({ action: 'model.version.signed' }), ledger.count({ action: 'model.key.introduced' })]).toEqual([1, 1])
  })

  it('is by the key of its time, after another took its place too, and by no key that was replaced', async () => {
    const { ledger, signatures, blobs, registry, orchestrator } = workplace.ready()
    const { sha256, bytes } = await blobs.putBytes(Buffer.from('a model'))
    const { author } = ledger.entries({ action: 'model.version.registered', limit: 1 })[0]?.entry.detail ?? {}
    const make = () => ({ ...key, version: ledger.commit((tx) => registry.register(tx, { ...key, run: RunId.parse(1), stage: 'register', author: author as PersonId, artifact: sha256, bytes, format: 'onnx', metrics: {}, runEntry: 0 })) })
    const rotate = async () => answerPeople(workplace)['keys.rotate']({ key: 'registry', passphrase: PASSPHRASE }, await signIn('asta'))
    const check = (version: typeof key) => signatures.check(registry.version(version))
    await expect(rotate()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('signed no model yet') as string })
    const first = await check(make())
    const old = readFileSync(join(workplace.folder.keys, 'registry.pem'))
    const { key: made, entry } = await rotate()
    const second = await check(make())
    expect(ledger.entry(entry).entry.detail).toEqual({ hint: second.hint, key: made, replaces: first.hint })
    expect([await check({ ...key, version: 2 }), second.publicKey, second.keyEntry]).toEqual([first, made, entry])
    expect(answerModels(workplace)['models.keys']({}, await signIn('paul'))).toEqual([
      { hint: first.hint, key: first.publicKey, from: first.keyEntry, until: entry },
      { hint: second.hint, key: made, from: entry, until: null },
    ])
    // Whoever puts the old key back, or has the registry record what it signed.
    writeFileSync(join(workplace.folder.keys, 'registry.pem'), old)
    await expect(check(make())).rejects.toMatchObject({ code: 'storage-damaged', message: expect.stringContaining(`entry ${entry} replaced`) as string })
    const forged = await blobs.putBytes(signModel({ name: 'scores-4', files: [{ name: 'scores.onnx', sha256 }] }, createPrivateKey(old)))
    ledger.commit((tx) => tx.append(orchestrator, { action: 'model.version.signed', subject: [], detail: { ...key, version: 4, artifact: sha256, hint: first.hint, signature: forged.sha256 } }))
    await expect(check({ ...key, version: 4 })).rejects.toMatchObject({ message: expect.stringContaining('one had replaced') as string })
  })

  it('is by none of the keys that were in use beside one another after a rotation, nor by one that comes then without an administrator', async () => {
    const { ledger, signatures, blobs, registry, orchestrator, db } = workplace.ready()
    db.prepare(`UPDATE projects SET roles = '["provider"]'`).run()
    ledger.commit((tx) => tx.append(orchestrator, { action: 'project.created', subject: [], detail: { project: key.project, name: 'Credit', intendedPurpose: 'Scoring', roles: ['provider'], annexIII: '' } }))
    const { sha256, bytes } = await blobs.putBytes(Buffer.from('a model'))
    const { author } = ledger.entries({ action: 'model.version.registered', limit: 1 })[0]?.entry.detail ?? {}
    const { seq: runEntry } = ledger.entries({ action: 'run.started', limit: 1 })[0] ?? { seq: -1 }
    const make = () => ({ ...key, version: ledger.commit((tx) => registry.register(tx, { ...key, run: RunId.parse(1), stage: 'register', author: author as PersonId, artifact: sha256, bytes, format: 'onnx', metrics: {}, runEntry })) })
    const check = (version: typeof key) => signatures.check(registry.version(version))
    const rotate = async () => answerPeople(workplace)['keys.rotate']({ key: 'registry', passphrase: PASSPHRASE }, await signIn('asta'))
    const pem = join(workplace.folder.keys, 'registry.pem')
    const first = await check(make())
    const stolen = readFileSync(pem)
    rmSync(pem)
    const second = await check(make())
    const { key: made, entry } = await rotate()
    const third = make()
    const signed = await check(third)
    expect([signed.publicKey, signed.keyEntry, registry.version(third).signed?.keyEntry]).toEqual([made, entry, entry])
    expect(signatures.keys().map(({ hint, from, until }) => [hint, from, until])).toEqual([
      [first.hint, first.keyEntry, entry],
      [second.hint, second.keyEntry, entry + 1],
      [signed.hint, entry, null],
    ])
    const fourth = make()
    const forged = await blobs.putBytes(signModel({ name: 'scores-5', files: [{ name: 'scores.onnx', sha256 }] }, createPrivateKey(stolen)))
    ledger.commit((tx) => tx.append(orchestrator, { action: 'model.version.signed', subject: [], detail: { ...fourth, artifact: sha256, hint: first.hint, signature: forged.sha256 } }))
    await expect(check(fourth)).rejects.toMatchObject({ message: expect.stringContaining('one had replaced') as string })
    const to = join(mkdtempSync(join(tmpdir(), 'elsewhere-')), 'bundle.zip')
    await answerModels(workplace)['models.export']({ ...third, to, purpose }, await signIn('paul'))
    const opened = await openBundle(to, ledger.verifierKeys()[0]?.text ?? '', { signal: new AbortController().signal, onRead: () => undefined })
    expect([opened.publicKey, opened.model.version]).toEqual([made, third.version])
    rmSync(pem)
    const fifth = make()
    await expect(check(fifth)).rejects.toMatchObject({ code: 'storage-damaged', message: expect.stringContaining("'strongroom key rotate --registry'") as string })
    const next = await rotate()
    expect((await check(fifth)).keyEntry).toBe(next.entry)
  })

  it('leaves with the model, and a model whose file or signature changed does not', async () => {
    const { ledger, registry, orchestrator, blobs } = workplace.ready()
    const { sha256, bytes } = await blobs.putBytes(Buffer.from('a model'))
    const run = RunId.parse(1)
    const { author } = ledger.entries({ action: 'model.version.registered', limit: 1 })[0]?.entry.detail ?? {}
    const { seq: start } = ledger.entries({ action: 'run.started', limit: 1 })[0] ?? { seq: -1 }
    const version = ledger.commit((tx) => registry.register(tx, { ...key, run, stage: 'register', author: author as PersonId, artifact: sha256, bytes, format: 'onnx', metrics: {}, runEntry: start }))
    const next = { ...key, version }
    workplace.ready().db.prepare(`UPDATE projects SET roles = '["provider"]'`).run()
    const paul = await signIn('paul')
    const answers = answerModels(workplace)
    const checked = await answers['models.verify'](next, paul)
    expect(checked).toMatchObject({ artifact: sha256, files: [{ name: 'scores.onnx', sha256 }] })
    expect(ledger.entry(checked.keyEntry).entry.detail).toEqual({ hint: checked.hint, key: checked.publicKey })
    expect(orchestrator.name).toBe(ledger.entry(checked.entry).entry.actor)
    const to = join(mkdtempSync(join(tmpdir(), 'elsewhere-')), 'model.onnx')
    const { entry } = await answers['models.download']({ ...next, to, purpose }, paul)
    expect(existsSync(to)).toBe(true)
    expect(ledger.entry(entry).entry).toMatchObject({ action: 'data.exported', actor: paul.actor().signer.name, detail: { what: 'model', name: `${next.model} ${next.version}`, sha256, purpose } })
    ledger.commit((tx) => tx.append(orchestrator, { action: 'project.created', subject: [], detail: { project: key.project, name: 'Credit', intendedPurpose: 'Scoring', roles: ['provider'], annexIII: '' } }))
    await checkBundle(answers, next, paul, `${to}.zip`)
    writeFileSync(blobs.pathOf(checked.sha256), checked.bundle.replace('bundle.v0.3', 'bundle.v0.4'))
    await expect(answers['models.download']({ ...next, to: `${to}.2`, purpose }, paul)).rejects.toThrow()
    writeFileSync(blobs.pathOf(checked.sha256), checked.bundle)
    writeFileSync(blobs.pathOf(sha256), 'another')
    await expect(answers['models.download']({ ...next, to: `${to}.2`, purpose }, paul)).rejects.toMatchObject({ code: 'storage-damaged' })
    expect(existsSync(`${to}.2`)).toBe(false)
  })
})

/** A bundle has what its manifest says, each entry proved by its checkpoint, and is the same again; the entry of its export says for what it was. */
async function checkBundle(answers: ReturnType<typeof answerModels>, version: typeof key, who: Call, to: string): Promise<void> {
  const { ledger } = workplace.ready()
  const { size } = ledger
  const exported = await answers['models.export']({ ...version, to, purpose: 'a pilot at branch 7' }, who)
  const bytes = readFileSync(to)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(exported.sha256)
  const { entry } = ledger.entry(exported.entry)
  expect(entry.detail).toMatchObject({ purpose: 'a pilot at branch 7', bundle: exported.sha256, treeSize: size })
  const files = new Map<string, Buffer>()
  for (let at = 0; bytes.readUInt32LE(at) === 0x04034b50; ) {
    const [length, named] = [bytes.readUInt32LE(at + 18), bytes.readUInt16LE(at + 26)]
    files.set(bytes.toString('utf8', at + 30, at + 30 + named), bytes.subarray(at + 30 + named, at + 30 + named + length))
    at += 30 + named + length
  }
  const { files: listed, entries } = JSON.parse(files.get('manifest.json')?.toString() ?? '') as { files: { path: string; sha256: string }[]; entries: { seq: number; action: string }[] }
  expect([...files.keys()].sort()).toEqual([...listed.map(({ path }) => path), 'manifest.json'].sort())
  for (const { path, sha256 } of listed) expect(createHash('sha256').update(files.get(path) ?? '').digest('hex'), path).toBe(sha256)
  expect(files.get('scores.onnx')?.toString()).toBe('a model')
  const [logKey] = ledger.verifierKeys()
  for (const { seq } of entries) {
    const leaf = hashLeaf(files.get(`entries/${String(seq).padStart(8, '0')}.json`) ?? Buffer.alloc(0))
    expect(() => verifyProofFile(files.get(`proofs/${String(seq).padStart(8, '0')}.tlog-proof`)?.toString() ?? '', leaf, parseVerifierKey(logKey?.text ?? ''))).not.toThrow()
  }
  expect(entries.map(({ action }) => action)).toEqual(expect.arrayContaining(['ledger.created', 'run.started', 'model.version.registered', 'model.key.introduced', 'model.version.signed']))
  await expect(answers['models.export']({ ...version, to, purpose: 'again' }, who)).rejects.toMatchObject({ code: 'already-exists' })
  expect(readdirSync(dirname(to)).filter((name) => name.startsWith('.'))).toEqual([])
}

describe('an export', () => {
  it('is not signed of another ledger than the one that was shown', async () => {
    const paul = await signIn('paul')
    const { ledger } = workplace.ready()
    const exporting = answerEvidence(workplace)['evidence.export']({ ...key, treeSize: ledger.size - 1, passphrase: PASSPHRASE }, paul)
    await expect(exporting).rejects.toMatchObject({ code: 'conflict' })
    expect(ledger.count({ action: 'evidence.pack.exported' })).toBe(0)
  })
})

describe('an enrolment', () => {
  it('is not recorded when its administrator ceased to be one while the key was sealed', async () => {
    const [asta, ada] = [(await signIn('asta')).actor(), { handle: 'ada', displayName: 'Ada', roles: ['administrator'] as Role[] }]
    const { ledger, people } = workplace.ready()
    await enrolWithOwnPassphrase(workplace, asta, ada)
    const other = (await signIn('ada')).actor()
    const enrolling = people.enrol(asta, { ...ada, handle: 'mallory', displayName: 'Mallory', passphrase: PASSPHRASE })
    people.setRoles(other, asta.person, ['auditor'])
    await expect(enrolling).rejects.toMatchObject({ code: 'not-permitted' })
    expect(people.credentials('mallory')).toBeUndefined()
    expect(ledger.count({ action: 'person.enrolled' })).toBe(4)
  })
})
