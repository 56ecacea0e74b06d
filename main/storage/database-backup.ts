import Sqlite from 'better-sqlite3'
import { chmodSync } from 'node:fs'
import type { Database } from './database.ts'
import { storageErrorFrom } from './storage-error.ts'

/** Pages that are copied before other work is let in: 1 MiB at a time. */
const PAGES = 256

/**
 * Copies a database that is in use to a new file, as it stands at one moment (SQLite's online backup): who reads or writes it goes on
 * meanwhile. The copy is one file, without a log beside it, so that it is read without being written to. Throws StorageError; the signal's
 * reason.
 */
export async function backUpDatabase(db: Database, path: string, { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: (share: number) => void } = {}): Promise<void> {
  try {
    await db.backup(path, {
      progress: ({ totalPages, remainingPages }) => {
        signal?.throwIfAborted()
        if (totalPages > 0) onProgress?.(1 - remainingPages / totalPages)
        return PAGES
      },
    })
    signal?.throwIfAborted()
    chmodSync(path, 0o600)
    const copy = new Sqlite(path)
    try {
      copy.pragma('journal_mode = DELETE')
    } finally {
      copy.close()
    }
  } catch (thrown) {
    if (signal?.aborted) throw signal.reason
    throw storageErrorFrom(thrown, path)
  }
}
