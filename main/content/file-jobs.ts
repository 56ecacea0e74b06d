import { createHash, hash as hashOf } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, lstatSync, openSync, readFileSync, readSync, renameSync, rmSync, writeFileSync, writeSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { READ_IN_PLACE } from './regular-file.ts'

/**
 * What is done with many files at a time, by threads (`file-thread.ts`): all calls of the file system are synchronous here, which is several times
 * cheaper a file than asynchronous ones are. Answers are columns of numbers, since an object a file costs more than hashing a small one.
 */
export type Job = ReadJob | NameJob | SyncJob

/** Files to be hashed, and copied into a blob store where one is named. */
export interface ReadJob {
  readonly kind: 'read'
  readonly paths: readonly string[]
  /** What is remembered of each, `KNOWN_COLUMNS` numbers a file: its identity, then that of its blob; NaN where nothing is. */
  readonly known: Float64Array
  /** 32 bytes a file: the digest that is remembered. */
  readonly digests: Uint8Array
  readonly store: StorePlace | null
}

export interface StorePlace {
  /** The folder of `ab/abcd...`. */
  readonly blobs: string
  /** Of large blobs, by how they begin (see `BlobStore`). */
  readonly hints: string
  /** The beginning of the paths of temporary files; the number of the file in the job follows. */
  readonly temporary: string
  /** Whether each temporary file is made durable; otherwise that is done for many together. */
  readonly sync: boolean
}

/** Gives temporary files the names of their blobs. */
export interface NameJob {
  readonly kind: 'name'
  readonly names: readonly { readonly temporary: string; readonly target: string; readonly replaces: boolean }[]
}

/** Makes files durable that are closed. */
export interface SyncJob {
  readonly kind: 'sync'
  readonly paths: readonly string[]
}

export interface Found {
  /** `FOUND_COLUMNS` numbers a file: what was found, when it was looked at (ms), its identity, that of its blob. */
  readonly read: { readonly numbers: Float64Array<ArrayBuffer>; readonly digests: Uint8Array<ArrayBuffer> }
  /** For each name its file's identity, `IDENTITY` numbers; NaN where another file had the name. */
  readonly name: Float64Array<ArrayBuffer>
  readonly sync: null
}

/** By what a later look tells that a file is the same and unchanged: device, inode, bytes, when its content and when its inode last changed, in ms. */
export const IDENTITY = 5
export const KNOWN_COLUMNS = 2 * IDENTITY
export const FOUND_COLUMNS = 2 + 2 * IDENTITY
export const DIGEST_BYTES = 32

/** Where in a row of what was found. */
export const AT = { state: 0, looked: 1, identity: 2, size: 4, ctime: 6, kept: 2 + IDENTITY } as const

/** What was found of a file: bits. */
export const WAS_KNOWN = 1
/** Its blob is there and whole. */
export const IS_KEPT = 2
/** Its copy lies under a temporary name. */
export const IS_COPIED = 4
/** ... and takes the place of a blob that is damaged. */
export const REPLACES = 8

const CHUNK = 1 << 20
const DIGEST = /^[0-9a-f]{64}$/

/** The code of the error of a file that was written to while it was stored. */
export const CHANGED_WHILE_READ = 'ECHANGED'
/** The code of the error of what is no regular file. */
export const NOT_A_FILE = 'ENOTFILE'

/** Where the copy of a file of a job lies. */
export function temporaryName(store: StorePlace, index: number): string {
  return `${store.temporary}-${index}`
}

/** @param cancelled asked between two chunks and two files; the job then ends with an error of the code `ABORTED`. */
export function doJob(job: Job, cancelled: () => boolean): Found[Job['kind']] {
  if (job.kind === 'read') return readAll(job, cancelled)
  if (job.kind === 'name') return nameAll(job, cancelled)
  for (const path of job.paths) syncFile(path)
  return null
}

export const ABORTED = 'EABORTED'

