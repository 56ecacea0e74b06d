import { createPublicKey } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { RequestError, type DetailOf, type ForeignModel, type ForeignModelExamined } from '../../shared/contract/index.ts'
import { encodeManifest } from '../content/index.ts'
import { BundleInvalid, isBundle, isSpdx, meantBySpdx, openBundle, type OpenBundle } from '../evidence/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger, Relation, Signer } from '../ledger/index.ts'
import { checkForeignSignature, describeContent, describeKnown, knownAt, knownContent, modelFileName, readForeignModel, storeFiles, readForeignSignature, resolveForeign, storeForeignModel, storeForeignSignature, type ForeignContent, type ForeignSignature, type KnownContent, type MayRead, type VersionKey } from '../registry/index.ts'
import type { BlobWriter } from '../storage/index.ts'
import type { Services } from './services.ts'

export interface ImportControl {
  /** What of this workplace the person may be told. */
  readonly mayRead: MayRead
  readonly signal: AbortSignal
  readonly onProgress: (share: number, text: string) => void
}

/** 21 CFR 11.50 asks that a signature states its meaning. */
const MEANING = 'import of a model from outside'

/**
 * Reads a model from outside and says what it is and what importing it would sign. Nothing is stored, recorded or run. `reserved`: the workplace's own folder and
 * those that the person may not read, of which nothing is imported. Throws RequestError `invalid-path`, `conflict` where hash or signature are of something else or a
 * bundle is of a history of this ledger that it does not have, and the signal's reason.
 */
export async function examineModel({ registry, ledger }: Services, reserved: readonly string[], given: ForeignModel, control: ImportControl): Promise<ForeignModelExamined> {
  const { content, signedBy, bundle } = await read(reserved, given, control)
  const { kind, artifact, files, bytes, format, runsCode, code } = content
  const known = recognise(ledger, given, artifact, bundle, control.mayRead)
  const { gatesFrom } = registry.gatesOfImport(given.project, given.model, known)
  return {
    kind, artifact, files: files.length, bytes, format, runsCode, code, signedBy,
    bundle: bundle ? { origin: bundle.origin, size: bundle.size, logKey: given.logKey ?? '', project: bundle.model.project, model: bundle.model.name, version: bundle.model.version } : null,
    known: known ? describeKnown(known) : null,
    isSpdx: isSpdx(given.licence),
    spdxMeant: meantBySpdx(given.licence),
    gatesFrom: gatesFrom === 'none' ? null : gatesFrom,
    meaning: MEANING,
    statement: statementOf(given, artifact, bundle, known),
  }
}

/**
 * Takes a model from outside in as the next version, signed by `signer`, made from the passphrase just typed. It is read again, and refused where it is not
 * `artifact` any more or `statement` is not what would be signed, which the person was shown. What was stored by then goes again.
 */
export async function importModel(services: Services, reserved: readonly string[], actor: Actor, signer: Signer, given: ForeignModel & { readonly artifact: string; readonly statement: string }, control: ImportControl): Promise<VersionKey> {
  const { registry, ledger } = services
  const { project, model, source, licence, sha256 } = given
  const { content, signature, bundle } = await read(reserved, given, { ...control, onProgress: (share, text) => control.onProgress(share / 2, text) })
  const { kind, artifact, files, bytes, format, runsCode, code } = content
  if (artifact !== given.artifact) throw new RequestError('conflict', `${given.path} is not what was shown any more: its SHA-256 is ${artifact}, and was ${given.artifact}. Nothing was recorded. Look at it again.`)
  const known = recognise(ledger, given, artifact, bundle, control.mayRead)
  const statement = statementOf(given, artifact, bundle, known)
  if (statement !== given.statement) throw new RequestError('conflict', `What you would sign is not what was shown any more. Nothing was recorded. Look at it again: ${statement}`)
  control.onProgress(0.5, 'Storing')
  return services.blobs.forEntry(async (blobs) => {
    await storeForeignModel(content, blobs, control.signal)
    const signed = signature && (await storeForeignSignature(signature, blobs))
    const papers = bundle && (await storePapers(bundle, given.path, blobs, control.signal))
    control.signal.throwIfAborted()
    return registry.import(signer, {
      project, model, author: actor.person, artifact, kind, files: files.length, bytes, format,
      hash: sha256 === undefined ? 'computed' : 'given',
      source, licence, runsCode, code: [...code],
      ...(signed ? { signature: signed } : {}),
      ...(bundle && papers !== undefined && given.logKey !== undefined ? { bundle: describeBundle(bundle, given.logKey, papers) } : {}),
      ...(known ? { known } : {}),
      meaning: MEANING,
      statement,
    })
  })
}

