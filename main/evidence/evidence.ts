import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  RequestError,
  type Coverage,
  type Pack,
  type PersonId,
  type Project,
  ProjectId,
  type VersionSummary,
} from '../../shared/contract/index.ts'
import { decodeManifest } from '../content/index.ts'
import type { Actor } from '../identity/index.ts'
import type { Ledger, Signer } from '../ledger/index.ts'
import type { BlobStore, Database } from '../storage/index.ts'
import { assessVersion } from './coverage.ts'
import { readJsonDocuments } from './documents.ts'
import type { Disclosure } from './disclosures.ts'
import { isNamedBy, loadFrameworks, type Framework } from './frameworks.ts'
import { writeModelBundle, type BundleContent } from './model-bundle.ts'
import { writeMlBom } from './ml-bom.ts'
import { cardAsHtml, cardAsMarkdown, writeModelCard } from './model-card.ts'
import { PackShelf } from './pack-shelf.ts'
import { exportStatement, writePack } from './pack.ts'
import { readRecorded } from './recorded.ts'
import { readScope } from './scope.ts'
import { verifyPackFolder, type PackCheck } from './verification.ts'

export interface EvidenceDependencies {
  readonly db: Database
  readonly ledger: Ledger
  readonly blobs: BlobStore
  readonly packsFolder: string
  /** The folder that holds `frameworks/` and `verifier/`. */
  readonly resources: string
  /** The Node that runs the verifier. */
  readonly node: string
  /** Milliseconds since the epoch. */
  readonly clock: () => number
  /** Name and version of this program. */
  readonly software: string
  readonly organisation: string
  readonly nameOf: (person: string) => string
  /** What opens the commitment to a person's name, or undefined if it was erased. */
  readonly disclosureOf: (person: PersonId) => Disclosure | undefined
}

export interface ExportRequest {
  readonly actor: Actor
  /** Made from the passphrase just typed. */
  readonly signer: Signer
  readonly project: Project
  readonly version: VersionSummary
}

export interface ExportControl {
  readonly signal?: AbortSignal
  /** Share done, 0 to 1, and what is being done. */
  readonly onProgress?: (share: number, text: string) => void
}

interface PackRow {
  id: string
  project: string
  model: string
  version: number
  created_at: string
  created_by: string
  zip_bytes: number
  manifest: string
  tree_size: number
  entries: number
  entry: number
}

/** What the recorded facts support: coverage of the frameworks' rows, and evidence packs that others verify without this program. */
export class Evidence {
  readonly #deps: EvidenceDependencies
  readonly #shelf: PackShelf
  #frameworks: readonly Framework[] | undefined

  constructor(dependencies: EvidenceDependencies) {
    this.#deps = dependencies
    this.#shelf = new PackShelf(dependencies.packsFolder)
  }

  /** Every assessable row of every framework with its status for a model version, as of now. Throws LedgerError, StorageError, RequestError `storage-damaged`. */
  async coverage(version: VersionSummary): Promise<Coverage> {
    const { ledger, blobs } = this.#deps
    const frameworks = this.#loaded()
    const asOf = this.#now().slice(0, 10)
    const scope = readScope(ledger, version)
    const { assessed, facts } = await assessVersion({ frameworks, scope, recorded: readRecorded(scope), blobs, asOf })
    const byId = new Map(facts.map((fact) => [fact.id, fact]))
    return {
      asOf,
      frameworks: frameworks.map(({ id, title }) => ({ id, title })),
      contents: { claims: assessed.length, facts: facts.length, entries: scope.entries.length },
      rows: assessed.map(({ row, claim }) => ({
        framework: claim.framework,
        obligation: claim.obligation,
        citation: row.citation,
        chapter: row.chapter,
        title: row.title,
        requirement: row.requirement,
        status: claim.status,
        text: claim.text,
        missing: [...claim.missing],
        appliesFrom: claim.appliesFrom,
        facts: claim.facts.flatMap((id) => {
          const fact = byId.get(id)
          return fact ? [{ id, entry: fact.entry, pointer: fact.pointer, value: String(fact.value), text: fact.text }] : []
        }),
      })),
    }
  }

