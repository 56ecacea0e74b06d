import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PYTHON } from '../../resources/verifier/testing/python.ts'
import { modelRequests } from '../../shared/contract/models.ts'
import { ProjectId, RequestError, RunId, type ForeignModel, type Role } from '../../shared/contract/index.ts'
import { dataFolder } from '../client/index.ts'
import { decodeManifest, encodeManifest } from '../content/index.ts'
import { PackFolder } from '../evidence/pack-folder.ts'
import { readZip } from '../evidence/zip-reader.ts'
import { writeZip } from '../evidence/zip.ts'
import { canonicalJson, verifierKeyText, type JsonValue } from '../ledger/index.ts'
import { publicKeyText, signModel } from '../registry/model-signature.ts'
import { answerEvidence } from './requests/evidence.ts'
import { answerModels } from './requests/models.ts'
import type { Call } from './router.ts'
import { enrolWithOwnPassphrase, openTestWorkplace, PASSPHRASE } from './test-workplace.ts'
import type { Workplace } from './workplace.ts'
import { verifyBlobs } from './blob-verification.ts'

const project = ProjectId.parse('credit')
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')
const said = { project, model: 'scores', source: 'https://models.example/scores', licence: 'Apache-2.0' }
/** The name of a verifier key. */
const ORIGIN_OF = (key: string) => key.split('+')[0] ?? ''
const WEIGHTS = Buffer.concat([Buffer.from('0e00000000000000', 'hex'), Buffer.from('{"weights":{}}')])

let workplace: Workplace
let answers: ReturnType<typeof answerModels>
let erin: Call
let paul: Call

async function signIn(handle: string): Promise<Call> {
  const clientKey = handle.padEnd(64, '0')
  const { sessions } = workplace.ready()
  await sessions.open(clientKey, handle, PASSPHRASE)
  return { clientKey, actor: () => sessions.actor(clientKey), holdings: () => sessions.holdings(clientKey), signal: new AbortController().signal, progress: () => undefined }
}

beforeAll(async () => {
  workplace = await openTestWorkplace()
  answers = answerModels(workplace)
  const { db, ledger, orchestrator } = workplace.ready()
  const asta = (await signIn('asta')).actor()
  for (const [handle, role] of [['erin', 'engineer'], ['paul', 'approver']] as [string, Role][]) await enrolWithOwnPassphrase(workplace, asta, { handle, displayName: handle, roles: [role] })
  ;[erin, paul] = [await signIn('erin'), await signIn('paul')]
  db.prepare(`INSERT INTO projects VALUES ('credit', '/nowhere', 'Credit', 'Scoring', '["provider"]', '', '2026-11-23T09:00:00.000Z', 0)`).run()
  ledger.commit((tx) => tx.append(orchestrator, { action: 'project.created', subject: [], detail: { project, name: 'Credit', intendedPurpose: 'Scoring', roles: ['provider'], annexIII: '' } }))
})
afterAll(() => workplace.close())

/** A folder that holds these files. */
function folder(files: Readonly<Record<string, string | Buffer>>): string {
  const root = mkdtempSync(join(tmpdir(), 'foreign-'))
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}

const examine = (path: string, given: Partial<ForeignModel> = {}) => answers['models.examine']({ ...said, path, ...given }, erin)
async function take(path: string, given: Partial<ForeignModel> = {}) {
  const { artifact, statement } = await examine(path, given)
  return answers['models.import']({ ...said, path, ...given, artifact, statement, passphrase: PASSPHRASE }, erin)
}
/** Something else is recorded. */
const happen = (place: Workplace) => place.ready().ledger.commit((tx) => tx.append(place.ready().orchestrator, { action: 'orchestrator.stopped', subject: [], detail: { reason: 'test' } }))
const imports = () => workplace.ready().ledger.count({ action: 'model.version.imported' })

/** That nothing is recorded of it, whoever asks. */
async function refused(path: string, message: string, given: Partial<ForeignModel> = {}) {
  const before = imports()
  await expect(take(path, given)).rejects.toMatchObject({ message: expect.stringContaining(message) as string })
  expect(imports()).toBe(before)
}

/** A signature over these files, and its key, in files beside each other. */
function signed(files: Readonly<Record<string, string | Buffer>>, { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }) {
  const bundle = signModel({ name: 'scores', files: Object.entries(files).map(([name, content]) => ({ name, sha256: sha256(content) })) }, privateKey)
  const root = folder({ 'model.sig': bundle, 'key.pem': publicKeyText(publicKey) })
  return { path: join(root, 'model.sig'), publicKey: join(root, 'key.pem') }
}

