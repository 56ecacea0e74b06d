import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'

/**
 * Builds small evidence packs from scratch for tests of the verifiers, sharing no line with them or with the writer: its own keys, tree,
 * bag and zip. Everything is signed by whoever the caller says, so that an attacker's packs are made as carefully as honest ones.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }
/** Path -> content. */
export type Files = Map<string, Buffer>

export interface TestKey {
  readonly name: string
  /** `name+hhhhhhhh`. */
  readonly id: string
  /** `name+hhhhhhhh+base64`. */
  readonly verifierKey: string
  readonly privateKey: KeyObject
}

/** An entry of the ledger to be: `detail` may need the position of another one, which it asks for by name. */
export interface Step {
  readonly name: string
  readonly by: TestKey
  readonly action: string
  readonly detail: (seqOf: (name: string) => number) => { readonly [name: string]: Json }
  readonly subject?: readonly Json[]
  /** Who signs it after `by`. */
  readonly cosigners?: readonly TestKey[]
  readonly commitments?: { readonly [field: string]: string }
  /** The reason for which it is not in the pack. */
  readonly omitted?: string
  /** Members of the payload to replace. */
  readonly payload?: { readonly [name: string]: Json }
  /** Makes other bytes of the finished leaf, before it goes into the tree. */
  readonly tamper?: (leaf: Buffer) => Buffer
}

export const ORIGIN = 'strongroom.example/test-ledger'
/** What the ledger of some stories is called after a loss. */
export const CONTINUED_ORIGIN = `${ORIGIN}/continued/1a2b3c4d`
export const SALT = '000102030405060708090a0b0c0d0e0f'
export const METRICS = Buffer.from('{"accuracy": 0.91, "small": 1.5e-7, "fair": true, "rows": 600, "name": "caf\\u00e9"}\n')
export const METRICS_FILE = `data/documents/${sha256(METRICS)}/metrics.json`

/** What stands before the 32 bytes of an Ed25519 private key in its PKCS #8 form (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** An Ed25519 key of that name, with a key pair of its own, or the one of a seed of 32 bytes. */
export function newKey(name: string, seed?: Buffer): TestKey {
  const privateKey =
    seed === undefined
      ? generateKeyPairSync('ed25519').privateKey
      : createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const publicKey = createPublicKey(privateKey)
  const typed = Buffer.concat([Buffer.of(1), publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)])
  return { ...nameKey(name, typed), privateKey }
}

