import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { storageErrorFrom } from './storage-error.ts'

/**
 * Puts a file of this user's own in place so that a reader, or a crash, finds the whole of it or what was there before: temporary name,
 * fsync, rename, fsync of the folder. Throws StorageError.
 *
 * @param mode less what the process masks; without it, nobody else may read the file.
 */
export function replaceFile(path: string, content: string | Uint8Array, mode = 0o600): void {
  const temporary = `${path}.new`
  try {
    const file = openSync(temporary, 'w', mode)
    try {
      // Not writeSync, which writes part of it where the disk becomes full, and says so only by a number.
      writeFileSync(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
    syncFolder(dirname(path))
  } catch (thrown) {
    throw storageErrorFrom(thrown, path)
  }
}

/** A rename is only as durable as its folder; Windows has no such thing as opening one. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
