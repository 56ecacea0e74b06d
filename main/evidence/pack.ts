import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { RequestError, type PersonId, type Project, type VersionSummary } from '../../shared/contract/index.ts'
import { canonicalJson, formatProofFile, sealEnvelope, type JsonValue, type Ledger, type Signer } from '../ledger/index.ts'
import { storageErrorFrom, type BlobStore } from '../storage/index.ts'
import { closeBag } from './bag.ts'
import { assessVersion } from './coverage.ts'
import { writeGaps, writeTraceability } from './csv.ts'
import { discloseSigners, type Disclosure } from './disclosures.ts'
import type { EvidenceFact } from './fact.ts'
import type { Framework } from './frameworks.ts'
import { PackFolder } from './pack-folder.ts'
import type { PackPlace } from './pack-shelf.ts'
import { readPermissions } from './permissions.ts'
import { writeReadme } from './readme.ts'
import { expectRowsAsRecorded, readRecorded, type Recorded } from './recorded.ts'
import { writeReport } from './report.ts'
import { explainOmissions, readScope } from './scope.ts'
import { writeZip } from './zip.ts'

export const PACK_FORMAT = 'strongroom.dev/evidence-pack/v1'
const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
const PREDICATE_TYPE = `https://${PACK_FORMAT}`
const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

export interface PackSources {
  readonly ledger: Ledger
  readonly blobs: BlobStore
  readonly resources: string
  readonly software: string
  readonly organisation: string
  readonly disclosureOf: (person: PersonId) => Disclosure | undefined
  readonly frameworks: readonly Framework[]
}

export interface PackOrder {
  readonly place: PackPlace
  readonly project: Project
  readonly version: VersionSummary
  readonly signer: Signer
  /** ISO 8601, UTC, milliseconds. */
  readonly created: string
}

export interface PackProgress {
  readonly signal: AbortSignal | undefined
  readonly onProgress: (share: number, text: string) => void
}

export interface WrittenPack {
  /** SHA-256 of the tag manifest, which stands for every byte but the signature's. */
  readonly manifest: string
  readonly treeSize: number
  /** Entries in the pack. */
  readonly entries: number
  readonly statement: string
  /** 0 where the pack is too large for its form of zip and is a folder alone. */
  readonly zipBytes: number
}

/** The words that an exporter signs. */
export function exportStatement({ project, model, version }: VersionSummary, treeSize: number): string {
  return (
    `I export the evidence for ${model} ${version} of ${project} as it stood at ledger size ${treeSize}. ` +
    'It says what was recorded; it does not say that the law is met.'
  )
}

/**
 * Writes folder and zip of a pack (docs/pack-format.md) where `place` builds them. Every proof refers to the tree as it is when this is
 * called. The same ledger, documents and time give the same bytes, but for the signature's if the signer's key differs. Throws
 * RequestError `cancelled`, `storage-damaged`, LedgerError, StorageError; what was written by then is the place's to throw away.
 */
