/**
 * Which files the system's code signature rewrites once they are packed, so that their content cannot be listed before. The system itself
 * vouches for them. macOS signs every Mach-O file of a bundle; elsewhere nothing beside the archive is touched.
 */
import { closeSync, openSync, readSync } from 'node:fs'

/** Mach-O of 64 and 32 bits in both byte orders, and universal files. */
const MACH_O = new Set(['feedfacf', 'cffaedfe', 'feedface', 'cefaedfe', 'cafebabe'])

export function isSealed(file, platform) {
  return platform === 'darwin' && MACH_O.has(firstBytes(file))
}

function firstBytes(file) {
  const handle = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(4)
    readSync(handle, bytes, 0, 4, 0)
    return bytes.toString('hex')
  } finally {
    closeSync(handle)
  }
}
