import { basename } from 'node:path'
import { ENTRY_DETAILS, type BlobFault, type BlobVerification, type DetailOf } from '../../shared/contract/index.ts'
import { mapInParallel, readManifest, type ManifestFile } from '../content/index.ts'
import type { SignedEntry } from '../ledger/index.ts'
import type { BlobState, BlobStore } from '../storage/index.ts'
import type { Services } from './services.ts'

type Sources = Pick<Services, 'ledger' | 'blobs' | 'registry' | 'snapshots'>

/** A blob by its digest, what it is called, and the entry that says so. */
interface Naming {
  readonly sha256: string
  readonly name: string
  readonly entry: number
}

/** A file, or a folder by its manifest. `bytes` is that of the file or of all of the folder's files, where the entry says it. */
interface NamedContent extends Naming {
  readonly bytes?: number
  /** Where the entry says that it is a file, whatever it looks like. */
  readonly isFile?: boolean
}

export interface BlobVerificationOptions {
  readonly onProgress?: (progress: { done: number; total: number }) => void
  readonly signal?: AbortSignal
}

/** How many of each kind of fault are listed; all are counted. */
const LISTED = 1000
/** Entries that are read at a time; other work runs between two batches. */
const BATCH = 200

/**
 * Compares the blob store with what entries and the registry name: each blob is read and its SHA-256 computed again. The log cannot show an
 * action that was never logged; what it can show is what such an action leaves, which is a file that nothing names or a row of the
 * registry that no entry is of. The files that a missing or damaged manifest names are not known, and seem unreferenced.
 */
export async function verifyBlobs(sources: Sources, { onProgress, signal }: BlobVerificationOptions = {}): Promise<Omit<BlobVerification, 'durationMs' | 'at'>> {
  const { ledger, blobs } = sources
  // Before anything else: what is stored from now on is named by entries that come later.
  const stored = new Map<string, string | null>()
  for await (const { path, sha256 } of blobs.files()) stored.set(path, sha256)

  const { size } = ledger
  const named = new Set<string>()
  for await (const { sha256 } of namedByEntries(sources, 0, signal)) named.add(sha256)
  const unrecorded = new Set(namedByRegistry(sources).flatMap(({ sha256 }) => (named.has(sha256) ? [] : [sha256])))
  for (const sha256 of unrecorded) named.add(sha256)

  const bad = new Map<string, BlobState>()
  let done = 0
  await mapInParallel(named, async (sha256) => {
    signal?.throwIfAborted()
    const state = await blobs.check(sha256)
    if (state !== 'whole') bad.set(sha256, state)
    onProgress?.({ done: ++done, total: named.size })
  })

  const expected = new Set([...named].map((sha256) => blobs.pathOf(sha256)))
  for await (const { sha256 } of namedByEntries(sources, size, signal)) expected.add(blobs.pathOf(sha256))
  const unreferenced = [...stored].flatMap(([path, sha256]) => (expected.has(path) ? [] : [{ path, sha256 }]))

  const faults = await describeFaults(sources, new Set([...bad.keys(), ...unrecorded]), signal)
  const withState = (state: BlobState) => faults.filter(({ sha256 }) => bad.get(sha256) === state)
  return {
    ok: bad.size === 0 && unrecorded.size === 0,
    named: named.size,
    missing: list(withState('missing')),
    damaged: list(withState('damaged')),
    unrecorded: list(faults.filter(({ sha256 }) => unrecorded.has(sha256))),
    unreferenced: list(unreferenced.sort((a, b) => (a.path < b.path ? -1 : 1))),
  }
}

/** Who names each of these blobs: a second reading, since most verifications find nothing and need not keep it. In order of their first entry. */
async function describeFaults(sources: Sources, digests: ReadonlySet<string>, signal?: AbortSignal): Promise<BlobFault[]> {
  if (digests.size === 0) return []
  const faults = new Map<string, { name: string; entries: Set<number> }>()
  const note = ({ sha256, name, entry }: Naming): void => {
    if (!digests.has(sha256)) return
    const fault = faults.get(sha256) ?? { name, entries: new Set() }
    fault.entries.add(entry)
    faults.set(sha256, fault)
  }
  for await (const naming of namedByEntries(sources, 0, signal)) note(naming)
  for (const naming of namedByRegistry(sources)) note(naming)
  return [...faults].map(([sha256, { name, entries }]) => ({ sha256, path: sources.blobs.pathOf(sha256), name, entries: [...entries].sort((a, b) => a - b) }))
}

