import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { constants } from 'node:fs'
import { crc32 } from 'node:zlib'
import { PackFolder } from './pack-folder.ts'
import { DIRECTORY_HEADER, END_RECORD, entryFacts, LOCAL_HEADER, zipEnd } from './zip.ts'

const MOST_FILES = 20_000
const MOST_DIRECTORY_BYTES = 64 << 20
const CHUNK = 1 << 20
const HEADS = 16

/** A file of a zip, as it was found to be: where its bytes lie, and its first ones. */
export interface ZipMember {
  readonly path: string
  readonly offset: number
  readonly bytes: number
  readonly sha256: string
  readonly head: Buffer
}

/** That a file is no zip of the one form that this program writes. The message completes a sentence about it. */
export class ZipInvalid extends Error {}

/**
 * Reads a zip through: every byte of it must be what `writeZip` makes of its files, so that nothing hides between or behind them; nothing is
 * extracted. Throws ZipInvalid, and the file system's errors.
 */
export async function readZip(path: string, { signal, onRead }: { readonly signal: AbortSignal; readonly onRead: (share: number) => void }): Promise<{ members: ZipMember[]; bytes: number; sha256: string }> {
  const file = await open(path, constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0))
  try {
    const stat = await file.stat()
    if (!stat.isFile()) throw new ZipInvalid('is no regular file')
    const { size } = stat
    const directory = await readDirectory(file, size)
    const whole = createHash('sha256')
    const members: ZipMember[] = []
    let at = 0
    for (const { path: name, bytes, crc, offset } of directory.files) {
      signal.throwIfAborted()
      onRead(at / size)
      const header = Buffer.concat([LOCAL_HEADER, entryFacts({ crc32: crc, bytes }, Buffer.from(name)), Buffer.from(name)])
      if (offset !== at || !(await readAt(file, at, header.length)).equals(header)) throw new ZipInvalid(`is altered before ${name}`)
      whole.update(header)
      const content = await readContent(file, at + header.length, bytes, whole, signal)
      if (content.crc !== crc) throw new ZipInvalid(`holds other bytes of ${name} than it says`)
      members.push({ path: name, offset: at + header.length, bytes, sha256: content.sha256, head: content.head })
      at += header.length + bytes
    }
    if (at !== directory.at) throw new ZipInvalid('has something between its files')
    const end = await readAt(file, at, size - at)
    if (!end.equals(zipEnd(directory.files.map(({ path: name, bytes, crc }) => ({ path: name, bytes, crc32: crc })), at))) throw new ZipInvalid('has something behind its files')
    whole.update(end)
    return { members, bytes: size, sha256: whole.digest('hex') }
  } finally {
    await file.close()
  }
}

/** The paths that a zip of this program lists; undefined for anything else. Nothing of the files is read. Throws the file system's errors. */
export async function listZip(path: string): Promise<string[] | undefined> {
  const file = await open(path, constants.O_RDONLY | ((constants as Partial<typeof constants>).O_NONBLOCK ?? 0))
  try {
    const stat = await file.stat()
    return stat.isFile() ? (await readDirectory(file, stat.size)).files.map(({ path: name }) => name) : undefined
  } catch (error) {
    if (error instanceof ZipInvalid) return undefined
    throw error
  } finally {
    await file.close()
  }
}

/** The bytes of a member, which is small. Throws ZipInvalid where they are not any more what was read. */
export async function readMember(path: string, { offset, bytes, sha256, path: name }: ZipMember): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const content = await readAt(file, offset, bytes)
    if (createHash('sha256').update(content).digest('hex') !== sha256) throw new ZipInvalid(`changed at ${name} while it was read`)
    return content
  } finally {
    await file.close()
  }
}

interface Listed {
  readonly path: string
  readonly bytes: number
  readonly crc: number
  readonly offset: number
}

/** What the directory lists, where the end record says that it lies. */
async function readDirectory(file: FileHandle, size: number): Promise<{ files: Listed[]; at: number }> {
  const end = size < 22 ? Buffer.alloc(22) : await readAt(file, size - 22, 22)
  const [count, length, at] = [end.readUInt16LE(10), end.readUInt32LE(12), end.readUInt32LE(16)]
  if (!end.subarray(0, 4).equals(END_RECORD) || at + length + 22 !== size || length > MOST_DIRECTORY_BYTES || count > MOST_FILES) throw new ZipInvalid('is no zip as Strongroom writes them')
  const directory = await readAt(file, at, length)
  const files: Listed[] = []
  for (let position = 0; position < length; ) {
    if (position + 46 > length || !directory.subarray(position, position + 4).equals(DIRECTORY_HEADER)) throw new ZipInvalid('has a directory that cannot be read')
    const named = directory.readUInt16LE(position + 28)
    const path = directory.toString('latin1', position + 46, position + 46 + named)
    const last = files.at(-1)
    if (!PackFolder.isPath(path) || (last !== undefined && last.path >= path)) throw new ZipInvalid('names a file as no bundle does')
    files.push({ path, crc: directory.readUInt32LE(position + 16), bytes: directory.readUInt32LE(position + 24), offset: directory.readUInt32LE(position + 42) })
    position += 46 + named
  }
  if (files.length !== count) throw new ZipInvalid('has another number of files than it says')
  return { files, at }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, position + filled)
    if (bytesRead === 0) throw new ZipInvalid('ends before its files do')
    filled += bytesRead
  }
  return buffer
}

async function readContent(file: FileHandle, position: number, bytes: number, whole: ReturnType<typeof createHash>, signal: AbortSignal): Promise<{ sha256: string; crc: number; head: Buffer }> {
  const hash = createHash('sha256')
  let [crc, done, head] = [0, 0, Buffer.alloc(0)]
  while (done < bytes) {
    signal.throwIfAborted()
    const chunk = await readAt(file, position + done, Math.min(CHUNK, bytes - done))
    if (done === 0) head = Buffer.from(chunk.subarray(0, HEADS))
    hash.update(chunk)
    whole.update(chunk)
    crc = crc32(chunk, crc)
    done += chunk.length
  }
  return { sha256: hash.digest('hex'), crc, head }
}