describe('a model from outside', () => {
  it('becomes a version that its importer vouches for, of exactly what was read', async () => {
    const path = join(folder({ 'net.onnx': Buffer.from('080a1200', 'hex') }), 'net.onnx')
    const digest = sha256(readFileSync(path))
    const found = await examine(path, { sha256: digest })
    expect(found).toMatchObject({ kind: 'file', artifact: digest, files: 1, bytes: 4, format: 'onnx', runsCode: 'no', isSpdx: true, gatesFrom: null, signedBy: null, spdxMeant: null })
    const version = await take(path, { sha256: digest })
    const { ledger, blobs } = workplace.ready()
    const { entry } = ledger.entry(version.entry)
    expect([entry.action, entry.actor]).toEqual(['model.version.imported', erin.actor().signer.name])
    expect(entry.subject).toEqual([{ name: `scores ${version.version}`, digest: { sha256: digest } }])
    expect(entry.detail).toMatchObject({ author: erin.actor().person, artifact: digest, hash: 'given', source: said.source, licence: 'Apache-2.0', gatesFrom: 'none', statement: found.statement, meaning: found.meaning })
    expect(version).toMatchObject({ run: null, stage: 'experiment', imported: { kind: 'file', hash: 'given' } })
    const { hint, entry: at, keyEntry } = version.signed ?? {}
    expect(ledger.entry(at ?? -1).entry).toMatchObject({ action: 'model.version.signed', detail: { hint, version: version.version } })
    expect(ledger.entry(keyEntry ?? -1).entry).toMatchObject({ action: 'model.key.introduced', detail: { hint } })
    expect(version.lineage.nodes.map(({ kind }) => kind)).toEqual(['outside', 'version'])
    expect(await blobs.check(digest)).toBe('whole')
  })

  it('is decided on by a second person, who leaves with it as with any other', async () => {
    const { version } = await take(folder({ 'model.safetensors': WEIGHTS, 'config.json': '{}', 'sub/tokens.txt': 'a b', '.git/config': 'x' }))
    const key = { project, model: 'scores', version }
    const { ledger, registry } = workplace.ready()
    registry.promotions.request(erin.actor(), key, 'staging')
    const decide = (who: Call) => answers['models.decide']({ ...key, decision: 'approved', comment: '', treeSize: ledger.size, passphrase: PASSPHRASE }, who)
    await expect(decide(erin)).rejects.toMatchObject({ code: 'not-permitted' })
    workplace.ready().people.setRoles((await signIn('asta')).actor(), erin.actor().person, ['engineer', 'approver'])
    await expect(decide(await signIn('erin'))).rejects.toMatchObject({ code: 'four-eyes', message: expect.stringContaining('You imported this version') as string })
    expect((await decide(paul)).stage).toBe('staging')

    const checked = await answers['models.verify'](key, paul)
    expect(checked.files.map(({ name }) => name).sort()).toEqual(['config.json', 'model.safetensors', 'sub/tokens.txt'])
    const out = join(mkdtempSync(join(tmpdir(), 'out-')), 'copy')
    await answers['models.download']({ ...key, to: out, purpose: 'a test' }, paul)
    expect(readFileSync(join(out, 'sub/tokens.txt'), 'utf8')).toBe('a b')
    expect(existsSync(join(out, '.git'))).toBe(false)
    await answers['models.export']({ ...key, to: `${out}.zip`, purpose: 'a test' }, paul)
    expect(readFileSync(`${out}.zip`).includes('model/sub/tokens.txt')).toBe(true)
    const { markdown } = await answers['models.card'](key, paul)
    expect(markdown).toContain('Its importer states the licence: Apache-2.0')
    const bom = JSON.parse((await answers['models.bom'](key, paul)).json) as { metadata: { component: { licenses: unknown; externalReferences: unknown; components: unknown[] } } }
    expect(bom.metadata.component).toMatchObject({ licenses: [{ expression: 'Apache-2.0' }], externalReferences: [{ type: 'distribution', url: said.source }] })
    expect(bom.metadata.component.components).toHaveLength(3)
    expect(await verifyBlobs(workplace.ready())).toMatchObject({ ok: true, unreferenced: { count: 0 } })
  })

  it('is held to the gates of the last run of its model, and told what would meet them', async () => {
    const { ledger, orchestrator, registry, blobs } = workplace.ready()
    await blobs.putBytes(Buffer.alloc(0))
    const gates = [{ model: 'gated', gates: [{ to: 'staging' as const, conditions: [{ metric: 'auc', bound: 'min' as const, threshold: '0.7' }], approvals: 1 }] }]
    const code = { commit: 'unknown' as const, dirty: 'unknown' as const, diff: '' as const }
    const start = (run: number, of: typeof gates) => ledger.commit((tx) => tx.append(orchestrator, { action: 'run.started', subject: [], detail: { run, project, pipeline: sha256(''), stages: [], parameters: {}, snapshots: [], code, gates: of } })).seq
    start(1, [])
    const from = start(2, gates)
    start(3, [])
    const { version, imported, gates: held } = await take(folder({ 'a.onnx': Buffer.from('08', 'hex') }), { model: 'gated' })
    expect(imported?.gatesFrom).toBe(from)
    const registered = { project, model: 'gated', version: 9, run: 2, stage: 'train', author: erin.actor().person, artifact: sha256(''), bytes: 0, format: 'onnx', metrics: {} }
    ledger.commit((tx) => tx.append(orchestrator, { action: 'model.version.registered', subject: [], detail: registered }))
    // Which says lower gates, and makes nothing.
    start(4, [{ model: 'gated', gates: [] }])
    expect(registry.gatesOfImport(project, 'gated', undefined).gatesFrom).toBe(from)
    expect(held[0]).toMatchObject({ to: 'staging', met: false, conditions: [{ metric: 'auc', value: null }] })
    expect(() => registry.promotions.request(erin.actor(), { project, model: 'gated', version }, 'staging')).toThrow(/auc was not recorded, the gate asks for at least 0.7\. It was imported, so no run here measured or tested it\. Let a pipeline read its file/)
  })
})

