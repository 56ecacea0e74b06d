import canonicalize from 'canonicalize'
import { createHash } from 'node:crypto'
import { z } from 'zod'

/** One file of a folder: path inside it (POSIX), length, SHA-256 in hex. */
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
 * What a folder is known by, as bytes: JCS (RFC 8785) of `{version: 1, files: [{bytes, path, sha256}]}`, files sorted by path in UTF-16 code
 * units. Its SHA-256 identifies a snapshot, and an out that is a folder. The snapshot of a single file has one entry, under its own name.
 */
export function encodeManifest(files: readonly ManifestFile[]): { bytes: Buffer; sha256: string } {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  const text = canonicalize({ version: 1, files: sorted.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })) })
  const bytes = Buffer.from(text ?? '', 'utf8')
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** The files of a manifest. Throws where the bytes are no manifest. */
export function decodeManifest(bytes: Uint8Array): ManifestFile[] {
  return Manifest.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).files
}

/** The digest of the file, or of the folder, that a path inside a folder names; that of an empty folder where there is nothing. */
export function digestAt(files: readonly ManifestFile[], path: string): string {
  const file = files.find((candidate) => candidate.path === path)
  if (file) return file.sha256
  const inside = files.flatMap((candidate) => (candidate.path.startsWith(`${path}/`) ? [{ ...candidate, path: candidate.path.slice(path.length + 1) }] : []))
  return encodeManifest(inside).sha256
}
