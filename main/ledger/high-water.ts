import { readFileSync } from 'node:fs'
import { replaceFile, storageErrorFrom } from '../storage/index.ts'

/** Remembers, outside the database, the last checkpoint that the ledger has signed: an older copy put back is then noticed. */
export interface HighWater {
  /** The last checkpoint note that was kept, or undefined if there never was one. */
  read(): string | undefined
  /**
   * Keeps the note of the newest checkpoint, at the latest an interval later: it is asked for only then, since making one for each commit
   * costs. Never throws: the entry that it follows is on the disk already.
   */
  record(newest: () => string): void
  /** Keeps at once, in the place of what is pending, a note of more than the ledger has. Throws StorageError. */
  raise(note: string): void
  /** What went wrong when the note was last kept, if anything: to be shown, since the mark then lags behind. */
  failure(): unknown
  /** Keeps what is pending at once. Throws StorageError. */
  close(): void
}

/**
 * A high-water mark in a file, replaced atomically (temporary file, fsync, rename, fsync of the folder), at most once in `intervalMs`
 * milliseconds so that it does not slow the ledger down; a crash loses at most that much of the mark and nothing of the ledger.
 */
export function openHighWater(path: string, intervalMs = 1_000): HighWater {
  let pending: (() => string) | undefined
  let timer: NodeJS.Timeout | undefined
  let writtenAt = -Infinity
  let failure: unknown

  function write(): void {
    clearTimeout(timer)
    timer = undefined
    if (pending === undefined) return
    writtenAt = performance.now()
    replaceFile(path, pending())
    pending = undefined
    failure = undefined
  }

  function tryToWrite(): void {
    try {
      write()
    } catch (thrown) {
      failure = thrown
    }
  }

  return {
    read() {
      try {
        return readFileSync(path, 'utf8')
      } catch (thrown) {
        if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
        throw storageErrorFrom(thrown, path)
      }
    },
    record(newest) {
      pending = newest
      if (timer !== undefined) return
      const wait = writtenAt + intervalMs - performance.now()
      if (wait <= 0) tryToWrite()
      // Not a reason to keep a process alive: close() writes what is pending.
      else timer = setTimeout(tryToWrite, wait).unref()
    },
    raise(note) {
      clearTimeout(timer)
      timer = undefined
      pending = undefined
      replaceFile(path, note)
    },
    failure: () => failure,
    close: write,
  }
}
