import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, relative, sep } from 'node:path'
import { RequestError, type DetailOf } from '../../shared/contract/index.ts'
import { CHANGED_WHILE_READ, ContentError, encodeManifest, hashFile, isInside, listFiles, openRegularLater, type ManifestFile } from '../content/index.ts'
import type { BlobWriter } from '../storage/index.ts'
import { formatOf, HEAD_BYTES, isLookedInto, LOOK_BYTES, weighCode, weighContent, type CodeRisk } from './model-format.ts'
import { keyHint, LARGEST_SIGNATURE, openModelSignature, publicKeyText, SignatureInvalid } from './model-signature.ts'

/** More files than this are no model but a disk. */
const MOST_FILES = 10_000
const LONGEST_PATH = 1000
/** Files of which an entry says that loading them can run code; the rest counts and is not named. */
const MOST_NAMED = 20
/** Kept beside a model by whoever versions it; OpenSSF Model Signing leaves them out too. */
const LEFT_OUT = /^\.git(?:\/|$|attributes$|ignore$|hub\/)/
/** What changes, hides or reverses the text around it. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u
const LARGEST_KEY = 1 << 16

/** A signature that came with a model, and the key that it was held against. */
export interface ForeignSignature {
  readonly bundle: Buffer
  readonly publicKey: KeyObject
}

export interface ForeignFile extends ManifestFile {
  /** Where it lies. */
  readonly absolute: string
  /** Of its first byte, where it is a part of that file. */
  readonly offset?: number
}

/** A file or folder from outside, read and not believed. */
export interface ForeignContent {
  readonly kind: 'file' | 'folder'
  /** Of the file, or of the folder's manifest. */
  readonly artifact: string
  /** Sorted by path; of a file its own name. */
  readonly files: readonly ForeignFile[]
  readonly bytes: number
  readonly format: string
  readonly runsCode: DetailOf<'model.version.imported'>['runsCode']
  readonly code: DetailOf<'model.version.imported'>['code']
}

export interface ReadControl {
  readonly signal: AbortSignal
  /** Files done, of how many. */
  readonly onFile: (done: number, of: number) => void
}

/**
 * Reads a file or a folder from outside: its names, its digests, and from its bytes what it is. Nothing of it is loaded or run. `reserved`: folders of
 * which nothing is taken in. `leftOut`: a file beside the model that is none of it, such as its signature. Throws RequestError `invalid-path`, and the signal's reason.
 */
export async function readForeignModel(path: string, reserved: readonly string[], leftOut: readonly string[], { signal, onFile }: ReadControl): Promise<ForeignContent> {
  const { kind, listed } = await list(path, reserved, leftOut, signal)
  const files: (ForeignFile & { head: Buffer })[] = []
  for (const [index, file] of listed.entries()) {
    signal.throwIfAborted()
    onFile(index, listed.length)
    files.push({ ...file, head: await readBytes(file.absolute, 0, HEAD_BYTES), ...(await hashFile(file.absolute, signal).catch((error: unknown) => refuse(error, file.path))) })
  }
  return describeContent(path, kind, files, signal)
}

/** What files are together, of which the first bytes were read. Throws RequestError `invalid-path` where they are nothing or changed meanwhile, and the signal's reason. */
export async function describeContent(path: string, kind: ForeignContent['kind'], found: readonly (ForeignFile & { readonly head: Buffer })[], signal: AbortSignal): Promise<ForeignContent> {
  const code: { path: string; why: string }[] = []
  let runsCode: ForeignContent['runsCode'] = 'no'
  for (const file of found) {
    signal.throwIfAborted()
    const risk = await weigh(file)
    if (risk.runs === 'no') continue
    if (code.length < MOST_NAMED) code.push({ path: file.path, why: risk.why })
    if (runsCode !== 'yes') runsCode = risk.runs
  }
  const files = found.map(({ path: name, absolute, offset, bytes, sha256 }): ForeignFile => ({ path: name, absolute, bytes, sha256, ...(offset === undefined ? {} : { offset }) }))
  const [only] = files
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (only === undefined || bytes === 0) throw new RequestError('invalid-path', `${path} holds nothing. There is no model to import.`)
  const artifact = kind === 'file' ? only.sha256 : encodeManifest(files).sha256
  return { kind, artifact, files, bytes, format: formatOf(files.map((file) => file.path)), runsCode, code }
}

