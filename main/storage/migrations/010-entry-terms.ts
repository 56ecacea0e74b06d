import type { Migration } from '../migrations.ts'

/**
 * Entries are found by terms: words and names of what they are about, beside action and signer, where a search for text looked at each row of
 * `ledger_index`. A row holds the positions of 256 entries that have the term, each by its last byte. It is derived from the entries and
 * fills up when it is first asked.
 */
export const entryTerms: Migration = {
  id: 10,
  name: 'entry-terms',
  up(db) {
    db.exec(`
      DROP TABLE ledger_index;

      CREATE TABLE ledger_terms (
        term TEXT NOT NULL,
        block INTEGER NOT NULL,
        seqs BLOB NOT NULL,
        PRIMARY KEY (term, block)
      ) STRICT, WITHOUT ROWID;
    `)
  },
}
