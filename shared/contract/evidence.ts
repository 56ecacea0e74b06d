import { z } from 'zod'
import { ModelName, ProjectId, Sha256, Timestamp, VersionNumber } from './ids.ts'
import { LedgerLoss } from './ledger.ts'
import { GivenPassphrase } from './people.ts'
import { request } from './request.ts'

export const ClaimStatus = z.enum(['supported', 'partial', 'missing', 'not-applicable', 'not-yet'])
export type ClaimStatus = z.infer<typeof ClaimStatus>

export const Fact = z.object({ id: z.string(), entry: z.number().int(), pointer: z.string(), value: z.string(), text: z.string() })
export const ObligationRow = z.object({
  framework: z.string(),
  obligation: z.string(),
  citation: z.string(),
  chapter: z.string(),
  title: z.string(),
  requirement: z.string(),
  status: ClaimStatus,
  text: z.string(),
  missing: z.array(z.string()),
  appliesFrom: z.string().nullable(),
  facts: z.array(Fact),
})
export type ObligationRow = z.infer<typeof ObligationRow>

export const Coverage = z.object({
  asOf: z.string(),
  frameworks: z.array(z.object({ id: z.string(), title: z.string() })),
  rows: z.array(ObligationRow),
  /** What a pack that is exported now holds, by number. */
  contents: z.object({ claims: z.number().int(), facts: z.number().int(), entries: z.number().int() }),
})
export type Coverage = z.infer<typeof Coverage>

export const Pack = z.object({
  id: z.string(),
  project: ProjectId,
  model: ModelName,
  version: VersionNumber,
  createdAt: Timestamp,
  by: z.string(),
  folder: z.string(),
  zip: z.string(),
  zipBytes: z.number().int(),
  manifest: Sha256,
  treeSize: z.number().int(),
  entries: z.number().int(),
  entry: z.number().int(),
})
export type Pack = z.infer<typeof Pack>

export const PackFinding = z.object({ code: z.string(), file: z.string(), message: z.string() })
export const PackVerification = z.object({
  ok: z.boolean(),
  verifier: z.string(),
  findings: z.array(PackFinding),
  /** What the ledger says in the pack that it lost. */
  losses: z.array(LedgerLoss),
  proved: z.array(z.string()),
  notProved: z.array(z.string()),
})
export type PackVerification = z.infer<typeof PackVerification>

const version = { project: ProjectId, model: ModelName, version: VersionNumber }

export const evidenceRequests = {
  'evidence.coverage': request('evidence.read', z.object(version), Coverage, 'model'),
  'evidence.statement': request('evidence.read', z.object(version), z.object({ statement: z.string(), tree: z.object({ size: z.number().int(), root: z.string() }) }), 'model'),
  /**
   * Builds, signs and records a pack; reports progress as a share with a sentence. Cancellable until it is signed.
   * `treeSize` is the ledger's size that the shown statement names: when the ledger has grown since, `conflict` asks to read it again.
   */
  'evidence.export': request('evidence.export', z.object({ ...version, treeSize: z.number().int().positive(), passphrase: GivenPassphrase }), Pack, 'model'),
  'evidence.packs': request('evidence.read', z.object({ project: ProjectId }), z.array(Pack), 'listed'),
  /** The report as HTML, to show in a sandboxed frame. */
  'evidence.report': request('evidence.read', z.object({ pack: z.string() }), z.object({ html: z.string() }), 'pack'),
  'evidence.verify': request('evidence.read', z.object({ pack: z.string() }), PackVerification, 'pack'),
}