/** What is looked at is what was read before: a whole file has its digest still. Of a longer one only whoever writes to it meanwhile could show another beginning. */
async function weigh(file: ForeignFile & { readonly head: Buffer }): Promise<CodeRisk> {
  if (!isLookedInto(file.path, file.head)) return weighCode(file.path, file.head)
  const content = await readBytes(file.absolute, file.offset ?? 0, Math.min(file.bytes, LOOK_BYTES))
  const isWhole = file.bytes <= LOOK_BYTES
  if (isWhole && createHash('sha256').update(content).digest('hex') !== file.sha256) refuse(Object.assign(new Error(), { code: CHANGED_WHILE_READ }), file.path)
  return weighContent(file.path, content, isWhole)
}

/** Reads a signature and the public key that it must be of. Throws RequestError `invalid-path`. */
export async function readForeignSignature({ path, publicKey }: { readonly path: string; readonly publicKey: string }): Promise<ForeignSignature> {
  const text = await readSmall(publicKey, LARGEST_KEY)
  const bundle = await readSmall(path, LARGEST_SIGNATURE)
  try {
    return { bundle, publicKey: createPublicKey({ key: text, format: 'pem' }) }
  } catch {
    throw new RequestError('invalid-path', `${publicKey} is no public key in PEM (-----BEGIN PUBLIC KEY-----). Give the one that the model's signer published.`)
  }
}

/** Holds a model's files against its signature: the same files, each by its digest, and no other. Gives the key's hint. Throws RequestError `conflict`. */
export function checkForeignSignature({ kind, files }: Pick<ForeignContent, 'kind' | 'files'>, { bundle, publicKey }: ForeignSignature): string {
  const refused = (why: string) => new RequestError('conflict', `The signature ${why}. Nothing of the model is believed, and nothing was recorded. Get model, signature and key again from where they come from.`)
  try {
    const signed = openModelSignature(bundle, publicKey)
    const [only, second] = signed.files
    // What a signer called a single file says nothing about it.
    const expected = kind === 'file' && only && !second ? [{ ...only, name: files[0]?.path ?? '' }] : signed.files
    const digests = new Map(expected.map(({ name, sha256 }) => [name, sha256]))
    const other = files.find(({ path, sha256 }) => digests.get(path) !== sha256)
    if (other) throw refused(digests.has(other.path) ? `is of another ${other.path}` : `says nothing of ${other.path}`)
    const missing = expected.find(({ name }) => !files.some(({ path }) => path === name))
    if (missing) throw refused(`is also of ${JSON.stringify(missing.name)}, which is not there`)
    return keyHint(publicKey)
  } catch (error) {
    if (error instanceof SignatureInvalid) throw refused(error.message)
    throw error
  }
}

/**
 * Puts the files that were read into the store, and the manifest of a folder; refuses what is not any more what was read. Throws RequestError `conflict`,
 * `invalid-path`, StorageError, and the signal's reason.
 */
export async function storeForeignModel({ kind, artifact, files }: ForeignContent, blobs: BlobWriter, signal: AbortSignal): Promise<void> {
  await storeFiles(files, blobs, signal)
  if (kind === 'folder') {
    const manifest = encodeManifest(files)
    if (manifest.sha256 !== artifact) throw new Error('the manifest of the files that were stored is the one that was read')
    await blobs.putBytes(manifest.bytes)
  }
}

/** Puts files that were read into the store. Throws as `storeForeignModel` does. */
export async function storeFiles(files: readonly ForeignFile[], blobs: BlobWriter, signal: AbortSignal): Promise<void> {
  const stored: { path: string; sha256: string; read: string }[] = []
  const whole = files.flatMap(({ path, absolute, offset, sha256: read }) => (offset === undefined ? [{ path, absolute, read }] : []))
  try {
    stored.push(...(await blobs.putFiles(whole, { signal })))
    for (const { path, absolute, offset, bytes, sha256: read } of files) if (offset !== undefined) stored.push({ path, read, ...(await blobs.putPart(absolute, offset, bytes, signal)) })
  } catch (error) {
    refuse(error, 'The model')
  }
  const changed = stored.find(({ sha256, read }) => sha256 !== read)
  if (changed) throw new RequestError('conflict', `${changed.path} changed while it was read. Nothing was recorded. Try again when nothing writes to it.`)
}

/** Puts a signature and its key into the store: the key lies under its hint. Throws StorageError. */
export async function storeForeignSignature({ bundle, publicKey }: ForeignSignature, blobs: BlobWriter): Promise<{ hint: string; signature: string }> {
  const { sha256: hint } = await blobs.putBytes(Buffer.from(publicKeyText(publicKey)))
  const { sha256: signature } = await blobs.putBytes(bundle)
  return { hint, signature }
}