/** The names that a key of that type byte and public key goes by (C2SP signed-note). */
export function nameKey(name: string, typed: Buffer): { name: string; id: string; verifierKey: string } {
  const id = `${name}+${sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).slice(0, 8)}`
  return { name, id, verifierKey: `${id}+${typed.toString('base64')}` }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export interface Cast {
  readonly log: TestKey
  readonly orchestrator: TestKey
  readonly admin: TestKey
  readonly engineer: TestKey
  readonly approver: TestKey
  /** Nobody that the ledger knows. */
  readonly stranger: TestKey
}

/** @param seed makes the same keys again */
export function newCast(seed?: string): Cast {
  const keyOf = (name: string) => newKey(name, seed === undefined ? undefined : Buffer.from(sha256(Buffer.from(`${seed} ${name}`)), 'hex'))
  const person = (id: string) => keyOf(`${ORIGIN}/person/${id}`)
  return {
    log: keyOf(ORIGIN),
    orchestrator: keyOf(`${ORIGIN}/orchestrator`),
    admin: person('p-admin'),
    engineer: person('p-engineer'),
    approver: person('p-approver'),
    stranger: person('p-stranger'),
  }
}

/**
 * The step with which a ledger goes on after a loss, by its new log key; those after it take `payload: {origin: CONTINUED_ORIGIN}`. The
 * checkpoint that it names is of 40 entries.
 */
export function continuation({ admin, log }: Cast, key: TestKey, detail: { readonly [name: string]: Json } = {}): Step {
  const anchor = signCheckpoint(log, `${log.name}\n40\n${createHash('sha256').digest('base64')}\n`)
  const said = { key: key.verifierKey, predecessor: log.name, anchor, reason: 'The disk broke.' }
  return { name: 'continued', by: admin, action: 'ledger.continued', detail: (seqOf) => ({ ...said, size: seqOf('continued'), ...detail }), payload: { origin: key.name }, cosigners: [key] }
}

/** What the run of the honest story fixes for its model, and what it then measures. */
export const STAGING_GATE = {
  to: 'staging',
  conditions: [
    { metric: 'auc', bound: 'min', threshold: '0.7' },
    { metric: 'train.ece', bound: 'max', threshold: '0.05' },
  ],
  approvals: 1,
}
export const MEASURED = { auc: '0.8125', ece: '0.05' }
export const RUN_GATES = [{ model: 'scorer', gates: [STAGING_GATE] }]
export const JUDGED = STAGING_GATE.conditions.map((condition) => ({ ...condition, value: condition.bound === 'min' ? MEASURED.auc : MEASURED.ece, met: 'yes' }))

/** The story of one model from enrolment to staging, all of it honest. */
export function honestStory({ log, orchestrator, admin, engineer, approver }: Cast): Step[] {
  const version = { project: 'credit', model: 'scorer', version: 1 }
  const artifact = sha256(Buffer.from('model'))
  const name = sha256(Buffer.concat([Buffer.from(SALT, 'hex'), Buffer.from('Ada Müller')]))
  const enrol = (person: string, key: TestKey, roles: string[]) => ({ person, roles, key: key.verifierKey })
  const metricsDigest = sha256(METRICS)
  return [
    { name: 'created', by: orchestrator, action: 'ledger.created', detail: () => ({ logKey: log.verifierKey, orchestratorKey: orchestrator.verifierKey, software: 'test' }) },
    { name: 'admin', by: orchestrator, action: 'person.enrolled', detail: () => enrol('p-admin', admin, ['administrator', 'auditor']) },
    { name: 'engineer', by: admin, action: 'person.enrolled', detail: () => enrol('p-engineer', engineer, ['engineer', 'approver']) },
    { name: 'approver', by: admin, action: 'person.enrolled', detail: () => enrol('p-approver', approver, ['approver']), commitments: { name } },
    { name: 'session', by: engineer, action: 'session.opened', detail: () => ({ person: 'p-engineer' }), omitted: 'session' },
    { name: 'project', by: engineer, action: 'project.created', detail: () => ({ project: 'credit', name: 'Credit', intendedPurpose: 'Scoring', roles: ['provider'], annexIII: '5(b)' }) },
    { name: 'run', by: engineer, action: 'run.started', detail: () => ({ run: 'r-1', project: 'credit', gates: RUN_GATES }) },
    { name: 'stage', by: orchestrator, action: 'stage.started', detail: () => ({ run: 'r-1', stage: 'train' }) },
    {
      name: 'trained',
      by: orchestrator,
      action: 'stage.succeeded',
      detail: () => ({ run: 'r-1', stage: 'train', durationMs: 1200, metrics: MEASURED, outs: [{ path: 'metrics.json', sha256: metricsDigest }] }),
    },
    {
      name: 'registered',
      by: orchestrator,
      action: 'model.version.registered',
      subject: [{ name: 'scorer 1', digest: { sha256: artifact } }],
      detail: () => ({ ...version, run: 'r-1', author: 'p-engineer', artifact }),
    },
    {
      name: 'requested',
      by: engineer,
      action: 'model.promotion.requested',
      detail: (seqOf) => ({ ...version, from: 'experiment', to: 'staging', gateEntry: seqOf('run'), conditions: JUDGED, approvals: 1 }),
    },
    { name: 'approved', by: approver, action: 'model.promotion.approved', detail: (seqOf) => ({ ...version, to: 'staging', request: seqOf('requested') }) },
    { name: 'changed', by: orchestrator, action: 'model.stage.changed', detail: () => ({ ...version, from: 'experiment', to: 'staging' }) },
    { name: 'later', by: admin, action: 'session.opened', detail: () => ({ person: 'p-admin' }), omitted: 'after-the-decision' },
  ]
}

export interface PackPlan {
  readonly cast: Cast
  readonly steps: readonly Step[]
  /** Changes payload files before the bag is made around them. */
  readonly edit?: (files: Files) => void
  /** Signs the checkpoint; the key that the cast has for it if not said. */
  readonly log?: TestKey
  /** Signs the pack; the administrator if not said. */
  readonly exporter?: TestKey
  /** Members of the exporter's statement to replace. */
  readonly statement?: { readonly [name: string]: Json }
}

/** A whole pack, bagged and signed. */
export function buildPack({ cast, steps, edit, log = cast.log, exporter = cast.admin, statement = {} }: PackPlan): Files {
  const seqOf = (name: string) => steps.findIndex((step) => step.name === name)
  const leaves = steps.map((step, seq) => sealEntry(step, seq, seqOf))
  const root = treeHash(leaves).toString('base64')
  const checkpoint = signCheckpoint(log, `${log.name}\n${leaves.length}\n${root}\n`)

  const files: Files = new Map()
  leaves.forEach((leaf, seq) => {
    if (steps[seq]?.omitted !== undefined) return
    files.set(entryFile(seq), leaf)
    const hashes = inclusionPath(seq, leaves).map((hash) => `${hash.toString('base64')}\n`)
    files.set(proofFile(seq), Buffer.from(`c2sp.org/tlog-proof@v1\nindex ${seq}\n${hashes.join('')}\n${checkpoint}`))
  })
  files.set('data/checkpoint.txt', Buffer.from(checkpoint))
  const framework = Buffer.from('{\n  "obligations": [\n    {"id": "A", "assessable": false},\n    {"id": "A-1", "assessable": true, "citation": "Art. 1(1)", "title": "Four eyes, always"},\n    {"id": "A-2", "assessable": true, "title": "=\\"A policy\\""}\n  ]\n}\n')
  files.set('data/frameworks/act.json', framework)
  files.set(METRICS_FILE, METRICS)
  setJson(files, 'data/pack.json', {
    format: 'strongroom.dev/evidence-pack/v1',
    id: 'pack-1',
    origin: ORIGIN,
    created: '2026-11-23T10:00:00.000Z',
    software: 'strongroom 0.1.0',
    project: { id: 'credit', name: 'Credit', intendedPurpose: 'Scoring', roles: ['provider'], annexIII: '5(b)' },
    model: { name: 'scorer', version: 1, artifact: sha256(Buffer.from('model')) },
    exporter: exporter.name,
    tree: { size: leaves.length, root },
    frameworks: [{ id: 'act', title: 'An act', file: 'data/frameworks/act.json', sha256: sha256(framework) }],
    asOf: '2026-11-23',
  })
  const inMetrics = { entry: seqOf('trained'), document: sha256(METRICS), text: 'The metrics say so.' }
  setJson(files, 'data/facts.json', [
    { id: 'F0001', entry: seqOf('trained'), pointer: '/detail/durationMs', value: 1200, text: 'Training took 1.2 s.' },
    { id: 'F0002', entry: seqOf('approved'), pointer: '/actor', value: cast.approver.name, text: 'A second person approved.' },
    { id: 'F0003', pointer: '/accuracy', value: '0.91', ...inMetrics },
    { id: 'F0004', pointer: '/small', value: '1.5e-7', ...inMetrics },
    { id: 'F0005', pointer: '/fair', value: 'true', ...inMetrics },
    { id: 'F0006', pointer: '/rows', value: 600, ...inMetrics },
    { id: 'F0007', pointer: '/name', value: 'café', ...inMetrics },
  ])
  setJson(files, 'data/claims.json', [
    { framework: 'act', obligation: 'A-1', status: 'supported', text: 'Four eyes.', facts: ['F0002'], missing: [], appliesFrom: '2027-12-02' },
    { framework: 'act', obligation: 'A-2', status: 'missing', text: '', facts: [], missing: ['policy-document'], appliesFrom: null },
  ])
  setJson(files, 'data/omissions.json', {
    treeSize: leaves.length,
    included: steps.filter((step) => step.omitted === undefined).length,
    omitted: steps.flatMap(({ omitted }, seq) => (omitted === undefined ? [] : [{ from: seq, to: seq, reason: omitted }])),
  })
  setJson(files, 'data/disclosures.json', [{ entry: seqOf('approver'), field: 'name', salt: SALT, value: 'Ada Müller' }])
  files.set('data/report.html', Buffer.from('report.html\n'))
  const tables = ['data/gaps.csv', 'data/traceability.csv']
  for (const path of tables) files.set(path, Buffer.alloc(0))
  edit?.(files)
  if (tables.every((path) => files.get(path)?.length === 0)) writeTables(files)
  bag(files, exporter, { predicate: { origin: ORIGIN, statement: 'I exported this pack.', treeSize: leaves.length }, ...statement })
  return files
}

interface Claim {
  readonly framework: string
  readonly obligation: string
  readonly status: string
  readonly text: string
  readonly facts: readonly string[]
  readonly missing: readonly string[]
  readonly appliesFrom: string | null
}

/** Writes the tables that the claims and facts give, if they are such as can be put into tables. */
export function writeTables(files: Files): void {
  try {
    const claims = readJson(files, 'data/claims.json') as unknown as Claim[]
    const facts = readJson(files, 'data/facts.json') as { readonly [name: string]: Json }[]
    const rowsOf = new Map(
      [...new Set(claims.map(({ framework }) => framework))].map((framework) => {
        const { obligations, items } = readJson(files, `data/frameworks/${framework}.json`) as { [list: string]: { [name: string]: Json }[] }
        return [framework, obligations ?? items ?? []]
      }),
    )
    const rowOf = ({ framework, obligation }: Claim) => {
      const { citation, title } = rowsOf.get(framework)?.find(({ id }) => id === obligation) ?? {}
      return [citation, title].map((each) => (typeof each === 'string' ? each : ''))
    }
    const gaps = claims
      .filter(({ status }) => !['supported', 'not-applicable'].includes(status))
      .map((claim) => [claim.framework, claim.obligation, ...rowOf(claim), claim.status, claim.missing.join(' '), claim.appliesFrom ?? '', claim.text])
    const traces = claims.flatMap((claim) => {
      const lines = claim.facts.length === 0 ? [''] : claim.facts
      return lines.map((id) => {
        const fact = facts.find((each) => each.id === id)
        const cells = ['entry', 'document', 'pointer', 'value', 'text'].map((name) => String(fact?.[name] ?? ''))
        return [claim.framework, claim.obligation, rowOf(claim)[0] ?? '', claim.status, id, ...cells]
      })
    })
    const table = (rows: readonly (readonly string[])[]) => Buffer.from(rows.map((cells) => `${cells.map(cellOf).join(',')}\r\n`).join(''))
    files.set('data/gaps.csv', table([['framework', 'obligation', 'citation', 'title', 'status', 'missing', 'applies from', 'explanation'], ...gaps]))
    files.set(
      'data/traceability.csv',
      table([['framework', 'obligation', 'citation', 'status', 'fact', 'entry', 'document', 'pointer', 'value', 'text'], ...traces]),
    )
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError)) throw error
  }
}

