import { hash } from 'node:crypto'
import { open } from 'node:fs/promises'
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
  // Written out: of a hundred thousand files a general encoder takes more than a second. Strings and integers are in JCS as in JSON (RFC 8785, 3.2.2).
  const text = `{"files":[${sorted.map(encodeFile).join(',')}],"version":1}`
  const bytes = Buffer.from(text, 'utf8')
  return { bytes, sha256: hash('sha256', bytes) }
}

function encodeFile({ path, bytes, sha256 }: ManifestFile): string {
  if (!path.isWellFormed()) throw new Error('A path with half of a surrogate pair has no canonical form (RFC 8785, 3.2.2.2).')
  return `{"bytes":${bytes},"path":${JSON.stringify(path)},"sha256":${JSON.stringify(sha256)}}`
}

/** The files of a manifest. Throws where the bytes are no manifest. */
export function decodeManifest(bytes: Uint8Array): ManifestFile[] {
  return Manifest.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).files
}

/** Where content lies that was kept, by its digest: the blob store. */
export interface KeptContent {
  pathOf(sha256: string): string
  /** Throws where the content is gone or damaged. */
  read(sha256: string): Promise<Buffer>
}

/** How every manifest begins in JCS (RFC 8785). */
const MANIFEST_START = Buffer.from('{"files":[')

/**
 * The files of a folder that is kept; undefined for what is a file, or gone. Neither entries nor digests say which it is: a folder is known by a blob that is
 * a manifest to the byte, of files that are together as long as was recorded. Throws what `read` throws of a damaged manifest.
 */
export async function readManifest(kept: KeptContent, { sha256, bytes }: { readonly sha256: string; readonly bytes?: number }): Promise<ManifestFile[] | undefined> {
  // A file of gigabytes is not read to find that out.
  if (!(await beginsAsManifest(kept.pathOf(sha256)))) return undefined
  const content = await kept.read(sha256)
  try {
    const files = decodeManifest(content)
    if (encodeManifest(files).sha256 !== sha256) return undefined
    return bytes === undefined || bytes === files.reduce((sum, file) => sum + file.bytes, 0) ? files : undefined
  } catch {
    // It only begins like one.
    return undefined
  }
}

async function beginsAsManifest(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => undefined)
  if (!file) return false
  try {
    const start = Buffer.alloc(MANIFEST_START.length)
    await file.read(start, 0, start.length, 0)
    return start.equals(MANIFEST_START)
  } catch {
    return false
  } finally {
    await file.close()
  }
}

/** The digest of the file, or of the folder, that a path inside a folder names; that of an empty folder where there is nothing. */
export function digestAt(files: readonly ManifestFile[], path: string): string {
  const file = files.find((candidate) => candidate.path === path)
  if (file) return file.sha256
  const inside = files.flatMap((candidate) => (candidate.path.startsWith(`${path}/`) ? [{ ...candidate, path: candidate.path.slice(path.length + 1) }] : []))
  return encodeManifest(inside).sha256
}