it('a pack about a model from outside says so, and both verifiers accept it', async () => {
  const files = { 'model.safetensors': WEIGHTS, 'config.json': '{}' }
  const { version } = await take(folder(files), { model: 'packed', signature: signed(files, generateKeyPairSync('ec', { namedCurve: 'secp384r1' })) })
  const key = { project, model: 'packed', version }
  const { ledger, registry, evidence } = workplace.ready()
  registry.promotions.request(erin.actor(), key, 'staging')
  await answers['models.decide']({ ...key, decision: 'approved', comment: '', treeSize: ledger.size, passphrase: PASSPHRASE }, paul)
  const pack = await answerEvidence(workplace)['evidence.export']({ ...key, treeSize: ledger.size, passphrase: PASSPHRASE }, paul)
  expect((await evidence.verify(pack.id)).findings).toEqual([])
  const [logKey] = ledger.verifierKeys()
  const said = JSON.parse(execFileSync(PYTHON, [join(pack.folder, 'verify.py'), '--key', logKey?.text ?? '', '--json'], { encoding: 'utf8' })) as { ok: boolean; proved: string[] }
  expect([said.ok, said.proved.includes('four-eyes')]).toEqual([true, true])
  const report = readFileSync(join(pack.folder, 'data/report.html'), 'utf8')
  expect(report).toContain('No run of this workplace is known to have made it.')
  expect(readdirSync(join(pack.folder, 'data/documents')).flatMap((each) => readdirSync(join(pack.folder, 'data/documents', each))).sort()).toEqual(['model.sig', 'source.pem', 'source.sig'])
})

describe('what is said of a model from outside', () => {
  it('is that it can run code, by the files that can', async () => {
    const { imported, format } = await take(folder({ 'model.pt': Buffer.from('80028a', 'hex'), 'config.json': '{}' }))
    expect([format, imported?.runsCode, imported?.code.map(({ path }) => path)]).toEqual(['torch', 'yes', ['model.pt']])
  })

  it('is one line without characters that steer a terminal', () => {
    const { params } = modelRequests['models.examine']
    for (const odd of ['a\nb', '\u001b[2J', 'a\u202eb', '', ' ', 'x'.repeat(501)]) {
      expect(params.safeParse({ ...said, path: '/x', source: odd }).success, JSON.stringify(odd)).toBe(false)
      expect(params.safeParse({ ...said, path: '/x', licence: odd }).success, JSON.stringify(odd)).toBe(false)
    }
  })

  it('shows as text wherever it is written, and as no licence that it is not', async () => {
    const licence = '<script>alert(1)</script> [x](javascript:1) | MIT'
    const { version } = await take(folder({ 'm.gguf': 'GGUF1' }), { licence, source: 'a stick | of *ours*' })
    const key = { project, model: 'scores', version }
    const { markdown, html } = await answers['models.card'](key, paul)
    expect(html).not.toContain('<script>')
    expect(markdown).not.toMatch(/(?<!\\)<|(?<!\\)\]\(/)
    const { metadata } = JSON.parse((await answers['models.bom'](key, paul)).json) as { metadata: { component: { licenses: unknown; externalReferences?: unknown } } }
    expect([metadata.component.licenses, metadata.component.externalReferences]).toEqual([[{ license: { name: licence } }], undefined])
    const meant = async (written: string) => (await examine(folder({ 'm.gguf': 'GGUF1' }), { licence: written })).spdxMeant
    expect([await meant('Apache 2.0'), await meant('apache-2.0'), await meant(licence), await meant('MIT')]).toEqual(['Apache-2.0', 'Apache-2.0', expect.anything(), null])
  })
})

