/** A workplace for tests: a real database, ledger and blob store in a temporary folder, with the story of one model version in it. */
import { generateKeyPairSync, hash } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ENTRY_DETAILS, ProjectId, RunId, type ActionName, type CodeVersion, type DetailOf, type Person, type Project, type VersionSummary } from '../../shared/contract/index.ts'
import { People, type Actor } from '../identity/index.ts'
import { canonicalJson, Ledger, openHighWater, orchestratorName, personName, signerFromKey, verifierKeyText, type HighWater, type JsonValue, type LedgerOptions, type Signer } from '../ledger/index.ts'
import { BlobStore, openDatabase } from '../storage/index.ts'
import { Evidence, type EvidenceDependencies } from './index.ts'

const ORIGIN = 'bank.example/strongroom'
const START = Date.UTC(2026, 10, 23, 9, 0, 0)
export const RESOURCES = join(import.meta.dirname, '..', '..', 'resources')
export const PROJECT = ProjectId.parse('credit')

export interface StoryOptions {
  readonly annexIII?: string
  readonly roles?: Project['roles']
  /** What a stage that ends after the registration measures, before anybody asks for a promotion. */
  readonly holdout?: Readonly<Record<string, string>>
  /** A second gate that the run's start fixes for the model, as of a pipeline that registers it twice. */
  readonly decoy?: string
  /** Thresholds that the run starts with; without them, nothing was set beforehand. */
  readonly thresholds?: boolean
  readonly purpose?: string
  readonly comment?: string
  readonly approved?: boolean
  /** Citations that a policy document of the tested stage answers; without them, it leaves no such document. */
  readonly policy?: readonly string[]
  /** The code that the run started with. */
  readonly code?: CodeVersion
  /** Replaces the fairness report. */
  readonly fairness?: Uint8Array
  /** More evidence of the tested stage: kinds of files that hold a letter each. */
  readonly files?: readonly string[]
  /** Versions of the model that were registered before, each refused by its gate. */
  readonly earlier?: number
  /** The tested stage was not run again: what an earlier run of the project had made was taken over. */
  readonly taken?: boolean
  /** Moves the version into production and then records these, as `files` are, by one more stage of its run. */
  readonly inUse?: readonly string[]
}

export type TestWorkplace = Awaited<ReturnType<typeof openTestWorkplace>>

/** Opens an empty workplace with its administrator, engineer and approver. */
export async function openTestWorkplace() {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'))
  const db = openDatabase(join(folder, 'strongroom.db'))
  const blobs = new BlobStore(folder)
  await blobs.open()
  let ticks = 0
  const log = generateKeyPairSync('ed25519')
  const robot = generateKeyPairSync('ed25519')
  const orchestrator = signerFromKey(orchestratorName(ORIGIN), robot.privateKey)
  const ledgerOptions: LedgerOptions = {
    origin: ORIGIN,
    logSigner: signerFromKey(ORIGIN, log.privateKey),
    clock: () => new Date(START + 1000 * ticks++),
    guard: ({ action, detail }) => void ENTRY_DETAILS[action as ActionName].parse(detail),
    highWater: openHighWater(join(folder, 'high-water'), 0),
  }
  const ledger = Ledger.create(db, ledgerOptions)
  const people = new People({ db, ledger, orchestrator, personKeys: join(folder, 'keys'), scrypt: { cost: 1 << 10, blockSize: 8, parallelization: 1 } })

  /** Appends one entry in one commit; returns its position. */
  const record = <A extends ActionName>(signer: Signer, action: A, detail: DetailOf<A> & { readonly [key: string]: JsonValue }): number =>
    ledger.commit((tx) => tx.append(signer, { action, subject: [], detail }).seq)

  record(orchestrator, 'ledger.created', {
    logKey: verifierKeyText(ORIGIN, log.publicKey),
    orchestratorKey: verifierKeyText(orchestrator.name, robot.publicKey),
    software: 'strongroom test',
  })

  /** Enrols somebody whose key the test holds: `People` keeps a key sealed, and nothing here signs in. */
  const enrol = (signer: Signer, id: string, handle: string, displayName: string, roles: Person['roles']): Actor => {
    const pair = generateKeyPairSync('ed25519')
    const name = personName(ORIGIN, id)
    const key = verifierKeyText(name, pair.publicKey)
    const salt = hash('sha256', handle).slice(0, 32)
    const commitment = hash('sha256', Buffer.concat([Buffer.from(salt, 'hex'), Buffer.from(displayName)]))
    ledger.commit((tx) => {
      const { seq } = tx.append(signer, { action: 'person.enrolled', subject: [], detail: { person: id, roles, key }, commitments: { name: commitment } })
      db.prepare(
        `INSERT INTO people (id, handle, display_name, name_salt, roles, active, verifier_key, sealed_key, enrolled_entry)
         VALUES (?, ?, ?, ?, ?, 1, ?, '', ?)`,
      ).run(id, handle, displayName, salt, JSON.stringify(roles), key, seq)
    })
    people.loadNames()
    const person = people.list().find((each) => each.handle === handle)
    if (!person) throw new Error(`${handle} was not enrolled`)
    return { person: person.id, displayName, signer: signerFromKey(name, pair.privateKey) }
  }
  const admin = enrol(orchestrator, 'p-000000aa', 'ada', 'Ada Admin', ['administrator'])
  const engineer = enrol(admin.signer, 'p-000000bb', 'ben', 'Ben Engineer', ['engineer'])
  const approver = enrol(admin.signer, 'p-000000cc', 'cleo', 'Cléo <b>Approver</b>', ['approver', 'auditor'])
  const bystander = enrol(admin.signer, 'p-000000dd', 'dan', 'Dan Bystander', ['auditor'])

  const dependencies: EvidenceDependencies = {
    db, ledger, blobs,
    packsFolder: join(folder, 'packs'),
    resources: RESOURCES,
    node: process.execPath,
    clock: () => START + 3_600_000,
    software: 'strongroom test',
    organisation: 'Example Bank',
    nameOf: (person) => people.nameOf(person),
    disclosureOf: (person) => people.disclosure(person),
  }
  return { folder, db, blobs, ledger, ledgerOptions, orchestrator, people, admin, engineer, approver, bystander, record, dependencies, evidence: new Evidence(dependencies) }
}

