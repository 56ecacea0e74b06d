import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/** Whose passphrase is their own decides whether they sign, so that it is read from the entries, like roles: the column was a second truth. */
export const passphrasesByEntries: Migration = {
  id: 11,
  name: 'passphrases-by-entries',
  up(db: Database) {
    db.exec('ALTER TABLE people DROP COLUMN passphrase_by')
  },
}