describe('a model that came signed', () => {
  const files = { 'model.safetensors': WEIGHTS, 'config.json': '{}' }
  const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })

  it('is taken in under the key that its importer gave, and signature and key are kept', async () => {
    const root = folder(files)
    const signature = signed(files, p256)
    // Beside the model, where its signer puts it.
    writeFileSync(join(root, 'model.sig'), readFileSync(signature.path))
    const { imported, entry } = await take(root, { signature: { ...signature, path: join(root, 'model.sig') } })
    const hint = sha256(publicKeyText(p256.publicKey))
    expect(imported).toMatchObject({ signedBy: hint, files: 2 })
    const { ledger, blobs } = workplace.ready()
    const { signature: kept } = ledger.entry(entry).entry.detail as { signature: { hint: string; signature: string } }
    expect((await blobs.read(kept.hint)).toString()).toBe(publicKeyText(p256.publicKey))
    expect(await blobs.read(kept.signature)).toEqual(readFileSync(signature.path))
  })

  it.each([
    ['of another file', { ...files, 'config.json': '[]' }, 'is of another config.json'],
    ['of a file that is not there', { ...files, 'more.bin': 'x' }, 'is also of "more.bin"'],
    ['that says nothing of a file', { 'model.safetensors': WEIGHTS }, 'says nothing of config.json'],
  ])('is refused with a signature %s', async (_, over, message) => {
    await refused(folder(files), message, { signature: signed(over, p256) })
  })

  it('is refused under another key than the one that signed it, and under one of another kind', async () => {
    const other = folder({ 'key.pem': publicKeyText(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey), 'ed.pem': generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }), 'no.pem': 'x' })
    const signature = signed(files, p256)
    await refused(folder(files), 'is signed with another key', { signature: { ...signature, publicKey: join(other, 'key.pem') } })
    await refused(folder(files), 'is no public key in PEM', { signature: { ...signature, publicKey: join(other, 'no.pem') } })
    await refused(folder(files), 'another key', { signature: { ...signature, publicKey: join(other, 'ed.pem') } })
  })
})