function namedByRegistry({ registry, snapshots }: Sources): Naming[] {
  return [...snapshots.manifests(), ...registry.artifacts()]
}

/** Every blob that the entries from a position on name, as often as they do. */
async function* namedByEntries({ ledger, blobs }: Sources, from: number, signal?: AbortSignal): AsyncGenerator<Naming, void> {
  for (let position = from; position < ledger.size; position += BATCH) {
    signal?.throwIfAborted()
    for (const entry of ledger.entries({ from: position, limit: BATCH })) {
      for (const content of contentsOf(entry)) {
        yield content
        for (const file of await filesOf(blobs, content)) yield { sha256: file.sha256, name: joinName(content.name, file.path), entry: entry.seq }
      }
    }
  }
}

/**
 * The files and folders of an entry that are kept as blobs. Not what is known by its digest alone: commands, differences from a commit,
 * dependencies (made of snapshots and outs), recordings (they lie with their runs) and packs.
 */
function contentsOf({ seq, entry }: SignedEntry): NamedContent[] {
  const { action, detail } = entry
  if (action === 'dataset.snapshot') {
    const { manifest, path, bytes } = ENTRY_DETAILS[action].parse(detail)
    return [{ sha256: manifest, name: path, bytes, entry: seq }]
  }
  if (action === 'run.started') {
    const { pipeline, gates } = ENTRY_DETAILS[action].parse(detail)
    return [{ sha256: pipeline, name: entry.subject[0]?.name ?? 'dvc.yaml', entry: seq }, ...policiesOf(gates, seq)]
  }
  if (action === 'stage.succeeded') {
    const { stage, outs, evidence, environment } = ENTRY_DETAILS[action].parse(detail)
    return [
      ...outs.map(({ path, sha256, bytes }) => ({ sha256, name: path, bytes, entry: seq })),
      ...evidence.map(({ path, sha256 }) => ({ sha256, name: path, entry: seq })),
      { sha256: environment, name: `environment of ${stage}`, entry: seq },
    ]
  }
  if (action === 'stage.failed') {
    const { stage, environment } = ENTRY_DETAILS[action].parse(detail)
    return environment === '' ? [] : [{ sha256: environment, name: `environment of ${stage}`, entry: seq }]
  }
  if (action === 'model.version.signed') {
    const { model, version, signature } = ENTRY_DETAILS[action].parse(detail)
    return [{ sha256: signature, name: `signature of ${model} ${version}`, entry: seq }]
  }
  if (action === 'model.version.registered') {
    const { model, version, artifact, bytes } = ENTRY_DETAILS[action].parse(detail)
    return [{ sha256: artifact, name: `${model} ${version}`, bytes, entry: seq }]
  }
  if (action === 'model.version.imported') {
    const { model, version, artifact, kind, bytes, gates, signature, bundle } = ENTRY_DETAILS[action].parse(detail)
    const name = `${model} ${version}`
    const ofSignature = signature ? [{ sha256: signature.signature, name: `signature that ${name} came with`, entry: seq }, { sha256: signature.hint, name: `key that signed ${name}`, entry: seq }] : []
    return [{ sha256: artifact, name, bytes, isFile: kind === 'file', entry: seq }, ...ofSignature, ...(bundle ? [{ sha256: bundle.papers, name: `what ${name} came with`, entry: seq }] : []), ...policiesOf(gates, seq)]
  }
  return []
}

/** The files that say the gates. */
function policiesOf(gates: DetailOf<'run.started'>['gates'], entry: number): NamedContent[] {
  return gates.flatMap((model) => model.gates.flatMap(({ policy }) => (policy && policy.sha256 !== '' ? [{ sha256: policy.sha256, name: policy.path, entry }] : [])))
}

/** The files of a folder; none for what is a file, and for a manifest that is damaged, of which the check of the blob itself says so. */
async function filesOf(blobs: BlobStore, { isFile = false, ...content }: NamedContent): Promise<ManifestFile[]> {
  return isFile ? [] : ((await readManifest(blobs, content).catch(() => undefined)) ?? [])
}

/** A snapshot of a single file has it under its own name. */
function joinName(name: string, file: string): string {
  return basename(name) === file ? name : `${name}/${file}`
}

function list<T>(items: readonly T[]): { count: number; listed: T[] } {
  return { count: items.length, listed: items.slice(0, LISTED) }
}
