import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { storageErrorFrom } from '../storage/index.ts'
import type { PackFile } from './pack-folder.ts'

export const LOCAL_HEADER = uint32(0x04034b50)
export const DIRECTORY_HEADER = uint32(0x02014b50)
export const END_RECORD = uint32(0x06054b50)
const VERSION = 20
/** 1 January 1980, the first date that a zip can tell. */
const DATE = 0x0021

const MOST_BYTES = 0xffffffff
const MOST_FILES = 0xffff

/**
 * Writes the one zip that these files give (docs/pack-format.md): stored, sorted, no time, no attribute, no comment, so that no byte of
 * it is free. Returns its size in bytes, or null, having written nothing, where the files need what this form of zip does not have
 * (zip64). Throws StorageError.
 */
export async function writeZip(target: string, root: string, files: readonly PackFile[]): Promise<number | null> {
  const names = files.map(({ path }) => Buffer.from(path))
  const directoryBytes = names.reduce((sum, name) => sum + 46 + name.length, 0)
  const localBytes = files.reduce((sum, { bytes }, index) => sum + 30 + (names[index]?.length ?? 0) + bytes, 0)
  const size = localBytes + directoryBytes + 22
  if (size > MOST_BYTES || files.length > MOST_FILES) return null
  try {
    const sink = await open(target, 'wx', 0o600)
    try {
      let offset = 0
      for (const file of files) {
        const name = Buffer.from(file.path)
        await sink.writeFile(Buffer.concat([LOCAL_HEADER, entryFacts(file, name), name]))
        for await (const chunk of createReadStream(join(root, file.path), { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
          await sink.writeFile(chunk)
        }
        offset += 30 + name.length + file.bytes
      }
      await sink.writeFile(zipEnd(files, offset))
      await sink.sync()
    } finally {
      await sink.close()
    }
    return size
  } catch (thrown) {
    throw storageErrorFrom(thrown, target)
  }
}

type Sized = Pick<PackFile, 'path' | 'bytes' | 'crc32'>

/** What stands behind the files, which end at `at`: the directory and its end record. */
export function zipEnd(files: readonly Sized[], at: number): Buffer {
  const directory: Buffer[] = []
  let offset = 0
  for (const file of files) {
    const name = Buffer.from(file.path)
    directory.push(DIRECTORY_HEADER, uint16(VERSION), entryFacts(file, name), Buffer.alloc(10), uint32(offset), name)
    offset += 30 + name.length + file.bytes
  }
  const listed = Buffer.concat(directory)
  return Buffer.concat([listed, END_RECORD, uint32(0), uint16(files.length), uint16(files.length), uint32(listed.length), uint32(at), uint16(0)])
}

/** What local header and directory say alike: version needed, flags, method, time, date, CRC-32, sizes, lengths of name and extra field. */
export function entryFacts({ crc32, bytes }: Pick<Sized, 'bytes' | 'crc32'>, name: Buffer): Buffer {
  const facts = Buffer.alloc(26)
  facts.writeUInt16LE(VERSION, 0)
  facts.writeUInt16LE(DATE, 8)
  facts.writeUInt32LE(crc32, 10)
  facts.writeUInt32LE(bytes, 14)
  facts.writeUInt32LE(bytes, 18)
  facts.writeUInt16LE(name.length, 22)
  return facts
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