describe('a bundle', () => {
  let zip: string
  let logKey: string

  beforeAll(async () => {
    const { version } = await take(folder({ 'model.safetensors': WEIGHTS, 'config.json': '{}' }), { model: 'handed' })
    zip = join(mkdtempSync(join(tmpdir(), 'bundle-')), 'handed.zip')
    await answers['models.export']({ project, model: 'handed', version, to: zip, purpose: 'a test' }, paul)
    logKey = workplace.ready().ledger.verifierKeys()[0]?.text ?? ''
  })

  /** The bundle made again of files that somebody changed, with a manifest that lists them as they are now. */
  async function forged(change: (files: Map<string, Buffer>) => void, { changeList = (entries) => entries, of = zip, file }: { changeList?: (entries: { seq: number }[]) => { seq: number }[]; of?: string; file?: string } = {}): Promise<string> {
    const bytes = readFileSync(of)
    const { members } = await readZip(of, { signal: new AbortController().signal, onRead: () => undefined })
    const files = new Map(members.map(({ path, offset, bytes: length }) => [path, bytes.subarray(offset, offset + length)]))
    const manifest = JSON.parse(files.get('manifest.json')?.toString() ?? '') as { files: unknown; entries: unknown; model: { artifact: string; file: string } }
    files.delete('manifest.json')
    change(files)
    const root = mkdtempSync(join(tmpdir(), 'forged-'))
    const pack = new PackFolder(join(root, 'files'))
    for (const [path, content] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) await pack.add(path, content)
    manifest.files = pack.files.map(({ path, bytes: length, sha256: digest }) => ({ path, bytes: length, sha256: digest }))
    manifest.entries = changeList((manifest.entries as { seq: number }[]).filter(({ seq }) => files.has(`entries/${String(seq).padStart(8, '0')}.json`)))
    const content = pack.files.flatMap(({ path, bytes: length, sha256: digest }) => (path.startsWith('model/') ? [{ path: path.slice(6), bytes: length, sha256: digest }] : []))
    if (file === undefined) manifest.model.artifact = encodeManifest(content).sha256
    else manifest.model.file = file
    await pack.add('manifest.json', canonicalJson(manifest as JsonValue))
    await writeZip(join(root, 'forged.zip'), pack.root, pack.files)
    return join(root, 'forged.zip')
  }

  it('is taken in under the log key of its ledger, with all that came with it', async () => {
    expect(await examine(zip, { logKey, model: 'taken' })).toMatchObject({ kind: 'folder', files: 2, format: 'safetensors', bundle: { model: 'handed', logKey } })
    const { imported, entry, artifact } = await take(zip, { logKey, model: 'taken' })
    const { ledger, blobs, signatures, registry } = workplace.ready()
    expect(imported).toMatchObject({ signedBy: (await signatures.check(registry.version({ project, model: 'handed', version: 1 }))).hint, bundle: { origin: ledger.origin, project: 'credit', model: 'handed', version: 1 } })
    const { bundle } = ledger.entry(entry).entry.detail as { bundle: { sha256: string; papers: string } }
    expect(bundle.sha256).toBe(sha256(readFileSync(zip)))
    expect(decodeManifest(await blobs.read(artifact)).map(({ path }) => path)).toEqual(['config.json', 'model.safetensors'])
    expect(decodeManifest(await blobs.read(bundle.papers)).map(({ path }) => path)).toEqual(expect.arrayContaining(['checkpoint.txt', 'manifest.json', 'model.sig', 'entries/00000000.json']))
    expect(await verifyBlobs(workplace.ready())).toMatchObject({ ok: true })
  })

  it('of this very ledger is recognised, and so is its content without the bundle, by whoever may read of it', async () => {
    const { entry } = workplace.ready().registry.version({ project, model: 'handed', version: 1 })
    const known = { project, model: 'handed', version: 1, entry, run: null }
    expect(await examine(zip, { logKey, model: 'back' })).toMatchObject({ statement: expect.stringContaining(`It is the content of ${(await examine(zip, { logKey })).known?.model ?? ''} `) as string })
    const files = folder({ 'model.safetensors': WEIGHTS, 'config.json': '[1]' })
    await take(files, { model: 'first' })
    expect((await examine(files)).known).toMatchObject({ model: 'first', run: null })
    const stranger: Call = { ...erin, holdings: () => erin.holdings().map((each) => ({ ...each, scope: { kind: 'model', project, model: 'other' } })) }
    const unknown = await answers['models.examine']({ ...said, path: files, model: 'other' }, stranger)
    expect(unknown).toMatchObject({ known: null, statement: expect.stringContaining('I know of no run of this workplace that made it.') as string })
    // Who has the bundle has read what it says.
    expect((await answers['models.examine']({ ...said, path: zip, logKey, model: 'other' }, stranger)).known).toEqual(known)
  })

  it('of what a run of this ledger made is held to the gates of that run under another name too, and leads to it', async () => {
    const { db, ledger, orchestrator, registry, evidence } = workplace.ready()
    const { artifact } = registry.version({ project, model: 'handed', version: 1 })
    const gates = [{ model: 'made', gates: [{ to: 'staging' as const, conditions: [{ metric: 'auc', bound: 'min' as const, threshold: '0.7' }], approvals: 2 }] }]
    const code = { commit: 'unknown' as const, dirty: 'unknown' as const, diff: '' as const }
    const run = RunId.parse(77)
    const author = erin.actor().person
    const from = ledger.commit((tx) => tx.append(orchestrator, { action: 'run.started', subject: [], detail: { run, project, pipeline: sha256(''), stages: [], parameters: {}, snapshots: [], code, gates } })).seq
    db.prepare(`INSERT INTO runs (id, project, folder, state, started_by, started_at, entry, pipeline, parameters, snapshots, code) VALUES (?, ?, '/nowhere', 'succeeded', ?, '', ?, ?, '{}', '[]', ?)`).run(run, project, author, from, '{"stages":[],"edges":[]}', JSON.stringify(code))
    ledger.commit((tx) => registry.register(tx, { project, model: 'made', run, stage: 'train', author, artifact, bytes: 2, format: 'safetensors', metrics: {}, runEntry: from }))
    const made = registry.version({ project, model: 'made', version: 1 })

    const taken = await take(zip, { logKey, model: 'renamed' })
    expect(taken.imported).toMatchObject({ gatesFrom: from, known: { model: 'made', version: 1, run, entry: made.entry }, statement: expect.stringMatching(new RegExp(`Run 77 of this workplace made it, as made 1, registered in entry ${made.entry}\\.$`)) as string })
    expect(taken.gates[0]).toMatchObject({ to: 'staging', approvalsNeeded: 2, conditions: [{ metric: 'auc', met: false }] })
    expect(taken.lineage.edges).toEqual(expect.arrayContaining([{ from: 'run-77', to: 'known', entry: made.entry }, { from: 'known', to: 'version-1', entry: taken.entry }]))
    const key = { project, model: 'renamed', version: 1 }
    expect((await answers['models.card'](key, paul)).markdown).toContain(`registered: run 77 of this workplace made it. (entry ${taken.entry})`)
    expect((await answers['models.bom'](key, paul)).json).toContain('"strongroom:content-of-run"')
    const pack = await answerEvidence(workplace)['evidence.export']({ ...key, treeSize: ledger.size, passphrase: PASSPHRASE }, paul)
    expect((await evidence.verify(pack.id)).findings).toEqual([])
    expect(readFileSync(join(pack.folder, 'data/report.html'), 'utf8')).toContain('which run 77 of this workplace made')
  })

  it('is refused where it calls itself one of this ledger and is of none of its past', async () => {
    const copied = mkdtempSync(join(tmpdir(), 'copied-'))
    cpSync(workplace.folder.root, copied, { recursive: true, filter: (from) => !/orchestrator\.(sock|lock|json)$/.test(from) })
    const to = join(mkdtempSync(join(tmpdir(), 'bundle-')), 'later.zip')
    happen(workplace)
    await answers['models.export']({ project, model: 'handed', version: 1, to, purpose: 'a test' }, paul)
    const older = await openTestWorkplace({ folder: dataFolder(copied) })
    const namesake = await openTestWorkplace({ origin: workplace.ready().ledger.origin })
    try {
      const examineIn = (place: Workplace, path: string) => answerModels(place)['models.examine']({ ...said, path, logKey }, erin)
      const { ledger } = older.ready()
      await expect(examineIn(older, to)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining(`has ${ledger.size}: it was cut short`) as string })
      const { size } = workplace.ready().ledger
      while (ledger.size < size) happen(older)
      await expect(examineIn(older, to)).rejects.toMatchObject({ message: expect.stringContaining('two histories') as string })
      namesake.ready().db.prepare(`INSERT INTO projects SELECT 'credit', '/nowhere', 'Credit', 'Scoring', '["provider"]', '', '', 0`).run()
      const { sessions } = namesake.ready()
      await sessions.open('n'.repeat(64), 'asta', PASSPHRASE)
      const there = { ...erin, actor: () => sessions.actor('n'.repeat(64)) }
      await expect(answerModels(namesake)['models.examine']({ ...said, path: zip, logKey }, there)).rejects.toMatchObject({ message: expect.stringContaining('somebody made a ledger of its name') as string })
    } finally {
      await older.close()
      await namesake.close()
    }
  })

  it('is refused under another log key, and as what it is not', async () => {
    const other = verifierKeyText(ORIGIN_OF(logKey), generateKeyPairSync('ed25519').publicKey)
    await refused(zip, "The ledger's first log key is", { logKey: other })
    await refused(zip, 'it is not name+hash+key', { logKey: 'nonsense' })
    await refused(zip, 'Give the first log key of its ledger', {})
    await refused(folder({ a: 'b' }), 'is no regular file', { logKey })
    await refused(join(folder({ 'a.zip': 'b' }), 'a.zip'), 'is no zip as Strongroom writes them', { logKey })
    await refused(zip, 'give the log key alone', { logKey, signature: signed({}, generateKeyPairSync('ec', { namedCurve: 'prime256v1' })) })
  })

  it('is refused wherever one byte of it is another', async () => {
    const bytes = readFileSync(zip)
    const path = join(mkdtempSync(join(tmpdir(), 'flipped-')), 'flipped.zip')
    // Of its first header, its end record, and a sample between.
    for (let at = 0; at < bytes.length; at += at < 60 || at > bytes.length - 60 ? 3 : 997) {
      const flipped = Buffer.from(bytes)
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at)
      writeFileSync(path, flipped)
      await expect(examine(path, { logKey }), `byte ${at}`).rejects.toMatchObject({ code: 'conflict' })
    }
    for (const altered of [Buffer.concat([bytes, Buffer.of(0)]), Buffer.concat([Buffer.of(0), bytes]), bytes.subarray(0, -1)]) {
      writeFileSync(path, altered)
      await expect(examine(path, { logKey })).rejects.toMatchObject({ code: 'conflict' })
    }
  })

  it.each([
    ['another model', (files: Map<string, Buffer>) => files.set('model/config.json', Buffer.from('[]')), 'its entries do not register'],
    ['a file more', (files: Map<string, Buffer>) => files.set('model/more.py', Buffer.from('x')), 'its entries do not register'],
    ['another signature', (files: Map<string, Buffer>) => files.set('model.sig', Buffer.from('{}')), 'its entries do not record'],
    ['another key', (files: Map<string, Buffer>) => files.set('registry.pem', Buffer.from(publicKeyText(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).publicKey))), 'its entries do not introduce'],
    ['no first entry', (files: Map<string, Buffer>) => files.delete('entries/00000000.json'), 'Nothing of it is believed'],
  ])('with %s is refused though its manifest agrees', async (_, change, message) => {
    await refused(await forged((files) => void change(files)), message, { logKey })
  })

  it('of a file that was called otherwise on the way is weighed as what its entry registers', async () => {
    const { version } = await take(join(folder({ 'net.h5': Buffer.from('weights of a net') }), 'net.h5'), { model: 'lambda' })
    const to = join(mkdtempSync(join(tmpdir(), 'bundle-')), 'lambda.zip')
    await answers['models.export']({ project, model: 'lambda', version, to, purpose: 'a test' }, paul)
    const renamed = await forged((files) => {
      files.set('lambda.txt', files.get('lambda.keras') ?? Buffer.alloc(0))
      files.delete('lambda.keras')
    }, { of: to, file: 'lambda.txt' })
    for (const path of [to, renamed]) expect(await examine(path, { logKey, model: 'taken' })).toMatchObject({ format: 'keras', runsCode: 'yes', code: [{ path: 'lambda.keras' }] })
  })

  it('that names an entry again and again is refused before each is read again', async () => {
    const zipped = await forged(() => undefined, { changeList: (entries) => entries.flatMap((entry) => [entry, entry]) })
    await refused(zipped, 'lists its entries in another order', { logKey })
  })
})

