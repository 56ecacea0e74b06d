import { Scope as GrantScope } from '../../shared/contract/index.ts'
import { describeScope } from '../identity/index.ts'
import { isJsonObject, type JsonValue, type SignedEntry } from '../ledger/index.ts'
import { DocumentFacts } from './document-facts.ts'
import { personOf } from './disclosures.ts'
import { objects, type EvidenceDocument } from './documents.ts'
import { pointerTo, recordedText as text, type EvidenceFact, namesOfMetric, type FactSubject, type NewFact } from './fact.ts'
import type { EvidenceKind } from './frameworks.ts'
import { enteredProduction, isOfAnotherRun, sourceOf, type Scope } from './scope.ts'
import { weighEvidence } from './stage-evidence.ts'

/**
 * The facts of a version, from the entries of its scope and from the JSON documents that these name (`json`, by digest). Every value is
 * read from where the fact says that it stands, so none can differ from it. Same scope and documents, same facts.
 */
export function collectFacts(scope: Scope, documents: readonly EvidenceDocument[], json: ReadonlyMap<string, unknown>): EvidenceFact[] {
  const carried = new Set(documents.map(({ sha256 }) => sha256))
  const facts: NewFact[] = []
  for (const signed of scope.entries) {
    if (isOfAnotherRun(signed, scope)) continue
    const inDocuments = signed.entry.action === 'stage.succeeded' ? new DocumentFacts(signed, carried, json).facts : []
    const reader = new EntryFacts(signed, scope, inDocuments)
    READERS[signed.entry.action]?.(reader)
    facts.push(...reader.facts, ...inDocuments)
  }
  return markLate(facts).map((fact, index) => ({ id: `F${String(index + 1).padStart(4, '0')}`, ...fact }))
}

/** A threshold that was set when what it limits stood in an earlier run already was not set beforehand. */
function markLate(facts: readonly NewFact[]): NewFact[] {
  const measured = facts.flatMap(({ about }) => (about.topic === 'metric' ? [about] : []))
  return facts.map((fact) => {
    const { about, entry } = fact
    if (about.topic !== 'threshold') return fact
    const isLate = measured.some((metric) => metric.first < entry && namesOfMetric(metric).includes(about.metric))
    return { ...fact, about: { ...about, isLate } }
  })
}

type FactPath = readonly (string | number)[]

const OTHER: FactSubject = { topic: 'other' }

/** Gathers facts of one entry. */
class EntryFacts {
  readonly facts: NewFact[] = []
  readonly detail: SignedEntry['entry']['detail']
  readonly scope: Scope
  /** What was read from the documents that the entry names. */
  readonly inDocuments: readonly NewFact[]
  readonly #signed: SignedEntry

  constructor(signed: SignedEntry, scope: Scope, inDocuments: readonly NewFact[]) {
    this.#signed = signed
    this.detail = signed.entry.detail
    this.scope = scope
    this.inDocuments = inDocuments
  }

  get seq(): number {
    return this.#signed.seq
  }