function stopIf(cancelled: () => boolean): void {
  if (cancelled()) throw Object.assign(new Error('This was cancelled.'), { code: ABORTED })
}

/** One pair of chunks for all files of a thread. */
let buffers: { readonly file: Buffer; readonly blob: Buffer } | undefined

function readAll({ paths, known, digests, store }: ReadJob, cancelled: () => boolean): Found['read'] {
  buffers ??= { file: Buffer.allocUnsafeSlow(CHUNK), blob: Buffer.allocUnsafeSlow(CHUNK) }
  const numbers = new Float64Array(paths.length * FOUND_COLUMNS).fill(Number.NaN)
  const found = new Uint8Array(paths.length * DIGEST_BYTES)
  for (const [index, path] of paths.entries()) {
    stopIf(cancelled)
    const row = numbers.subarray(index * FOUND_COLUMNS, (index + 1) * FOUND_COLUMNS)
    const digest = found.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES)
    row[AT.looked] = Date.now()
    const before = known.subarray(index * KNOWN_COLUMNS, (index + 1) * KNOWN_COLUMNS)
    if (!Number.isNaN(before[0]) && isAsKnown(path, before, digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES), store)) {
      row[AT.state] = store ? WAS_KNOWN | IS_KEPT : WAS_KNOWN
      row.set(before, AT.identity)
      digest.set(digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES))
      continue
    }
    const reading: Reading = { path, row, digest, cancelled, ...buffers }
    if (store) storeFile(reading, store, temporaryName(store, index))
    else hashFile(reading)
  }
  return { numbers, digests: found }
}

function isAsKnown(path: string, known: Float64Array, digest: Uint8Array, store: StorePlace | null): boolean {
  if (!isSame(lstatSync(path, { throwIfNoEntry: false }), known, 0)) return false
  return store === null || isSame(lstatSync(blobPath(store, Buffer.from(digest).toString('hex')), { throwIfNoEntry: false }), known, IDENTITY)
}

/** A file that is being read, where its numbers go, and what it is read into. */
interface Reading {
  readonly path: string
  readonly row: Float64Array
  readonly digest: Uint8Array
  readonly cancelled: () => boolean
  readonly file: Buffer
  readonly blob: Buffer
}

/** Opens a file and looks at it before and after; it is not what was read where the two differ. */
function withFile(path: string, row: Float64Array, read: (fd: number, size: number) => void, absent: readonly string[] = []): boolean {
  let fd: number
  try {
    fd = openSync(path, READ_IN_PLACE)
  } catch (error) {
    // ELOOP: a link. ENXIO: a socket, or a pipe that nobody writes to.
    throw ['ELOOP', 'ENXIO', ...absent].includes((error as NodeJS.ErrnoException).code ?? '') ? notAFile(path) : error
  }
  try {
    const before = fstatSync(fd)
    if (!before.isFile()) throw notAFile(path)
    setIdentity(row, AT.identity, before)
    read(fd, before.size)
    return isSame(fstatSync(fd), row, AT.identity)
  } finally {
    closeSync(fd)
  }
}

function hashFile({ path, row, digest, cancelled, file }: Reading): void {
  let bytes = 0
  const isUnchanged = withFile(path, row, (fd, size) => {
    const first = readFully(fd, file, 0, size)
    // Most files end before their chunk does; hashing at one go is then the cheapest.
    if (first < CHUNK) {
      digest.set(hashOf('sha256', file.subarray(0, first), 'buffer'))
      bytes = first
      return
    }
    const hash = createHash('sha256')
    for (let read = first; read > 0; read = readFully(fd, file, bytes)) {
      stopIf(cancelled)
      hash.update(file.subarray(0, read))
      bytes += read
    }
    digest.set(hash.digest())
  }, ['ENOENT'])
  row[AT.state] = 0
  row[AT.size] = bytes
  // Nothing to remember it by.
  if (!isUnchanged) row[AT.identity] = Number.NaN
}