describe('what is no model', () => {
  it.each([
    ['a link that leads out', (root: string) => symlinkSync('/etc/hostname', join(root, 'a')), 'holds a link that leads out of it'],
    ['a link within', (root: string) => symlinkSync('config.json', join(root, 'a')), 'is a link to config.json'],
    ['a pipe', (root: string) => void execFileSync('mkfifo', [join(root, 'a')]), 'neither a file nor a folder'],
    ['a name that steers a terminal', (root: string) => writeFileSync(join(root, '\u001b[2Ja'), 'x'), '[U+001B][2Ja has a name with characters that do not show'],
    ['a name that reverses text', (root: string) => writeFileSync(join(root, 'a\u202efdp.exe'), 'x'), '[U+202E]'],
  ])('is not taken in: %s', async (_, add, message) => {
    const root = folder({ 'config.json': '{}' })
    add(root)
    await refused(root, message)
  })

  it('is not taken in: nothing, the workplace itself, what is not there', async () => {
    await refused(folder({}), 'holds nothing')
    await refused(workplace.folder.keys, "that is the workplace's own")
    await refused(dirname(workplace.folder.root), "that is the workplace's own")
    await refused('/nowhere/at/all', 'it is not there')
    await refused('relative', 'is not an absolute path')
  })

  it('is not taken in under a hash that it does not have, nor once it is not what was shown', async () => {
    const path = join(folder({ 'net.onnx': Buffer.from('08', 'hex') }), 'net.onnx')
    await refused(path, 'it is not the model that you were told of', { sha256: '0'.repeat(64) })
    const { artifact, statement } = await examine(path)
    appendFileSync(path, 'more')
    const before = imports()
    await expect(answers['models.import']({ ...said, path, artifact, statement, passphrase: PASSPHRASE }, erin)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('is not what was shown any more') as string })
    expect(imports()).toBe(before)
  })

  it('is not recorded where a file changes between being read and being stored', async () => {
    const root = folder({ 'a.onnx': Buffer.from('08', 'hex'), 'b.onnx': Buffer.from('0801', 'hex') })
    const { artifact, statement } = await examine(root)
    const { blobs } = workplace.ready()
    const before = imports()
    const forEntry = blobs.forEntry.bind(blobs)
    vi.spyOn(blobs, 'forEntry').mockImplementationOnce(async (work) => {
      appendFileSync(join(root, 'b.onnx'), '!')
      return forEntry(work)
    })
    await expect(answers['models.import']({ ...said, path: root, artifact, statement, passphrase: PASSPHRASE }, erin)).rejects.toMatchObject({ message: 'b.onnx changed while it was read. Nothing was recorded. Try again when nothing writes to it.' })
    expect(imports()).toBe(before)
  })

  it('is not read on once that is cancelled, in the middle of a file too, and nothing half lies in the store', async () => {
    const path = join(folder({ 'net.bin': Buffer.alloc(3 << 20, 'x') }), 'net.bin')
    const { artifact, statement } = await examine(path)
    const before = imports()
    /** Cancels as soon as so many MiB of the file were read. */
    const cancelAfter = (chunks: number) => {
      const abort = new AbortController()
      let asked = 0
      vi.spyOn(abort.signal, 'throwIfAborted').mockImplementation(() => {
        if (++asked === chunks) abort.abort()
        if (abort.signal.aborted) throw abort.signal.reason as Error
      })
      return { signal: abort.signal, asked: () => asked }
    }
    const importing = (signal: AbortSignal) => answers['models.import']({ ...said, path, artifact, statement, passphrase: PASSPHRASE }, { ...erin, signal })
    // Reading asks once before the file and for each MiB of it; storing again.
    for (const chunks of [2, 3, 6, 7]) {
      const { signal, asked } = cancelAfter(chunks)
      await expect(importing(signal)).rejects.toMatchObject({ name: 'AbortError' })
      expect([asked(), readdirSync(join(workplace.folder.root, 'blobs', 'incoming')), imports()]).toEqual([chunks, [], before])
    }
    expect(existsSync(workplace.ready().blobs.pathOf(artifact))).toBe(false)
    expect((await importing(erin.signal)).artifact).toBe(artifact)
  })

  it('leaves none of its files in the store where it is not recorded', async () => {
    const { blobs, registry } = workplace.ready()
    const path = folder({ 'config.json': '{}', 'net.bin': 'the weights', 'vocabulary.txt': 'a word' })
    const { artifact, statement } = await examine(path)
    const kept = () => readdirSync(join(workplace.folder.root, 'blobs/sha256'), { recursive: true, encoding: 'utf8' }).filter((name) => name.length > 64).sort()
    const before = kept()
    const recorded = vi.spyOn(registry, 'import').mockImplementation(() => {
      expect(existsSync(blobs.pathOf(artifact))).toBe(true)
      throw new RequestError('disk-full', 'no room for the entry')
    })
    const importing = async () => answers['models.import']({ ...said, path, artifact, statement, passphrase: PASSPHRASE }, erin)
    await expect(importing()).rejects.toMatchObject({ code: 'disk-full' })
    expect(kept()).toEqual(before)
    recorded.mockRestore()
    await importing()
    expect(existsSync(blobs.pathOf(artifact))).toBe(true)
  })

  it('is imported once where it is asked for twice at once', async () => {
    const path = join(folder({ 'net.onnx': Buffer.from('0802', 'hex') }), 'net.onnx')
    const { artifact, statement } = await examine(path)
    const before = imports()
    const twice = await Promise.allSettled([1, 2].map(async () => answers['models.import']({ ...said, path, artifact, statement, passphrase: PASSPHRASE }, erin)))
    expect(twice.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(twice.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict', message: expect.stringContaining('is being imported already') as string } })
    expect(imports()).toBe(before + 1)
    // What she signs now says that it is here already.
    await expect(answers['models.import']({ ...said, path, artifact, statement, passphrase: PASSPHRASE }, erin)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('What you would sign is not what was shown any more') as string })
    expect((await take(path)).imported?.known).toMatchObject({ model: 'scores', run: null })
  })

  it('is not even read for somebody whose passphrase another person chose', async () => {
    const { people, sessions } = workplace.ready()
    await people.enrol((await signIn('asta')).actor(), { handle: 'newt', displayName: 'Newt', roles: ['engineer'], passphrase: PASSPHRASE })
    const clientKey = 'n'.repeat(64)
    await sessions.open(clientKey, 'newt', PASSPHRASE)
    const newt: Call = { ...erin, clientKey, actor: () => sessions.actor(clientKey), holdings: () => sessions.holdings(clientKey) }
    expect(() => answers['models.examine']({ ...said, path: '/nowhere' }, newt)).toThrow(expect.objectContaining({ code: 'first-passphrase' }))
  })

  it('is signed with the passphrase given again, and with no other', async () => {
    const path = join(folder({ 'net.onnx': Buffer.from('08', 'hex') }), 'net.onnx')
    const before = imports()
    const { artifact, statement } = await examine(path)
    await expect(answers['models.import']({ ...said, path, artifact, statement, passphrase: 'another passphrase' }, erin)).rejects.toMatchObject({ code: 'wrong-passphrase' })
    expect(imports()).toBe(before)
  })
})

it('a folder is known by its manifest', async () => {
  const { artifact } = await examine(folder({ 'b.json': 'b', 'a/c.txt': 'c' }))
  expect(artifact).toBe(encodeManifest([{ path: 'b.json', bytes: 1, sha256: sha256('b') }, { path: 'a/c.txt', bytes: 1, sha256: sha256('c') }]).sha256)
  expect(readdirSync(join(workplace.folder.root, 'blobs', 'incoming'))).toEqual([])
})
