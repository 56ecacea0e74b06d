import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/** What each attempt held of the machine, and what the workplace has set, by the entry that says it. */
export const queue: Migration = {
  id: 15,
  name: 'queue',
  up(db: Database) {
    db.exec(`
      ALTER TABLE stage_attempts ADD COLUMN cpus INTEGER NOT NULL DEFAULT 1;
      CREATE INDEX stage_attempts_by_end ON stage_attempts (ended_at);
      CREATE INDEX stage_attempts_by_stage ON stage_attempts (stage, run);
      CREATE TABLE settings (
        name TEXT PRIMARY KEY,
        entry INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
    `)
  },
}
