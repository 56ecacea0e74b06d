import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase, type Database } from './database.ts'
import { migrations } from './migrations.ts'

/**
 * A database file as a version that knew the first `version` migrations left it, with the rows that `fill` puts in while the guards of that version are off.
 * Answers where it is.
 */
export function writeEarlierDatabase(version: number, fill: (db: Database) => void): string {
  const path = join(mkdtempSync(join(tmpdir(), 'migration-')), 'strongroom.db')
  const db = openDatabase(path)
  db.pragma('foreign_keys = OFF')
  for (const table of schemaOf(db, 'table', 'name')) db.exec(`DROP TABLE ${table}`)
  for (const migration of migrations.slice(0, version)) migration.up(db)
  db.pragma(`user_version = ${version}`)
  const guards = schemaOf(db, 'trigger', 'sql')
  for (const guard of schemaOf(db, 'trigger', 'name')) db.exec(`DROP TRIGGER ${guard}`)
  db.transaction(() => fill(db))()
  for (const guard of guards) db.exec(guard)
  db.close()
  return path
}

function schemaOf(db: Database, type: 'table' | 'trigger', column: 'name' | 'sql'): string[] {
  return db.prepare<[string], string>(`SELECT ${column} FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'sqlite_%'`).pluck().all(type)
}
