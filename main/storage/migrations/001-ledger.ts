import type { Migration } from '../migrations.ts'

/**
 * `nodes` holds 32-byte hashes: the leaf's, then, level by level, those of the complete subtrees that this leaf completes. The node at
 * (level, index) is therefore in the row `(index + 1) * 2^level - 1` at byte `32 * level`: every interior node is stored once, and an
 * append touches one row. `nodes` stands before `envelope` so that reading it never walks the envelope's overflow pages.
 *
 * `ledger_index` is derived from the envelopes, for filters and search; it may lag behind and can be rebuilt, so it has no guard, but
 * the verifier compares it. The triggers stop accidents, not attackers; `OR REPLACE` would pass by the delete trigger, hence the guard
 * on insert.
 */
export const ledger: Migration = {
  id: 1,
  name: 'ledger',
  up(db) {
    db.exec(`
      CREATE TABLE ledger_entries (
        seq INTEGER PRIMARY KEY,
        nodes BLOB NOT NULL,
        envelope BLOB NOT NULL
      ) STRICT;
      CREATE TRIGGER ledger_entries_insert BEFORE INSERT ON ledger_entries
        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM ledger_entries)
        BEGIN SELECT RAISE(ABORT, 'ledger_entries: the next entry has the seq after the last'); END;
      CREATE TRIGGER ledger_entries_update BEFORE UPDATE ON ledger_entries
        BEGIN SELECT RAISE(ABORT, 'ledger_entries: an entry is never changed'); END;
      CREATE TRIGGER ledger_entries_delete BEFORE DELETE ON ledger_entries
        BEGIN SELECT RAISE(ABORT, 'ledger_entries: an entry is never deleted'); END;

      CREATE TABLE ledger_checkpoints (
        size INTEGER PRIMARY KEY,
        note TEXT NOT NULL
      ) STRICT;
      CREATE TRIGGER ledger_checkpoints_insert BEFORE INSERT ON ledger_checkpoints
        WHEN NEW.size IS NULL OR NEW.size <= (SELECT coalesce(max(size), 0) FROM ledger_checkpoints)
        BEGIN SELECT RAISE(ABORT, 'ledger_checkpoints: the next checkpoint is larger than the last'); END;
      CREATE TRIGGER ledger_checkpoints_update BEFORE UPDATE ON ledger_checkpoints
        BEGIN SELECT RAISE(ABORT, 'ledger_checkpoints: a checkpoint is never changed'); END;
      CREATE TRIGGER ledger_checkpoints_delete BEFORE DELETE ON ledger_checkpoints
        BEGIN SELECT RAISE(ABORT, 'ledger_checkpoints: a checkpoint is never deleted'); END;

      CREATE TABLE ledger_index (
        seq INTEGER PRIMARY KEY,
        action TEXT NOT NULL,
        actor TEXT NOT NULL,
        text TEXT NOT NULL
      ) STRICT;
      CREATE INDEX ledger_index_action ON ledger_index (action);
      CREATE INDEX ledger_index_actor ON ledger_index (actor);
    `)
  },
}