/** The same workplace on a copy of its database from before more was signed, once its administrator has let the ledger go on without that. */
export function continueShort({ ledger: whole, ledgerOptions, admin, dependencies }: TestWorkplace, database: string) {
  const db = openDatabase(database)
  const anchor = whole.checkpoint()
  let mark = anchor
  const highWater: HighWater = { read: () => mark, record: (newest) => (mark = newest()), raise: () => undefined, failure: () => undefined, close: () => undefined }
  const name = `${ORIGIN}/continued/1a2b3c4d`
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const next = signerFromKey(name, privateKey)
  const ledger = Ledger.openShort(db, { ...ledgerOptions, logSigner: next, highWater })
  const detail = { key: verifierKeyText(name, publicKey), predecessor: ORIGIN, size: ledger.size, anchor, reason: 'the disk broke' }
  const { seq } = ledger.commit((tx) => tx.append(admin.signer, { action: 'ledger.continued', subject: [], detail }, [next]))
  return { db, ledger, continued: seq, evidence: new Evidence({ ...dependencies, db, ledger }) }
}

type TestedStage = Omit<DetailOf<'stage.succeeded'>, 'run' | 'stage' | 'attempt'>

const json = (value: JsonValue) => Buffer.from(canonicalJson(value))

export const FAIRNESS_REPORT = Buffer.from(
  JSON.stringify({
    type: 'strongroom.dev/fairness-report/v1',
    attributes: [
      { attribute: 'sex', comparison: { lowest: 'female', highest: 'male', disparateImpact: 0.8731, fourFifthsMet: true, equalizedOddsDifference: 1e-7 } },
      { attribute: 'age_band', comparison: { lowest: '18-25', highest: '45-60', disparateImpact: 0.61, fourFifthsMet: false, equalizedOddsDifference: 0 } },
      { attribute: 'region', comparison: null },
    ],
  }),
)

