import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/**
 * Names move into `names`, sealed with a key of each person that lies outside the database: destroying that key erases them everywhere, in
 * copies of the database too. People moves them at the next start, as a migration has no keys; what they stood in then says the id or nothing.
 */
export const names: Migration = {
  id: 9,
  name: 'names',
  up(db: Database) {
    db.exec(`
      ALTER TABLE people ADD COLUMN names TEXT NOT NULL DEFAULT '';
      ALTER TABLE people ADD COLUMN erased_entry INTEGER;
    `)
  },
}
