import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/**
 * Who chose the passphrase that seals a person's key, and what sealing costs here. Until now nobody could change a passphrase: only the first
 * administrator, who set the workplace up, has one of their own choice.
 */
export const passphrases: Migration = {
  id: 7,
  name: 'passphrases',
  up(db: Database) {
    db.exec(`
      ALTER TABLE people ADD COLUMN passphrase_by TEXT NOT NULL DEFAULT 'another' CHECK (passphrase_by IN ('self', 'another'));
      UPDATE people SET passphrase_by = 'self' WHERE enrolled_entry = (SELECT min(enrolled_entry) FROM people);
      ALTER TABLE workplace ADD COLUMN scrypt_cost INTEGER NOT NULL DEFAULT 131072;
    `)
  },
}
