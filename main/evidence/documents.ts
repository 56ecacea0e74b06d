import { stat } from 'node:fs/promises'
import { isJsonObject, type JsonValue } from '../ledger/index.ts'
import type { BlobStore } from '../storage/index.ts'
import { isOfAnotherRun, type Scope } from './scope.ts'

/** A file that entries name by digest and that the pack carries. */
export interface EvidenceDocument {
  readonly sha256: string
  /** A file name of letters, digits, dot, hyphen and underscore. */
  readonly name: string
  readonly bytes: number
}

/** Evidence that is data about people or may be: named by its digest, never copied into a pack that leaves the house. */
const DATA: ReadonlySet<JsonValue | undefined> = new Set(['dataset-snapshot', 'prediction-log'])

/** What is larger is named by its digest alone. */
export const DOCUMENT_LIMIT = 32 * 1024 * 1024

const MOST_NESTED = 60

/**
 * The documents of a scope that are kept here and not too large, each once, by the first name that an entry gives it: the pipeline, the files
 * of its gates, the model's signature, the one that an imported model came with and its key, and of each stage that succeeded its metrics, evidence and environment. Not data, plots, the model or the recording of the terminal: they
 * may tell of people.
 */
export async function listDocuments(scope: Scope, blobs: BlobStore): Promise<EvidenceDocument[]> {
  const named = new Map<string, string>()
  const add = (sha256: JsonValue | undefined, path: JsonValue | undefined) => {
    if (typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) && !named.has(sha256)) named.set(sha256, safeName(path))
  }
  for (const signed of scope.entries) {
    if (isOfAnotherRun(signed, scope)) continue
    const { entry } = signed
    const { detail } = entry
    if (entry.action === 'run.started') add(detail.pipeline, entry.subject[0]?.name ?? 'dvc.yaml')
    if (entry.action === 'model.version.imported' && isJsonObject(detail.signature)) {
      add(detail.signature.signature, 'source.sig')
      add(detail.signature.hint, 'source.pem')
    }
    if (entry.action === 'run.started' || entry.action === 'model.version.imported') {
      for (const { gates } of objects(detail.gates)) for (const { policy } of objects(gates)) for (const { sha256, path } of objects(policy === undefined ? [] : [policy])) add(sha256, path)
    }
    if (entry.action === 'model.version.signed') add(detail.signature, 'model.sig')
    if (entry.action !== 'stage.succeeded') continue
    for (const { kind, path, sha256 } of objects(detail.evidence)) if (!DATA.has(kind)) add(sha256, path)
    for (const { path, sha256, kind } of objects(detail.outs)) if (kind === 'metric') add(sha256, path)
    add(detail.environment, `environment-${typeof detail.stage === 'string' ? detail.stage : 'stage'}.json`)
  }
  const documents: EvidenceDocument[] = []
  for (const [sha256, name] of named) {
    const bytes = await stat(blobs.pathOf(sha256)).then((found) => found.size, () => undefined)
    if (bytes !== undefined && bytes <= DOCUMENT_LIMIT) documents.push({ sha256, name, bytes })
  }
  return documents
}

/**
 * Reads the documents that are JSON and that every JSON reader understands alike: UTF-8, no member twice, no number or text that cannot
 * be represented, not nested deeply. Others are left out: they can be named but no fact can point into them.
 */
export async function readJsonDocuments(documents: readonly EvidenceDocument[], blobs: BlobStore): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>()
  for (const { sha256, name } of documents) {
    if (!/\.json$/i.test(name)) continue
    const value = parsePlainJson(await blobs.read(sha256))
    if (value !== undefined) found.set(sha256, value)
  }
  return found
}

/** The value of JSON text that leaves no reader a choice, or undefined. */
export function parsePlainJson(bytes: Uint8Array): unknown {
  let text: string
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  // In valid JSON, a string before a colon is a member's name: more of them than the value has members means that one came twice. Every
  // string is matched, so that none is taken to begin where another ends.
  let written = 0
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon !== undefined) written++
  const counted = countMembers(value, 0)
  return counted === written ? value : undefined
}

/** Number of members of all objects inside; NaN where a value cannot be represented or is nested too deeply. */
function countMembers(value: unknown, depth: number): number {
  if (depth > MOST_NESTED) return NaN
  if (typeof value === 'number') return Number.isFinite(value) ? 0 : NaN
  if (typeof value === 'string') return value.isWellFormed() ? 0 : NaN
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + countMembers(item, depth + 1), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [name, item]) => sum + (name.isWellFormed() ? 1 : NaN) + countMembers(item, depth + 1), 0)
}

/** The objects of a list; anything else in it, or instead of it, is passed over. */
export function objects(value: JsonValue | undefined): { readonly [key: string]: JsonValue }[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => isJsonObject(item)) : []
}

function safeName(path: JsonValue | undefined): string {
  const base = typeof path === 'string' ? (path.split('/').at(-1) ?? '') : ''
  const name = base.replace(/[^A-Za-z0-9._-]+/g, '-').slice(-100)
  return /^\.{0,2}$/.test(name) ? 'document' : name
}
