import { closeSync, openSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { storageErrorFrom } from './storage-error.ts'

export interface Lock {
  release(): void
}

/**
 * Takes the exclusive lock file at `path`, or answers null when another process holds it. The lock is the operating system's own (through
 * SQLite's file locking, the same on every platform): it ends with the process that holds it, however that ends, so none is ever stale.
 * Throws StorageError.
 */
export function acquireLock(path: string): Lock | null {
  const db = openLockFile(path)
  try {
    db.pragma('journal_mode = DELETE')
    db.exec('BEGIN EXCLUSIVE')
    return { release: () => db.close() }
  } catch (thrown) {
    db.close()
    if (thrown instanceof Sqlite.SqliteError && thrown.code.startsWith('SQLITE_BUSY')) return null
    throw storageErrorFrom(thrown, path)
  }
}

function openLockFile(path: string): Sqlite.Database {
  try {
    closeSync(openSync(path, 'a', 0o600))
    return new Sqlite(path, { timeout: 0 })
  } catch (thrown) {
    throw storageErrorFrom(thrown, path)
  }
}