  get actor(): string {
    return personOf(this.#signed.entry.actor)
  }

  /** Adds the value at `path` below the entry's detail, if it is a string that is not empty or an integer. */
  add(path: FactPath, kind: EvidenceKind | null, text: (value: string | number) => string, about: FactSubject = OTHER): void {
    const value = path.reduce<JsonValue | undefined>(step, this.detail)
    if (typeof value !== 'number' && (typeof value !== 'string' || value === '')) return
    this.facts.push({ entry: this.#signed.seq, pointer: pointerTo(['detail', ...path]), value, text: text(value), kind, about })
  }
}

const READERS: Readonly<Record<string, (entry: EntryFacts) => void>> = {
  'person.enrolled': readRoles,
  'person.roles.changed': readRoles,
  'person.granted': (entry) => entry.add(['role'], 'user-access-log', (role) => `${text(entry.detail.person)} holds the role ${role} for ${scopeOf(entry)} from here on.`),
  'person.revoked': (entry) => entry.add(['role'], 'user-access-log', (role) => `${text(entry.detail.person)} holds the role ${role} for ${scopeOf(entry)} no more.`),
  'role.defined': (entry) => entry.add(['role'], 'user-access-log', (role) => `The role ${role} is defined as it is from here on: ${text(entry.detail.sentence)}`),
  'role.removed': (entry) => entry.add(['role'], 'user-access-log', (role) => `There is no role ${role} any more.`),
  'policy.changed': (entry) =>
    entry.add(['administratorsDecide'], 'user-access-log', (decide) => `Who administers accounts ${decide === 'yes' ? 'may decide on models too, where their roles let them' : 'decides on no model, whatever their roles'}.${entry.detail.reason === undefined ? '' : ` Reason: ${text(entry.detail.reason)}`}`),
  'person.key.rotated': (entry) => entry.add(['person'], 'user-access-log', (person) => `${person} replaced their signing key.`),
  'person.key.recovered': (entry) => entry.add(['person'], 'user-access-log', (person) => `${person} was given a new signing key by an administrator.`),
  'person.deactivated': (entry) => entry.add(['person'], 'user-access-log', (person) => `${person} was deactivated.`),
  'project.created': readProject,
  'project.changed': readProject,
  'dataset.snapshot': readSnapshot,
  'run.started': readRunStart,
  'run.finished': (entry) => entry.add(['state'], null, (state) => `Run ${text(entry.detail.run)} ended as ${state}.`),
  'stage.succeeded': readStageSuccess,
  'stage.metrics.sealed': (entry) =>
    entry.add(
      ['root'],
      'run-params-metrics',
      () => `${text(entry.detail.records)} live metric records of stage ${text(entry.detail.stage)} are sealed under this Merkle root.`,
    ),
  'model.version.registered': readRegistration,
  'model.version.imported': readImport,
  'model.key.introduced': (entry) => entry.add(['hint'], null, () => 'The registry signs models with the key of this digest from here on (ECDSA P-256).'),
  'model.key.rotated': (entry) => entry.add(['hint'], null, () => `${entry.actor} put the key of this digest in the place of the registry's, which was ${text(entry.detail.replaces)}; what that one signed before stays good.`),
  'model.version.signed': (entry) => entry.add(['signature'], 'model-version', () => 'The file of the version is signed (OpenSSF Model Signing 1.0), by the signature of this digest.'),
  'model.version.exported': (entry) => entry.add(['purpose'], 'user-access-log', (purpose) => `${entry.actor} handed the model out as a bundle, for: ${purpose}`),
  'model.promotion.requested': readRequest,
  'model.promotion.refused': (entry) => entry.add(['to'], null, (to) => `The gate to ${to} was not met.`),
  'model.promotion.approved': (entry) => readDecision(entry, 'approval', 'promotion'),
  'model.promotion.rejected': (entry) => readDecision(entry, 'rejection', 'promotion'),
  'model.promotion.withdrawn': (entry) => entry.add(['to'], null, (to) => `${entry.actor} withdrew the request for ${to} of entry ${text(entry.detail.request)}.`),
  'model.rollback.requested': readRollback,
  'model.rollback.approved': (entry) => readDecision(entry, 'approval', 'the return'),
  'model.rollback.rejected': (entry) => readDecision(entry, 'rejection', 'the return'),
  'model.hold.placed': (entry) => entry.add(['reason'], null, (reason) => `${entry.actor} placed the version under a legal hold: ${reason}`),
  'model.hold.released': (entry) => entry.add(['reason'], null, (reason) => `${entry.actor} released the legal hold of entry ${text(entry.detail.hold)}: ${reason}`),
  'model.alias.set': (entry) => entry.add(['alias'], null, (alias) => `The alias ${alias} names the version from here on.`),
  'model.alias.removed': (entry) => entry.add(['alias'], null, (alias) => `The alias ${alias} names the version no longer.`),
  'model.tag.set': (entry) => entry.add(['value'], null, (value) => `Tag ${text(entry.detail.key)} is ${value}.`),
  'model.stage.changed': (entry) =>
    entry.add(['to'], 'model-version', (to) => `The version moved from ${text(entry.detail.from)} to ${to}.`, { topic: 'moved', to: text(entry.detail.to) }),
}

function scopeOf({ detail }: EntryFacts): string {
  const scope = GrantScope.safeParse(detail.scope)
  return scope.success ? describeScope(scope.data) : 'a part of the organisation'
}

function readRoles(entry: EntryFacts): void {
  const { person, roles } = entry.detail
  if (!Array.isArray(roles)) return
  roles.forEach((_, index) => {
    entry.add(['roles', index], 'user-access-log', (role) => `${text(person)} holds the role ${role} from here on.`)
  })
}

function readProject(entry: EntryFacts): void {
  entry.add(['name'], null, (name) => `The system is called ${name}.`)
  entry.add(['intendedPurpose'], null, (purpose) => `Intended purpose: ${purpose}`, { topic: 'purpose' })
  if (entry.detail.annexIII === '') return
  entry.add(['annexIII'], null, (point) => (point === 'none' ? 'The system is stated not to be high-risk: no point of Annex III names it.' : `The system is described as one of Annex III point ${point}.`))
}

function readSnapshot(entry: EntryFacts): void {
  const { files, bytes, path } = entry.detail
  const held = `${text(files)} ${files === 1 ? 'file' : 'files'} of ${text(bytes)} bytes`
  entry.add(['manifest'], 'dataset-snapshot', () => `The dataset ${text(path)} held ${held}, under this manifest.`)
}

function readRunStart(entry: EntryFacts): void {
  const { detail } = entry
  entry.add(['pipeline'], 'data-lineage', () => `Run ${text(detail.run)} follows the pipeline of this digest.`)
  if (isJsonObject(detail.parameters)) {
    for (const name of Object.keys(detail.parameters).sort()) {
      entry.add(['parameters', name], 'run-params-metrics', (value) => `Parameter ${name} is ${value}.`)
    }
  }
  objects(detail.snapshots).forEach(({ path }, index) => {
    entry.add(['snapshots', index, 'manifest'], 'data-lineage', () => `The run reads ${text(path)} as this snapshot.`)
  })
  readCode(entry)
  readThresholds(entry, 'run-params-metrics')
  readReturnRules(entry)
}

/** What the gates of the version ask for; of an import it is evidence of nothing, since nothing here was held against it before. */
function readThresholds(entry: EntryFacts, kind: EvidenceKind | null): void {
  const { detail, scope } = entry
  // Of old pipelines that registered the model in two stages nothing says which gate is the version's.
  const isOnlyOne = objects(detail.gates).filter(({ model }) => model === scope.version.model).length === 1
  objects(detail.gates).forEach((model, m) => {
    if (model.model !== scope.version.model || !isOnlyOne) return
    objects(model.gates).forEach((gate, g) => {
      objects(gate.conditions).forEach(({ metric, bound }, c) => {
        const about: FactSubject = { topic: 'threshold', metric: text(metric), bound: bound === 'max' ? 'max' : 'min', to: text(gate.to), isLate: false }
        entry.add(
          ['gates', m, 'gates', g, 'conditions', c, 'threshold'],
          kind,
          (threshold) => `To enter ${about.to}, ${about.metric} must be at ${about.bound === 'min' ? 'least' : 'most'} ${threshold}.`,
          about,
        )
      })
    })
  })
}

function readRequest(entry: EntryFacts): void {
  const { detail } = entry
  const to = text(detail.to)
  entry.add(['to'], null, () => `${entry.actor} asked for promotion to ${to}.`)
  objects(detail.conditions).forEach(({ metric, bound, threshold }, index) => {
    const about: FactSubject = { topic: 'judged', metric: text(metric), bound: bound === 'max' ? 'max' : 'min', threshold: text(threshold), to }
    const asked = `at ${about.bound === 'min' ? 'least' : 'most'} ${about.threshold}`
    entry.add(['conditions', index, 'value'], 'run-params-metrics', (value) => `The request for ${to} was judged by ${about.metric} = ${value}, which must be ${asked}.`, about)
  })
}

/** Who approves a rollback, where a gate of the version states that. */
function readReturnRules(entry: EntryFacts): void {
  objects(entry.detail.gates).forEach((model, m) => {
    if (model.model !== entry.scope.version.model) return
    objects(model.gates).forEach(({ policy, approvals }, g) => {
      if (!isJsonObject(policy) || !isJsonObject(policy.rollback)) return
      const roles = isJsonObject(policy.rollback.roles) ? Object.entries(policy.rollback.roles) : []
      const named = roles.length === 0 ? '' : ` (${roles.map(([role, many]) => `${text(many)} ${role}`).join(', ')})`
      entry.add(['gates', m, 'gates', g, 'policy', 'rollback', 'approvals'], null, (many) => `Approvals that a rollback of the version takes: ${many}${named}. Entering production takes ${text(approvals)}.`)
    })
  })
}

function readRollback(entry: EntryFacts): void {
  entry.add(['reason'], null, (reason) => `${entry.actor} asked for the return to production: ${reason}`)
  const asks = entry.detail.gateEntry === undefined ? 'as under an earlier release, whatever its gate asked' : `as the gate of entry ${text(entry.detail.gateEntry)} says`
  entry.add(['approvals'], null, (many) => `Approvals that the return takes: ${many}, ${asks}.`)
}

/** What is unknown is a fact too, but it is evidence of nothing. */
function readCode(entry: EntryFacts): void {
  const { code } = entry.detail
  if (!isJsonObject(code)) return
  if (code.commit === 'unknown') {
    if (code.reason === undefined) entry.add(['code', 'commit'], null, () => 'The version of the code is not known.')
    entry.add(['code', 'reason'], null, (reason) => `The version of the code is not known: ${reason}.`)
    return
  }
  entry.add(['code', 'commit'], 'code-version', (commit) => `The code is commit ${commit}.`)
  entry.add(['code', 'dirty'], 'code-version', (dirty) => `Uncommitted changes: ${dirty}.`)
  entry.add(['code', 'diff'], 'code-version', () => 'The uncommitted changes have this digest.')
  entry.add(['code', 'reason'], null, (reason) => `Whether the code differs from its commit is not known: ${reason}.`)
}

function readStageSuccess(entry: EntryFacts): void {
  const { detail } = entry
  const stage = text(detail.stage)
  const first = sourceOf(detail)
  objects(detail.outs).forEach(({ path }, index) => {
    entry.add(['outs', index, 'sha256'], 'data-lineage', () => `Stage ${stage} produced ${text(path)} with this digest.`)
  })
  if (isJsonObject(detail.metrics)) {
    for (const metric of Object.keys(detail.metrics).sort()) {
      const about: FactSubject = { topic: 'metric', stage, metric, first: first ?? entry.seq }
      entry.add(['metrics', metric], 'run-params-metrics', (value) => `Stage ${stage} measured ${metric} = ${value}${first === undefined ? '' : `, in entry ${first} of an earlier run, and was not run again`}.`, about)
    }
  }
  objects(detail.evidence).forEach((item, index) => {
    const states = (kind: EvidenceKind) => entry.inDocuments.some((fact) => fact.document === item.sha256 && fact.kind === kind)
    const { kind, why } = weighEvidence(item.kind, { states, afterRelease: entry.seq > enteredProduction(entry.scope) })
    const said = `Stage ${stage} left ${text(item.path)} as ${text(item.kind)}, with this digest.${why === '' ? '' : ` ${why}`}`
    const named: readonly JsonValue[] = Array.isArray(item.obligations) ? item.obligations : []
    entry.add(['evidence', index, 'sha256'], kind, () => said, { topic: 'evidence', obligations: named.map(text) })
  })
  entry.add(['environment'], 'environment', () => `Stage ${stage} ran in the environment of this digest.`)
}

function readRegistration(entry: EntryFacts): void {
  const { model, version, format, bytes } = entry.detail
  entry.add(
    ['artifact'],
    'model-version',
    () => `${text(model)} version ${text(version)} is this ${text(format)} file of ${text(bytes)} bytes.`,
  )
  entry.add(['author'], 'model-version', (author) => `${author} started the run that made it.`)
}

/** What an importer says of a model is theirs to vouch for; that it is this content, and who says so, is recorded. */
function readImport(entry: EntryFacts): void {
  const { model, version, format, bytes, kind, files, hash, known } = entry.detail
  const held = kind === 'folder' ? `folder of ${text(files)} ${files === 1 ? 'file' : 'files'} and` : 'file of'
  entry.add(['artifact'], 'model-version', () => `${text(model)} version ${text(version)} is this ${text(format)} ${held} ${text(bytes)} bytes, imported from outside.`)
  entry.add(['author'], 'model-version', (author) => `${author} imported it and vouches for it${isJsonObject(known) ? '' : '; they knew of no run of this workplace that made it'}.`)
  readKnown(entry, known)
  entry.add(['source'], null, (source) => `Its importer states that it comes from: ${source}`, { topic: 'source' })
  entry.add(['licence'], null, (licence) => `Its importer states the licence: ${licence}`)
  entry.add(['hash'], null, () => (hash === 'given' ? 'Its SHA-256 was given by its importer, and the content has it.' : 'Its SHA-256 was computed from what was imported; nothing else was there to compare it with.'))
  entry.add(['runsCode'], null, (runs) => RUNS_CODE[runs] ?? RUNS_CODE.unknown)
  objects(entry.detail.code).forEach(({ path }, index) => entry.add(['code', index, 'why'], null, (why) => `${text(path)} is ${why}.`))
  entry.add(['signature', 'hint'], 'model-version', () => 'It came with an OpenSSF Model Signing 1.0 signature over exactly these files, good under the public key of this digest, which its importer gave.')
  const { bundle } = entry.detail
  if (isJsonObject(bundle)) {
    const there = `${text(bundle.model)} ${text(bundle.version)} of ${text(bundle.project)}, entry ${text(bundle.registration)} there`
    entry.add(['bundle', 'origin'], 'model-version', (origin) => `It came in a bundle of the ledger ${origin}, as ${there}; each entry in the bundle was found signed and proved in a tree of ${text(bundle.size)} entries under the log key that its importer gave.`)
    entry.add(['bundle', 'sha256'], null, () => 'The bundle had this SHA-256.')
  }
  entry.add(['statement'], null, (statement) => `${entry.actor} signed: ${statement}`)
  readThresholds(entry, null)
  readReturnRules(entry)
}

/** Of which version of this very ledger an import has the content. */
function readKnown(entry: EntryFacts, known: JsonValue | undefined): void {
  if (!isJsonObject(known)) return
  const name = `${text(known.model)} ${text(known.version)} of ${text(known.project)}`
  entry.add(['known', 'entry'], 'model-version', (seq) => `Its content is that of ${name}, which entry ${seq} of this ledger ${known.run === 'none' ? 'imported' : `registered: run ${text(known.run)} of this workplace made it`}.`)
}

const RUNS_CODE: Readonly<Record<string | number, string>> & { readonly unknown: string } = {
  yes: 'Can loading it run code that it holds: yes, it is of a format, or has a file, that may.',
  no: 'Can loading it run code that it holds: no, by name and first bytes each of its files is of a format that holds data alone.',
  unknown: 'Can loading it run code that it holds: unknown, not all of its files are of a format that is known here.',
}

function readDecision(entry: EntryFacts, topic: 'approval' | 'rejection', what: 'promotion' | 'the return'): void {
  const { meaning, comment } = entry.detail
  const to = text(entry.detail.to)
  const verb = topic === 'approval' ? 'approved' : 'rejected'
  const said = (statement: string | number) => `${entry.actor} ${verb} ${what} to ${to}, meaning ${text(meaning)}: ${statement}`
  // A rejection is recorded and cited, but it is no signature that lets a version through.
  entry.add(
    ['statement'],
    topic === 'approval' ? 'approval-signature' : null,
    (statement) => (comment === '' ? said(statement) : `${said(statement)} Comment: ${text(comment)}`),
    { topic, to },
  )
}

function step(value: JsonValue | undefined, key: string | number): JsonValue | undefined {
  if (Array.isArray(value)) return (value as readonly JsonValue[])[Number(key)]
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}