function statementOf({ project, model, source, licence }: ForeignModel, artifact: string, bundle: OpenBundle | undefined, known: KnownContent | undefined): string {
  const came = bundle ? ` It came in a bundle of the ledger ${bundle.origin} as ${bundle.model.name} ${bundle.model.version}.` : ''
  return `I vouch for the content with the SHA-256 ${artifact} as a version of ${model}: it comes from ${source}, under the licence ${licence}.${came} ${madeBy(project, known)}`
}

function madeBy(project: string, known: KnownContent | undefined): string {
  if (known === undefined) return 'I know of no run of this workplace that made it.'
  const name = `${known.model} ${known.version}${known.project === project ? '' : ` of the project ${known.project}`}`
  return known.run === 'none' ? `It is the content of ${name}, imported in entry ${known.entry}, and I know of no run of this workplace that made it.` : `Run ${known.run} of this workplace made it, as ${name}, registered in entry ${known.entry}.`
}

/**
 * The version of this ledger that a content is, by its hash, or by what a bundle of this very ledger says, which whoever gives it has read.
 * Throws RequestError `conflict` where a bundle calls itself one of this ledger's and is of a history that it does not have.
 */
function recognise(ledger: Ledger, { path, logKey }: ForeignModel, artifact: string, bundle: OpenBundle | undefined, mayRead: MayRead): KnownContent | undefined {
  const own = bundle && relateToOwn(ledger, path, bundle, logKey) === 'continued' ? knownAt(ledger, bundle.model.registration) : undefined
  if (own !== undefined && own.run !== 'none') return own
  return knownContent(ledger, artifact, mayRead) ?? own
}

/** How a bundle that calls itself one of this ledger's stands to it; undefined of another's. A part that the ledger says itself that it lost is no other history. */
function relateToOwn(ledger: Ledger, path: string, { origin, size, root }: OpenBundle, logKey: string | undefined): Relation | undefined {
  const isOwnKey = logKey === ledger.verifierKeys()[0]?.text
  if (!isOwnKey && origin !== ledger.origin && !origin.startsWith(`${ledger.origin}/continued/`)) return undefined
  const relation = isOwnKey ? ledger.relate({ origin, size, root: Buffer.from(root, 'base64') }) : 'differs'
  if (relation === 'continued' || relation === 'lost') return relation
  const why = !isOwnKey
    ? "under another log key than this ledger's: somebody made a ledger of its name"
    : `at ${size} entries with the root ${root}, and this ledger ${relation === 'ahead' ? `has ${ledger.size}: it was cut short, or an older copy of it was put back` : 'has others there: somebody signed two histories with its log key'}`
  throw new RequestError('conflict', `${path} is of this very ledger, ${origin}, by its own word, ${why}. Nothing was recorded. Keep the file: 'strongroom ledger verify --against' its checkpoint.txt shows it, and whoever administers this workplace has to know.`)
}

interface Read {
  readonly content: ForeignContent
  readonly signature: ForeignSignature | undefined
  readonly signedBy: string | null
  readonly bundle?: OpenBundle
}

