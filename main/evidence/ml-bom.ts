import { createHash } from 'node:crypto'
import { isCode } from '../../shared/graph/code-files.ts'
import type { ManifestFile } from '../content/index.ts'
import { isJsonObject, type JsonValue } from '../ledger/index.ts'
import { objects } from './documents.ts'
import { recordedText, type EvidenceFact } from './fact.ts'
import { isSpdx } from './spdx.ts'
import type { Recorded } from './recorded.ts'
import { isOfAnotherRun, type Scope } from './scope.ts'

type Json = { readonly [key: string]: unknown }

/**
 * The bill of materials of a version (CycloneDX 1.6 with a model card, ECMA-424), from signed entries and the environments that they name
 * (`environments`, parsed, by digest). Same entries, same bytes. Our own text, since the models of `@cyclonedx/cyclonedx-library` know no
 * model card; its validator holds what is written here to the schema.
 */
export function writeMlBom({ scope, recorded, facts, environments, files, software }: {
  readonly scope: Scope
  readonly recorded: Recorded
  readonly facts: readonly EvidenceFact[]
  readonly environments: ReadonlyMap<string, unknown>
  /** Of a model that is a folder. */
  readonly files: readonly ManifestFile[]
  readonly software: string
}): string {
  const { version, system } = recorded
  const registered = scope.entries.find(({ seq }) => seq === version.entry)
  const snapshots = readSnapshots(scope)
  const data = snapshots.filter(({ type }) => type === 'data')
  const parts = [...environments.values()].flatMap(readEnvironment)
  const unique = [...new Map(parts.map((part) => [String(part['bom-ref']), part])).values()].sort((a, b) => (String(a['bom-ref']) < String(b['bom-ref']) ? -1 : 1))
  const metrics = facts.flatMap(({ about, value, entry }) => (about.topic === 'metric' ? [{ type: about.metric, value: String(value), slice: `stage ${about.stage}, entry ${entry}` }] : []))
  const signed = scope.entries.find(({ entry }) => entry.action === 'model.version.signed')
  const isFolder = version.imported?.kind === 'folder'
  const model = `model:${version.model}@${version.version}`
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialNumber(`${scope.entries[0]?.entry.origin ?? ''} ${version.entry} ${version.artifact}`),
    version: 1,
    metadata: {
      timestamp: registered?.entry.time,
      tools: { components: [{ type: 'application', name: 'Strongroom', version: software.replace(/^\S+ /, '') }] },
      component: {
        type: 'machine-learning-model',
        'bom-ref': model,
        name: version.model,
        version: String(version.version),
        ...(isFolder ? {} : { hashes: [{ alg: 'SHA-256', content: version.artifact }] }),
        ...describeSource(version.imported),
        ...(isFolder ? { components: files.map(({ path, sha256 }) => ({ type: 'file', 'bom-ref': `file:${sha256}:${path}`, name: path, hashes: [{ alg: 'SHA-256', content: sha256 }] })) } : {}),
        modelCard: {
          'bom-ref': `card:${version.model}@${version.version}`,
          modelParameters: { datasets: data.map((dataset) => ({ ref: String(dataset['bom-ref']) })) },
          ...(metrics.length === 0 ? {} : { quantitativeAnalysis: { performanceMetrics: metrics } }),
          ...(system.intendedPurpose === '' ? {} : { considerations: { useCases: [system.intendedPurpose] } }),
        },
        properties: [
          property('format', version.format),
          property('entry', version.entry),
          property('ledger', scope.entries[0]?.entry.origin ?? ''),
          property('stage', version.stage),
          ...(isFolder ? [property('manifest', version.artifact)] : []),
          ...(version.imported?.known ? [property('content-of', `${version.imported.known.project}/${version.imported.known.model}@${version.imported.known.version}`), property('content-of-entry', version.imported.known.entry), property('content-of-run', version.imported.known.run)] : []),
          ...(version.imported ? [property('source', version.imported.source), property('runs-code', version.imported.runsCode), property('author', version.author)] : []),
          ...(signed ? [property('signature', recordedText(signed.entry.detail.signature))] : []),
        ],
      },
    },
    components: [...snapshots, ...unique],
    dependencies: [{ ref: model, dependsOn: [...snapshots, ...unique].map((part) => String(part['bom-ref'])) }],
  }
  return `${JSON.stringify(bom, null, 2)}\n`
}

/** The licence of a model from outside and the address that it comes from, as its importer states them. */
function describeSource(imported: Recorded['version']['imported']): Json {
  if (!imported) return {}
  const { licence, source } = imported
  const isAddress = /^https?:\/\/[\x21-\x7e]+$/.test(source) && URL.canParse(source)
  return {
    licenses: [isSpdx(licence) ? { expression: licence } : { license: { name: licence } }],
    ...(isAddress ? { externalReferences: [{ type: 'distribution', url: source, comment: 'as its importer states' }] } : {}),
  }
}

/** What the run read, data and code: each a snapshot, named by the digest of its manifest. */
function readSnapshots(scope: Scope): Json[] {
  const started = scope.entries.find((signed) => signed.entry.action === 'run.started' && !isOfAnotherRun(signed, scope))
  return objects(started?.entry.detail.snapshots).map(({ path, manifest, entry }) => {
    const name = recordedText(path)
    const ref = `snapshot:${recordedText(manifest)}:${name}`
    const properties = [property('manifest', recordedText(manifest)), property('entry', recordedText(entry))]
    return isCode(name) ? { type: 'file', 'bom-ref': ref, name, properties } : { type: 'data', 'bom-ref': ref, name, data: [{ type: 'dataset', name }], properties }
  })
}

/** What a stage ran on, as it recorded it: the system, the programs that its commands name, and the distributions of its Python. */
function readEnvironment(environment: unknown): Json[] {
  if (!isJsonObject(environment as JsonValue)) return []
  const { os, kernel, node, executables, python } = environment as { readonly [key: string]: JsonValue }
  const text = (value: JsonValue | undefined) => (typeof value === 'string' && value !== '' ? value : undefined)
  const system = text(os)
  return [
    ...(system === undefined ? [] : [{ type: 'operating-system', 'bom-ref': `os:${system}:${text(kernel) ?? ''}`, name: system, ...(text(kernel) === undefined ? {} : { version: text(kernel) }) }]),
    ...(text(node) === undefined ? [] : [{ type: 'platform', 'bom-ref': `node:${text(node)}`, name: 'Node', version: text(node) }]),
    ...objects(executables).flatMap(({ word, path, sha256 }) => {
      const digest = text(sha256)
      return [{ type: 'application', 'bom-ref': `program:${recordedText(path)}:${digest ?? ''}`, name: text(word) ?? recordedText(path), ...(digest === undefined ? {} : { hashes: [{ alg: 'SHA-256', content: digest }] }), properties: [property('path', recordedText(path))] }]
    }),
    ...objects(python).flatMap(({ name, version }) => {
      const purl = `pkg:pypi/${encodeURIComponent(recordedText(name).toLowerCase().replaceAll('_', '-'))}@${encodeURIComponent(recordedText(version))}`
      return [{ type: 'library', 'bom-ref': purl, name: recordedText(name), version: recordedText(version), purl }]
    }),
  ]
}

function property(name: string, value: string | number): { name: string; value: string } {
  return { name: `strongroom:${name}`, value: String(value) }
}

/** A UUID of version 8 (RFC 9562) that is a function of what the bill is of. */
function serialNumber(of: string): string {
  const bytes = createHash('sha256').update(of).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return `urn:uuid:${bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}`
}
