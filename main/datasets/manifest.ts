import { createHash } from 'node:crypto'
import { z } from 'zod'
import { canonicalJson } from '../ledger/index.ts'

/** One file of a snapshot: path inside it (POSIX), length, SHA-256 in hex. */
export interface ManifestFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

const Manifest = z.strictObject({
  version: z.literal(1),
  files: z.array(z.strictObject({ path: z.string(), bytes: z.number().int(), sha256: z.string() })),
})

/**
 * A snapshot's manifest as bytes: JCS (RFC 8785) of `{version: 1, files: [{bytes, path, sha256}]}`, files sorted by path in UTF-16 code
 * units. Its SHA-256 identifies the snapshot. A single file has one entry, under its own name.
 */
export function encodeManifest(files: readonly ManifestFile[]): { bytes: Buffer; sha256: string } {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  const text = canonicalJson({ version: 1, files: sorted.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })) })
  const bytes = Buffer.from(text, 'utf8')
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}

export function decodeManifest(bytes: Uint8Array): ManifestFile[] {
  return Manifest.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).files
}
