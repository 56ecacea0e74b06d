import type { Database } from '../database.ts'
import type { Migration } from '../migrations.ts'

/** Model versions, their promotions and decisions, and the evidence packs made from them. */
export const registry: Migration = {
  id: 4,
  name: 'registry',
  up(db: Database) {
    db.exec(`
      CREATE TABLE model_versions (
        project TEXT NOT NULL REFERENCES projects (id),
        model TEXT NOT NULL,
        version INTEGER NOT NULL,
        stage TEXT NOT NULL CHECK (stage IN ('experiment', 'staging', 'production', 'archived')),
        run INTEGER NOT NULL,
        run_stage TEXT NOT NULL,
        author TEXT NOT NULL REFERENCES people (id),
        artifact TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        format TEXT NOT NULL,
        metrics TEXT NOT NULL,
        gates TEXT NOT NULL,
        gate_entry INTEGER NOT NULL,
        registered_at TEXT NOT NULL,
        entry INTEGER NOT NULL,
        PRIMARY KEY (project, model, version)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE promotions (
        id INTEGER PRIMARY KEY,
        project TEXT NOT NULL,
        model TEXT NOT NULL,
        version INTEGER NOT NULL,
        target TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('open', 'approved', 'rejected', 'refused')),
        requested_by TEXT NOT NULL REFERENCES people (id),
        requested_at TEXT NOT NULL,
        request_entry INTEGER NOT NULL,
        approvals_needed INTEGER NOT NULL,
        conditions TEXT NOT NULL,
        FOREIGN KEY (project, model, version) REFERENCES model_versions (project, model, version)
      ) STRICT;
      CREATE UNIQUE INDEX promotions_one_open ON promotions (project, model, version) WHERE state = 'open';

      CREATE TABLE decisions (
        promotion INTEGER NOT NULL REFERENCES promotions (id),
        person TEXT NOT NULL REFERENCES people (id),
        decision TEXT NOT NULL CHECK (decision IN ('approved', 'rejected')),
        decided_at TEXT NOT NULL,
        meaning TEXT NOT NULL,
        statement TEXT NOT NULL,
        comment TEXT NOT NULL,
        entry INTEGER NOT NULL,
        PRIMARY KEY (promotion, person)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE packs (
        id TEXT PRIMARY KEY,
        project TEXT NOT NULL,
        model TEXT NOT NULL,
        version INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        created_by TEXT NOT NULL REFERENCES people (id),
        zip_bytes INTEGER NOT NULL,
        manifest TEXT NOT NULL,
        tree_size INTEGER NOT NULL,
        entries INTEGER NOT NULL,
        entry INTEGER NOT NULL
      ) STRICT;
    `)
  },
}
