import { closeSync, openSync } from 'node:fs'
import Sqlite from 'better-sqlite3'

export interface Lock {
  release(): void
}

/**
 * Takes the exclusive lock file at `path`, or answers null when another process holds it. The lock is the operating system's own (through
 * SQLite's file locking, the same on every platform): it ends with the process that holds it, however that ends, so none is ever stale.
 */
export function acquireLock(path: string): Lock | null {
  closeSync(openSync(path, 'a', 0o600))
  const db = new Sqlite(path, { timeout: 0 })
  try {
    db.pragma('journal_mode = DELETE')
    db.exec('BEGIN EXCLUSIVE')
    return { release: () => db.close() }
  } catch (error) {
    db.close()
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
    throw error
  }
}
