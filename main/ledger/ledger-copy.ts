import { copyFileSync, constants, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openDatabase, openForReading, StorageError, storageErrorFrom, type Database } from '../storage/index.ts'
import { parseEnvelope } from './dsse.ts'
import { parseEntry } from './entry.ts'
import { findKeyEntries, foldKeyEntries } from './key-entries.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { openHighWater } from './high-water.ts'
import { readKept, type KeptCheckpoint } from './kept-checkpoint.ts'
import { logKeyAt } from './keyring.ts'
import { LedgerError } from './ledger-error.ts'
import { readRoot } from './merkle.ts'
import { TreeStore } from './tree-store.ts'
import { verifyLedger, type Verification, type VerifyOptions } from './verify.ts'

/** A database file that no orchestrator has open, taken for examination. */
export interface LedgerCopy {
  /** The key that the ledger says it began with, as text; undefined where entry 0 does not create it. */
  readonly logKey: string | undefined
  /** Bytes of a write-ahead log beside the file, which were read as part of it: entries may stand there alone. */
  readonly walBytes: number
  /** The high-water mark beside the file, the last checkpoint that was kept there, as a note: the ledger has at least what that is of. Undefined where there is none. */
  readonly highWater: { readonly path: string; readonly note: string } | undefined
  verify(options: VerifyOptions): Promise<Verification>
  /** Removes what was made to read it. */
  close(): void
}

/**
 * Opens a database file without writing to it or beside it: SQLite would make files there even to read one, so that a private copy is read
 * (one that shares its blocks, where the file system can) and brought up to date. Throws StorageError: what `openDatabase` throws, of the
 * file itself, and `database-busy` where it is written meanwhile, which makes a copy of no moment.
 */
export function openLedgerCopy(file: string): LedgerCopy {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-copy-'))
  const path = join(folder, 'copy.db')
  const close = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    // Before the entries, which may grow meanwhile.
    const highWater = readHighWater(join(dirname(file), 'high-water'))
    const walBytes = copyAtRest(file, path)
    openDatabase(path).close()
    const db = openForReading(path)
    const { keyring } = foldKeyEntries(findKeyEntries(db, 0, 1))
    db.close()
    return { logKey: logKeyAt(keyring)?.text, walBytes, highWater, verify: (options) => verifyLedger(path, options), close }
  } catch (thrown) {
    close()
    const error = storageErrorFrom(thrown, file)
    // What is wrong with the copy is wrong with the file.
    throw error instanceof StorageError ? new StorageError(error.code, file, error.message.replaceAll(path, file), error) : error
  }
}

/** The origin that the last entry names: what the log key goes by. Undefined where there is no such entry. Nothing is verified: that is done when the ledger is opened. */
export function readOrigin(db: Database): string | undefined {
  const store = new TreeStore(db)
  const envelope = store.entry(store.size() - 1)?.envelope
  try {
    return envelope && parseEntry(parseEnvelope(envelope).payload).origin
  } catch (thrown) {
    if (thrown instanceof LedgerError) return undefined
    throw thrown
  }
}

/** How the ledger in a database file at rest begins and ends; nothing of it is verified. */
export interface LedgerEnds {
  /** The log key that entry 0 names, as text. */
  readonly firstLogKey: string
  /** The last checkpoint, as a note. */
  readonly checkpoint: string
  /** Reads a checkpoint that was kept elsewhere by the log key of its origin and size, which is the last one for those that are not there. Throws what `readKept` throws. */
  readonly readKept: (note: string) => KeptCheckpoint
}

/** Reads the first log key and the last checkpoint of a database file that has no write-ahead log beside it. Throws LedgerError `inconsistent`; StorageError. */
export function readLedgerEnds(file: string): LedgerEnds {
  const db = openForReading(file)
  try {
    const store = new TreeStore(db)
    const size = store.size()
    const { keyring } = foldKeyEntries(findKeyEntries(db, 0, size))
    const [firstLogKey, logKey] = [logKeyAt(keyring, 1), logKeyAt(keyring, size)]
    const signature = size === 0 ? null : store.entry(size - 1)?.checkpoint
    if (!firstLogKey || !logKey || !signature) throw new LedgerError('inconsistent', `The ledger in ${file} does not end with a checkpoint of its own log key: verify it.`)
    return { firstLogKey: firstLogKey.text, readKept: (note) => readKept(note, keyring), checkpoint: formatCheckpoint({ origin: logKey.name, size, root: readRoot(size, store.node) }, logKey, signature) }
  } finally {
    db.close()
  }
}

function readHighWater(path: string): LedgerCopy['highWater'] {
  const note = openHighWater(path).read()
  return note === undefined ? undefined : { path, note }
}

/** Copies database and write-ahead log, and answers how large the log is. */
function copyAtRest(file: string, target: string): number {
  const before = stateOf(file)
  copyFileSync(file, target, constants.COPYFILE_FICLONE)
  const walBytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  if (walBytes > 0) copyFileSync(`${file}-wal`, `${target}-wal`, constants.COPYFILE_FICLONE)
  if (stateOf(file) === before) return walBytes
  throw new StorageError('database-busy', file, `${file} was written while it was read. Verify it through its own workplace, stop that, or take a backup of it and verify that.`)
}

/** Sizes and times of both files: what they are before and after a copy of one moment. */
function stateOf(file: string): string {
  return [file, `${file}-wal`].map((path) => statSync(path, { throwIfNoEntry: false, bigint: true })).map((stat) => `${stat?.ino} ${stat?.size} ${stat?.mtimeNs}`).join()
}
