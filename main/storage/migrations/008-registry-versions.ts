import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/** What nothing in the product deletes; under a legal hold (Art. 73(6) of the AI Act) it must not, so that no later code can without taking the guard away. */
const KEPT = ['model_versions', 'promotions', 'decisions', 'packs', 'runs']

/**
 * A version may come from outside and then has no run; a request may be withdrawn by who made it, or ask for a return to production. SQLite
 * changes no constraint of a table that is there (sqlite.org/lang_altertable.html, section 7): the three are made anew.
 */
export const registryVersions: Migration = {
  id: 8,
  name: 'registry-versions',
  up(db: Database) {
    db.exec(`
      CREATE TABLE new_versions (
        project TEXT NOT NULL REFERENCES projects (id),
        model TEXT NOT NULL,
        version INTEGER NOT NULL,
        stage TEXT NOT NULL CHECK (stage IN ('experiment', 'staging', 'production', 'archived')),
        run INTEGER,
        run_stage TEXT,
        author TEXT NOT NULL REFERENCES people (id),
        artifact TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        format TEXT NOT NULL,
        gate_entry INTEGER NOT NULL,
        registered_at TEXT NOT NULL,
        entry INTEGER NOT NULL,
        PRIMARY KEY (project, model, version),
        CHECK ((run IS NULL) = (run_stage IS NULL))
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE new_promotions (
        id INTEGER PRIMARY KEY,
        project TEXT NOT NULL,
        model TEXT NOT NULL,
        version INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('promotion', 'rollback')),
        target TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'refused', 'withdrawn')),
        requested_by TEXT NOT NULL REFERENCES people (id),
        requested_at TEXT NOT NULL,
        request_entry INTEGER NOT NULL,
        FOREIGN KEY (project, model, version) REFERENCES new_versions (project, model, version)
      ) STRICT;
      CREATE TABLE new_decisions (
        promotion INTEGER NOT NULL REFERENCES new_promotions (id),
        person TEXT NOT NULL REFERENCES people (id),
        decision TEXT NOT NULL CHECK (decision IN ('approved', 'rejected')),
        decided_at TEXT NOT NULL,
        entry INTEGER NOT NULL,
        PRIMARY KEY (promotion, person)
      ) STRICT, WITHOUT ROWID;

      INSERT INTO new_versions SELECT project, model, version, stage, run, run_stage, author, artifact, bytes, format, gate_entry, registered_at, entry FROM model_versions;
      INSERT INTO new_promotions SELECT id, project, model, version, 'promotion', target, state, requested_by, requested_at, request_entry FROM promotions;
      INSERT INTO new_decisions SELECT promotion, person, decision, decided_at, entry FROM decisions;

      DROP TABLE decisions;
      DROP TABLE promotions;
      DROP TABLE model_versions;
      ALTER TABLE new_versions RENAME TO model_versions;
      ALTER TABLE new_promotions RENAME TO promotions;
      ALTER TABLE new_decisions RENAME TO decisions;
      CREATE UNIQUE INDEX promotions_one_open ON promotions (project, model, version) WHERE state = 'open';
    `)
    for (const table of KEPT) {
      db.exec(`CREATE TRIGGER ${table}_kept BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, '${table}: nothing recorded is deleted'); END`)
    }
  },
}
