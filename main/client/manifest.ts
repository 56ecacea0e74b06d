import { createHash, verify, type KeyObject } from 'node:crypto'

/*
 * The signed list of what a package holds. It is a checksum file as sha256sum reads it, beside the signature of its bytes, so that anybody
 * can check an installation without the product, in its `resources` folder:
 *
 *   openssl pkeyutl -verify -pubin -inkey build/package-key.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
 *   sha256sum --check --quiet SHA256SUMS
 *
 * Lines that start with # are comments to sha256sum; two kinds mean something here: the first line, and `# sealed PATH`.
 */

export const MANIFEST_FILE = 'SHA256SUMS'
export const SIGNATURE_FILE = 'SHA256SUMS.sig'
/** Relative to `resources`, and to the window's archive. */
export const PACKAGE_KEY_FILE = 'build/package-key.pem'

/** Whose files a path belongs to: the processes that plain Node runs, the window's archive, or Electron's own, a folder up. */
export type Part = 'processes' | 'window' | 'electron'
export const PARTS: readonly Part[] = ['processes', 'window', 'electron']

/** The folders that hold nothing but what was packed: a file more in them could take the place of another. */
export const CLOSED_FOLDERS = ['build', 'node_modules', 'runtime'] as const
export const ARCHIVE = 'app.asar'

export interface Manifest {
  readonly version: string
  /** `linux-x64`: the platform and architecture as Node names them. */
  readonly platform: string
  /** False for a build whose key was made for it alone and thrown away: anybody could have made it. */
  readonly signed: boolean
  /** Path, relative to `resources` with `/`, to SHA-256 in hexadecimal. */
  readonly files: ReadonlyMap<string, string>
  /** Files that are there, and that the system's code signature rewrites after packing and vouches for. */
  readonly sealed: readonly string[]
}

/** What is wrong with a manifest, in words that complete 'SHA256SUMS'. */
export class ManifestError extends Error {}

export function partOf(path: string): Part {
  if (path.startsWith('../')) return 'electron'
  return path === ARCHIVE ? 'window' : 'processes'
}

/** Throws ManifestError for a path that the format, or a reader of it, could take for another. */
export function formatManifest({ version, platform, signed, files, sealed }: Manifest): string {
  for (const path of [...files.keys(), ...sealed]) if (!isPlain(path)) throw new ManifestError(`cannot name ${JSON.stringify(path)}`)
  const sums = [...files].sort(([one], [other]) => (one < other ? -1 : 1)).map(([path, digest]) => `${digest}  ${path}`)
  return [`# strongroom ${version} ${platform} ${signed ? 'signed' : 'unsigned'}`, ...sealed.map((path) => `# sealed ${path}`), ...sums, ''].join('\n')
}

/** Reads what `formatManifest` wrote, and nothing else. Throws ManifestError with the line that is wrong. */
export function parseManifest(text: string): Manifest {
  const lines = text.split('\n')
  if (lines.pop() !== '') throw new ManifestError('ends in the middle of a line')
  const [, version, platform, state] = /^# strongroom (\S+) (\S+) (signed|unsigned)$/.exec(lines[0] ?? '') ?? []
  if (version === undefined || platform === undefined) throw new ManifestError('does not begin as one of ours')
  const files = new Map<string, string>()
  const sealed: string[] = []
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue
    const [, kind, path] = /^(# sealed|[0-9a-f]{64} ) (.+)$/s.exec(line) ?? []
    if (kind === undefined || path === undefined || !isPlain(path) || files.has(path)) throw new ManifestError(`has a line ${index + 1} that is none of ours`)
    if (kind === '# sealed') sealed.push(path)
    else files.set(path, kind.trimEnd())
  }
  return { version, platform, signed: state === 'signed', files, sealed }
}

/** Relative, with no step out but one at the start, and with nothing in it that a line could end at or that sha256sum would escape. */
function isPlain(path: string): boolean {
  const steps = path.replace(/^\.\.\//, '').split('/')
  return !/[\u0000-\u001f\u007f\\]/.test(path) && steps.every((step) => step !== '' && step !== '.' && step !== '..')
}

export function isSignedBy(text: Buffer, signature: Buffer, key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ed25519' && verify(null, text, key, signature)
}

/** SHA-256 of the public key (SubjectPublicKeyInfo, DER), as `openssl pkey -pubin -in FILE -outform DER | sha256sum` prints it. */
export function fingerprintOf(key: KeyObject): string {
  return createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('hex')
}