function cellOf(value: string): string {
  const text = /^[ \t\n\v\f\r]*[-=+@\t\r]/.test(value) && !/^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Makes the bag around the payload anew, and signs it: what an exporter, or an attacker with a key, does last. */
export function bag(files: Files, exporter: TestKey, statement: { readonly [name: string]: Json } = {}): void {
  const payload = listFiles(files, (path) => path.startsWith('data/'))
  const bytes = payload.reduce((sum, path) => sum + (files.get(path)?.length ?? 0), 0)
  files.set('bagit.txt', Buffer.from('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n'))
  files.set(
    'bag-info.txt',
    Buffer.from(
      `Source-Organization: Test\nBagging-Date: 2026-11-23\nPayload-Oxum: ${bytes}.${payload.length}\nExternal-Identifier: pack-1\nBag-Software-Agent: test\n`,
    ),
  )
  for (const name of ['README.txt', 'verify.mjs', 'verify.py']) if (!files.has(name)) files.set(name, Buffer.from(`${name}\n`))
  files.set('manifest-sha256.txt', manifestOf(files, payload))
  signBag(files, exporter, statement)
}

/** Lists the tag files anew and signs the list, leaving the payload manifest as it is. */
export function signBag(files: Files, exporter: TestKey, statement: { readonly [name: string]: Json } = {}): void {
  const isTag = (path: string) => !path.startsWith('data/') && path !== 'tagmanifest-sha256.txt' && path !== 'signature.dsse.json'
  files.set('tagmanifest-sha256.txt', manifestOf(files, listFiles(files, isTag)))
  signManifest(files, exporter, statement)
}

/** Signs the tag manifest as it is. */
export function signManifest(files: Files, exporter: TestKey, statement: { readonly [name: string]: Json } = {}): void {
  const digest = { sha256: sha256(files.get('tagmanifest-sha256.txt') ?? Buffer.alloc(0)) }
  const treeSize = () => (readJson(files, 'data/pack.json') as { tree: { size: number } }).tree.size
  const payload = {
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://strongroom.dev/evidence-pack/v1',
    subject: [{ name: 'tagmanifest-sha256.txt', digest }],
    predicate: statement.predicate ?? { origin: ORIGIN, statement: 'I exported this pack.', treeSize: treeSize() },
    ...statement,
  }
  files.set('signature.dsse.json', sealEnvelope(exporter, 'application/vnd.in-toto+json', Buffer.from(jcs(payload))))
}

function listFiles(files: Files, matches: (path: string) => boolean): string[] {
  return [...files.keys()].filter(matches).sort()
}

function manifestOf(files: Files, paths: readonly string[]): Buffer {
  return Buffer.from(paths.map((path) => `${sha256(files.get(path) ?? Buffer.alloc(0))}  ${path}\n`).join(''))
}

export function entryFile(seq: number): string {
  return `data/entries/${String(seq).padStart(8, '0')}.json`
}

export function proofFile(seq: number): string {
  return `data/proofs/${String(seq).padStart(8, '0')}.tlog-proof`
}

export function setJson(files: Files, path: string, value: Json): void {
  files.set(path, Buffer.from(jcs(value)))
}

export function readJson(files: Files, path: string): Json {
  return JSON.parse(files.get(path)?.toString() ?? 'null') as Json
}

/** RFC 8785, for what tests write. */
export function jcs(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (isList(value)) return `[${value.map(jcs).join(',')}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jcs(member)}`).join(',')}}`
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function sealEntry(step: Step, seq: number, seqOf: (name: string) => number): Buffer {
  const payload = {
    v: 1,
    origin: ORIGIN,
    seq,
    time: '2026-11-23T09:00:00.000Z',
    actor: step.by.name,
    action: step.action,
    subject: step.subject ?? [],
    detail: step.detail(seqOf),
    commitments: step.commitments ?? {},
    seen: { size: seq, root: createHash('sha256').digest('base64') },
    ...step.payload,
  }
  const leaf = sealEnvelope(step.by, 'application/vnd.strongroom.entry+json', Buffer.from(jcs(payload)), step.cosigners)
  return step.tamper?.(leaf) ?? leaf
}

/** A DSSE envelope in canonical form with the key's signature, then those of the others. */
export function sealEnvelope(key: TestKey, payloadType: string, payload: Buffer, others: readonly TestKey[] = []): Buffer {
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload])
  const signatures = [key, ...others].map(({ id, privateKey }) => ({ keyid: id, sig: sign(null, signed, privateKey).toString('base64') }))
  return Buffer.from(jcs({ payload: payload.toString('base64'), payloadType, signatures }))
}

/** A note of that text, signed by the key, with more signature lines after it if given. */
export function signCheckpoint(key: TestKey, text: string, more = ''): string {
  const blob = Buffer.concat([Buffer.from(key.id.slice(-8), 'hex'), sign(null, Buffer.from(text), key.privateKey)])
  return `${text}\n— ${key.name} ${blob.toString('base64')}\n${more}`
}

function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves
  if (leaves.length === 1 && only !== undefined) return createHash('sha256').update(Buffer.of(0)).update(only).digest()
  const split = splitOf(leaves.length)
  return createHash('sha256').update(Buffer.of(1)).update(treeHash(leaves.slice(0, split))).update(treeHash(leaves.slice(split))).digest()
}

function inclusionPath(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return []
  const split = splitOf(leaves.length)
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)]
  return index < split ? [...inclusionPath(index, left), treeHash(right)] : [...inclusionPath(index - split, right), treeHash(left)]
}

function splitOf(size: number): number {
  let split = 1
  while (split * 2 < size) split *= 2
  return split
}

/** Writes the files under a folder, which is made. */
export function writeFolder(files: Files, folder: string): void {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
}

/** The one zip of these files, in the order given (sorted by path for the format's own). Members of the headers can be replaced. */
export function zipFiles(
  files: Iterable<readonly [string, Buffer]>,
  altered: { readonly comment?: string; readonly attributes?: number; readonly time?: number; readonly extra?: Buffer; readonly count?: number } = {},
): Buffer {
  const { comment = '', attributes = 0, time = 0, extra = Buffer.alloc(0) } = altered
  const contents: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [path, bytes] of files) {
    const name = Buffer.from(path)
    const common = Buffer.concat([u16(20), u16(0), u16(0), u16(time), u16(0x21), u32(crc32(bytes)), u32(bytes.length), u32(bytes.length), u16(name.length), u16(extra.length)])
    const content = Buffer.concat([u32(0x04034b50), common, name, extra, bytes])
    directory.push(Buffer.concat([u32(0x02014b50), u16(20), common, u16(0), u16(0), u16(0), u32(attributes), u32(offset), name, extra]))
    contents.push(content)
    offset += content.length
  }
  const listing = Buffer.concat(directory)
  const { count = directory.length } = altered
  const counts = [u16(0), u16(0), u16(count), u16(count)]
  const end = [u32(0x06054b50), ...counts, u32(listing.length), u32(offset), u16(comment.length), Buffer.from(comment)]
  return Buffer.concat([...contents, listing, ...end])
}

export function sortFiles(files: Files): [string, Buffer][] {
  return [...files].sort(([a], [b]) => (a < b ? -1 : 1))
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