export async function writePack(sources: PackSources, order: PackOrder, { signal, onProgress }: PackProgress): Promise<WrittenPack> {
  const { ledger, blobs, resources, software, organisation, frameworks } = sources
  const { place, project, version, signer, created } = order
  const report = (share: number, text: string) => {
    if (signal?.aborted === true) throw new RequestError('cancelled', 'The export was cancelled: nothing was written or recorded.')
    onProgress(share, text)
  }
  const asOf = created.slice(0, 10)
  const scope = readScope(ledger, version)
  const recorded = readRecorded(scope)
  expectRowsAsRecorded(recorded, project, version)
  const { size: treeSize, root, checkpoint } = scope.tree
  report(0, 'Reading the ledger')
  const omitted = await explainOmissions(ledger, scope, (share) => report(0.3 * share, 'Reading the ledger'))
  report(0.3, 'Gathering facts')
  const { documents, facts, assessed } = await assessVersion({ frameworks, scope, recorded, blobs, asOf })
  const disclosures = discloseSigners(scope, signer.name, sources.disclosureOf)

  const folder = new PackFolder(place.building)
  const json = (path: string, value: JsonValue) => folder.add(path, canonicalJson(value))
  await folder.add('data/checkpoint.txt', checkpoint)
  for (const [index, { seq, envelope }] of scope.entries.entries()) {
    report(0.35 + (0.3 * index) / scope.entries.length, `Writing entry ${index + 1} of ${scope.entries.length}`)
    const name = String(seq).padStart(8, '0')
    await folder.add(`data/entries/${name}.json`, envelope)
    const proof = formatProofFile({ index: seq, hashes: ledger.inclusionProof(seq, treeSize), checkpoint })
    await folder.add(`data/proofs/${name}.tlog-proof`, proof)
  }
  for (const [index, { sha256, name }] of documents.entries()) {
    report(0.65 + (0.1 * index) / documents.length, `Copying document ${index + 1} of ${documents.length}`)
    const copied = await folder.addFile(`data/documents/${sha256}/${name}`, blobs.pathOf(sha256))
    // Reading it whole is what names the damage and what to do about it.
    if (copied.sha256 !== sha256) await blobs.read(sha256)
  }
  report(0.75, 'Writing facts, claims and report')
  for (const { id, bytes } of frameworks) await folder.add(frameworkPath(id), bytes)
  await json('data/pack.json', {
    format: PACK_FORMAT,
    id: place.id,
    origin: ledger.origin,
    created,
    software,
    project: describeProject(recorded),
    model: { name: recorded.version.model, version: recorded.version.version, artifact: recorded.version.artifact },
    exporter: signer.name,
    tree: { size: treeSize, root },
    frameworks: frameworks.map(({ id, title, sha256 }) => ({ id, title, file: frameworkPath(id), sha256 })),
    asOf,
  })
  await json('data/facts.json', facts.map(factForPack))
  await json('data/claims.json', assessed.map(({ claim }) => ({ ...claim })))
  await json('data/omissions.json', { treeSize, included: scope.entries.length, omitted: omitted.map((range) => ({ ...range })) })
  const { at, policy, roles, people } = readPermissions(scope)
  await json('data/permissions.json', { at, policy: { ...policy }, roles: roles.map((each) => ({ ...each })), people: people.map(({ person, roles: held, grants }) => ({ person, roles: held, grants: grants.map(({ role, scope: where }) => ({ role, scope: { ...where } })) })) })
  await json('data/disclosures.json', disclosures.map(({ entry, field, salt, value }) => ({ entry, field, salt, value })))
  await folder.add('data/gaps.csv', writeGaps(assessed))
  await folder.add('data/traceability.csv', writeTraceability(assessed, facts))
  const statement = exportStatement(version, treeSize)
  await folder.add(
    'data/report.html',
    writeReport({
      id: place.id, created, organisation, software, recorded, scope, frameworks, facts, assessed, documents, omitted, disclosures,
      exporter: signer.name, statement,
    }),
  )
  const logKey = ledger.verifierKeys().find(({ role }) => role === 'log')?.text ?? ''
  await folder.add('README.txt', writeReadme({ id: place.id, origin: ledger.origin, treeSize, version, logKey }))
  for (const name of ['verify.mjs', 'verify.py']) await folder.addFile(name, await requireFile(join(resources, 'verifier', name)))

  report(0.9, 'Signing')
  const tagManifest = await closeBag(folder, { organisation, date: asOf, id: place.id, software })
  const signed = canonicalJson({
    _type: STATEMENT_TYPE,
    predicateType: PREDICATE_TYPE,
    subject: [{ name: tagManifest.path, digest: { sha256: tagManifest.sha256 } }],
    predicate: { origin: ledger.origin, statement, treeSize },
  })
  report(0.92, 'Signing')
  await folder.add('signature.dsse.json', sealEnvelope(signed, signer, PAYLOAD_TYPE))
  folder.sync()
  onProgress(0.95, 'Writing the zip')
  const zipBytes = (await writeZip(place.buildingZip, place.building, folder.files)) ?? 0
  return { manifest: tagManifest.sha256, treeSize, entries: scope.entries.length, statement, zipBytes }
}

/** The system as it is described, without where its folder lies. */
function describeProject({ version, system: { name, intendedPurpose, roles, annexIII } }: Recorded): JsonValue {
  return { id: version.project, name, intendedPurpose, roles, annexIII }
}

function frameworkPath(id: string): string {
  return `data/frameworks/${id}.json`
}

/** Only what the format has: what a fact is evidence of shows in the claims that name it. */
function factForPack({ id, entry, document, pointer, value, text }: EvidenceFact): JsonValue {
  return document === undefined ? { id, entry, pointer, value, text } : { id, entry, document, pointer, value, text }
}

async function requireFile(path: string): Promise<string> {
  await access(path).catch((thrown: unknown) => {
    throw storageErrorFrom(thrown, path)
  })
  return path
}