async function read(reserved: readonly string[], given: ForeignModel, control: ImportControl): Promise<Read> {
  const { path, sha256, signature, logKey } = given
  for (const each of [path, ...(signature ? [signature.path, signature.publicKey] : [])]) {
    if (!isAbsolute(each)) throw new RequestError('invalid-path', `${each} is not an absolute path. Say where on the orchestrator's machine it lies.`)
  }
  if (signature && logKey !== undefined) throw new RequestError('invalid-request', 'A bundle has its signature and its key in it: give the log key alone.')
  const found = logKey === undefined ? await readPlain(reserved, given, control) : await readBundle(reserved, path, logKey, control)
  const { artifact } = found.content
  if (sha256 !== undefined && sha256 !== artifact) {
    throw new RequestError('conflict', `${path} has the SHA-256 ${artifact}, not ${sha256}: it is not the model that you were told of. Nothing was recorded. Get it again, or compare the hashes with whoever published it.`)
  }
  return found
}

async function readPlain(reserved: readonly string[], { path, signature: paths }: ForeignModel, { signal, onProgress }: ImportControl): Promise<Read> {
  const signature = paths && (await readForeignSignature(paths))
  const leftOut = paths ? [paths.path, paths.publicKey] : []
  const content = await readForeignModel(path, reserved, leftOut, { signal, onFile: (done, of) => onProgress(done / of, `Reading file ${done + 1} of ${of}`) })
  if (content.kind === 'file' && (await isBundle(path))) {
    throw new RequestError('invalid-request', `${path} is a bundle that 'model export' made. Give the first log key of its ledger, which you have by another way: --log-key KEY, in the window 'Strongroom bundle'. It is not taken in as a mere zip.`)
  }
  return { content, signature, signedBy: signature ? checkForeignSignature(content, signature) : null }
}

/** A bundle of another workplace, checked whole, its signature too: it is checked again whenever a model enters. */
async function readBundle(reserved: readonly string[], path: string, logKey: string, { signal, onProgress }: ImportControl): Promise<Read> {
  const refused = (why: string) => new RequestError('conflict', `${path} ${why}. Nothing of it is believed, and nothing was recorded. Get it again from whoever exported it, and its log key by another way.`)
  await resolveForeign(path, reserved)
  try {
    const bundle = await openBundle(path, logKey, { signal, onRead: (share) => onProgress(share, 'Reading the bundle') })
    const kind = bundle.model.file === 'model' ? 'folder' : 'file'
    // A folder's names are in its digest. What a single file is called only the manifest says, which nobody signed: it is weighed as what its registration says that it is.
    const found = bundle.content.map((member) => ({ ...member, absolute: path, ...(kind === 'file' ? { path: modelFileName({ model: bundle.model.name, format: bundle.model.format }) } : {}) }))
    const content = { ...(await describeContent(path, kind, found, signal)), format: bundle.model.format }
    const signature = { bundle: bundle.signature, publicKey: createPublicKey(bundle.publicKey) }
    const signedBy = checkForeignSignature(content, signature)
    if (content.artifact !== bundle.model.artifact) throw refused('holds another model than its entries register')
    return { content, signature, signedBy, bundle }
  } catch (error) {
    if (error instanceof BundleInvalid) throw refused(error.message)
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOENT', 'EACCES', 'EISDIR', 'ENXIO'].includes(code)) throw new RequestError('invalid-path', `${path} cannot be read as a bundle (${code}). Nothing was recorded.`)
    throw error
  }
}

function describeBundle({ sha256, origin, size, root, model }: OpenBundle, logKey: string, papers: string): NonNullable<DetailOf<'model.version.imported'>['bundle']> {
  return { sha256, logKey, origin, size, root, project: model.project, model: model.name, version: model.version, registration: model.registration, papers }
}

/** Keeps what came beside the model: entries, proofs, checkpoint, card. Gives the digest of its manifest. Throws as the store does. */
async function storePapers({ papers }: OpenBundle, path: string, blobs: BlobWriter, signal: AbortSignal): Promise<string> {
  await storeFiles(papers.map((member) => ({ path: member.path, bytes: member.bytes, sha256: member.sha256, offset: member.offset, absolute: path })), blobs, signal)
  return (await blobs.putBytes(encodeManifest(papers).bytes)).sha256
}