  /** Whether this citation names a row of a framework, or the rows below an article or a numbered point. */
  knowsObligation(citation: string): boolean {
    return this.#loaded().some(({ rows }) => rows.some((row) => isNamedBy(row.citation, citation)))
  }

  /** A version's model card, from its entries. Throws LedgerError, StorageError, RequestError `storage-damaged`. */
  async card(version: VersionSummary): Promise<{ markdown: string; html: string }> {
    const { ledger, blobs, software } = this.#deps
    const scope = readScope(ledger, version)
    const recorded = readRecorded(scope)
    const { facts } = await assessVersion({ frameworks: [], scope, recorded, blobs, asOf: this.#now().slice(0, 10) })
    const card = writeModelCard({ scope, recorded, facts, software })
    return { markdown: cardAsMarkdown(card), html: cardAsHtml(card) }
  }

  /** A version's bill of materials (CycloneDX 1.6), from its entries. Throws LedgerError, StorageError, RequestError `storage-damaged`. */
  async bom(version: VersionSummary): Promise<string> {
    const { ledger, blobs, software } = this.#deps
    const scope = readScope(ledger, version)
    const recorded = readRecorded(scope)
    const { documents, facts } = await assessVersion({ frameworks: [], scope, recorded, blobs, asOf: this.#now().slice(0, 10) })
    const named = new Set(scope.entries.flatMap(({ entry }) => (entry.action === 'stage.succeeded' ? [entry.detail.environment] : [])))
    const environments = await readJsonDocuments(documents.filter(({ sha256 }) => named.has(sha256)), blobs)
    const files = recorded.version.imported?.kind === 'folder' ? decodeManifest(await blobs.read(recorded.version.artifact)) : []
    return writeMlBom({ scope, recorded, facts, environments, files, software })
  }

  /** Writes a version's bundle (docs/model-bundle.md) into a folder that is empty: the path of its zip. Throws RequestError `conflict`, LedgerError, StorageError. */
  async bundle(version: VersionSummary, folder: string, content: Omit<BundleContent, 'card' | 'bom'>): Promise<{ zip: string; treeSize: number }> {
    const { ledger } = this.#deps
    const [card, bom] = [(await this.card(version)).markdown, await this.bom(version)]
    const scope = readScope(ledger, version)
    const zip = join(folder, 'bundle.zip')
    const bytes = await writeModelBundle(ledger, { folder: join(folder, 'bundle'), zip }, { scope, recorded: readRecorded(scope) }, { ...content, card, bom })
    if (bytes === null) throw new RequestError('conflict', `${version.model} ${version.version} is too large for a bundle, which holds 4 GiB. Download its file, and its signature with 'model verify'.`)
    return { zip, treeSize: scope.tree.size }
  }

  /** The words that an export would sign now. */
  statement(version: VersionSummary): string {
    return exportStatement(version, this.#deps.ledger.size)
  }

  /**
   * Builds a pack of the ledger as it stands, signs it, and records it. Cancellable until it is signed; whatever goes wrong before it is
   * recorded leaves neither files nor an entry. Throws RequestError `cancelled` and, where rows differ from the entries, `storage-damaged`; LedgerError, StorageError.
   */
  async export(request: ExportRequest, { signal, onProgress = () => undefined }: ExportControl = {}): Promise<Pack> {
    const { actor, signer, project, version } = request
    const { db, ledger, blobs, resources, software, organisation, disclosureOf } = this.#deps
    // After a loss, one that no entry records may be the proof of what is lost: it stays.
    const isTaken = (id: string) => this.#row(id) !== undefined || (ledger.losses.length > 0 && this.#shelf.has(id))
    const place = this.#shelf.reserve(`${project.id}-${version.model}-v${version.version}`, isTaken)
    try {
      const created = this.#now()
      const written = await writePack(
        { ledger, blobs, resources, software, organisation, disclosureOf, frameworks: this.#loaded() },
        { place, project, version, signer, created },
        { signal, onProgress },
      )
      place.publish()
      try {
        const key = { project: project.id, model: version.model, version: version.version }
        const { manifest, treeSize, entries, statement, zipBytes } = written
        const seq = ledger.commit((tx) => {
          const { seq } = tx.append(signer, {
            action: 'evidence.pack.exported',
            subject: [{ name: place.id, digest: { sha256: manifest } }],
            detail: { ...key, pack: place.id, manifest, treeSize, entries, statement },
          })
          db.prepare(
            `INSERT INTO packs (id, project, model, version, created_at, created_by, zip_bytes, manifest, tree_size, entries, entry)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ).run(place.id, key.project, key.model, key.version, created, actor.person, zipBytes, manifest, treeSize, entries, seq)
          return seq
        })
        onProgress(1, `Recorded in entry ${seq}`)
      } catch (thrown) {
        place.unpublish()
        throw thrown
      }
    } finally {
      place.release()
    }
    return this.#pack(this.#require(place.id))
  }

  /** The packs of a project, newest first. */
  packs(project: ProjectId): Pack[] {
    const rows = this.#deps.db.prepare<[string], PackRow>('SELECT * FROM packs WHERE project = ? ORDER BY entry DESC').all(project)
    return rows.map((row) => this.#pack(row))
  }

  /** Of which model a pack is; undefined where there is no such pack. */
  subjectOf(id: string): { project: string; model: string } | undefined {
    return this.#deps.db.prepare<[string], { project: string; model: string }>('SELECT project, model FROM packs WHERE id = ?').get(id)
  }

  /** The packs that open a commitment of that entry: those that say the name of whoever it enrolled. One that is no longer whole says nothing. */
  async packsDisclosing(entry: number): Promise<string[]> {
    const ids = this.#deps.db.prepare<[], string>('SELECT id FROM packs ORDER BY entry').pluck().all()
    const found = await Promise.all(
      ids.map(async (id) => {
        const text = await readFile(join(this.#shelf.folder(id), 'data', 'disclosures.json'), 'utf8').catch(() => '[]')
        return (JSON.parse(text) as readonly Disclosure[]).some((disclosure) => disclosure.entry === entry)
      }),
    )
    return ids.filter((_, index) => found[index])
  }

  /** The report of a pack as it lies on the disk. Throws RequestError `not-found`. */
  async report(packId: string): Promise<{ html: string }> {
    const path = join(this.#shelf.folder(this.#require(packId).id), 'data', 'report.html')
    try {
      return { html: await readFile(path, 'utf8') }
    } catch {
      throw new RequestError('not-found', `The pack ${packId} is no longer whole: ${path} cannot be read. Export the evidence again.`)
    }
  }

  /** Has a pack checked by the verifier that travels in packs, with this ledger's key pinned. Throws RequestError `not-found`. */
  async verify(packId: string): Promise<PackCheck> {
    const { node, resources, ledger } = this.#deps
    const folder = this.#shelf.folder(this.#require(packId).id)
    const logKey = ledger.verifierKeys().find(({ role }) => role === 'log')
    return verifyPackFolder({ node, verifier: join(resources, 'verifier', 'verify.mjs'), folder, ...(logKey ? { key: logKey.text } : {}) })
  }

  #row(id: string): PackRow | undefined {
    return this.#deps.db.prepare<[string], PackRow>('SELECT * FROM packs WHERE id = ? COLLATE NOCASE').get(id)
  }

  #require(id: string): PackRow {
    const row = this.#deps.db.prepare<[string], PackRow>('SELECT * FROM packs WHERE id = ?').get(id)
    if (!row) throw new RequestError('not-found', `There is no evidence pack ${id}.`)
    return row
  }

  #pack(row: PackRow): Pack {
    return {
      id: row.id,
      project: ProjectId.parse(row.project),
      model: row.model,
      version: row.version,
      createdAt: row.created_at,
      by: this.#deps.nameOf(row.created_by),
      folder: this.#shelf.folder(row.id),
      zip: row.zip_bytes > 0 ? this.#shelf.zip(row.id) : '',
      zipBytes: row.zip_bytes,
      manifest: row.manifest,
      treeSize: row.tree_size,
      entries: row.entries,
      entry: row.entry,
    }
  }

  #loaded(): readonly Framework[] {
    return (this.#frameworks ??= loadFrameworks(join(this.#deps.resources, 'frameworks')))
  }

  #now(): string {
    return new Date(this.#deps.clock()).toISOString()
  }
}
