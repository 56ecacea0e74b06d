import { createHash } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { migrations, type Migration } from './migrations.ts'
import { StorageError, storageErrorFrom } from './storage-error.ts'

export type Database = Sqlite.Database
export type Statement<P extends unknown[], R = unknown> = Sqlite.Statement<P, R>

/** "STRM" in ASCII: tells our file from any other SQLite database (https://sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x5354524d

/** Bytes that the write-ahead log keeps once its content stands in the database. */
const LONGEST_LOG = 64 << 20

/** How long, in milliseconds, SQLite waits for another writer before it says busy. */
const BUSY_TIMEOUT = 5_000

/**
 * Opens the database at `path`, creating it (mode 0600) if there is none, and brings its schema up to date, each migration in a
 * transaction of its own. The connection is WAL with `synchronous=FULL`: a transaction that returned is on the disk.
 *
 * Throws StorageError: `foreign-database` (not SQLite, or another program's), `corrupt-database`, `newer-database` (a later version of
 * the program wrote it), `altered-schema` (the ledger's tables or triggers are not as the migrations made them), `altered-ledger` (its
 * rows are not such that this version's tables can hold them), `disk-full`, `database-busy`, `unavailable`.
 */
export function openDatabase(path: string): Database {
  let db: Database | undefined
  try {
    // SQLite gives its -wal and -shm files the mode of the main file.
    closeSync(openSync(path, 'a', 0o600))
    db = new Sqlite(path, { timeout: BUSY_TIMEOUT })
    refuseForeign(db, path)
    configure(db)
    checkLedgerSchema(db, path)
    migrate(db, migrations)
    return db
  } catch (thrown) {
    db?.close()
    throw storageErrorFrom(thrown, path)
  }
}

/**
 * A second connection to a database that `openDatabase` has open, on which nothing can be written: for another thread. Throws StorageError
 * as `openDatabase` does, except that it looks at no schema.
 */
export function openForReading(path: string): Database {
  try {
    const db = new Sqlite(path, { readonly: true, timeout: BUSY_TIMEOUT })
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    return db
  } catch (thrown) {
    throw storageErrorFrom(thrown, path)
  }
}

/**
 * Runs `work` in one IMMEDIATE transaction: all of it is on the disk when this returns, none of it when it throws. What SQLite throws
 * comes out as StorageError; what `work` throws comes out as it is. Inside an open transaction it is a savepoint of that one.
 */
export function transact<T>(db: Database, work: () => T): T {
  try {
    return transactionOf(db).immediate(work) as T
  } catch (thrown) {
    throw storageErrorFrom(thrown, db.name)
  }
}

/** Making better-sqlite3's wrapper takes longer than beginning a transaction: each database keeps its own. */
const transactions = new WeakMap<Database, Sqlite.Transaction<(work: () => unknown) => unknown>>()

function transactionOf(db: Database): Sqlite.Transaction<(work: () => unknown) => unknown> {
  let transaction = transactions.get(db)
  if (transaction === undefined) {
    transaction = db.transaction((work: () => unknown) => work())
    transactions.set(db, transaction)
  }
  return transaction
}

/** Reads every page (SQLite's quick_check, time linear in the size of the file): what is wrong, one line each, or nothing. */
export function findPageDamage(db: Database): string[] {
  try {
    const lines = db.prepare<[], string>('PRAGMA quick_check').pluck().all()
    return lines.length === 1 && lines[0] === 'ok' ? [] : lines
  } catch (thrown) {
    const error = storageErrorFrom(thrown, db.name)
    if (error instanceof StorageError && error.code === 'corrupt-database') return [error.message]
    // The words of the pragma are right: it is the schema of the file that cannot be made sense of.
    if (thrown instanceof Sqlite.SqliteError && thrown.code === 'SQLITE_ERROR') return [`its schema cannot be read: ${thrown.message}`]
    throw error
  }
}

function refuseForeign(db: Database, path: string): void {
  const applicationId = db.pragma('application_id', { simple: true })
  const version = schemaVersion(db)
  const empty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  if (applicationId !== APPLICATION_ID && !(empty && applicationId === 0 && version === 0)) {
    throw new StorageError('foreign-database', path, `${path} is a database of another program. Choose another data folder.`)
  }
  if (version > migrations.length) {
    throw new StorageError(
      'newer-database',
      path,
      `${path} was written by a newer version of the program (schema ${version}, this one knows ${migrations.length}). Install that version.`,
    )
  }
}

function configure(db: Database): void {
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  // What a migration of a large ledger makes of the log is given back.
  db.pragma(`journal_size_limit = ${LONGEST_LOG}`)
  db.pragma('trusted_schema = OFF')
  db.pragma('cell_size_check = ON')
  db.pragma('foreign_keys = ON')
  // What is deleted or replaced is overwritten: of names that were erased nothing stays in the free space of a page.
  db.pragma('secure_delete = ON')
}

function migrate(db: Database, steps: readonly Migration[]): void {
  for (const migration of steps.slice(schemaVersion(db))) {
    db.transaction(() => {
      // Looked at again under the lock: two openers of a new file must not both create it.
      if (schemaVersion(db) >= migration.id) return
      migration.up(db)
      db.pragma(`application_id = ${APPLICATION_ID}`)
      db.pragma(`user_version = ${migration.id}`)
    }).immediate()
  }
}

function schemaVersion(db: Database): number {
  return Number(db.pragma('user_version', { simple: true }))
}

/**
 * The expected hash is that of a schema built afresh by the migrations that the file has had, so it can never fall out of step with them.
 * Looked at before the file is brought up to date, since a migration that replaces a trigger would cover up what was done to it.
 */
function checkLedgerSchema(db: Database, path: string): void {
  const fresh = new Sqlite(':memory:')
  try {
    // In one read of the file: another opener may be bringing it up to date.
    const { version, schema } = db.transaction(() => ({ version: schemaVersion(db), schema: hashLedgerSchema(db) }))()
    migrate(fresh, migrations.slice(0, version))
    if (schema === hashLedgerSchema(fresh)) return
  } finally {
    fresh.close()
  }
  throw new StorageError(
    'altered-schema',
    path,
    `The tables or triggers of the ledger in ${path} were altered. Keep a copy of it for examination, then restore a backup.`,
  )
}

/** Everything attached to a `ledger_` table counts: a trigger that somebody added is as telling as one that is gone. */
function hashLedgerSchema(db: Database): string {
  const rows = db
    .prepare(`SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE substr(tbl_name, 1, 7) = 'ledger_' ORDER BY type, name`)
    .raw()
    .all()
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex')
}