/** Records project, snapshot, run, version and promotion, with a second project's run and sessions in between. */
export async function tellStory(workplace: TestWorkplace, options: StoryOptions = {}): Promise<{ project: Project; version: VersionSummary; entries: Record<string, number> }> {
  const { record, orchestrator, admin, engineer, approver, blobs, db } = workplace
  const { annexIII = '5(b)', roles = ['provider'], thresholds = true, approved = true, purpose = 'Scores applicants for a loan.', comment = '' } = options
  const system = { name: 'Credit score', intendedPurpose: purpose, roles, annexIII }
  const store = async (content: Uint8Array) => (await blobs.putBytes(content)).sha256
  const filesOf = (kinds: readonly string[], folder: string) =>
    Promise.all(kinds.map(async (kind) => ({ kind, path: `${folder}/${kind}`, sha256: await store(Buffer.from('x')), obligations: [] })))
  const entries: Record<string, number> = {}

  entries.project = record(engineer.signer, 'project.created', { project: PROJECT, ...system })
  record(engineer.signer, 'project.created', { project: ProjectId.parse('other'), ...system })
  db.prepare("INSERT INTO projects (id, folder, name, intended_purpose, roles, annex_iii, created_at, created_entry) VALUES (?, '/nowhere', ?, ?, '[]', '', '', ?)")
    .run(PROJECT, system.name, purpose, entries.project)
  const manifest = await store(json({ version: 1, files: [] }))
  entries.snapshot = record(engineer.signer, 'dataset.snapshot', { project: PROJECT, dataset: 'applications', path: 'data/applications.csv', manifest, files: 1, bytes: 1200 })
  record(engineer.signer, 'session.opened', { person: engineer.person })

  const limits = thresholds ? [{ metric: 'auc', bound: 'min' as const, threshold: '0.7' }] : []
  const gates = [{ model: 'score', gates: [{ to: 'staging' as const, conditions: limits, approvals: 1 }] }]
  if (options.decoy !== undefined) gates.push({ model: 'score', gates: [{ to: 'staging', conditions: [{ metric: 'auc', bound: 'min', threshold: options.decoy }], approvals: 1 }] })
  const start = (run: number, project: string): DetailOf<'run.started'> & { readonly [key: string]: JsonValue } => ({
    run: RunId.parse(run), project: ProjectId.parse(project), pipeline: hash('sha256', 'stages: {}\n'), stages: ['train'],
    parameters: { 'train.seed': '7', 'a/b~c': 'x' }, snapshots: [{ path: 'data/applications.csv', manifest, entry: entries.snapshot ?? 0 }],
    code: options.code ?? { commit: 'c'.repeat(40), dirty: 'yes', diff: hash('sha256', 'diff') }, gates,
  })
  await store(Buffer.from('stages: {}\n'))
  const { earlier = 0 } = options
  for (let number = 1; number <= earlier; number++) {
    const before = { project: PROJECT, model: 'score', version: number }
    const author = engineer.person
    record(orchestrator, 'model.version.registered', { ...before, run: RunId.parse(9), stage: 'train', author, artifact: hash('sha256', `model ${number}`), bytes: 5, format: 'onnx', metrics: { auc: '0.5' } })
    record(engineer.signer, 'model.promotion.refused', { ...before, from: 'experiment', to: 'staging', gateEntry: 0, conditions: [] })
  }
  const fairness = await store(options.fairness ?? FAIRNESS_REPORT)
  const validation = await store(Buffer.from(JSON.stringify({ type: 'strongroom.dev/validation-report/v1', checked: 9, failed: 2, data: { rows: 1000 } })))
  const metrics = await store(Buffer.from('{"auc": 0.8125}'))
  const card = await store(Buffer.from('# Model card\n'))
  const environment = await store(json({ os: 'Debian 12', arch: 'x64', cpuModel: 'Test CPU', memoryBytes: 8_000_000_000, node: 'v24.0.0' }))
  const tested: TestedStage = {
    outs: [{ path: 'models/score.onnx', sha256: hash('sha256', 'model'), bytes: 5, kind: 'out' }, { path: 'reports/metrics.json', sha256: metrics, bytes: 15, kind: 'metric' }],
    metrics: { auc: '0.8125', 'fairness.sex.four_fifths_met': '1' },
    evidence: [
      { kind: 'test-report', path: 'reports/metrics.json', sha256: metrics, obligations: [] },
      { kind: 'fairness-report', path: 'reports/fairness report.json', sha256: fairness, obligations: [] },
      { kind: 'data-validation', path: 'reports/validation.json', sha256: validation, obligations: [] },
      { kind: 'model-card', path: 'MODEL-CARD.md', sha256: card, obligations: [] },
      { kind: 'dataset-snapshot', path: 'data/applications.csv', sha256: await store(Buffer.from('name,income\n')), obligations: [] },
      { kind: 'risk-register', path: 'risks.pdf', sha256: hash('sha256', 'a document that is not kept here'), obligations: [] },
      ...(await filesOf(options.files ?? [], 'before')),
      ...(options.policy ? [{ kind: 'policy-document', path: 'policy.md', sha256: await store(Buffer.from('# Policy')), obligations: [...options.policy] }] : []),
    ],
    environment, recording: hash('sha256', 'recording'), durationMs: 815,
  }
  const attempt = { run: RunId.parse(1), stage: 'train', attempt: 1 }
  const cacheKey = hash('sha256', 'basis')
  if (options.taken) {
    const earlierAttempt = { ...attempt, run: RunId.parse(3) }
    entries.sourceRun = record(engineer.signer, 'run.started', start(3, PROJECT))
    entries.sourceStarted = record(orchestrator, 'stage.started', { ...earlierAttempt, command: hash('sha256', 'train'), dependencies: [], cacheKey })
    entries.source = record(orchestrator, 'stage.succeeded', { ...earlierAttempt, ...tested, cacheKey })
    entries.sourceFinished = record(orchestrator, 'run.finished', { run: RunId.parse(3), state: 'succeeded' })
  }
  entries.run = record(engineer.signer, 'run.started', start(1, PROJECT))
  record(engineer.signer, 'run.started', start(2, 'other'))
  entries.stageStarted = record(orchestrator, 'stage.started', { ...attempt, command: hash('sha256', 'train'), dependencies: [{ path: 'data/applications.csv', sha256: manifest, bytes: 1200 }] })
  record(orchestrator, 'stage.started', { ...attempt, run: RunId.parse(2), command: hash('sha256', 'train'), dependencies: [] })
  record(orchestrator, 'stage.metrics.sealed', { ...attempt, records: 12, root: hash('sha256', 'metrics') })

  const made = options.taken ? { cacheKey, from: { entry: entries.source ?? 0, run: RunId.parse(3), attempt: 1 } } : {}
  entries.tested = record(orchestrator, 'stage.succeeded', { ...attempt, ...tested, ...made })
  const key = { project: PROJECT, model: 'score', version: earlier + 1 }
  const artifact = hash('sha256', 'model')
  entries.registered = record(orchestrator, 'model.version.registered', { ...key, run: RunId.parse(1), stage: 'train', author: engineer.person, artifact, bytes: 5, format: 'onnx', metrics: { auc: '0.8125' } })
  if (options.holdout) {
    const measured = { outs: [], metrics: { ...options.holdout }, evidence: [], environment, recording: hash('sha256', 'recording'), durationMs: 1 }
    entries.holdout = record(orchestrator, 'stage.succeeded', { ...attempt, stage: 'holdout', ...measured })
  }
  const finish = () => (entries.finished = record(orchestrator, 'run.finished', { run: RunId.parse(1), state: 'succeeded' }))
  if (!options.inUse) finish()
  if (approved) {
    const move = { from: 'experiment' as const, to: 'staging' as const }
    const conditions = limits.map((limit) => ({ ...limit, value: '0.8125', met: 'yes' as const }))
    entries.requested = record(engineer.signer, 'model.promotion.requested', { ...key, ...move, gateEntry: entries.run, conditions, approvals: 1 })
    entries.approved = record(approver.signer, 'model.promotion.approved', {
      ...key, to: 'staging', request: entries.requested, meaning: 'approval', statement: 'I have read the evidence and approve it.', comment,
    })
    entries.moved = record(orchestrator, 'model.stage.changed', { ...key, ...move, cause: `approved in entry ${entries.approved}` })
  }
  if (options.inUse) {
    const move = { from: 'staging' as const, to: 'production' as const }
    const request = record(engineer.signer, 'model.promotion.requested', { ...key, ...move, gateEntry: entries.run, conditions: [], approvals: 1 })
    const seq = record(approver.signer, 'model.promotion.approved', { ...key, to: 'production', request, meaning: 'approval', statement: 'I approve it.', comment: '' })
    record(orchestrator, 'model.stage.changed', { ...key, ...move, cause: `approved in entry ${seq}` })
    const evidence = await filesOf(options.inUse, 'after')
    record(orchestrator, 'stage.succeeded', { ...attempt, stage: 'watch', outs: [], metrics: {}, evidence, environment, recording: hash('sha256', 'recording'), durationMs: 1 })
    finish()
  }
  record(engineer.signer, 'dataset.snapshot', { project: PROJECT, dataset: 'later', path: 'data/later.csv', manifest, files: 1, bytes: 1 })
  record(orchestrator, 'orchestrator.stopped', { reason: 'test' })
  record(admin.signer, 'session.closed', { person: admin.person })

  const project: Project = { ...system, id: PROJECT, folder: '/nowhere', createdAt: new Date(START).toISOString(), createdEntry: entries.project }
  const version: VersionSummary = {
    ...key, stage: options.inUse ? 'production' : approved ? 'staging' : 'experiment', run: RunId.parse(1), imported: null, signed: null, artifact, bytes: 5, format: 'onnx', registeredAt: new Date(START).toISOString(),
    author: engineer.displayName, authorPerson: engineer.person, entry: entries.registered, metrics: { auc: '0.8125' }, openPromotion: null, aliases: [], tags: {}, holds: [], approvalEnds: null,
  }
  return { project, version, entries }
}
