import { createHmac, timingSafeEqual } from 'node:crypto'
import { closeSync, openSync, rmSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import type { FileMemory } from '../content/index.ts'
import type { Database, Statement } from './database.ts'

/** Bytes of what is remembered; a file takes 128 and its name. */
const MOST_BYTES = 256 << 20
const FORMAT = 1

interface Row {
  readonly files: Buffer
  readonly mac: Buffer
}

/**
 * What files were found to be, in a database of its own that may be deleted at any time: a row a folder, so that a hundred thousand files take a hundred
 * rows and not as many look-ups. Each row is sealed (HMAC-SHA256) under a key that does not lie beside it: what rotted, or was written by somebody who does not
 * have the key, is as good as forgotten. That is why nothing is made durable here, and why every fault of the database starts a new one.
 */
export class Hints implements FileMemory {
  readonly #path: string
  readonly #key: Uint8Array
  readonly #mostBytes: number
  #open: OpenHints | null

  /** @param key 32 bytes that only this installation has, and only since the machine was started. */
  constructor(path: string, key: Uint8Array, mostBytes: number = MOST_BYTES) {
    this.#path = path
    this.#key = key
    this.#mostBytes = mostBytes
    this.#open = openHints(path)
  }

  get(folder: string): Uint8Array | undefined {
    const row = this.#try((hints) => hints.read.get(folder))
    if (!row) return undefined
    const seal = this.#seal(folder, row.files)
    return row.mac.length === seal.length && timingSafeEqual(row.mac, seal) ? row.files : undefined
  }

  set(folders: ReadonlyMap<string, Uint8Array>): void {
    this.#try(({ db, write, drop, size }) => {
      db.transaction(() => {
        const now = Date.now()
        for (const [folder, files] of folders) write.run(folder, files, this.#seal(folder, files), now)
        for (let left = size.get() ?? 0; left > this.#mostBytes; left -= drop.get() ?? left);
      }).immediate()
    })
  }

  close(): void {
    this.#open?.db.close()
    this.#open = null
  }

  #seal(folder: string, files: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(folder).update('\0').update(files).digest()
  }

  /** Hints are not worth an error. */
  #try<T>(work: (hints: OpenHints) => T): T | undefined {
    if (!this.#open) return undefined
    try {
      return work(this.#open)
    } catch (error) {
      // Another process writes just now, or the disk is full: the next time.
      if (error instanceof Sqlite.SqliteError && /^SQLITE_(BUSY|LOCKED|FULL)/.test(error.code)) return undefined
      this.#open.db.close()
      this.#open = startAnew(this.#path)
      return undefined
    }
  }
}

interface OpenHints {
  readonly db: Database
  readonly read: Statement<[string], Row>
  readonly write: Statement<[string, Uint8Array, Uint8Array, number]>
  readonly size: Statement<[], number>
  /** Forgets the folder that was written longest ago, and answers its bytes. */
  readonly drop: Statement<[], number>
}

function openHints(path: string): OpenHints | null {
  try {
    return prepare(path)
  } catch {
    return startAnew(path)
  }
}

/** Null where it cannot be had: then everything is read. */
function startAnew(path: string): OpenHints | null {
  try {
    for (const each of [path, `${path}-wal`, `${path}-shm`]) rmSync(each, { force: true, recursive: true })
    return prepare(path)
  } catch {
    return null
  }
}

function prepare(path: string): OpenHints {
  closeSync(openSync(path, 'a', 0o600))
  const db = new Sqlite(path, { timeout: 200 })
  try {
    db.pragma('journal_mode = WAL')
    // What a cut of power leaves of it does not pass the seal.
    db.pragma('synchronous = OFF')
    db.pragma('trusted_schema = OFF')
    db.pragma('cell_size_check = ON')
    const version = Number(db.pragma('user_version', { simple: true }))
    if (version !== 0 && version !== FORMAT) throw new Error(`${path} is of another version.`)
    db.exec(`CREATE TABLE IF NOT EXISTS folders (path TEXT PRIMARY KEY, files BLOB NOT NULL, mac BLOB NOT NULL, written INTEGER NOT NULL) STRICT;
      CREATE INDEX IF NOT EXISTS folders_written ON folders (written);
      PRAGMA user_version = ${FORMAT}`)
    return {
      db,
      read: db.prepare('SELECT files, mac FROM folders WHERE path = ?'),
      write: db.prepare('INSERT INTO folders VALUES (?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET files = excluded.files, mac = excluded.mac, written = excluded.written'),
      size: db.prepare<[], number>('SELECT sum(length(files)) FROM folders').pluck(),
      drop: db.prepare<[], number>('DELETE FROM folders WHERE path = (SELECT path FROM folders ORDER BY written LIMIT 1) RETURNING length(files)').pluck(),
    }
  } catch (error) {
    db.close()
    throw error
  }
}
