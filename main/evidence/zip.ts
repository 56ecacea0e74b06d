import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { storageErrorFrom } from '../storage/index.ts'
import type { PackFile } from './pack-folder.ts'

const LOCAL_HEADER = 0x04034b50
const DIRECTORY_HEADER = 0x02014b50
const END_RECORD = 0x06054b50
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
      const directory: Buffer[] = []
      let offset = 0
      for (const file of files) {
        const name = Buffer.from(file.path)
        const facts = entryFacts(file, name)
        await sink.writeFile(Buffer.concat([uint32(LOCAL_HEADER), facts, name]))
        for await (const chunk of createReadStream(join(root, file.path), { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
          await sink.writeFile(chunk)
        }
        directory.push(uint32(DIRECTORY_HEADER), uint16(VERSION), facts, Buffer.alloc(10), uint32(offset), name)
        offset += 30 + name.length + file.bytes
      }
      const counts = [uint16(files.length), uint16(files.length), uint32(directoryBytes), uint32(offset)]
      await sink.writeFile(Buffer.concat([...directory, uint32(END_RECORD), uint32(0), ...counts, uint16(0)]))
      await sink.sync()
    } finally {
      await sink.close()
    }
    return size
  } catch (thrown) {
    throw storageErrorFrom(thrown, target)
  }
}

/** What local header and directory say alike: version needed, flags, method, time, date, CRC-32, sizes, lengths of name and extra field. */
function entryFacts({ crc32, bytes }: PackFile, name: Buffer): Buffer {
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