function storeFile(reading: Reading, store: StorePlace, temporary: string): void {
  const { path, row } = reading
  try {
    const isUnchanged = withFile(path, row, (fd, size) => {
      const head = readFully(fd, reading.file, 0, size)
      if (head < CHUNK) storeSmall(reading, head, store, temporary)
      else storeLarge(reading, fd, size, store, temporary)
    })
    if (!isUnchanged) throw Object.assign(new Error(`${path} changed while it was read.`), { code: CHANGED_WHILE_READ, path })
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function storeSmall({ row, digest, file, blob }: Reading, length: number, store: StorePlace, temporary: string): void {
  const content = file.subarray(0, length)
  const sha256 = hashOf('sha256', content, 'buffer')
  digest.set(sha256)
  const state = compareBlob(blobPath(store, sha256.toString('hex')), content, blob, row)
  if (state === 'whole') {
    row[AT.state] = IS_KEPT
    return
  }
  writeTemporary(temporary, store.sync, (sink) => writeAll(sink, content))
  row[AT.state] = state === 'damaged' ? IS_COPIED | REPLACES : IS_COPIED
}

function storeLarge({ row, digest, cancelled, file, blob }: Reading, fd: number, size: number, store: StorePlace, temporary: string): void {
  const hint = join(store.hints, `${hashOf('sha256', file, 'hex')}-${size}`)
  const hinted = readHint(hint)
  if (hinted !== undefined && isCopyOf(fd, blobPath(store, hinted), hinted, { file, blob, row, cancelled })) {
    digest.set(Buffer.from(hinted, 'hex'))
    row[AT.state] = IS_KEPT
    return
  }
  const hash = createHash('sha256')
  writeTemporary(temporary, store.sync, (sink) => {
    for (let read = readFully(fd, file, 0), done = 0; read > 0; read = readFully(fd, file, done)) {
      stopIf(cancelled)
      writeAll(sink, file.subarray(0, read))
      hash.update(file.subarray(0, read))
      done += read
    }
  })
  const sha256 = hash.digest()
  digest.set(sha256)
  const state = checkBlob(blobPath(store, sha256.toString('hex')), sha256, { blob, row, cancelled })
  if (state === 'whole') rmSync(temporary)
  row[AT.state] = state === 'whole' ? IS_KEPT : state === 'damaged' ? IS_COPIED | REPLACES : IS_COPIED
  try {
    writeFileSync(hint, sha256.toString('hex'), { mode: 0o600 })
  } catch {
    // Without it the file is only written again one day.
  }
}

type BlobState = 'whole' | 'damaged' | 'missing'

/** Whether a blob is these bytes; where it is, its identity goes into the row. */
function compareBlob(path: string, content: Buffer, buffer: Buffer, row: Float64Array): BlobState {
  return withBlob(path, row, (fd) => readFully(fd, buffer, 0) === content.length && buffer.subarray(0, content.length).equals(content))
}

function checkBlob(path: string, sha256: Buffer, { blob, row, cancelled }: Pick<Reading, 'blob' | 'row' | 'cancelled'>): BlobState {
  return withBlob(path, row, (fd) => {
    const hash = createHash('sha256')
    for (let read = readFully(fd, blob, 0), done = 0; read > 0; read = readFully(fd, blob, done)) {
      stopIf(cancelled)
      hash.update(blob.subarray(0, read))
      done += read
    }
    return hash.digest().equals(sha256)
  })
}

/** Whether the blob that a hint names has the bytes of the file and the digest of its name. */
function isCopyOf(source: number, path: string, sha256: string, { file, blob, row, cancelled }: Pick<Reading, 'file' | 'blob' | 'row' | 'cancelled'>): boolean {
  const state = withBlob(path, row, (kept) => {
    const hash = createHash('sha256')
    for (let done = 0; ; ) {
      stopIf(cancelled)
      const ours = readFully(source, file, done)
      const theirs = readFully(kept, blob, done)
      if (ours !== theirs || !file.subarray(0, ours).equals(blob.subarray(0, theirs))) return false
      if (ours === 0) return hash.digest('hex') === sha256
      hash.update(file.subarray(0, ours))
      done += ours
    }
  })
  return state === 'whole'
}

function withBlob(path: string, row: Float64Array, isWhole: (fd: number) => boolean): BlobState {
  // Most are missing the first time, and an error costs more than a look.
  if (!lstatSync(path, { throwIfNoEntry: false })) return 'missing'
  let fd: number
  try {
    fd = openSync(path, READ_IN_PLACE)
  } catch {
    return 'damaged'
  }
  try {
    const info = fstatSync(fd)
    if (!info.isFile() || !isWhole(fd)) return 'damaged'
    setIdentity(row, AT.kept, info)
    return 'whole'
  } catch (error) {
    // What cannot be read is written again; a file of the project that cannot be read says so then.
    if ((error as NodeJS.ErrnoException).code === ABORTED) throw error
    return 'damaged'
  } finally {
    closeSync(fd)
  }
}

function readHint(path: string): string | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    return DIGEST.test(text) ? text : undefined
  } catch {
    return undefined
  }
}

