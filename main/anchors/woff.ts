import { inflateSync } from 'node:zlib'

const HEADER = 44
const DIRECTORY_ENTRY = 20
const SFNT_HEADER = 12
const SFNT_ENTRY = 16

/**
 * The TrueType font in a WOFF file (W3C WOFF 1.0): its tables inflated, behind a directory of their own. What embeds fonts in a PDF reads a glyph
 * past the end of a table where that stands alone, as in WOFF. Throws Error for what is no WOFF file.
 */
export function unpackWoff(woff: Buffer): Buffer {
  if (woff.toString('latin1', 0, 4) !== 'wOFF') throw new Error('This is not a WOFF font.')
  const count = woff.readUInt16BE(12)
  const tables = Array.from({ length: count }, (_, index) => {
    const at = HEADER + index * DIRECTORY_ENTRY
    const offset = woff.readUInt32BE(at + 4)
    const stored = woff.subarray(offset, offset + woff.readUInt32BE(at + 8))
    const size = woff.readUInt32BE(at + 12)
    return { tag: woff.subarray(at, at + 4), checksum: woff.subarray(at + 16, at + 20), data: stored.length < size ? inflateSync(stored) : stored }
  })
  const log = Math.floor(Math.log2(count))
  const header = Buffer.alloc(SFNT_HEADER)
  woff.copy(header, 0, 4, 8)
  header.writeUInt16BE(count, 4)
  header.writeUInt16BE(2 ** log * 16, 6)
  header.writeUInt16BE(log, 8)
  header.writeUInt16BE((count - 2 ** log) * 16, 10)
  let offset = SFNT_HEADER + count * SFNT_ENTRY
  const directory: Buffer[] = []
  const bodies: Buffer[] = []
  for (const { tag, checksum, data } of tables) {
    const place = Buffer.alloc(8)
    place.writeUInt32BE(offset)
    place.writeUInt32BE(data.length, 4)
    directory.push(tag, checksum, place)
    const padding = (4 - (data.length % 4)) % 4
    bodies.push(data, Buffer.alloc(padding))
    offset += data.length + padding
  }
  return Buffer.concat([header, ...directory, ...bodies])
}