/** Where a path from outside leads, which is in or around none of the reserved folders. Throws RequestError `invalid-path`. */
export async function resolveForeign(path: string, reserved: readonly string[]): Promise<string> {
  const real = await realpath(path).catch((error: unknown) => refuse(error, path))
  for (const folder of reserved) {
    const root = await realpath(folder).catch(() => folder)
    if (isInside(root, real) || isInside(real, root)) throw new RequestError('invalid-path', `${path} lies in or around a folder that is the workplace's own. Copy the model to a folder of its own.`)
  }
  return real
}

async function list(path: string, reserved: readonly string[], leftOut: readonly string[], signal: AbortSignal): Promise<{ kind: 'file' | 'folder'; listed: { path: string; absolute: string }[] }> {
  const real = await resolveForeign(path, reserved)
  const isFolder = (await stat(real).catch((error: unknown) => refuse(error, path))).isDirectory()
  const apart = new Set(await Promise.all(leftOut.map((each) => realpath(each).catch(() => each))))
  // Signature and key count until they are told apart.
  const how = { signal, most: MOST_FILES + apart.size, skips: (name: string) => LEFT_OUT.test(name) }
  const { kind, files } = await (isFolder ? listFiles(real, '.', how) : listFiles(dirname(real), basename(real))).catch((error: unknown) => refuse(error, path))
  const listed = files.filter((file) => !apart.has(file.absolute))
  if (listed.length > MOST_FILES) refuse(new ContentError('too-many', ''), path)
  for (const file of listed) {
    if (UNFIT.test(file.path)) throw new RequestError('invalid-path', `${escaped(file.path)} has a name with characters that do not show. Nothing was recorded. Rename it.`)
    if (Buffer.byteLength(file.path) > LONGEST_PATH) throw new RequestError('invalid-path', `${file.path} has a name of more than ${LONGEST_PATH} bytes. Nothing was recorded. Rename it.`)
    if (isFolder && file.absolute.split(sep).join('/') !== `${real.split(sep).join('/')}/${file.path}`) {
      throw new RequestError('invalid-path', `${file.path} is a link to ${relative(real, file.absolute)}. A model is files, not links: copy it with its links followed, as cp -rL does.`)
    }
  }
  return { kind, listed: listed.toSorted((a, b) => (a.path < b.path ? -1 : 1)) }
}

/** So many bytes of a file from a place on, fewer where it ends before; none where there is no file. */
async function readBytes(path: string, offset: number, bytes: number): Promise<Buffer> {
  const file = await openRegularLater(path)
  if (!file) return Buffer.alloc(0)
  try {
    const buffer = Buffer.alloc(bytes)
    for (let filled = 0; ; ) {
      const { bytesRead } = await file.read(buffer, filled, bytes - filled, offset + filled)
      filled += bytesRead
      if (bytesRead === 0 || filled === bytes) return buffer.subarray(0, filled)
    }
  } finally {
    await file.close()
  }
}

async function readSmall(path: string, most: number): Promise<Buffer> {
  const file = await openRegularLater(path).catch((error: unknown) => refuse(error, path))
  if (!file) throw new RequestError('invalid-path', `There is no file ${path}.`)
  try {
    if ((await file.stat()).size > most) throw new RequestError('invalid-path', `${path} is larger than ${most} bytes: it is not what it is given as.`)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/** Says of a file that cannot be read which and why; throws everything else as it is. */
function refuse(error: unknown, shown: string): never {
  if (error instanceof ContentError) {
    if (error.code === 'too-many') throw new RequestError('invalid-path', `${shown} holds more than ${MOST_FILES} files, which no model does. Import the folder of the model alone.`)
    const why = error.code === 'outside' ? 'holds a link that leads out of it: copy it with its links followed, as cp -rL does' : error.code === 'missing' ? 'is not there' : `cannot be taken: ${escaped(error.message)}`
    throw new RequestError('invalid-path', `${escaped(shown)} ${why}. Nothing was recorded.`)
  }
  const { code = '', path = shown } = error as NodeJS.ErrnoException
  const why = WHY_UNREADABLE[code]
  if (why === undefined) throw error
  throw new RequestError('invalid-path', `${escaped(path)} cannot be read: ${why}. Nothing was recorded.`)
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  EACCES: 'it may not be read by you. Check whose it is and its permissions',
  EPERM: 'it may not be read by you. Check whose it is and its permissions',
  ENOENT: 'it is not there',
  ENOTDIR: 'it is not there',
  ELOOP: 'it is a link that leads in a circle',
  ENAMETOOLONG: 'its path is too long for this system',
  [CHANGED_WHILE_READ]: 'it changed while it was read. Try again when nothing writes to it',
  EIO: 'its disk reports a fault',
}

/** A name as a message shows it: what does not show stands by its number. */
function escaped(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (odd) => `[U+${(odd.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`)
}
