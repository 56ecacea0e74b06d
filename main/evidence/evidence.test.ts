import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startVerifiers } from '../../resources/verifier/testing/both-verifiers.ts'
import { ProjectId, RunId, type Pack } from '../../shared/contract/index.ts'
import { Ledger } from '../ledger/index.ts'
import type { ExportRequest } from './evidence.ts'
import { loadFrameworks } from './frameworks.ts'
import { Evidence } from './index.ts'
import { PackShelf } from './pack-shelf.ts'
import { writePack } from './pack.ts'
import { explainOmissions, KEYRING, readScope } from './scope.ts'
import { openTestWorkplace, RESOURCES, tellStory, type StoryOptions, type TestWorkplace } from './test-workplace.ts'

async function exportPack(options: StoryOptions = {}) {
  const workplace = await openTestWorkplace()
  const { project, version } = await tellStory(workplace, options)
  const { approver: actor, evidence } = workplace
  return { workplace, project, version, pack: await evidence.export({ actor, signer: actor.signer, project, version }) }
}

const readJson = (pack: Pack, name: string): unknown => JSON.parse(readFileSync(join(pack.folder, 'data', name), 'utf8'))

/** The honest pack, for tests that change neither it nor its workplace. */
const untouched = exportPack()

const verifiers = await startVerifiers()
afterAll(verifiers.close)

async function expectPassed(path: string): Promise<void> {
  const { mjs, py } = await verifiers.judge(path)
  expect(mjs).toMatchObject({ ok: true, findings: [] })
  expect(py).toEqual(mjs)
}

describe('what belongs to a version', () => {
  it('is found whatever the search index says, and a pack that lacks an entry of it is refused', async () => {
    const workplace = await openTestWorkplace()
    const { version, entries } = await tellStory(workplace, { inUse: ['incident'], earlier: 1 })
    const { ledger, ledgerOptions, db } = workplace
    const whole = readScope(ledger, version)
    ledger.count({ text: 'run' })
    db.prepare("DELETE FROM ledger_terms WHERE substr(term, 1, 1) IN ('=', '#')").run()
    expect(ledger.count({ action: 'person.enrolled' })).toBe(0)
    for (const each of [ledger, Ledger.open(db, ledgerOptions)]) {
      const { entries: found, earlier } = readScope(each, version)
      expect(found.map(({ seq }) => seq)).toEqual(whole.entries.map(({ seq }) => seq))
      expect(earlier).toEqual({ registrations: 1, refusals: 1 })
    }
    const actions = whole.entries.map(({ entry }) => entry.action)
    expect(actions).toEqual(expect.arrayContaining(['project.created', 'dataset.snapshot', 'run.started', 'stage.metrics.sealed', 'run.finished', 'model.promotion.approved', 'model.stage.changed']))
    expect(actions.filter((action) => KEYRING.includes(action))).toHaveLength(5)
    for (const lacking of [1, entries.snapshot, entries.run, entries.tested, entries.finished, entries.registered, entries.approved]) {
      const scope = { ...whole, entries: whole.entries.filter(({ seq }) => seq !== lacking) }
      await expect(explainOmissions(ledger, scope, () => undefined), String(lacking)).rejects.toThrow(`Entry ${lacking}, `)
    }
    await expect(explainOmissions(ledger, whole, () => undefined)).resolves.not.toEqual([])
  })
})

describe('a version of which a stage was taken over from an earlier run', () => {
  const taken = exportPack({ taken: true })

  it('has what was taken over in its pack, and nothing else of that run; both verifiers agree', async () => {
    const { pack, workplace, version } = await taken
    await expectPassed(pack.folder)
    const { ledger } = workplace
    const scope = readScope(ledger, version)
    const ofEarlier = scope.entries.filter(({ entry: { detail } }) => detail.run === 3).map(({ entry }) => entry.action)
    expect(ofEarlier).toEqual(['run.started', 'stage.started', 'stage.succeeded'])
    await expect(explainOmissions(ledger, { ...scope, entries: scope.entries.filter(({ entry }) => entry.detail.run !== 3) }, () => undefined)).rejects.toThrow('belongs into this pack')
  })

  it('does not pass off as set beforehand what was set when the result was known', async () => {
    const { pack, workplace, version } = await taken
    const report = readFileSync(join(pack.folder, 'data', 'report.html'), 'utf8')
    expect(report).toMatch(/Thresholds set beforehand<\/dt><dd>none recorded/)
    expect(report).toContain('Thresholds set after it had been measured')
    const row = (await workplace.evidence.coverage(version)).rows.find(({ citation }) => citation === 'Art. 9(8)')
    expect(row?.missing).toContain('run-params-metrics')
    expect(row?.text).toMatch(/after the test in entry \d+, whose result an earlier run had recorded/)
    const untaken = (await untouched).workplace.evidence
    const honest = (await untaken.coverage((await untouched).version)).rows.find(({ citation }) => citation === 'Art. 9(8)')
    expect(honest?.missing).not.toContain('run-params-metrics')
  })
})

