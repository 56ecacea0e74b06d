import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/** Where else stages run, by the entry that says it, and where each attempt ran; empty for this machine. */
export const executors: Migration = {
  id: 14,
  name: 'executors',
  up(db: Database) {
    db.exec(`
      CREATE TABLE executors (
        name TEXT PRIMARY KEY,
        entry INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      ALTER TABLE stage_attempts ADD COLUMN executor TEXT NOT NULL DEFAULT '';
    `)
  },
}