/** Errors of writing are told from those of reading: whose disk is full is another question than whose file cannot be read. */
function writeTemporary(path: string, sync: boolean, write: (sink: number) => void): void {
  const sink = asWriting(path, () => openSync(path, 'wx', 0o444))
  try {
    write(sink)
    if (sync) asWriting(path, () => fsyncSync(sink))
  } finally {
    closeSync(sink)
  }
}

function writeAll(sink: number, content: Buffer): void {
  // A disk that becomes full takes part of it, and says so only by a number.
  for (let done = 0; done < content.length; ) done += asWriting('', () => writeSync(sink, content, done))
}

function asWriting<T>(path: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    throw Object.assign(error as Error, { isWriting: true, ...(path === '' ? {} : { path }) })
  }
}

function nameAll({ names }: NameJob, cancelled: () => boolean): Found['name'] {
  const identities = new Float64Array(names.length * IDENTITY).fill(Number.NaN)
  for (const [index, { temporary, target, replaces }] of names.entries()) {
    stopIf(cancelled)
    if (!replaces && lstatSync(target, { throwIfNoEntry: false })) {
      rmSync(temporary)
      continue
    }
    asWriting(target, () => {
      // Windows puts nothing in the place of a file that is read-only.
      if (replaces && process.platform === 'win32') rmSync(target, { force: true })
      renameSync(temporary, target)
    })
    setIdentity(identities, index * IDENTITY, lstatSync(target))
  }
  return identities
}

function syncFile(path: string): void {
  asWriting(path, () => {
    const fd = openSync(path, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  })
}

function blobPath({ blobs }: StorePlace, sha256: string): string {
  return join(blobs, sha256.slice(0, 2), sha256)
}

/** Reads until the buffer is full, the file ends, or it has as many bytes as the file was said to have; that there are more by now is seen by who looks at it again. */
function readFully(fd: number, into: Buffer, position: number, said = 0): number {
  let filled = 0
  for (;;) {
    const read = readSync(fd, into, filled, into.length - filled, position + filled)
    filled += read
    if (read === 0 || filled === into.length || filled === said) return filled
  }
}

function setIdentity(row: Float64Array, at: number, { dev, ino, size, mtimeMs, ctimeMs }: Stats): void {
  row[at] = dev
  row[at + 1] = ino
  row[at + 2] = size
  row[at + 3] = mtimeMs
  row[at + 4] = ctimeMs
}

function isSame(info: Stats | undefined, row: Float64Array, at: number): boolean {
  return info?.isFile() === true && info.dev === row[at] && info.ino === row[at + 1] && info.size === row[at + 2] && info.mtimeMs === row[at + 3] && info.ctimeMs === row[at + 4]
}

function notAFile(path: string): Error {
  return Object.assign(new Error(`${path} is not a regular file, or went away.`), { code: NOT_A_FILE, path })
}