describe('an exported pack', () => {
  it.each([
    ['a version that nobody decided on, without thresholds', { approved: false, thresholds: false }],
    ['hostile texts', { purpose: '=HYPERLINK("http://x")<script>alert(1)</script>\u202e', comment: '"><img src=x onerror=alert(1)>\r\n+1+1' }],
    ['code whose version git did not tell', { code: { commit: 'unknown', dirty: 'unknown' as const, diff: '', reason: 'git failed, because it did not answer within 20 s' } }],
    ['a report that is not JSON', { fairness: Buffer.from('{"attributes": [') }],
    ['a report with a member twice', { fairness: Buffer.from('{"type": "strongroom.dev/fairness-report/v1", "type": "x", "attributes": []}') }],
  ])('of %s passes both verifiers, and they agree', async (_, options) => {
    const { pack } = await exportPack(options)
    await expectPassed(pack.folder)
  })

  it('passes both as a folder and as a zip', async () => {
    const { pack } = await untouched
    await expectPassed(pack.folder)
    await expectPassed(pack.zip)
  })

  it('is found wanting by the service when a byte of it changes, and the file is named', async () => {
    const { workplace, pack } = await exportPack()
    expect(await workplace.evidence.verify(pack.id)).toMatchObject({ ok: true, verifier: 'verify.mjs', findings: [] })
    const path = join(pack.folder, 'data', 'report.html')
    chmodSync(path, 0o600)
    writeFileSync(path, readFileSync(path, 'utf8').replace('Evidence pack', 'Evidence Pack'))
    const { ok, findings, proved } = await workplace.evidence.verify(pack.id)
    expect({ ok, proved, findings: findings.map(({ code, file }) => ({ code, file })) }).toEqual({
      ok: false, proved: [], findings: [{ code: 'digest-mismatch', file: 'data/report.html' }],
    })
  })

  it.each([
    [{ commit: 'unknown', dirty: 'unknown', diff: '', reason: 'no repository' }, [['/detail/code/reason', 'The version of the code is not known: no repository.']]],
    [{ commit: 'unknown', dirty: 'unknown', diff: '' }, [['/detail/code/commit', 'The version of the code is not known.']]],
    [{ commit: 'c'.repeat(40), dirty: 'unknown', diff: '', reason: 'git failed, because index file corrupt' }, [
      ['/detail/code/commit', `The code is commit ${'c'.repeat(40)}.`],
      ['/detail/code/dirty', 'Uncommitted changes: unknown.'],
      ['/detail/code/reason', 'Whether the code differs from its commit is not known: git failed, because index file corrupt.'],
    ]],
  ] as const)('says why the version of the code is not known, and counts that as no evidence of it: %o', async (code, expected) => {
    const { pack, workplace, version } = await exportPack({ code })
    const facts = readJson(pack, 'facts.json') as { pointer: string; text: string }[]
    expect(facts.filter(({ pointer }) => pointer.startsWith('/detail/code/')).map(({ pointer, text }) => [pointer, text])).toEqual(expected)
    const { rows } = await workplace.evidence.coverage(version)
    expect(rows.flatMap((row) => row.facts).filter(({ text }) => text.includes('not known'))).toEqual([])
    for (const [, text] of expected) expect(readFileSync(join(pack.folder, 'data', 'report.html'), 'utf8')).toContain(text)
  })

  it('holds what its coverage said that it would', async () => {
    const { workplace, pack, version } = await untouched
    const { contents } = await workplace.evidence.coverage(version)
    const [facts, claims] = ['facts.json', 'claims.json'].map((file) => readJson(pack, file) as unknown[])
    expect(contents).toEqual({ facts: facts?.length, claims: claims?.length, entries: pack.entries })
  })

  it('states who could decide, and says in plain words that somebody did who administered accounts', async () => {
    const workplace = await openTestWorkplace()
    const { record, admin, approver, engineer, orchestrator, evidence } = workplace
    const grant = (project: string) => ({ person: engineer.person, role: 'medical-officer', scope: { kind: 'project' as const, project: ProjectId.parse(project) } })
    record(orchestrator, 'policy.changed', { administratorsDecide: 'no' })
    record(admin.signer, 'role.defined', { role: 'medical-officer', sentence: 'Signs for devices.', permissions: ['project.read', 'model.read', 'model.sign'] })
    record(admin.signer, 'person.granted', grant('credit'))
    record(admin.signer, 'person.granted', grant('another-project'))
    record(admin.signer, 'person.roles.changed', { person: approver.person, roles: ['approver', 'administrator'] })
    record(admin.signer, 'policy.changed', { administratorsDecide: 'yes' })
    const { project, version } = await tellStory(workplace)
    const pack = await evidence.export({ actor: approver, signer: approver.signer, project, version })
    await expectPassed(pack.folder)
    const stated = readJson(pack, 'permissions.json') as { at: number; policy: object; roles: { role: string }[]; people: { person: string; grants: unknown[] }[] }
    expect(workplace.ledger.entry(stated.at).entry.action).toBe('model.promotion.approved')
    expect(stated.policy).toEqual({ administratorsDecide: 'yes' })
    expect(stated.roles.map(({ role }) => role)).toEqual(['engineer', 'approver', 'auditor', 'administrator', 'medical-officer'])
    expect(stated.people.find(({ person }) => person === engineer.person)?.grants).toEqual([{ role: 'medical-officer', scope: grant('credit').scope }])
    const report = readFileSync(join(pack.folder, 'data', 'report.html'), 'utf8')
    expect(report).toContain('could decide on models too: the policy of the workplace let them')
    expect(report).toContain(`who decided in entry ${stated.at}, administered accounts then, or since the version was registered.`)
    for (const name of ['report.html', 'facts.json', 'omissions.json', 'permissions.json']) expect(readFileSync(join(pack.folder, 'data', name), 'utf8')).not.toContain('another-project')
  })

  it('is recorded in the ledger and in the list of packs, by the person who signed it', async () => {
    const { workplace, pack } = await untouched
    const { ledger, approver, evidence } = workplace
    expect(ledger.entry(pack.entry).entry).toMatchObject({
      action: 'evidence.pack.exported', actor: approver.signer.name,
      detail: { pack: 'credit-score-v1-1', manifest: pack.manifest, treeSize: pack.treeSize, entries: pack.entries },
    })
    expect(pack.entry).toBe(pack.treeSize)
    expect(evidence.packs(pack.project)).toEqual([pack])
    expect(pack.zipBytes).toBe(readFileSync(pack.zip).length)
  })

  it('holds the version and the keyring and nothing of other projects, sessions or later work', async () => {
    const { workplace, pack } = await untouched
    const actions = readdirSync(join(pack.folder, 'data', 'entries')).map((name) => workplace.ledger.entry(Number(name.slice(0, 8))).entry.action)
    expect(actions).toEqual([
      'ledger.created', 'person.enrolled', 'person.enrolled', 'person.enrolled', 'person.enrolled', 'project.created', 'dataset.snapshot', 'run.started', 'stage.started',
      'stage.metrics.sealed', 'stage.succeeded', 'model.version.registered', 'run.finished', 'model.promotion.requested', 'model.promotion.approved', 'model.stage.changed',
    ])
    expect(readJson(pack, 'omissions.json')).toMatchObject({
      omitted: [{ reason: 'other-project' }, { reason: 'session' }, { reason: 'other-project' }, { reason: 'other-project' }, { reason: 'after-the-decision' }, { reason: 'not-in-scope' }, { reason: 'session' }],
    })
  })

  it('carries the reports that entries name, and neither data nor model', async () => {
    const { pack } = await untouched
    const documents = join(pack.folder, 'data', 'documents')
    const names = readdirSync(documents).flatMap((digest) => readdirSync(join(documents, digest)))
    expect(names.sort()).toEqual(['MODEL-CARD.md', 'dvc.yaml', 'environment-train.json', 'fairness-report.json', 'metrics.json', 'validation.json'])
  })

  it('opens the names of those who signed and of nobody else', async () => {
    const { pack } = await untouched
    const names = (readJson(pack, 'disclosures.json') as { value: string }[]).map(({ value }) => value)
    expect(names).toEqual(['Ben Engineer', 'Cléo <b>Approver</b>'])
    // The zip stores its files as they are.
    expect(readFileSync(pack.zip).includes('Bystander')).toBe(false)
  })

  it('is the same, byte for byte, for the same ledger and time', async () => {
    const workplace = await openTestWorkplace()
    const { project, version } = await tellStory(workplace)
    const { approver: actor } = workplace
    const build = async (name: string) => {
      const place = new PackShelf(join(workplace.folder, name)).reserve('same', () => false)
      const sources = { ...workplace.dependencies, frameworks: loadFrameworks(join(RESOURCES, 'frameworks')) }
      const order = { place, project, version, signer: actor.signer, created: '2026-11-23T10:00:00.000Z' }
      await writePack(sources, order, { signal: undefined, onProgress: () => undefined })
      return readFileSync(place.buildingZip)
    }
    expect((await build('one')).equals(await build('two'))).toBe(true)
  })

  it('says at each decision which description stood, and which entries changed it since', async () => {
    const workplace = await openTestWorkplace()
    const { project, version, entries } = await tellStory(workplace)
    const { approver: actor, engineer, evidence, record } = workplace
    const order = { actor, signer: actor.signer, version }
    const reportOf = async (each: Pack) => (await evidence.report(each.id)).html.replace(/\s+/g, ' ')
    const stood = `The system was then described, in entry ${entries.project}, as <b>Credit score</b>. Role of the organisation: provider. Annex III: point 5(b). Intended purpose: Scores applicants for a loan.</p>`
    const before = await reportOf(await evidence.export({ ...order, project }))
    expect(before).toContain(stood)
    expect(before).not.toMatch(/after (this|the last) decision\./)
    const other = { name: 'Films', intendedPurpose: 'Recommends films.', roles: ['deployer' as const], annexIII: 'none' }
    const changed = record(engineer.signer, 'project.changed', { project: project.id, ...other })
    record(engineer.signer, 'project.changed', { project: project.id, ...other })
    const after = await reportOf(await evidence.export({ ...order, project: { ...project, ...other } }))
    expect(after).toContain(stood)
    expect(after.match(/[^.>]+ in entry \d+, after (this|the last) decision\./g)).toEqual([
      `Changed in entry ${changed}, after the last decision.`, `The description was changed in entry ${changed}, after this decision.`,
    ])
  })

  it('counts what came before its version, and says where its exporter is the author', async () => {
    const workplace = await openTestWorkplace()
    const { project, version } = await tellStory(workplace, { earlier: 2 })
    const { approver, engineer, evidence } = workplace
    const reportBy = async (actor: typeof approver) => (await evidence.report((await evidence.export({ actor, signer: actor.signer, project, version })).id)).html
    const [other, own] = [await reportBy(approver), await reportBy(engineer)]
    expect(other).toContain('2 versions of this model were registered and 2 requests to promote one were refused by its gate; those entries are not in this pack')
    expect(other).not.toContain('who is the author of this version')
    expect(own).toContain('<dt>Exported by</dt><dd>Ben Engineer (p-000000bb), who is the author of this version,')
    const { workplace: first, pack } = await untouched
    expect((await first.evidence.report(pack.id)).html).toContain('no version of this model was registered before')
  })

  it('escapes what was recorded, in the report and in the tables', async () => {
    const { workplace, pack } = await exportPack({ purpose: '=HYPERLINK("x")<script>alert(1)</script>', comment: '<img src=x onerror=alert(1)>' })
    const { html } = await workplace.evidence.report(pack.id)
    expect(html).not.toMatch(/<script|<img|<b>Approver/)
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    const table = readFileSync(join(pack.folder, 'data', 'traceability.csv'), 'utf8')
    expect(table).toContain(`"'=HYPERLINK(""x"")<script>`)
    expect(table).not.toMatch(/(^|,|")=HYPERLINK/m)
  })
})

describe('an export that does not end well', () => {
  const leftovers = (workplace: TestWorkplace) => readdirSync(join(workplace.folder, 'packs'))
  // An export that leaves nothing leaves the place as the next one needs it.
  const told = (async () => {
    const workplace = await openTestWorkplace()
    return { workplace, story: await tellStory(workplace) }
  })()

  it.each([0.1, 0.4, 0.7, 0.9])('leaves no file and no entry when it is cancelled at %d', async (at) => {
    const { workplace, story: { project, version } } = await told
    const { approver: actor, ledger, evidence } = workplace
    const size = ledger.size
    const control = new AbortController()
    const onProgress = (share: number) => void (share >= at && control.abort())
    await expect(evidence.export({ actor, signer: actor.signer, project, version }, { signal: control.signal, onProgress })).rejects.toMatchObject({ code: 'cancelled' })
    expect({ files: leftovers(workplace), size: ledger.size, packs: evidence.packs(project.id) }).toEqual({ files: [], size, packs: [] })
  })

  it('leaves no file and no entry when a stored document is damaged', async () => {
    const workplace = await openTestWorkplace()
    const { project, version } = await tellStory(workplace)
    const { approver: actor, ledger, evidence, blobs } = workplace
    const { sha256 } = await blobs.putBytes(Buffer.from('# Model card\n'))
    chmodSync(blobs.pathOf(sha256), 0o600)
    writeFileSync(blobs.pathOf(sha256), '# Model crad\n')
    const size = ledger.size
    await expect(evidence.export({ actor, signer: actor.signer, project, version })).rejects.toMatchObject({ name: 'StorageError', code: 'corrupt-database' })
    expect({ files: leftovers(workplace), size: ledger.size }).toEqual({ files: [], size })
  })

  it.each([
    ['the stage', {}, { stage: 'production' }, 'The row of score 1 of credit has the stage "production", where the signed entry #moved has "staging"'],
    ['the author', {}, { authorPerson: 'p-000000cc' }, 'author "p-000000cc", where the signed entry #registered has "p-000000bb"'],
    ['the size', {}, { bytes: 6 }, 'bytes 6, where the signed entry #registered has 5'],
    ['the format', {}, { format: 'torch' }, 'format "torch"'],
    ['the model file', {}, { artifact: 'a'.repeat(64) }, 'artifact "aaaa'],
    ['the run', {}, { run: RunId.parse(2) }, 'run 2'],
    ['the registration', {}, { entry: 3 }, 'registration 3, where the signed entry #registered'],
    ['the registration, past it', {}, { entry: 20 }, 'names entry 20 as its registration, which it is not'],
    ['the purpose', { intendedPurpose: 'Recommends films.' }, {}, 'The row of the project credit has the intended purpose "Recommends films.", where the signed entry #project has'],
    ['the name', { name: 'Films' }, {}, 'name "Films"'],
    ['the role', { roles: ['deployer' as const] }, {}, 'roles ["deployer"]'],
    ['the classification', { annexIII: 'none' }, {}, 'point of Annex III "none"'],
  ] as const)('names the row and the entry, and leaves nothing, when a row says otherwise of %s', async (_, project, version, said) => {
    const { workplace, story } = await told
    const { approver: actor, ledger, evidence } = workplace
    const size = ledger.size
    const message = said.replace(/#(\w+)/, (_, name: string) => String(story.entries[name]))
    const order = { actor, signer: actor.signer, project: { ...story.project, ...project }, version: { ...story.version, ...version } }
    await expect(evidence.export(order as ExportRequest)).rejects.toMatchObject({ code: 'storage-damaged', message: expect.stringContaining(message) as string })
    expect({ files: leftovers(workplace), size: ledger.size }).toEqual({ files: [], size })
  })

  it('leaves no file when the ledger refuses the entry', async () => {
    const workplace = await openTestWorkplace()
    const { project, version } = await tellStory(workplace)
    const { approver: actor, ledger, db, evidence } = workplace
    const size = ledger.size
    db.exec("CREATE TRIGGER full BEFORE INSERT ON packs BEGIN SELECT RAISE(FAIL, 'no space'); END")
    await expect(evidence.export({ actor, signer: actor.signer, project, version })).rejects.toThrow('no space')
    expect({ files: leftovers(workplace), size: ledger.size }).toEqual({ files: [], size })
  })

  it('says so, and leaves nothing, when the folder of packs cannot be written', async () => {
    const workplace = await openTestWorkplace()
    const { project, version } = await tellStory(workplace)
    const { approver: actor, ledger, dependencies } = workplace
    const size = ledger.size
    // A place whose temporary name is a file already: writing below it fails as on a broken disk, also for root.
    const evidence = new Evidence(dependencies)
    writeFileSync(join(dependencies.packsFolder, '.building-credit-score-v1-1'), '')
    await expect(evidence.export({ actor, signer: actor.signer, project, version })).rejects.toMatchObject({ name: 'StorageError' })
    expect({ files: leftovers(workplace), size: ledger.size }).toEqual({ files: [], size })
  })

  it('does not disturb the next: what a crash left is thrown away, and numbers go on', async () => {
    const { workplace, project, version } = await exportPack()
    const { approver: actor, dependencies } = workplace
    writeFileSync(join(dependencies.packsFolder, '.building-credit-score-v1-2'), 'half')
    writeFileSync(join(dependencies.packsFolder, 'credit-score-v1-2.zip'), 'published, not recorded')
    const evidence = new Evidence(dependencies)
    expect(existsSync(join(dependencies.packsFolder, '.building-credit-score-v1-2'))).toBe(false)
    const second = await evidence.export({ actor, signer: actor.signer, project, version })
    expect(second.id).toBe('credit-score-v1-2')
    await expectPassed(second.zip)
  })
})
