import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { findPageDamage, openDatabase, transact } from './database.ts'
import { newFolderOnDisk } from './disk-fixture.ts'
import { migrations } from './migrations.ts'

const newPath = (): string => join(newFolderOnDisk('database'), 'strongroom.db')
const code = (expected: string): unknown => expect.objectContaining({ code: expected }) as unknown

describe('the database', () => {
  it('is durable, guarded and private from the first opening', () => {
    const path = newPath()
    const db = openDatabase(path)
    const pragmas = ['journal_mode', 'synchronous', 'trusted_schema', 'cell_size_check', 'foreign_keys', 'user_version']
    expect(pragmas.map((pragma) => db.pragma(pragma, { simple: true }))).toEqual(['wal', 2, 0, 1, 1, migrations.length])
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('opens again with what it held', () => {
    const path = newPath()
    const first = openDatabase(path)
    first.exec('CREATE TABLE models (name TEXT) STRICT')
    first.close()
    expect(openDatabase(path).prepare('SELECT count(*) FROM models').pluck().get()).toBe(0)
  })

  it('is refused, and left as it is, when it is not a database', () => {
    const path = newPath()
    writeFileSync(path, 'these are a few lines of text and not a database at all'.repeat(100))
    const before = readFileSync(path)
    expect(() => openDatabase(path)).toThrow(code('foreign-database'))
    expect(readFileSync(path)).toEqual(before)
  })

  it('is refused, and left as it is, when another program made it', () => {
    const path = newPath()
    const other = new Sqlite(path)
    other.exec('CREATE TABLE things (a)')
    other.close()
    const before = readFileSync(path)
    expect(() => openDatabase(path)).toThrow(code('foreign-database'))
    expect(readFileSync(path)).toEqual(before)
  })

  it('is refused when a newer version of the program wrote it', () => {
    const path = newPath()
    const db = openDatabase(path)
    db.pragma(`user_version = ${migrations.length + 1}`)
    db.close()
    expect(() => openDatabase(path)).toThrow(code('newer-database'))
  })

  it.each([
    ['a guard was taken away', 'DROP TRIGGER ledger_entries_delete'],
    ['a trigger was added', 'CREATE TRIGGER t AFTER INSERT ON ledger_entries BEGIN SELECT 1; END'],
    ['a table was replaced', 'DROP TABLE ledger_terms; CREATE TABLE ledger_terms (term TEXT, block INTEGER, seqs BLOB)'],
  ])('is refused when %s', (_, attack) => {
    const path = newPath()
    openDatabase(path).exec(attack).close()
    expect(() => openDatabase(path)).toThrow(code('altered-schema'))
  })

  it('is refused when its pages are damaged', () => {
    const path = newPath()
    openDatabase(path).close()
    const bytes = readFileSync(path)
    bytes.fill(0xff, 100, 4_000)
    writeFileSync(path, bytes)
    expect(() => openDatabase(path)).toThrow(code('corrupt-database'))
  })

  it('is refused where there is no folder, and where there is one in its place', () => {
    expect(() => openDatabase(join(newPath(), 'no', 'such', 'folder'))).toThrow(code('unavailable'))
    const path = newPath()
    mkdirSync(path)
    expect(() => openDatabase(path)).toThrow(code('unavailable'))
  })

  it('says that the disk is full, and loses nothing that it held', () => {
    const db = openDatabase(newPath())
    db.exec('CREATE TABLE models (name TEXT) STRICT')
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 2}`)
    const fill = (): void => transact(db, () => db.prepare('INSERT INTO models VALUES (?)').run('x'.repeat(100_000))) as never
    expect(fill).toThrow(code('disk-full'))
    expect(db.prepare('SELECT count(*) FROM models').pluck().get()).toBe(0)
    expect(findPageDamage(db)).toEqual([])
  })

  it('says that another program is writing', () => {
    const path = newPath()
    const [db, other] = [openDatabase(path), openDatabase(path)]
    other.exec('BEGIN IMMEDIATE')
    db.pragma('busy_timeout = 10')
    expect(() => transact(db, () => undefined)).toThrow(code('database-busy'))
  })

  it('lets an error of the work through as it is, and undoes the work', () => {
    const db = openDatabase(newPath())
    db.exec('CREATE TABLE models (name TEXT) STRICT')
    const fail = (): never =>
      transact(db, () => {
        db.exec(`INSERT INTO models VALUES ('m')`)
        throw new RangeError('mine')
      })
    expect(fail).toThrow(RangeError)
    expect(db.prepare('SELECT count(*) FROM models').pluck().get()).toBe(0)
  })
})

describe("the ledger's tables", () => {
  it.each([
    ['an update', `UPDATE ledger_entries SET envelope = x'00'`, 'never changed'],
    ['a deletion', 'DELETE FROM ledger_entries', 'never deleted'],
    ['another position', 'UPDATE ledger_entries SET rowid = 7', 'never changed'],
    ['a replacement', `INSERT OR REPLACE INTO ledger_entries VALUES (0, x'01', x'01', NULL)`, 'after the last'],
    ['a gap', `INSERT INTO ledger_entries VALUES (5, x'01', x'01', NULL)`, 'after the last'],
    ['an upsert', `INSERT INTO ledger_entries VALUES (0, x'01', x'01', NULL) ON CONFLICT DO UPDATE SET envelope = x'01'`, 'after the last'],
    ['a position of the database\'s choosing', `INSERT INTO ledger_entries (nodes, envelope) VALUES (x'01', x'01')`, 'after the last'],
    ['another type', `INSERT INTO ledger_entries VALUES (2, 'text', x'01', NULL)`, 'TEXT value in BLOB column'],
    ['an entry with its checkpoint', `INSERT INTO ledger_entries VALUES (2, x'01', x'01', randomblob(64))`, 'no checkpoint yet'],
    ['another checkpoint', 'UPDATE ledger_entries SET checkpoint = randomblob(64) WHERE seq = 1', 'never changed'],
    ['a checkpoint taken back', 'UPDATE ledger_entries SET checkpoint = NULL WHERE seq = 1', 'never changed'],
    ['a checkpoint of earlier entries', 'UPDATE ledger_entries SET checkpoint = randomblob(64) WHERE seq = 0', 'never changed'],
    ['a checkpoint with another envelope', `UPDATE ledger_entries SET checkpoint = randomblob(64), envelope = x'01' WHERE seq = 0`, 'never changed'],
  ])('refuse %s', (_, attack, reason) => {
    const db = openDatabase(newPath())
    db.exec(`
      INSERT INTO ledger_entries VALUES (0, x'00', x'00', NULL);
      INSERT INTO ledger_entries VALUES (1, x'00', x'00', NULL);
      UPDATE ledger_entries SET checkpoint = zeroblob(64) WHERE seq = 1`)
    const before = db.prepare('SELECT * FROM ledger_entries').all()
    expect(() => db.exec(attack)).toThrow(reason)
    expect(db.prepare('SELECT * FROM ledger_entries').all()).toEqual(before)
  })

  it('refuse a checkpoint that is no signature, and one with another entry', () => {
    const db = openDatabase(newPath())
    db.exec(`INSERT INTO ledger_entries VALUES (0, x'00', x'00', NULL)`)
    expect(() => db.exec(`UPDATE ledger_entries SET checkpoint = x'00'`)).toThrow('CHECK constraint failed')
    for (const change of ['seq = 1', `nodes = x'01'`, `envelope = x'01'`]) {
      expect(() => db.exec(`UPDATE ledger_entries SET checkpoint = zeroblob(64), ${change}`)).toThrow('never changed')
    }
  })
})

describe('migrations', () => {
  it('are numbered from 1 without gaps', () => {
    expect(migrations.map(({ id }) => id)).toEqual(migrations.map((_, i) => i + 1))
  })
})
