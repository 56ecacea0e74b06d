import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import * as nodeFs from 'node:fs'
import { join } from 'node:path'
import { RequestError } from '../../shared/contract/index.ts'
import { CLOSED_FOLDERS, MANIFEST_FILE, ManifestError, SIGNATURE_FILE, fingerprintOf, isSignedBy, parseManifest, partOf, type Manifest, type Part } from './manifest.ts'

/**
 * The file system as the checks need it. Electron's own shows an archive as a folder; it has another, `original-fs`, that shows the file.
 * Only these functions are the same object in neither.
 */
export type FileSystem = Pick<typeof nodeFs, 'open' | 'read' | 'close' | 'readFile' | 'readdir'>

/** Where an installed product lies, and the public key that its list of files must be signed with. */
export interface SignedFolder {
  /** Electron's `resources` folder. */
  readonly folder: string
  /** PEM, as read from where whoever checks trusts it to be. */
  readonly key: string
}

/** A file that is not what was packed. */
export interface Damage {
  readonly path: string
  readonly what: 'changed' | 'missing' | 'unexpected' | 'unreadable'
}

const SAYS: Readonly<Record<Damage['what'], string>> = {
  changed: 'was changed',
  missing: 'is missing',
  unexpected: 'does not belong there',
  unreadable: 'cannot be read',
}

/** How many files a message names; the rest it counts. */
const NAMED = 5

/** `installation-damaged`: names what was found, and says what to do. */
export class InstallationDamaged extends RequestError {
  readonly damage: readonly Damage[]

  constructor(folder: string, damage: readonly Damage[], advice = 'Install Strongroom again from a package that you trust.') {
    const lines = damage.slice(0, NAMED).map(describeDamage)
    const more = damage.length > NAMED ? [`and ${damage.length - NAMED} more`] : []
    const list = [...lines, ...more].map((line) => `\n  ${line}`).join('')
    super('installation-damaged', `What lies in ${folder} is not what was packed:${list}\nNothing was started from it. ${advice}`)
    this.damage = damage
  }
}

export function describeDamage({ path, what }: Damage): string {
  return `${path} ${SAYS[what]}`
}

export interface CheckedManifest {
  readonly manifest: Manifest
  readonly fingerprint: string
}

/** How many files were compared and what they hold together; what was found, in order of path. */
export interface Comparison {
  readonly files: number
  readonly bytes: number
  readonly damage: readonly Damage[]
}

/** Files that are read at a time, and how much of each: enough that reading and hashing overlap. */
const AT_A_TIME = 4
const CHUNK_BYTES = 256 * 1024

/** Reads an installation's list of files. Throws `installation-damaged` when it is missing, or not what the key's holder signed. */
export async function readManifest({ folder, key }: SignedFolder, files: FileSystem = nodeFs): Promise<CheckedManifest> {
  const [text, signature] = await Promise.all([MANIFEST_FILE, SIGNATURE_FILE].map((name) => readWhole(files, join(folder, name))))
  if (!text) throw new InstallationDamaged(folder, [{ path: MANIFEST_FILE, what: 'missing' }])
  if (!signature) throw new InstallationDamaged(folder, [{ path: SIGNATURE_FILE, what: 'missing' }])
  const publicKey = readKey(key)
  if (!publicKey || !isSignedBy(text, signature, publicKey)) throw new InstallationDamaged(folder, [{ path: MANIFEST_FILE, what: 'changed' }])
  try {
    return { manifest: parseManifest(text.toString('utf8')), fingerprint: fingerprintOf(publicKey) }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    throw new InstallationDamaged(folder, [{ path: MANIFEST_FILE, what: 'unreadable' }])
  }
}

/**
 * Compares what lies in a folder with a list of files, of it or of what it was copied from. Nothing is thrown for what is found.
 *
 * @param folder Electron's `resources` folder, or one laid out as it is.
 */
export async function compareFiles(folder: string, manifest: Manifest, parts: readonly Part[], files: FileSystem = nodeFs): Promise<Comparison> {
  const damage: Damage[] = []
  const waiting = [...manifest.files].filter(([path]) => parts.includes(partOf(path)))
  const count = waiting.length
  let bytes = 0
  const work = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [path, expected] = next
      const digested = await digestFile(files, join(folder, path))
      if (typeof digested === 'string') damage.push({ path, what: digested })
      else if (digested.sha256 !== expected) damage.push({ path, what: 'changed' })
      if (typeof digested !== 'string') bytes += digested.bytes
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  if (parts.includes('processes')) damage.push(...(await findUnlisted(files, folder, manifest)))
  return { files: count, bytes, damage: damage.sort((one, other) => (one.path < other.path ? -1 : 1)) }
}

async function findUnlisted(files: FileSystem, folder: string, manifest: Manifest): Promise<Damage[]> {
  const sealed = new Set(manifest.sealed)
  const found: Damage[] = []
  const walk = async (path: string): Promise<void> => {
    const entries = await new Promise<nodeFs.Dirent[]>((resolve) => files.readdir(join(folder, path), { withFileTypes: true }, (error, list) => resolve(error ? [] : list)))
    for (const entry of entries) {
      const inside = `${path}/${entry.name}`
      if (entry.isDirectory()) await walk(inside)
      else if (!entry.isFile() || !(sealed.delete(inside) || manifest.files.has(inside))) found.push({ path: inside, what: 'unexpected' })
    }
  }
  await Promise.all(CLOSED_FOLDERS.map(walk))
  return [...found, ...[...sealed].map((path): Damage => ({ path, what: 'missing' }))]
}

function readKey(pem: string): KeyObject | null {
  try {
    return createPublicKey(pem)
  } catch {
    return null
  }
}

function readWhole(files: FileSystem, path: string): Promise<Buffer | null> {
  return new Promise((resolve) => files.readFile(path, (error, data) => resolve(error ? null : data)))
}

/** Reads the next chunk while the last one is hashed. */
async function digestFile(files: FileSystem, path: string): Promise<{ sha256: string; bytes: number } | 'missing' | 'unreadable'> {
  const handle = await new Promise<number | 'missing' | 'unreadable'>((resolve) =>
    files.open(path, 'r', (error, descriptor) => resolve(!error ? descriptor : error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 'missing' : 'unreadable')),
  )
  if (typeof handle === 'string') return handle
  const read = (buffer: Buffer): Promise<number> =>
    new Promise((resolve, reject) => files.read(handle, buffer, 0, buffer.length, null, (error, count) => (error ? reject(error) : resolve(count))))
  const hash = createHash('sha256')
  let bytes = 0
  let filled = Buffer.allocUnsafe(CHUNK_BYTES)
  let spare = Buffer.allocUnsafe(CHUNK_BYTES)
  try {
    let count = await read(filled)
    while (count > 0) {
      const next = read(spare)
      hash.update(filled.subarray(0, count))
      bytes += count
      ;[filled, spare] = [spare, filled]
      count = await next
    }
    return { sha256: hash.digest('hex'), bytes }
  } catch {
    return 'unreadable'
  } finally {
    await new Promise<void>((resolve) => files.close(handle, () => resolve()))
  }
}
